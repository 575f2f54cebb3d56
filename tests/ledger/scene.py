"""A clinic's small history with one of everything the ledger knows, posted through the ledger.

A vial is received and opened, a cocktail mixed from it, needles and cocktail used on a patient, a use
reversed, a lot promised to a session.  `verify` finds nothing in it; a test then breaks one thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from stockroom.db.identifiers import new_uid
from stockroom.db.sealing import seal
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.allocations import Promise, Promised, allocate
from stockroom.ledger.post import Posted, post
from stockroom.models import (
    Container,
    Location,
    Lot,
    Patient,
    Placing,
    Preparation,
    Product,
    ProductRule,
    TreatmentSession,
    Usage,
)
from stockroom.rules.posting import Draft, Line, PostedLine, reversal_lines
from stockroom.vocabulary import LocationKind, MovementKind
from tests.builders import NOW, Clinic, Goods, House, LotAt

PATIENT_NAME = "Zornitsa Testova"
VIAL_UL = 5000


@dataclass(kw_only=True)
class Scene:
    """What the history is made of."""

    house: House
    clinic: Clinic
    vial: Goods
    needle: Goods
    vial_lot: LotAt
    needle_lot: LotAt
    patient_id: int
    session_id: int
    container_id: int
    opening: Posted
    cocktail_lot_id: int
    preparation_id: int
    preparing: Posted
    use: Posted
    reversed_use: Posted
    reversal: Posted
    promised: Promised

    @property
    def store(self) -> Store:
        return self.house.store

    def use_needles(self, quantity: int, *, now: datetime = NOW, lot: LotAt | None = None) -> Posted:
        """Use needles on the scene's patient."""
        taken = lot or self.needle_lot
        patient = self.clinic.account(LocationKind.PATIENT).id
        return use(self.clinic, taken.id, taken.location_id, patient, quantity, self.session_id, now=now)


def in_act(clinic: Clinic, body: Any, *, kind: str = "test.post", now: datetime = NOW) -> Any:
    """Run a body as one act and give what it returned."""
    kept: list[Any] = []
    clinic.act(kind, lambda work: kept.append(body(work)), now=now)
    return kept[0]


def use(
    clinic: Clinic, lot_id: int, from_id: int, patient: int, quantity: int, session_id: int, *, now: datetime
) -> Posted:
    """Post a use with its usage row."""

    def body(work: Work) -> Posted:
        line = Line(lot_id=lot_id, from_id=from_id, to_id=patient, quantity=quantity, session_id=session_id)
        posted = post(
            work,
            Draft(kind=MovementKind.USE, lines=(line,), occurred_at=work.now, document_kind="session"),
        )
        work.connection.execute(
            insert(Usage).values(
                clinic_id=work.clinic_id, line_id=posted.line_ids[0], identified_by="by_hand"
            )
        )
        return posted

    return in_act(clinic, body, kind="test.use", now=now)


def build(store: Store) -> Scene:
    """Make the house and its history; nothing in it is wrong."""
    house = House(store)
    clinic = house.clinic
    for place in (clinic.fridge, clinic.cupboard, clinic.room):
        assert place.id  # made before any act, for acts do not nest
    vial, needle = house.product("Vial", content_quantity=VIAL_UL), house.needle()
    vial_lot = clinic.lot_on_shelf(vial, "V1", presentations=3)
    needle_lot = clinic.lot_on_shelf(needle, "N1", presentations=50, at=clinic.cupboard)
    patient_id, session_id = in_act(clinic, _patient_in_session)
    opening, container_id = in_act(clinic, lambda work: _opened(work, clinic, vial, vial_lot))
    preparing, preparation_id, cocktail = in_act(
        clinic, lambda work: _prepared(work, clinic, vial_lot, container_id)
    )
    patient = clinic.account(LocationKind.PATIENT).id
    used = use(clinic, cocktail, clinic.room.id, patient, 1000, session_id, now=NOW)
    wrong = use(clinic, needle_lot.id, needle_lot.location_id, patient, 2, session_id, now=NOW)
    reversal = in_act(clinic, lambda work: _reversed(work, wrong, needle_lot, patient, 2, session_id))
    promise = Promise(
        lot_id=needle_lot.id,
        lot_number="N1",
        location_id=needle_lot.location_id,
        quantity=5,
        session_id=session_id,
    )
    promised = in_act(clinic, lambda work: allocate(work, promise))
    return Scene(
        house=house,
        clinic=clinic,
        vial=vial,
        needle=needle,
        vial_lot=vial_lot,
        needle_lot=needle_lot,
        patient_id=patient_id,
        session_id=session_id,
        container_id=container_id,
        opening=opening,
        cocktail_lot_id=cocktail,
        preparation_id=preparation_id,
        preparing=preparing,
        use=used,
        reversed_use=wrong,
        reversal=reversal,
        promised=promised,
    )


def _patient_in_session(work: Work) -> tuple[int, int]:
    uid = new_uid(work.now)
    wrapped = work.store.keyring.new_data_key(bound_to=uid)
    data_key = work.store.keyring.open_data_key(wrapped, bound_to=uid)
    patient_id = work.connection.execute(
        insert(Patient)
        .values(
            uid=uid,
            short_code=uid[-6:],
            data_key=wrapped,
            name=seal(data_key, PATIENT_NAME, bound_to=f"patient:{uid}:name"),
            created_at=work.now,
            updated_at=work.now,
        )
        .returning(Patient.id)
    ).scalar_one()
    session_id = work.connection.execute(
        insert(TreatmentSession)
        .values(
            uid=new_uid(work.now),
            clinic_id=work.clinic_id,
            patient_id=patient_id,
            state="in_treatment",
            short_code="S1",
            planned_at=work.now,
            created_at=work.now,
            updated_at=work.now,
        )
        .returning(TreatmentSession.id)
    ).scalar_one()
    return patient_id, session_id


def _opened(work: Work, clinic: Clinic, vial: Goods, lot: LotAt) -> tuple[Posted, int]:
    rule = work.connection.execute(
        select(ProductRule.id).where(ProductRule.product_id == vial.id, ProductRule.superseded_at.is_(None))
    ).scalar_one()
    of_clinic = {"clinic_id": work.clinic_id}
    location_id = work.connection.execute(
        insert(Location)
        .values(
            uid=new_uid(work.now),
            kind="container",
            name="K7P",
            short_code="K7P",
            created_at=work.now,
            updated_at=work.now,
            **of_clinic,
        )
        .returning(Location.id)
    ).scalar_one()
    work.connection.execute(
        insert(Container).values(
            location_id=location_id,
            lot_id=lot.id,
            product_rule_id=rule,
            short_code="K7P",
            state="open",
            opened_at=work.now,
            beyond_use_at=work.now + timedelta(hours=24),
            content_quantity=VIAL_UL,
            stands_in_id=clinic.fridge.id,
            opened_by_id=work.actor.person_id,
            **of_clinic,
        )
    )
    work.connection.execute(
        insert(Placing).values(
            container_id=location_id,
            location_id=clinic.fridge.id,
            placed_at=work.now,
            recorded_at=work.recorded_at,
            placed_by_id=work.actor.person_id,
            **of_clinic,
        )
    )
    line = Line(lot_id=lot.id, from_id=lot.location_id, to_id=location_id, quantity=VIAL_UL)
    opening = Draft(kind=MovementKind.OPEN, lines=(line,), occurred_at=work.now, document_kind="opening")
    return post(work, opening), location_id


def _prepared(work: Work, clinic: Clinic, lot: LotAt, container_id: int) -> tuple[Posted, int, int]:
    product_id = work.connection.execute(
        select(Product.id).where(Product.kind == "ad_hoc", Product.base_unit == "uL")
    ).scalar_one_or_none()
    if product_id is None:
        product_id = work.connection.execute(
            insert(Product)
            .values(
                uid=new_uid(work.now),
                kind="ad_hoc",
                name="Mixture",
                strength="",
                presentation="syringe",
                base_unit="uL",
                content_quantity=1,
                created_at=work.now,
                updated_at=work.now,
            )
            .returning(Product.id)
        ).scalar_one()
    cocktail = work.connection.execute(
        insert(Lot)
        .values(
            uid=new_uid(work.now),
            clinic_id=work.clinic_id,
            product_id=product_id,
            kind="prepared",
            number="C1",
            beyond_use_at=work.now + timedelta(hours=12),
            created_at=work.now,
        )
        .returning(Lot.id)
    ).scalar_one()
    through = clinic.account(LocationKind.COMPOUNDING).id
    lines = (
        Line(lot_id=lot.id, from_id=container_id, to_id=through, quantity=3000),
        Line(lot_id=cocktail, from_id=through, to_id=clinic.room.id, quantity=2900),
    )
    posted = post(
        work,
        Draft(kind=MovementKind.PREPARE, lines=lines, occurred_at=work.now, document_kind="preparation"),
    )
    preparation_id = work.connection.execute(
        insert(Preparation)
        .values(
            uid=new_uid(work.now),
            clinic_id=work.clinic_id,
            product_id=product_id,
            reason="test",
            state="finished",
            short_code="P1",
            dose_count=1,
            started_at=work.now,
            started_by_id=work.actor.person_id,
            ended_at=work.now,
            lot_id=cocktail,
            movement_id=posted.movement_id,
            loss_quantity=100,
        )
        .returning(Preparation.id)
    ).scalar_one()
    return posted, preparation_id, cocktail


def _reversed(work: Work, wrong: Posted, lot: LotAt, patient: int, quantity: int, session_id: int) -> Posted:
    posted_line = PostedLine(
        line_id=wrong.line_ids[0],
        lot_id=lot.id,
        from_id=lot.location_id,
        to_id=patient,
        quantity=quantity,
        session_id=session_id,
        is_reversed=False,
    )
    return post(
        work,
        Draft(
            kind=MovementKind.REVERSE,
            lines=reversal_lines(wrong.uid, [posted_line]),
            occurred_at=work.now,
            document_kind="movement",
            document_uid=wrong.uid,
            reverses_movement_id=wrong.movement_id,
        ),
    )
