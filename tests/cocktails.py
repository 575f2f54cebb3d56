"""Vials, sessions and recipes for tests of cocktails; what has an operation elsewhere is laid straight in the books."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from stockroom.actor import Actor
from stockroom.barcodes.short_code import short_code
from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.post import post
from stockroom.models import (
    Allocation,
    Balance,
    Container,
    Line,
    Location,
    Lot,
    Movement,
    Placing,
    PreparationIngredient,
    ProductRule,
    TreatmentSession,
)
from stockroom.operations.add_ingredient import AddIngredient, IngredientAdded, add_ingredient
from stockroom.operations.approve_recipe import ApproveRecipe, approve_recipe
from stockroom.operations.finish_preparation import FinishPreparation, PreparationFinished, finish_preparation
from stockroom.operations.start_preparation import PreparationStarted, StartPreparation, start_preparation
from stockroom.operations.write_recipe import (
    ComponentOf,
    RecipeWritten,
    VersionOf,
    WriteRecipe,
    write_recipe,
)
from stockroom.rules.posting import Draft
from stockroom.rules.posting import Line as DraftLine
from stockroom.rules.using import ThingName
from stockroom.vocabulary import LocationKind, MovementKind, Role, SessionState
from tests.builders import NOW, Clinic, Goods, House, LotAt, Place, key
from tests.patients import ask, patient_row, register


def planned(clinic: Clinic, patient_uid: str, *, state: SessionState = SessionState.PLANNED) -> str:
    """A session of today; give its uid."""
    uid = new_uid(NOW)
    patient_id = patient_row(clinic.store, patient_uid).id

    def body(work: Work) -> None:
        work.connection.execute(
            insert(TreatmentSession).values(
                uid=uid,
                clinic_id=clinic.id,
                patient_id=patient_id,
                state=state,
                short_code=uid[-8:],
                planned_at=NOW,
                created_at=NOW,
                updated_at=NOW,
            )
        )

    clinic.act("test.session", body)
    return uid


def patient_with_session(house: House, name: str, *allergies: str) -> str:
    """The session of a patient who was asked about allergies."""
    uid = register(house, name).patient_uid
    ask(house, uid, *allergies)
    return planned(house.clinic, uid)


def opened(
    clinic: Clinic,
    product: Goods,
    lot: LotAt,
    *,
    opened_at: datetime = NOW - timedelta(hours=1),
    beyond_use_at: datetime | None = NOW + timedelta(hours=23),
) -> Place:
    """One presentation of a lot in an opened container that stands where the lot lies."""
    made: dict[str, Any] = {"uid": new_uid(opened_at)}

    def body(work: Work) -> None:
        rule = select(ProductRule.id).where(ProductRule.product_id == product.id)
        in_force = rule.where(ProductRule.superseded_at.is_(None))
        values = {"clinic_id": clinic.id, "created_at": opened_at, "updated_at": opened_at}
        code = short_code(random_bytes(16))
        made["id"] = work.connection.execute(
            insert(Location)
            .values(uid=made["uid"], kind=LocationKind.CONTAINER, name=code, short_code=code, **values)
            .returning(Location.id)
        ).scalar_one()
        work.connection.execute(
            insert(Container).values(
                clinic_id=clinic.id,
                location_id=made["id"],
                lot_id=lot.id,
                product_rule_id=work.connection.execute(in_force).scalar_one(),
                short_code=code,
                state="open",
                opened_at=opened_at,
                beyond_use_at=beyond_use_at,
                content_quantity=product.content_quantity,
                stands_in_id=lot.location_id,
                opened_by_id=work.actor.person_id,
            )
        )
        work.connection.execute(
            insert(Placing).values(
                clinic_id=clinic.id,
                container_id=made["id"],
                location_id=lot.location_id,
                placed_at=opened_at,
                recorded_at=opened_at,
                placed_by_id=work.actor.person_id,
            )
        )
        line = DraftLine(
            lot_id=lot.id, from_id=lot.location_id, to_id=made["id"], quantity=product.content_quantity
        )
        post(work, Draft(kind=MovementKind.OPEN, lines=(line,), occurred_at=work.now))

    clinic.act("test.open", body, now=opened_at)
    return Place(id=made["id"], uid=made["uid"])


def recipe(
    house: House, name: str, *components: ComponentOf, approved: bool = True, **facts: Any
) -> RecipeWritten:
    """A recipe by the nurse, approved by the practitioner."""
    values = {"output_quantity": 3000, "beyond_use_minutes": 240, "reason": "first", **facts}
    written = write_recipe(
        house.store,
        WriteRecipe(name=name, version=VersionOf(components=components, **values)),
        actor=house.nurse,
        key=key("recipe"),
        now=NOW - timedelta(days=2),
    )
    if approved:
        approve(house, written.version_uid)
    return written


def approve(house: House, version_uid: str, *, actor: Actor | None = None) -> Any:
    return approve_recipe(
        house.store,
        ApproveRecipe(version_uid=version_uid),
        actor=actor or house.practitioner,
        key=key("approve"),
        now=NOW - timedelta(days=1),
    )


def begin(house: House, recipe_uid: str | None, *sessions: str, **facts: Any) -> PreparationStarted:
    now = facts.pop("now", NOW)
    actor = facts.pop("actor", house.nurse)
    command = StartPreparation(recipe_uid=recipe_uid, session_uids=sessions, **facts)
    return start_preparation(house.store, command, actor=actor, key=key("start"), now=now)


def add(house: House, preparation_uid: str, **facts: Any) -> IngredientAdded:
    """Add by `scan`, `lot_uid`, `location_uid`, `product_uid`; everything else is the command's."""
    now = facts.pop("now", NOW)
    actor = facts.pop("actor", house.nurse)
    with_key = facts.pop("with_key", None) or key("add")
    names = {
        name: facts.pop(name) for name in ("scan", "lot_uid", "location_uid", "product_uid") if name in facts
    }
    command = AddIngredient(preparation_uid=preparation_uid, thing=ThingName(**names), **facts)
    return add_ingredient(house.store, command, actor=actor, key=with_key, now=now)


def finish(house: House, preparation_uid: str, **facts: Any) -> PreparationFinished:
    now = facts.pop("now", NOW)
    actor = facts.pop("actor", house.nurse)
    with_key = facts.pop("with_key", None) or key("finish")
    facts.setdefault("location_uid", house.clinic.room.uid)
    command = FinishPreparation(preparation_uid=preparation_uid, **facts)
    return finish_preparation(house.store, command, actor=actor, key=with_key, now=now)


def colleague(house: House, role: Role) -> Actor:
    """Another person of that role."""
    return house.clinic.employ(role, name=f"Second {role.value}")


def balances(store: Store) -> dict[tuple[int, int], tuple[int, int]]:
    """On hand and promised by (lot, location)."""
    with store.reading() as connection:
        rows = connection.execute(
            select(Balance.lot_id, Balance.location_id, Balance.quantity, Balance.allocated)
        )
        return {(row.lot_id, row.location_id): (row.quantity, row.allocated) for row in rows}


def stock(store: Store) -> tuple[dict[tuple[int, int], tuple[int, int]], int, int, int, int]:
    """Everything that a refused act may not have changed."""
    with store.reading() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (Movement, Allocation, PreparationIngredient, Lot)
        ]
    return (balances(store), counts[0], counts[1], counts[2], counts[3])


def lines_of(store: Store, movement_uid: str) -> list[tuple[int, str, str, int]]:
    """The lines of a movement: lot, kind of place from, kind of place to, quantity."""
    source, target = Location.__table__.alias(), Location.__table__.alias()
    with store.reading() as connection:
        rows = connection.execute(
            select(Line.lot_id, source.c.kind.label("a"), target.c.kind.label("b"), Line.quantity)
            .join(Movement, Movement.id == Line.movement_id)
            .join(source, source.c.id == Line.from_id)
            .join(target, target.c.id == Line.to_id)
            .where(Movement.uid == movement_uid)
            .order_by(Line.n)
        )
        return [(row.lot_id, row.a, row.b, row.quantity) for row in rows]
