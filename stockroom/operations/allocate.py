"""How is something kept for today's session, and given back?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger import allocations
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import AllocationEnded, Promise, Promised
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.encoding import canonical
from stockroom.models import Allocation
from stockroom.reads.agreements import agreement
from stockroom.reads.asked_things import Asked, choices, lay_out, read_asked
from stockroom.reads.finding import one_by_uid
from stockroom.reads.named import required
from stockroom.reads.promised_vials import as_promised
from stockroom.reads.sessions import Visit, visit
from stockroom.reads.things import Asker
from stockroom.rules import fefo
from stockroom.rules.agreeing import Agreement
from stockroom.rules.overriding import Override, judge
from stockroom.rules.usability import Broken, Purpose, Thing, broken_rules
from stockroom.rules.using import ThingName, check_name, choose
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import Action, AllocationState, BaseUnit


@dataclass(eq=False, kw_only=True)
class NotToday(Refused):
    """Planning locks no lot: only what is needed today is kept."""

    code: ClassVar[str] = "not_today"
    message: ClassVar[str] = extracted(
        "This session is planned for {planned_at}. A lot is kept on the day itself; until then its needs are planned."
    )
    planned_at: datetime


@dataclass(eq=False, kw_only=True)
class NothingToKeepFor(Conflict):
    """The visit is over, cancelled, or did not take place."""

    code: ClassVar[str] = "nothing_to_keep_for"
    message: ClassVar[str] = extracted("This session is {state}: nothing is kept for it any more.")
    session: str
    state: str


@dataclass(eq=False, kw_only=True)
class KeptForCocktail(Refused):
    """What an open cocktail has reserved goes back with the cocktail."""

    code: ClassVar[str] = "kept_for_cocktail"
    message: ClassVar[str] = extracted(
        "This is reserved for an open cocktail. Take it out of the cocktail there."
    )
    allocation: str


@dataclass(frozen=True, kw_only=True)
class Allocate:
    """A quantity of one lot at one place, or of a product of which we pick, for today's session."""

    session_uid: str
    thing: ThingName
    quantity: int
    override: Override | None = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One allocation."""

    allocation_uid: str
    lot_uid: str
    lot_number: str
    place: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Allocated:
    session_uid: str
    kept: tuple[Kept, ...]
    overridden: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Release:
    allocation_uid: str


@dataclass(frozen=True, kw_only=True)
class Released:
    allocation_uid: str
    quantity: int


def allocate(store: Store, command: Allocate, *, actor: Actor, key: str, now: datetime) -> Allocated:
    """Bind a lot and place to a session of today; judged like a use (L8).

    An opened vial that serves one patient, and was promised to another, is not hers.

    Raises InvalidValue, ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotNamed, ThingNotFound,
    NothingToKeepFor, NotToday, NotEnoughUsable, NotEnoughOnHand, LotRecalled, ContainerClosed, a Stopped
    for each other rule, OverrideForbidden, SecondPersonMissing, SecondPersonMayNot.
    """
    check_name(command.thing, "thing")
    if not 0 < command.quantity <= QUANTITY_MAX:
        raise InvalidValue(field="quantity", problem="more than zero base units")
    asked = read_asked(command.thing, today=civil_date(now, "UTC"))
    return perform(
        store,
        Act(kind="allocate", action=Action.ALLOCATE),
        command=command,
        body=lambda work: _allocate(work, command, asked),
        answer=Allocated,
        actor=actor,
        key=key,
        now=now,
    )


def release(store: Store, command: Release, *, actor: Actor, key: str, now: datetime) -> Released:
    """Give back what was kept for a session.  Raises ThingNotFound, AllocationEnded, KeptForCocktail."""
    return perform(
        store,
        Act(kind="release", action=Action.ALLOCATE),
        command=command,
        body=lambda work: _release(work, command),
        answer=Released,
        actor=actor,
        key=key,
        now=now,
    )


def _allocate(work: Work, command: Allocate, asked: Asked) -> Allocated:
    found = visit(work.connection, work.clinic_id, command.session_uid, names=asked.names)
    _require_today(work, found)
    patient_id = found.patient.patient_id
    asker = Asker(patient_id=patient_id, session_id=found.session_id, documents=(found.uid,))
    laid_out = lay_out(work.connection, work.clinic_id, [asked], found.found, asker=asker)
    here = choices(work.connection, work.clinic_id, asked, found.found, laid_out)
    here = as_promised(work.connection, work.clinic_id, here, patient_id=patient_id)
    sources = _sources(work, command, asked, found, here)
    agreed = agreement(work, command.override)
    overridden = _judge(work, command, found, laid_out, [thing for thing, _ in sources], agreed)
    said = ""
    if overridden and command.override is not None:
        reason, by = command.override.reason, work.actor.person_uid
        said = canonical({"rules": overridden, "reason": reason, "by": by, **agreed.facts})
    kept = tuple(_keep(work, found, thing, quantity, said) for thing, quantity in sources)
    work.payload.update(
        session=found.uid,
        allocations=[
            {"uid": each.allocation_uid, "lot": each.lot_uid, "quantity": each.quantity} for each in kept
        ],
        overridden=list(overridden),
        **agreed.facts,
    )
    return Allocated(session_uid=found.uid, kept=kept, overridden=overridden)


def _require_today(work: Work, found: Visit) -> None:
    if found.is_closed:
        raise NothingToKeepFor(session=found.uid, state=found.state.value.replace("_", " "))
    if civil_date(found.planned_at, found.zone) != civil_date(work.now, found.zone):
        raise NotToday(planned_at=found.planned_at)


def _sources(
    work: Work, command: Allocate, asked: Asked, found: Visit, here: tuple[Thing, ...]
) -> list[tuple[Thing, int]]:
    if command.thing.product_uid is not None:
        base_unit, _, product = required(found.found, asked.names[0]).says.partition(" ")
        picks = fefo.pick(
            here,
            command.quantity,
            product=product,
            base_unit=BaseUnit(base_unit),
            now=work.now,
            zone=found.zone,
            purpose=Purpose.ALLOCATE,
            patient=found.patient,
        )
        return [(pick.thing, _whole(pick.thing, pick.quantity)) for pick in picks]
    if not here:
        number = asked.scan.lot_number if asked.scan is not None else None
        raise NotEnoughOnHand(lot_number=number or "?", wanted=command.quantity)
    thing = choose(here, command.quantity, now=work.now, zone=found.zone, patient=found.patient)
    return [(thing, _whole(thing, command.quantity))]


def _whole(thing: Thing, quantity: int) -> int:
    """At a shelf whole presentations are kept (L13)."""
    return quantity if thing.is_opened else quantity + -quantity % thing.content_quantity


def _judge(
    work: Work,
    command: Allocate,
    found: Visit,
    laid_out: tuple[Thing, ...],
    sources: list[Thing],
    agreed: Agreement,
) -> tuple[str, ...]:
    today = civil_date(work.now, found.zone)
    broken: list[Broken] = []
    for thing in sources:
        earlier = None
        if command.thing.product_uid is None:
            earlier = fefo.earlier_choice(
                thing,
                laid_out,
                now=work.now,
                zone=found.zone,
                purpose=Purpose.ALLOCATE,
                patient=found.patient,
                days=found.earlier_lot_days,
            )
        broken += broken_rules(
            thing, now=work.now, today=today, purpose=Purpose.ALLOCATE, patient=found.patient, earlier=earlier
        )
    rules = judge(broken, override=command.override, actions=work.actions, agreement=agreed)
    return tuple(rule.value for rule in rules)


def _keep(work: Work, found: Visit, thing: Thing, quantity: int, overrides: str) -> Kept:
    promised = allocations.allocate(
        work,
        Promise(
            lot_id=thing.lot_id,
            lot_number=thing.lot_number,
            location_id=thing.location_id,
            quantity=quantity,
            session_id=found.session_id,
            overrides=overrides,
        ),
    )
    return Kept(
        allocation_uid=promised.uid,
        lot_uid=thing.lot_uid,
        lot_number=thing.lot_number,
        place=thing.container_code or thing.location_name,
        quantity=quantity,
    )


def _release(work: Work, command: Release) -> Released:
    row = one_by_uid(
        work.connection, Allocation, command.allocation_uid, thing="allocation", clinic_id=work.clinic_id
    )
    if row.preparation_id is not None:
        raise KeptForCocktail(allocation=row.uid)
    if row.state != AllocationState.ACTIVE:
        raise AllocationEnded(allocation=row.uid)
    allocations.release(
        work,
        Promised(
            allocation_id=row.id,
            uid=row.uid,
            lot_id=row.lot_id,
            location_id=row.location_id,
            quantity=row.quantity,
        ),
    )
    work.payload.update(allocation=row.uid)
    return Released(allocation_uid=row.uid, quantity=row.quantity)
