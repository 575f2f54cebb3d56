"""What lies on the bench of one session: its visit, needs, what was used and opened in it, its cocktails?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.errors import NotFound, ThingNotFound, extracted
from stockroom.models import (
    Balance,
    Container,
    Line,
    Location,
    Lot,
    Movement,
    Patient,
    Person,
    Preparation,
    PreparationSession,
    Product,
    ProductRule,
    TreatmentSession,
)
from stockroom.queries.bench_needs import NeedLine, SessionPlan, open_need_of, plans_of
from stockroom.queries.bench_uses import BenchUse, uses_of
from stockroom.queries.paging import is_uid
from stockroom.reads.remainders import remainders
from stockroom.rules.against_plan import is_asked_for
from stockroom.rules.scanning import how_much
from stockroom.rules.usability import Thing
from stockroom.vocabulary import CLOSED_SESSION_STATES, ContainerState, ContainerType, MovementKind


@dataclass(eq=False, kw_only=True)
class NotOfThisSession(NotFound):
    """The movement was booked somewhere else: in another session, or in none."""

    code: ClassVar[str] = "not_of_this_session"
    message: ClassVar[str] = extracted(
        "This was not booked in this session, so it is not put right here. Look for it in the history of its lot."
    )
    movement_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchVisit:
    """The session itself; the patient by id and uid only."""

    id: int
    uid: str
    version: int
    short_code: str
    state: str
    planned_at: datetime
    finished_at: datetime | None
    room_uid: str | None
    room: str | None
    practitioner_uid: str | None
    practitioner: str | None
    patient_id: int
    """As `patient_uid`: after a merge the record that goes on."""
    patient_uid: str
    allergies_asked_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state in {state.value for state in CLOSED_SESSION_STATES}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchVial:
    """A vial that was opened for it and is open."""

    movement_uid: str
    container_uid: str
    short_code: str
    lot_number: str
    product_name: str
    base_unit: str
    content_quantity: int
    opened_at: datetime
    by_id: int
    beyond_use_at: datetime | None
    left_quantity: int
    would_take: int
    """What a scan of it would use now."""
    is_planned: bool
    """A need asks for its product; or nothing was planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchCocktail:
    """A cocktail that is made for it."""

    uid: str
    short_code: str
    state: str
    lot_uid: str | None
    product_name: str
    base_unit: str
    left_quantity: int
    beyond_use_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SessionBench:
    visit: BenchVisit
    needs: tuple[NeedLine, ...]
    uses: tuple[BenchUse, ...]
    vials: tuple[BenchVial, ...]
    cocktails: tuple[BenchCocktail, ...]


def visit_at_bench(connection: Connection, clinic_id: int, *, uid: str) -> BenchVisit:
    """Give one session of the clinic; one statement.  Raises ThingNotFound."""
    row = (
        connection.execute(_visit(), {"clinic": clinic_id, "uid": uid}).one_or_none() if is_uid(uid) else None
    )
    if row is None:
        raise ThingNotFound(thing="session", uid=uid[:40])
    return BenchVisit(**row._mapping)


def require_of_session(
    connection: Connection, clinic_id: int, visit: BenchVisit, *, movement_uid: str
) -> None:
    """Raise NotOfThisSession unless the movement was booked in this session: a use, an opening or a disposal.

    One statement.
    """
    asked = {"clinic": clinic_id, "movement": movement_uid, "session": visit.id, "session_uid": visit.uid}
    if not is_uid(movement_uid) or connection.execute(_of_session(), asked).first() is None:
        raise NotOfThisSession(movement_uid=movement_uid[:40])


@cache
def _of_session() -> Any:
    has_line = exists().where(
        Line.clinic_id == Movement.clinic_id,
        Line.movement_id == Movement.id,
        Line.session_id == bindparam("session"),
    )
    return select(Movement.id).where(
        Movement.clinic_id == bindparam("clinic"),
        Movement.uid == bindparam("movement"),
        or_(Movement.document_uid == bindparam("session_uid"), has_line),
    )


def session_bench(connection: Connection, clinic_id: int, visit: BenchVisit) -> SessionBench:
    """Give everything that lies on the bench of a session; seven statements at most."""
    plan = plans_of(connection, clinic_id, [visit.id]).get(visit.id, SessionPlan())
    made = connection.execute(_cocktails(), {"clinic": clinic_id, "session": visit.id}).all()
    return SessionBench(
        visit=visit,
        needs=plan.needs,
        uses=uses_of(
            connection,
            clinic_id,
            visit.id,
            plan=plan,
            made_for_it=frozenset(row.product_id for row in made),
        ),
        vials=tuple(
            _vial(row, plan.needs)
            for row in connection.execute(_vials(), {"clinic": clinic_id, "uid": visit.uid})
        ),
        cocktails=tuple(map(_cocktail, made)),
    )


def _cocktail(row: Row[Any]) -> BenchCocktail:
    return BenchCocktail(**{name: value for name, value in row._mapping.items() if name != "product_id"})


def left_at_the_end(connection: Connection, clinic_id: int, visit: BenchVisit) -> tuple[Thing, ...]:
    """Give what finishing the session would throw away now; five statements at most."""
    left = remainders(
        connection, clinic_id, session_id=visit.id, session_uid=visit.uid, patient_id=visit.patient_id
    )
    return tuple(each for each in left if each.quantity)


@cache
def _visit() -> Any:
    target = aliased(Patient)
    return (
        select(
            TreatmentSession.id,
            TreatmentSession.uid,
            TreatmentSession.version,
            TreatmentSession.short_code,
            TreatmentSession.state,
            TreatmentSession.planned_at,
            TreatmentSession.finished_at,
            Location.uid.label("room_uid"),
            Location.name.label("room"),
            Person.uid.label("practitioner_uid"),
            Person.name.label("practitioner"),
            target.id.label("patient_id"),
            target.uid.label("patient_uid"),
            target.allergies_asked_at,
        )
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .join(target, target.id == func.coalesce(Patient.merged_into_id, Patient.id))
        .outerjoin(
            Location,
            and_(Location.clinic_id == TreatmentSession.clinic_id, Location.id == TreatmentSession.room_id),
        )
        .outerjoin(Person, Person.id == TreatmentSession.practitioner_id)
        .where(TreatmentSession.clinic_id == bindparam("clinic"), TreatmentSession.uid == bindparam("uid"))
    )


_DRAW = ("product_id", "group_id", "graduation_quantity", "usual_draw_quantity", "container_type")


def _vial(row: Row[Any], needs: tuple[NeedLine, ...]) -> BenchVial:
    takes = how_much(
        open_need=open_need_of(needs, product_id=row.product_id, group_id=row.group_id),
        usual_draw=row.usual_draw_quantity,
        whole=row.content_quantity,
        lying=row.left_quantity,
        is_opened=True,
        graduation=row.graduation_quantity,
        container_type=None if row.container_type is None else ContainerType(row.container_type),
    )
    values = {name: value for name, value in row._mapping.items() if name not in _DRAW}
    is_planned = is_asked_for(
        [need.wanted for need in needs], product_id=row.product_id, group_id=row.group_id
    )
    return BenchVial(would_take=takes.quantity, is_planned=is_planned, **values)


@cache
def _vials() -> Any:
    place = aliased(Location)
    return (
        select(
            Movement.uid.label("movement_uid"),
            place.uid.label("container_uid"),
            Container.short_code,
            Lot.number.label("lot_number"),
            Product.name.label("product_name"),
            Product.base_unit,
            Product.id.label("product_id"),
            Product.group_id,
            Product.content_quantity,
            Product.graduation_quantity,
            Product.usual_draw_quantity,
            ProductRule.container_type,
            Container.opened_at,
            Movement.actor_id.label("by_id"),
            Container.beyond_use_at,
            func.coalesce(Balance.quantity, 0).label("left_quantity"),
        )
        .select_from(Movement)
        .join(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
        .join(Container, and_(Container.clinic_id == Line.clinic_id, Container.location_id == Line.to_id))
        .join(place, and_(place.clinic_id == Container.clinic_id, place.id == Container.location_id))
        .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(ProductRule, ProductRule.id == Container.product_rule_id)
        .outerjoin(
            Balance,
            and_(
                Balance.clinic_id == Container.clinic_id,
                Balance.location_id == Container.location_id,
                Balance.lot_id == Container.lot_id,
            ),
        )
        .where(
            func.coalesce(Movement.clinic_id, 0) == bindparam("clinic"),
            Movement.document_uid == bindparam("uid"),
            Movement.kind == MovementKind.OPEN,
            func.coalesce(Container.state, "") == ContainerState.OPEN.value,
        )
        .order_by(Movement.seq.desc())
    )


@cache
def _cocktails() -> Any:
    left = (
        select(func.coalesce(func.sum(Balance.quantity), 0))
        .where(Balance.clinic_id == Preparation.clinic_id, Balance.lot_id == Preparation.lot_id)
        .correlate(Preparation)
        .scalar_subquery()
    )
    return (
        select(
            Preparation.uid,
            Preparation.short_code,
            Preparation.state,
            Preparation.product_id,
            Lot.uid.label("lot_uid"),
            Product.name.label("product_name"),
            Product.base_unit,
            left.label("left_quantity"),
            Lot.beyond_use_at,
        )
        .join(
            PreparationSession,
            and_(
                PreparationSession.clinic_id == Preparation.clinic_id,
                PreparationSession.preparation_id == Preparation.id,
            ),
        )
        .join(Product, Product.id == Preparation.product_id)
        .outerjoin(Lot, and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id))
        .where(
            PreparationSession.clinic_id == bindparam("clinic"),
            PreparationSession.session_id == bindparam("session"),
            PreparationSession.ended_at.is_(None),
        )
        .order_by(Preparation.started_at.desc(), Preparation.id.desc())
    )
