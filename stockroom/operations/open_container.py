"""How is a sealed presentation opened, and its clock started?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, bindparam

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.built_once import reading
from stockroom.db.columns import written
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger import facts, promises
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.container_places import ContainerPlace, new_container_place
from stockroom.ledger.deviations import Broke, write_broken, write_deviations
from stockroom.ledger.facts import lot_facts, place_facts
from stockroom.ledger.passed_over import write_passed_over
from stockroom.ledger.placings import write_container
from stockroom.ledger.post import Posted, post
from stockroom.ledger.promises import Demand
from stockroom.models import Container, Location, Preparation, TreatmentSession
from stockroom.reads.agreements import agreement
from stockroom.reads.asked_things import Asked, choices, lay_out, read_asked, trade_item_of
from stockroom.reads.beginnings import OpenedEarlierOnly
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.named import Found, look_up
from stockroom.reads.opened_then import opened_against
from stockroom.reads.patients import facts_of_session
from stockroom.reads.rules_then import rule_then
from stockroom.reads.serials import check_unopened
from stockroom.reads.short_codes import free_short_code, taken_codes
from stockroom.reads.things import Asker
from stockroom.reads.vial_patients import comes_to_serve_one
from stockroom.rules import fefo
from stockroom.rules.agreeing import Agreement
from stockroom.rules.expiry import container_limit, in_use_minutes, is_life_known, printed_limit
from stockroom.rules.overriding import Override, judge
from stockroom.rules.passing_over import PassOver, check_passing_over
from stockroom.rules.posting import Draft, Line, PlaceFacts
from stockroom.rules.usability import Purpose, Thing, broken_rules
from stockroom.rules.using import ThingName, check_name
from stockroom.vocabulary import (
    SHELF_KINDS,
    Action,
    ContainerState,
    ContainerType,
    LocationKind,
    MovementKind,
    ProductKind,
)

_TAKEN_CODES = taken_codes(
    Container.short_code,
    Container.clinic_id == bindparam("clinic"),
    Container.state == written(ContainerState.OPEN),
)


@dataclass(eq=False, kw_only=True)
class NothingToOpen(Refused):
    """What was pointed at is no sealed presentation."""

    code: ClassVar[str] = "nothing_to_open"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} is not opened: it has no container, or is open already. "
        "Use it from where it lies."
    )
    lot_number: str
    product: str


@dataclass(frozen=True, kw_only=True)
class OpenContainer:
    """One sealed presentation at a shelf, to be opened."""

    thing: ThingName
    stands_in_uid: str | None = None
    """Where it is put; the shelf from which it was taken when None."""
    opened_at: datetime | None = None
    """When it really was opened: recorded late, and never refused for a rule."""
    reason: str = ""
    """Why it was not booked then."""
    session_uid: str | None = None
    """For whose session it is opened: what is kept for that session is taken, and its movement names the session."""
    preparation_uid: str | None = None
    """For which cocktail: what is answered about an earlier lot holds while it is made."""
    override: Override | None = None
    passing_over: tuple[PassOver, ...] = ()
    """Why lots that expire sooner are not opened first."""


@dataclass(frozen=True, kw_only=True)
class ContainerOpened:
    container_uid: str
    short_code: str
    """To be written on it with a pen."""
    lot_uid: str
    lot_number: str
    quantity: int
    beyond_use_at: datetime | None
    movement_uid: str
    overridden: tuple[str, ...]
    broken_rules: tuple[str, ...] = ()
    """Of an opening recorded late: each is a deviation that a second person signs."""


def open_container(
    store: Store, command: OpenContainer, *, actor: Actor, key: str, now: datetime
) -> ContainerOpened:
    """Open one presentation: a movement from the shelf into a container with a clock and a code.

    Its limit is the earlier of the printed one and the in-use life of its product's rule for where it
    stands, counted from when it was opened (`rules.expiry.container_limit`).
    An opening that has already happened (`opened_at`, with a reason) is recorded late: each rule that it
    broke becomes a deviation with an alert, and promises that no longer fit are lost.
    Raises InvalidValue, ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotNamed, ThingNotFound,
    NothingToOpen, OpenedEarlierOnly, NotEnoughOnHand; only when asked SerialUsed, SerialOpened,
    PromisedElsewhere, LotRecalled, a Stopped for each other rule, OverrideForbidden, SecondPersonMissing,
    SecondPersonMayNot.
    """
    check_name(command.thing, "thing")
    check_passing_over(command.passing_over)
    asked = read_asked(command.thing, today=civil_date(now, "UTC"))
    return perform(
        store,
        Act(kind="container.open", action=Action.OPEN if command.opened_at is None else Action.RECORD_LATE),
        command=command,
        body=lambda work: _open(work, command, asked),
        answer=ContainerOpened,
        actor=actor,
        key=key,
        now=now,
    )


def _open(work: Work, command: OpenContainer, asked: Asked) -> ContainerOpened:
    opened_at = _opened_at(work, command)
    clinic = clinic_settings(work.connection, work.clinic_id)
    session = _session(work, command)
    asker = Asker(documents=[each for each in (command.preparation_uid, command.session_uid) if each])
    if session is not None:
        asker = replace(asker, session_id=session.id, patient_id=session.patient_id)
    found = look_up(work.connection, work.clinic_id, asked.names)
    laid_out = lay_out(work.connection, work.clinic_id, [asked], found, asker=asker)
    thing = _chosen(work, asked, found, laid_out, clinic.time_zone)
    rule = _rule(work, thing, opened_at)
    stands_in = _stands_in(work, command, thing)
    thing = _opened_there(thing, rule, stands_in, is_late=command.opened_at is not None)
    agreed = agreement(work, command.override)
    serial = asked.scan.serial if asked.scan is not None else None
    if command.opened_at is None:
        check_unopened(work, thing.product_id, serial)
        broke = _judge(work, command, thing, laid_out, clinic, agreed, session)
    else:
        broke = opened_against(
            work.connection, work.clinic_id, thing, at=opened_at, now=work.now, zone=clinic.time_zone
        )
    beyond_use_at = _limit(thing, rule, stands_in, opened_at, clinic.time_zone)
    code = free_short_code(work.connection, _TAKEN_CODES, clinic=work.clinic_id)
    container = new_container_place(work, code)
    serves_one = comes_to_serve_one(
        work.connection, work.clinic_id, place=stands_in.kind, container_type=rule.container_type
    )
    write_container(
        work,
        thing,
        location_id=container.id,
        short_code=container.short_code,
        rule_id=rule.id,
        opened_at=opened_at,
        beyond_use_at=beyond_use_at,
        stands_in_id=stands_in.id,
        serial=serial,
        trade_item_id=trade_item_of(asked, found),
        one_patient_since=opened_at if serves_one else None,
        patient_id=session.patient_id if serves_one and session else None,
    )
    posted = _post(work, command, thing, container, opened_at, session)
    _write_down(work, command, posted, broke, agreed)
    rules = tuple(dict.fromkeys(each.rule.value for each in broke))
    work.payload.update(asked.unit, container=container.uid, lot=thing.lot_uid, beyond_use_at=beyond_use_at)
    return ContainerOpened(
        container_uid=container.uid,
        short_code=container.short_code,
        lot_uid=thing.lot_uid,
        lot_number=thing.lot_number,
        quantity=thing.content_quantity,
        beyond_use_at=beyond_use_at,
        movement_uid=posted.uid,
        overridden=rules if command.opened_at is None else (),
        broken_rules=() if command.opened_at is None else rules,
    )


def _limit(
    thing: Thing, rule: Row[Any], stands_in: Row[Any], opened_at: datetime, zone: str
) -> datetime | None:
    minutes = in_use_minutes(
        stands_in.storage_class,
        room=rule.in_use_minutes_room,
        refrigerated=rule.in_use_minutes_refrigerated,
    )
    return container_limit(opened_at, minutes, printed_limit(thing.expires_on, thing.expires_at, zone))


def _opened_at(work: Work, command: OpenContainer) -> datetime:
    if command.opened_at is None:
        return work.now
    if command.opened_at > work.now or not command.reason.strip():
        raise OpenedEarlierOnly(opened_at=command.opened_at)
    return command.opened_at


def _session(work: Work, command: OpenContainer) -> Row[Any] | None:
    if command.preparation_uid is not None:
        one_by_uid(
            work.connection, Preparation, command.preparation_uid, thing="cocktail", clinic_id=work.clinic_id
        )
    if command.session_uid is None:
        return None
    return one_by_uid(
        work.connection, TreatmentSession, command.session_uid, thing="session", clinic_id=work.clinic_id
    )


def _chosen(work: Work, asked: Asked, found: Found, laid_out: tuple[Thing, ...], zone: str) -> Thing:
    here = choices(work.connection, work.clinic_id, asked, found, laid_out)
    sealed = [each for each in here if not each.is_opened]
    if here and not sealed:
        raise NothingToOpen(lot_number=here[0].lot_number, product=here[0].product_name)
    if not sealed:
        number = asked.scan.lot_number if asked.scan is not None else None
        raise NotEnoughOnHand(lot_number=number or found[asked.names[0]][0].says, wanted=1)
    today = civil_date(work.now, zone)

    def rank(each: Thing) -> tuple[bool, bool]:
        broken = broken_rules(each, now=work.now, today=today, purpose=Purpose.OPEN)
        return bool(broken), each.is_passed_over

    return min(fefo.in_order(sealed, zone=zone), key=rank)


def _rule(work: Work, thing: Thing, opened_at: datetime) -> Row[Any]:
    """What was known of the product when it was opened: that stays true for the vial."""
    rule = rule_then(work.connection, thing.product_id, opened_at)
    if rule is None or rule.product_kind != ProductKind.MANUFACTURED:
        raise NothingToOpen(lot_number=thing.lot_number, product=thing.product_name)
    return rule


def _opened_there(thing: Thing, rule: Row[Any], stands_in: Row[Any], *, is_late: bool) -> Thing:
    """The thing as the rules judge its opening: how long it keeps where it will stand must be known.

    Raises NothingToOpen, NotEnoughOnHand.
    """
    _check_openable(thing, rule)
    known = is_life_known(
        stands_in.storage_class,
        room=rule.in_use_minutes_room,
        refrigerated=rule.in_use_minutes_refrigerated,
    )
    confirmed = rule.confirmed_at is not None if is_late else thing.product_confirmed
    return replace(thing, product_confirmed=confirmed and known)


def _check_openable(thing: Thing, rule: Row[Any]) -> None:
    if rule.container_type == ContainerType.NONE:
        raise NothingToOpen(lot_number=thing.lot_number, product=thing.product_name)
    if thing.quantity < thing.content_quantity:
        raise NotEnoughOnHand(lot_number=thing.lot_number, wanted=thing.content_quantity)


def _judge(
    work: Work,
    command: OpenContainer,
    thing: Thing,
    laid_out: tuple[Thing, ...],
    clinic: Row[Any],
    agreed: Agreement,
    session: Row[Any] | None,
) -> tuple[Broke, ...]:
    """What it breaks; what she must not get is said before the vial is broken open, not after."""
    patient = facts_of_session(work.connection, work.clinic_id, session)
    first = fefo.NOTHING_EARLIER
    if command.thing.product_uid is None:
        first = fefo.earlier(
            thing,
            laid_out,
            check_passing_over(command.passing_over),
            now=work.now,
            zone=clinic.time_zone,
            purpose=Purpose.OPEN,
            patient=patient,
            days=clinic.earlier_lot_days,
        )
    broken = broken_rules(
        thing,
        now=work.now,
        today=civil_date(work.now, clinic.time_zone),
        purpose=Purpose.OPEN,
        patient=patient,
        earlier=first.waiting,
    )
    judge(broken, override=command.override, actions=work.actions, agreement=agreed)
    document_uid = command.preparation_uid or command.session_uid
    write_passed_over(work, thing, first.passed, command.passing_over, document_uid=document_uid)
    return tuple(Broke(rule=each.rule, lot_id=thing.lot_id) for each in broken)


def _write_down(
    work: Work, command: OpenContainer, posted: Posted, broke: tuple[Broke, ...], agreed: Agreement
) -> None:
    """What was overridden, or what was broken by an opening recorded late, is signed by a second person."""
    if command.opened_at is None:
        reason = command.override.reason if command.override else ""
        write_deviations(work, posted.movement_id, broke, reason=reason, was_asked=True, agreed_by=agreed.by)
    else:
        write_broken(work, posted.movement_id, posted.uid, broke, reason=command.reason)


def _stands_in(work: Work, command: OpenContainer, thing: Thing) -> Row[Any]:
    uid = command.stands_in_uid
    if uid is not None:
        place = one_by_uid(work.connection, Location, uid, thing="place", clinic_id=work.clinic_id)
    else:
        here = {"its_clinic_id": work.clinic_id, "its_id": thing.location_id}
        place = work.connection.execute(reading(Location, "clinic_id", "id"), here).one()
    if place.kind not in SHELF_KINDS or place.closed_at is not None:
        raise InvalidValue(field="stands_in_uid", problem="what is open stands on a shelf or in a room")
    return place


def _post(
    work: Work,
    command: OpenContainer,
    thing: Thing,
    container: ContainerPlace,
    opened_at: datetime,
    session: Row[Any] | None,
) -> Posted:
    here = PlaceFacts(location_id=container.id, kind=LocationKind.CONTAINER, container_lot_id=thing.lot_id)
    facts.remember(work, lots=[lot_facts(thing)], places=[place_facts(thing), here])
    demand = Demand(
        lot_id=thing.lot_id,
        lot_number=thing.lot_number,
        location_id=thing.location_id,
        on_hand=thing.quantity,
        needed=thing.content_quantity,
        promised_to_others=thing.allocated,
    )
    line = Line(
        lot_id=thing.lot_id,
        from_id=thing.location_id,
        to_id=container.id,
        quantity=thing.content_quantity,
    )
    settlement = promises.settle(
        work,
        [demand],
        session_id=None if session is None else session.id,
        has_promises=session is not None,
        is_fact=command.opened_at is not None,
    )
    posted = post(
        work,
        Draft(
            kind=MovementKind.OPEN,
            lines=(line,),
            occurred_at=opened_at,
            document_kind="container" if session is None else "session",
            document_uid=container.uid if session is None else session.uid,
            reason=command.reason or (command.override.reason if command.override else ""),
            is_recorded_late=command.opened_at is not None,
            consumes=settlement.consumes,
            gives_way=settlement.gives_way,
        ),
    )
    promises.follow_up(work, settlement)
    return posted
