"""How does a patient get something?  Asked at the bench: judged when it commits, and refused when a rule says so."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.caution_answers import still_asked, write_cautions
from stockroom.ledger.deviations import Broke, write_deviations
from stockroom.ledger.passed_over import write_passed_over
from stockroom.ledger.usages import Treatment, UsageOf, book
from stockroom.reads.agreements import agreement
from stockroom.reads.asked_things import Asked
from stockroom.reads.authorised import require_authorised
from stockroom.reads.benches import (
    AskedLine,
    Bench,
    is_injector_authorised,
    lay_bench,
    prescribed_lines,
    read_lines,
    require_prescribers,
    usages_of,
)
from stockroom.reads.closed_sessions import SessionClosed
from stockroom.reads.counted_heads import check_counted_heads
from stockroom.reads.named import Family, required
from stockroom.reads.promised_vials import as_drawn
from stockroom.reads.serials import mixed_serials, opened_serials, used_serials
from stockroom.reads.vial_slack import allowed, require_reason, slack_of
from stockroom.rules import fefo
from stockroom.rules.overriding import Override, judge
from stockroom.rules.passing_over import PassOver, check_passing_over
from stockroom.rules.pooling import pooled, refuse_pooling, without_pooling
from stockroom.rules.receiving import check_text
from stockroom.rules.usability import Broken, Purpose, Thing
from stockroom.rules.using import (
    Taking,
    UseLine,
    after_draws,
    broken_by,
    choose,
    drawn_beyond,
    is_used_in_one_go,
    take,
)
from stockroom.vocabulary import Action, BaseUnit, SessionState


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a patient gets in one act, such as a needle and a cocktail."""

    session_uid: str
    lines: tuple[UseLine, ...]
    override: Override | None = None
    overfill_reason: str = ""
    """Why more came out of a vial than its label and its usual overfill explain."""
    passing_over: tuple[PassOver, ...] = ()
    """Why lots that expire sooner are not taken first."""


@dataclass(frozen=True, kw_only=True)
class UsedThing:
    """One line of the books to the patient."""

    line: int
    """The line of the request, from 0."""
    lot_uid: str
    lot_number: str
    product: str
    base_unit: BaseUnit
    container_code: str | None
    quantity: int
    remainder: int
    overfill: int


@dataclass(frozen=True, kw_only=True)
class Used:
    movement_uid: str
    session_uid: str
    used: tuple[UsedThing, ...]
    overridden: tuple[str, ...]
    """The rules that somebody took upon himself or herself; each is a deviation to be signed."""
    answered_before: tuple[str, ...] = ()
    """Cautions that this person answered earlier in the session, and was not asked about again."""


def use(store: Store, command: Use, *, actor: Actor, key: str, now: datetime) -> Used:
    """Move what a patient gets to her, in one movement.

    1. read the scans, then under the lock the session, its patient's facts and the things
    2. find where each line is taken from: what was scanned, or picked first expired first out
    3. judge every rule (L8); an override is written down as deviations that a second person signs
    4. post; the session's own promises are used first, else the latest planned session gives way
    Raises InvalidValue, ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotNamed, ThingNotFound,
    SessionClosed, SerialUsed, SerialOpened, SerialMixed, NotAPrescriber, OpenItFirst, NotEnoughUsable, NotEnoughOnHand,
    MoreThanTheVialHeld, LeftoversPooled, CountedAlready,
    PromisedElsewhere, LotRecalled, ContainerClosed, a Stopped for each other rule, OverrideForbidden,
    SecondPersonMissing, SecondPersonMayNot, AuthorisationAsked, OutsideAuthorisation.
    """
    lines = read_lines(command.lines, today=civil_date(now, "UTC"))
    check_passing_over(command.passing_over)
    return perform(
        store,
        Act(kind="use", action=Action.USE),
        command=command,
        body=lambda work: _use(work, command, lines),
        answer=Used,
        actor=actor,
        key=key,
        now=now,
    )


def _use(work: Work, command: Use, lines: tuple[AskedLine, ...]) -> Used:
    check_text("overfill_reason", command.overfill_reason.strip(), may_break=True)
    bench, takings = _laid(work, command.session_uid, lines, command.overfill_reason)
    _check_serials(work, bench, takings)
    check_counted_heads(work.connection, work.clinic_id, takings, session_id=bench.visit.session_id)
    usages = usages_of(bench, takings)
    agreed = agreement(work, command.override)
    answered = check_passing_over(command.passing_over)
    broken = _broken(work, bench, takings, answered)
    asking = still_asked(work, broken, lambda: [bench.visit.session_id])
    judge(asking.broken, override=command.override, actions=work.actions, agreement=agreed)
    overridden = tuple(Broke(rule=each.rule, lot_id=each.thing.lot_id) for each in asking.broken)
    _require_injectors(work, bench, takings, usages, command.override)
    posted = book(
        work,
        Treatment(
            session_id=bench.visit.session_id,
            session_uid=bench.visit.uid,
            patient_id=bench.visit.patient.patient_id,
            takings=takings,
            usages=usages,
            patient_place_id=bench.visit.patient_place_id,
            disposal_place_id=bench.visit.disposal_place_id,
            adjustment_place_id=bench.visit.adjustment_place_id,
            has_promises=bench.visit.has_promises,
            occurred_at=work.now,
            reason=_reason(command, takings, is_overridden=bool(overridden)),
        ),
    )
    _write_passed_over(work, bench, takings, answered, command.passing_over)
    if overridden and command.override is not None:
        write_cautions(work, asking, command.override)
        write_deviations(
            work,
            posted.movement_id,
            overridden,
            reason=command.override.reason,
            was_asked=True,
            agreed_by=agreed.by,
        )
    return Used(
        movement_uid=posted.uid,
        session_uid=bench.visit.uid,
        used=tuple(map(_used_thing, takings)),
        overridden=tuple(dict.fromkeys(each.rule.value for each in overridden)),
        answered_before=tuple(rule.value for rule in asking.before),
    )


def _require_injectors(
    work: Work,
    bench: Bench,
    takings: Iterable[Taking],
    usages: Iterable[UsageOf],
    override: Override | None,
) -> None:
    """Who injects is authorised to every technique that is named; where none is named, nobody is asked.

    The session's statement says who is; only about somebody else it is asked what follows, in one more.
    """
    techniques: dict[int | None, list[str]] = {}
    for taking, each in zip(takings, usages, strict=True):
        if each.technique is not None and not is_injector_authorised(bench, taking.line, work.now):
            techniques.setdefault(each.practitioner_id, []).append(each.technique)
    for person_id, scopes in techniques.items():
        require_authorised(
            work,
            "inject",
            answer=override,
            person_id=person_id,
            scopes=scopes,
            session_ids=[bench.visit.session_id],
        )


def _laid(
    work: Work, session_uid: str, lines: tuple[AskedLine, ...], why_more: str
) -> tuple[Bench, tuple[Taking, ...]]:
    """What lies there and what is taken of it; of one product the first lots are looked at, and seldom more."""
    where: tuple[Any, ...] = (work.connection, work.clinic_id, session_uid, lines)
    if len(lines) == 1 and lines[0].line.thing.product_uid is not None:
        bench = _checked(work, lay_bench(*where, only_first=True))
        with suppress(fefo.NotEnoughUsable):
            takings = _takings(work, bench, why_more)
            if fefo.is_settled(((each.thing, each.from_books) for each in takings), bench.things):
                return bench, takings
    bench = _checked(work, lay_bench(*where))
    return bench, _takings(work, bench, why_more)


def _checked(work: Work, bench: Bench) -> Bench:
    """The bench of a session in which things may still be used.  Raises SessionClosed, NotAPrescriber."""
    if bench.visit.is_closed:
        raise SessionClosed(session=bench.visit.uid, state=_said(bench.visit.state))
    require_prescribers(bench, work.now)
    return bench


def _reason(command: Use, takings: tuple[Taking, ...], *, is_overridden: bool) -> str:
    """What stands beside the movement: why a rule was overridden, and why a vial gave more than it held."""
    why = command.override.reason if is_overridden and command.override else ""
    why_more = command.overfill_reason.strip() if any(each.overfill for each in takings) else ""
    return "; ".join(filter(None, (why, why_more)))


def _said(state: SessionState) -> str:
    return state.value.replace("_", " ")


def _takings(work: Work, bench: Bench, why_more: str) -> tuple[Taking, ...]:
    wanted: list[tuple[int, UseLine, Thing, int]] = []
    for n, each in enumerate(bench.lines):
        here = after_draws(bench.chosen[n], [thing.location_id for _, _, thing, _ in wanted])
        patient_id = bench.visit.patient.patient_id
        here = as_drawn(work.connection, work.clinic_id, here, patient_id=patient_id)
        sources = _sources(work, bench, here, each)
        wanted += [(n, each.line, thing, quantity) for thing, quantity in sources]
    slack = slack_of(work.connection, work.clinic_id, drawn_beyond(wanted))
    takings = take(wanted, allowed(slack, with_reason=bool(why_more.strip())))
    if not why_more.strip():
        require_reason(takings, slack)
    return takings


def _sources(
    work: Work, bench: Bench, here: tuple[Thing, ...], each: AskedLine
) -> Iterable[tuple[Thing, int]]:
    """Where a line is taken from: the one place that was meant, or several that we pick."""
    quantity = each.line.quantity
    if each.line.thing.product_uid is not None:
        return _picked(work, bench, each.asked, here, quantity)
    if not here:
        raise NotEnoughOnHand(lot_number=_number(bench, each.asked), wanted=quantity)
    visit = bench.visit
    chosen = choose(here, quantity, now=work.now, zone=visit.zone, patient=visit.patient)
    return [(chosen, quantity)]


def _picked(
    work: Work, bench: Bench, asked: Asked, here: tuple[Thing, ...], quantity: int
) -> Iterable[tuple[Thing, int]]:
    base_unit, _, product = required(bench.visit.found, asked.names[0]).says.partition(" ")
    offered = tuple(each for each in here if each.is_opened or is_used_in_one_go(each))

    def picked(things: tuple[Thing, ...]) -> tuple[fefo.Pick, ...]:
        return fefo.pick(
            things,
            quantity,
            product=product,
            base_unit=BaseUnit(base_unit),
            now=work.now,
            zone=bench.visit.zone,
            purpose=Purpose.USE,
            patient=bench.visit.patient,
            may_take_promised=True,
        )

    picks = picked(offered)
    if pooled(pick.thing for pick in picks):
        with suppress(fefo.NotEnoughUsable):
            picks = picked(without_pooling(fefo.in_order(offered, zone=bench.visit.zone), quantity))
        refuse_pooling(pick.thing for pick in picks)
    return [(pick.thing, pick.quantity) for pick in picks]


def _number(bench: Bench, asked: Asked) -> str:
    if asked.scan is not None and asked.scan.lot_number is not None:
        return asked.scan.lot_number
    lots = (bench.visit.found[name] for name in asked.names if name.family is Family.LOT)
    return next((rows[0].says for rows in lots if rows), "?")


def _check_serials(work: Work, bench: Bench, takings: tuple[Taking, ...]) -> None:
    named = [(each, serial) for each in takings if (serial := bench.lines[each.n].serial) is not None]
    if not named:
        return
    here = set[tuple[int, str]]()
    serials = [serial for _, serial in named]
    seen = used_serials(work, serials) | mixed_serials(work, serials)
    vials = opened_serials(work, serials)
    for taking, serial in named:
        if taking.quantity > taking.thing.content_quantity:
            raise InvalidValue(field=f"lines[{taking.n}].quantity", problem="a serial names one unit")
        unit = (taking.thing.product_id, serial)
        if (first := seen.get(unit)) is not None:
            raise first.refuses(serial)
        if (vial := vials.get(unit)) is not None and vial.location_id != taking.thing.location_id:
            raise vial.refuses(serial)
        if unit in here:
            raise InvalidValue(field=f"lines[{taking.n}].serial", problem="this unit is on an earlier line")
        here.add(unit)


def _broken(
    work: Work, bench: Bench, takings: tuple[Taking, ...], answered: frozenset[str]
) -> tuple[Broken, ...]:
    return broken_by(
        takings,
        bench.things,
        now=work.now,
        zone=bench.visit.zone,
        patient=bench.visit.patient,
        prescribed=prescribed_lines(bench, work.now),
        earlier_lot_days=bench.visit.earlier_lot_days,
        answered=answered,
    )


def _write_passed_over(
    work: Work,
    bench: Bench,
    takings: tuple[Taking, ...],
    answered: frozenset[str],
    answers: tuple[PassOver, ...],
) -> None:
    """Write down which earlier lots were left, and why."""
    if not answers:
        return
    for thing in dict.fromkeys(each.thing for each in takings):
        first = fefo.earlier(
            thing,
            bench.things,
            answered,
            now=work.now,
            zone=bench.visit.zone,
            purpose=Purpose.USE,
            patient=bench.visit.patient,
            days=bench.visit.earlier_lot_days,
        )
        write_passed_over(work, thing, first.passed, answers, document_uid=bench.visit.uid)


def _used_thing(taking: Taking) -> UsedThing:
    return UsedThing(
        line=taking.n,
        lot_uid=taking.thing.lot_uid,
        lot_number=taking.thing.lot_number,
        product=taking.thing.product_name,
        base_unit=taking.thing.base_unit,
        container_code=taking.thing.container_code,
        quantity=taking.quantity,
        remainder=taking.remainder,
        overfill=taking.overfill,
    )
