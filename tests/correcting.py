"""What tests of holds, reversals, corrections and counts set up, and how they see that nothing moved.

Vials are opened, drawn from and mixed straight through the ledger, as `LotAt` is received by the house.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from stockroom.barcodes.short_code import short_code
from stockroom.db.base import Base
from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger import allocations
from stockroom.ledger.post import Posted, post
from stockroom.ledger.verify import verify
from stockroom.models import (
    Alert,
    Allocation,
    Balance,
    Container,
    Location,
    Lot,
    Patient,
    Placing,
    Preparation,
    PreparationIngredient,
    Product,
    ProductRule,
    TreatmentSession,
    Usage,
    UsageArea,
)
from stockroom.rules.posting import Draft, Line
from stockroom.vocabulary import (
    AllocationState,
    BaseUnit,
    ContainerState,
    IdentifiedBy,
    LocationKind,
    LotKind,
    MovementKind,
    PreparationState,
    ProductKind,
    SessionState,
)
from tests.builders import NOW, Clinic, Goods, House, LotAt, Place, key
from tests.patients import register

_JOURNALS = frozenset({"journal_entry", "journal_head", "organisation_entry", "organisation_head"})


def snapshot(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the journals."""
    with store.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in _JOURNALS
        }


@contextmanager
def nothing_moves(store: Store) -> Iterator[None]:
    """Assert that what happens inside leaves every table but the journals as it was."""
    before = snapshot(store)
    yield
    after = snapshot(store)
    assert {name for name in before if before[name] != after[name]} == set()


def books_are_true(store: Store) -> None:
    """Assert that `verify`, which shares no code with the ledger, finds nothing wrong."""
    assert [vars(finding) for finding in verify(store, search_names=False).findings] == []


def rows(store: Store, model: Any, *conditions: Any) -> list[Any]:
    """The rows of a model that meet the conditions, in the order of their keys."""
    with store.reading() as connection:
        table = model.__table__
        return list(connection.execute(select(table).where(*conditions).order_by(*table.primary_key)))


def count_of(store: Store, model: Any) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


@dataclass(frozen=True, kw_only=True)
class Visit:
    id: int
    uid: str
    patient_id: int


def visit(
    house: House,
    name: str = "Vera Demova",
    *,
    clinic: Clinic | None = None,
    state: SessionState = SessionState.IN_TREATMENT,
    planned_at: datetime = NOW,
) -> Visit:
    """A session of a new patient, in treatment unless said otherwise."""
    patient = register(house, name)
    where = clinic or house.clinic
    made: dict[str, Any] = {"uid": new_uid(NOW)}

    def body(work: Work) -> None:
        made["patient_id"] = work.connection.execute(
            select(Patient.id).where(Patient.uid == patient.patient_uid)
        ).scalar_one()
        made["id"] = work.connection.execute(
            insert(TreatmentSession)
            .values(
                uid=made["uid"],
                clinic_id=where.id,
                patient_id=made["patient_id"],
                state=state,
                short_code=short_code(random_bytes(32)),
                planned_at=planned_at,
                created_at=work.now,
                updated_at=work.now,
            )
            .returning(TreatmentSession.id)
        ).scalar_one()

    where.act("test.session", body)
    return Visit(**made)


def set_state(clinic: Clinic, session: Visit, state: SessionState) -> None:
    """Bring a session into another state."""
    table = TreatmentSession.__table__

    def body(work: Work) -> None:
        work.connection.execute(table.update().where(table.c.id == session.id).values(state=state))

    clinic.act("test.session", body)


@dataclass(frozen=True, kw_only=True)
class Vial:
    """An opened container."""

    location_id: int
    uid: str
    movement: Posted

    @property
    def place(self) -> Place:
        return Place(id=self.location_id, uid=self.uid)


def open_vial(
    clinic: Clinic,
    product: Goods,
    lot: LotAt,
    *,
    at: Place | None = None,
    now: datetime = NOW - timedelta(hours=1),
    beyond_use_at: datetime | None = None,
    patient_id: int | None = None,
) -> Vial:
    """Open one presentation of a lot into a container that stands where the lot lay."""
    stands_in = at or clinic.fridge
    made: dict[str, Any] = {"uid": new_uid(now)}

    def body(work: Work) -> None:
        code = short_code(random_bytes(32))
        location_id = work.connection.execute(
            insert(Location)
            .values(
                uid=made["uid"],
                clinic_id=clinic.id,
                kind=LocationKind.CONTAINER,
                name=code,
                short_code=code,
                created_at=work.now,
                updated_at=work.now,
            )
            .returning(Location.id)
        ).scalar_one()
        rule_id = work.connection.execute(
            select(ProductRule.id).where(
                ProductRule.product_id == product.id, ProductRule.superseded_at.is_(None)
            )
        ).scalar_one()
        work.connection.execute(
            insert(Container).values(
                clinic_id=clinic.id,
                location_id=location_id,
                lot_id=lot.id,
                product_rule_id=rule_id,
                short_code=code,
                state=ContainerState.OPEN,
                opened_at=now,
                beyond_use_at=beyond_use_at or now + timedelta(days=1),
                content_quantity=product.content_quantity,
                patient_id=patient_id,
                stands_in_id=stands_in.id,
                opened_by_id=work.actor.person_id,
            )
        )
        work.connection.execute(
            insert(Placing).values(
                clinic_id=clinic.id,
                container_id=location_id,
                location_id=stands_in.id,
                placed_at=now,
                recorded_at=now,
                placed_by_id=work.actor.person_id,
            )
        )
        made["location_id"] = location_id
        line = Line(lot_id=lot.id, from_id=stands_in.id, to_id=location_id, quantity=product.content_quantity)
        made["movement"] = post(
            work,
            Draft(kind=MovementKind.OPEN, lines=(line,), occurred_at=work.now, document_kind="container"),
        )

    clinic.act("test.open", body, now=now)
    return Vial(**made)


def use(
    clinic: Clinic,
    session: Visit,
    *parts: tuple[LotAt, Place, int],
    to_disposal: tuple[tuple[LotAt, Place, int], ...] = (),
    areas: tuple[tuple[str, int], ...] = (),
    actor: Any = None,
    now: datetime = NOW,
    occurred_at: datetime | None = None,
) -> Posted:
    """Use lots on a patient in one movement; `areas` belong to its first line."""
    patient, disposal = clinic.account(LocationKind.PATIENT), clinic.account(LocationKind.DISPOSAL)
    lines = [
        Line(lot_id=lot.id, from_id=place.id, to_id=patient.id, quantity=quantity, session_id=session.id)
        for lot, place, quantity in parts
    ]
    lines += [
        Line(lot_id=lot.id, from_id=place.id, to_id=disposal.id, quantity=quantity)
        for lot, place, quantity in to_disposal
    ]
    made: list[Posted] = []

    def body(work: Work) -> None:
        posted = post(
            work,
            Draft(
                kind=MovementKind.USE,
                lines=tuple(lines),
                occurred_at=occurred_at or work.now,
                document_kind="session",
                document_uid=session.uid,
                is_recorded_late=occurred_at is not None,
            ),
        )
        usages = [
            {
                "clinic_id": clinic.id,
                "line_id": line_id,
                "technique": "point_by_point",
                "identified_by": IdentifiedBy.SCAN,
                "raw_scan": "scanned",
            }
            for line_id in posted.line_ids[: len(parts)]
        ]
        work.connection.execute(insert(Usage), usages)
        for area, quantity in areas:
            work.connection.execute(
                insert(UsageArea).values(
                    clinic_id=clinic.id, line_id=posted.line_ids[0], area=area, quantity=quantity
                )
            )
        made.append(posted)

    clinic.act("test.use", body, actor=actor, now=now)
    return made[0]


def prepare(
    clinic: Clinic,
    *parts: tuple[LotAt, Place, int],
    output: int,
    at: Place | None = None,
    now: datetime = NOW,
    beyond_use_at: datetime = NOW + timedelta(hours=4),
) -> tuple[LotAt, Posted]:
    """Mix an ad-hoc cocktail from lots at places; the difference is what stayed in the syringe."""
    compounding, where = clinic.account(LocationKind.COMPOUNDING), at or clinic.fridge
    made: dict[str, Any] = {"uid": new_uid(now), "number": f"P-{key('prepared')}"}

    def body(work: Work) -> None:
        product_id = _ad_hoc_product(work)
        made["id"] = work.connection.execute(
            insert(Lot)
            .values(
                uid=made["uid"],
                clinic_id=clinic.id,
                product_id=product_id,
                kind=LotKind.PREPARED,
                number=made["number"],
                beyond_use_at=beyond_use_at,
                created_at=now,
            )
            .returning(Lot.id)
        ).scalar_one()
        lines = [
            Line(lot_id=lot.id, from_id=place.id, to_id=compounding.id, quantity=quantity)
            for lot, place, quantity in parts
        ]
        lines.append(Line(lot_id=made["id"], from_id=compounding.id, to_id=where.id, quantity=output))
        made["movement"] = post(
            work,
            Draft(
                kind=MovementKind.PREPARE,
                lines=tuple(lines),
                occurred_at=work.now,
                document_kind="preparation",
            ),
        )
        _insert_preparation(work, clinic, product_id, made, parts, now)

    clinic.act("test.prepare", body, now=now)
    posted = made.pop("movement")
    return LotAt(id=made["id"], uid=made["uid"], number=made["number"], location_id=where.id), posted


def _ad_hoc_product(work: Work) -> int:
    """The reserved product of mixtures without a recipe."""
    reserved = select(Product.id).where(
        Product.kind == ProductKind.AD_HOC, Product.base_unit == BaseUnit.MICROLITRE
    )
    known = work.connection.execute(reserved).scalar_one_or_none()
    if known is None:
        work.connection.execute(
            insert(Product).values(
                uid=new_uid(NOW),
                kind=ProductKind.AD_HOC,
                name="Mixture",
                strength="",
                presentation="syringe",
                base_unit=BaseUnit.MICROLITRE,
                content_quantity=1,
                created_at=NOW,
                updated_at=NOW,
            )
        )
    return work.connection.execute(reserved).scalar_one()


def _insert_preparation(
    work: Work,
    clinic: Clinic,
    product_id: int,
    made: dict[str, Any],
    parts: tuple[tuple[LotAt, Place, int], ...],
    now: datetime,
) -> None:
    preparation_id = work.connection.execute(
        insert(Preparation)
        .values(
            uid=new_uid(now),
            clinic_id=clinic.id,
            product_id=product_id,
            reason="ad hoc",
            state=PreparationState.FINISHED,
            short_code=short_code(random_bytes(32)) + short_code(random_bytes(32)),
            dose_count=1,
            started_at=now,
            started_by_id=work.actor.person_id,
            ended_at=now,
            lot_id=made["id"],
            movement_id=made["movement"].movement_id,
            loss_quantity=0,
        )
        .returning(Preparation.id)
    ).scalar_one()
    for n, (lot, place, quantity) in enumerate(parts, start=1):
        allocation_id = work.connection.execute(
            insert(Allocation)
            .values(
                uid=new_uid(now),
                clinic_id=clinic.id,
                lot_id=lot.id,
                location_id=place.id,
                quantity=quantity,
                preparation_id=preparation_id,
                state=AllocationState.USED,
                used_quantity=quantity,
                made_at=now,
                ended_at=now,
                ended_by_id=made["movement"].movement_id,
            )
            .returning(Allocation.id)
        ).scalar_one()
        work.connection.execute(
            insert(PreparationIngredient).values(
                uid=new_uid(now),
                clinic_id=clinic.id,
                preparation_id=preparation_id,
                n=n,
                lot_id=lot.id,
                location_id=place.id,
                quantity=quantity,
                allocation_id=allocation_id,
                identified_by=IdentifiedBy.SCAN,
            )
        )


def promise(clinic: Clinic, lot: LotAt, place: Place, quantity: int, session: Visit) -> allocations.Promised:
    """Promise a quantity of a lot at a place to a session."""
    made: list[allocations.Promised] = []

    def body(work: Work) -> None:
        made.append(
            allocations.allocate(
                work,
                allocations.Promise(
                    lot_id=lot.id,
                    lot_number=lot.number,
                    location_id=place.id,
                    quantity=quantity,
                    session_id=session.id,
                ),
            )
        )

    clinic.act("test.allocate", body)
    return made[0]


def state_of(store: Store, promised: allocations.Promised) -> str:
    return str(rows(store, Allocation, Allocation.uid == promised.uid)[0].state)


def alerts(store: Store, kind: str = "allocation_lost") -> list[Any]:
    return rows(store, Alert, Alert.kind == kind)


def total(store: Store, clinic: Clinic) -> int:
    """Base units of everything on hand in the clinic."""
    return sum(row.quantity for row in rows(store, Balance, Balance.clinic_id == clinic.id))
