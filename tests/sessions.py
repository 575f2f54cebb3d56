"""Visits of the house: a patient who was asked, a session, an opened vial, a use of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from stockroom.actor import Actor
from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.scan import gs1_elements
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.models import (
    Alert,
    Allocation,
    Balance,
    ClinicHold,
    Container,
    Deviation,
    JournalEntry,
    Line,
    Location,
    Movement,
    TreatmentSession,
    Usage,
    UsageArea,
)
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.open_container import ContainerOpened, OpenContainer, open_container
from stockroom.operations.plan_session import PlanSession, plan_session
from stockroom.operations.use import Use, Used, use
from stockroom.rules.overriding import Override
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import HoldReason, Rule, SessionState
from tests.builders import FAR, NOW, Clinic, Goods, House, LotAt, key
from tests.patients import ask, register


def patient(house: House, *allergies: str, asked: bool = True) -> str:
    """Another patient; asked about allergies unless said otherwise."""
    uid = register(house, f"Ana {key('Demo')}", now=NOW - timedelta(days=1)).patient_uid
    if asked:
        ask(house, uid, *allergies, now=NOW - timedelta(days=1))
    return uid


def session(
    house: House,
    patient_uid: str | None = None,
    *,
    clinic: Clinic | None = None,
    planned_at: datetime = NOW,
    now: datetime = NOW,
    **values: Any,
) -> str:
    """A planned session, of a patient who bears everything unless one is given."""
    planned = plan_session(
        house.store,
        PlanSession(
            patient_uid=patient_uid or patient(house),
            planned_at=planned_at,
            **{"past_is_meant": True, **values},
        ),
        actor=(clinic or house.clinic).nurse,
        key=key("plan"),
        now=now,
    )
    return planned.session_uid


def advance(house: House, session_uid: str, *states: SessionState, now: datetime = NOW) -> None:
    for state in states:
        actor = house.practitioner if state is SessionState.SIGNED else house.nurse
        advance_session(
            house.store,
            AdvanceSession(session_uid=session_uid, to=state),
            actor=actor,
            key=key("step"),
            now=now,
        )


def finish(house: House, session_uid: str, *, now: datetime = NOW) -> None:
    advance(
        house, session_uid, SessionState.ARRIVED, SessionState.IN_TREATMENT, SessionState.FINISHED, now=now
    )


def opened(
    house: House, lot: LotAt, *, now: datetime = NOW, actor: Actor | None = None, **values: Any
) -> ContainerOpened:
    """One vial of a lot, opened where it lies."""
    command = OpenContainer(thing=ThingName(lot_uid=lot.uid), **values)
    return open_container(house.store, command, actor=actor or house.nurse, key=key("open"), now=now)


def line(thing: ThingName | LotAt | ContainerOpened | Goods, quantity: int = 1, **values: Any) -> UseLine:
    """A line for a lot, an opened container, or a product of which we pick."""
    if isinstance(thing, LotAt):
        thing = ThingName(lot_uid=thing.uid)
    elif isinstance(thing, ContainerOpened):
        thing = ThingName(location_uid=thing.container_uid)
    elif isinstance(thing, Goods):
        thing = ThingName(product_uid=thing.uid)
    return UseLine(thing=thing, quantity=quantity, **values)


def used(
    house: House,
    session_uid: str,
    *lines: UseLine,
    now: datetime = NOW,
    actor: Actor | None = None,
    override: Override | None = None,
    request: str | None = None,
    overfill_reason: str = "",
) -> Used:
    command = Use(session_uid=session_uid, lines=lines, override=override, overfill_reason=overfill_reason)
    return use(house.store, command, actor=actor or house.nurse, key=request or key("use"), now=now)


def over(*rules: Rule, reason: str = "Agreed with the patient") -> Override:
    return Override(rules=frozenset(rules), reason=reason)


def rows(store: Store, model: Any, **conditions: Any) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(model.__table__).filter_by(**conditions)))


def books(store: Store) -> dict[str, Any]:
    """Everything that a refused act must leave alone."""
    with store.reading() as connection:
        counted = {
            model.__tablename__: connection.execute(select(func.count()).select_from(model)).scalar_one()
            for model in (Movement, Line, Usage, UsageArea, Deviation, Alert, Location, Container)
        }
        counted["balances"] = sorted(
            map(
                tuple,
                connection.execute(
                    select(Balance.location_id, Balance.lot_id, Balance.quantity, Balance.allocated)
                ),
            )
        )
        counted["allocations"] = sorted(
            map(tuple, connection.execute(select(Allocation.id, Allocation.state)))
        )
        counted["containers"] = sorted(
            connection.execute(select(Container.location_id, Container.state, Container.punctures))
        )
        counted["sessions"] = sorted(connection.execute(select(TreatmentSession.id, TreatmentSession.state)))
        return counted


def refusals(store: Store) -> list[str]:
    """The codes of the refusals that a person answered for, from the clinics' journals."""
    with store.reading() as connection:
        return list(
            connection.execute(
                select(JournalEntry.payload).where(JournalEntry.kind == "refusal").order_by(JournalEntry.seq)
            ).scalars()
        )


def hold(house: House, lot: LotAt, reason: HoldReason, *, placed_at: datetime | None = None) -> None:
    """Put a lot of the clinic on hold, straight into the table."""

    def body(work: Work) -> None:
        work.connection.execute(
            insert(ClinicHold).values(
                uid=new_uid(work.now),
                clinic_id=house.clinic.id,
                lot_id=lot.id,
                reason=reason,
                note="test",
                placed_at=placed_at or work.now,
                placed_by_id=work.actor.person_id,
            )
        )

    house.clinic.act("test.hold", body)


def scan_of(product: Goods, lot: LotAt, serial: str | None = None, expires_on: date = FAR) -> ThingName:
    """What the label of a pack says."""
    elements = gs1_elements(
        gtin=product.gtin, today=NOW.date(), lot_number=lot.number, expires_on=expires_on, serial=serial
    )
    return ThingName(scan=write_element_string(elements))
