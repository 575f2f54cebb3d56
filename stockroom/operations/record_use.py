"""How is written down what a patient got already?  Never refused for a rule: a medical fact is a fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger import recall_holding
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.deviations import Broke, write_broken
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.usages import Treatment, book
from stockroom.reads.beginnings import broken_by_dating
from stockroom.reads.benches import (
    AskedLine,
    Bench,
    lay_bench,
    prescribed_lines,
    read_lines,
    usages_of,
)
from stockroom.reads.lateness import broken_by_lateness
from stockroom.reads.missing_goods import not_in_the_books
from stockroom.reads.things_then import Place, things_then
from stockroom.reads.vial_slack import allowed, slack_of
from stockroom.rules.pooling import pooled_by
from stockroom.rules.usability import Thing
from stockroom.rules.using import Taking, UseLine, after_draws, broken_by, choose, drawn_beyond, take
from stockroom.vocabulary import Action, Joined, Rule


@dataclass(frozen=True, kw_only=True)
class RecordUse:
    """What a patient got, when, and why it is written down only now."""

    session_uid: str
    lines: tuple[UseLine, ...]
    occurred_at: datetime
    reason: str
    overfill_reason: str = ""
    """Why more came out of a vial than its label and its usual overfill explain."""


@dataclass(frozen=True, kw_only=True)
class UseRecorded:
    movement_uid: str
    session_uid: str
    deviations: tuple[str, ...]
    """Uids, each to be signed by a second person."""
    rules: tuple[str, ...]
    """The rules that were broken."""


def record_use(store: Store, command: RecordUse, *, actor: Actor, key: str, now: datetime) -> UseRecorded:
    """Post a use that has already happened.

    It is judged by what was true when it happened (`reads.things_then`), and never refused for expiry, limit,
    hold, recall, allergy, session, closed period or window, for leftovers put together, nor for a time before its
    vial was opened or its lot came in: each broken rule becomes a deviation, an alert is raised, and promises that
    no longer fit are lost.  What a recall holds by now brings its session onto the recall's list here (I-13).
    Raises InvalidValue without a reason or for an impossible line, OccursInFuture, ThingNotFound for an
    unknown lot, LotNotNamed, ScanUnreadable, ScanInDoubt, ScanNamesNothing, OpenItFirst (L13), and
    NotInTheBooks (L4), also where nobody says why a vial gave so much.
    """
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="write why it is recorded only now")
    if any(each.thing.product_uid is not None for each in command.lines):
        raise InvalidValue(
            field="lines", problem="name the lot or container that was used; we cannot pick it"
        )
    lines = read_lines(command.lines, today=civil_date(now, "UTC"))
    return perform(
        store,
        Act(kind="use.record", action=Action.RECORD_LATE),
        command=command,
        body=lambda work: _record(work, command, lines),
        answer=UseRecorded,
        actor=actor,
        key=key,
        now=now,
    )


def _record(work: Work, command: RecordUse, lines: tuple[AskedLine, ...]) -> UseRecorded:
    if command.occurred_at > work.now:
        raise OccursInFuture(occurred_at=command.occurred_at)
    bench = lay_bench(work.connection, work.clinic_id, command.session_uid, lines)
    now = {(each.lot_id, each.location_id): each for chosen in bench.chosen for each in chosen}
    then = things_then(
        work.connection, work.clinic_id, now.values(), at=command.occurred_at, zone=bench.visit.zone
    )
    judged = _takings(work, command, bench, then)
    broke = _broke(work, command, bench, judged)
    takings = tuple(_placed(each, now) for each in judged)
    _require_in_the_books(work, bench, takings)
    posted = book(
        work,
        Treatment(
            session_id=bench.visit.session_id,
            session_uid=bench.visit.uid,
            patient_id=bench.visit.patient.patient_id,
            takings=takings,
            usages=usages_of(bench, takings),
            patient_place_id=bench.visit.patient_place_id,
            disposal_place_id=bench.visit.disposal_place_id,
            adjustment_place_id=bench.visit.adjustment_place_id,
            has_promises=bench.visit.has_promises,
            occurred_at=command.occurred_at,
            reason="; ".join(filter(None, (command.reason, command.overfill_reason.strip()))),
            has_happened=True,
        ),
    )
    recall_holding.join_uses(work, joined=Joined.RECORDED_LATE)
    deviations = write_broken(
        work, posted.movement_id, posted.uid, broke, reason=command.reason, session=bench.visit.uid
    )
    return UseRecorded(
        movement_uid=posted.uid,
        session_uid=bench.visit.uid,
        deviations=deviations,
        rules=tuple(dict.fromkeys(each.rule.value for each in broke)),
    )


def _takings(work: Work, command: RecordUse, bench: Bench, then: Mapping[Place, Thing]) -> tuple[Taking, ...]:
    wanted: list[tuple[int, UseLine, Thing, int]] = []
    for n, each in enumerate(bench.lines):
        if not bench.chosen[n]:
            raise not_in_the_books(work.connection, work.clinic_id, each.asked, used=each.line.quantity)
        as_they_were = tuple(then[thing.lot_id, thing.location_id] for thing in bench.chosen[n])
        chosen = choose(
            after_draws(as_they_were, [drawn.location_id for _, _, drawn, _ in wanted]),
            each.line.quantity,
            now=command.occurred_at,
            zone=bench.visit.zone,
            patient=bench.visit.patient,
        )
        wanted.append((n, each.line, chosen, each.line.quantity))
    slack = slack_of(work.connection, work.clinic_id, drawn_beyond(wanted), also_ended=True)
    return take(wanted, allowed(slack, with_reason=bool(command.overfill_reason.strip())))


def _placed(taking: Taking, now: Mapping[Place, Thing]) -> Taking:
    """A taking that was judged by how its thing stood then, taken from where the books have it now.

    Whether it served one patient is what it did then: a draw of before a vial came into a treatment room is no reason
    that nobody else may have of it.
    """
    thing = now[taking.thing.lot_id, taking.thing.location_id]
    return replace(taking, thing=replace(thing, container_type=taking.thing.container_type))


def _require_in_the_books(work: Work, bench: Bench, takings: tuple[Taking, ...]) -> None:
    taken: dict[tuple[int, int], int] = {}
    for each in takings:
        key = (each.thing.lot_id, each.thing.location_id)
        taken[key] = taken.get(key, 0) + each.from_books
        if taken[key] > each.thing.quantity:
            asked = bench.lines[each.n]
            raise not_in_the_books(
                work.connection, work.clinic_id, asked.asked, used=asked.line.quantity, thing=each.thing
            )


def _broke(work: Work, command: RecordUse, bench: Bench, takings: tuple[Taking, ...]) -> tuple[Broke, ...]:
    broken = broken_by(
        takings,
        bench.things,
        now=command.occurred_at,
        zone=bench.visit.zone,
        patient=bench.visit.patient,
        prescribed=prescribed_lines(bench, command.occurred_at),
        earlier_lot_days=None,
    )
    broke = [Broke(rule=each.rule, lot_id=each.thing.lot_id) for each in broken]
    of_the_act = [Rule.SESSION_CLOSED] if bench.visit.is_closed else []
    of_the_act += broken_by_lateness(work.connection, work.clinic_id, command.occurred_at, now=work.now)
    broke += [Broke(rule=rule, lot_id=each.thing.lot_id) for rule in of_the_act for each in takings]
    broke += [Broke(rule=Rule.LEFTOVERS_POOLED, lot_id=each.lot_id) for each in pooled_by(takings)]
    used = [each.thing for each in takings]
    dated = broken_by_dating(work.connection, work.clinic_id, used, at=command.occurred_at)
    broke += [Broke(rule=rule, lot_id=lot_id) for rule, lot_id in dated]
    return tuple(dict.fromkeys(broke))
