"""How does somebody decide, and sign, what becomes of goods that lay outside their limits: release, or dispose?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Signing, Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger import holds
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.disposals import Document
from stockroom.ledger.remainders import end_things
from stockroom.ledger.temperature_rows import decide
from stockroom.models import Location, Lot
from stockroom.reads.exposures import (
    Excursion,
    ExcursionDecided,
    HeldFor,
    excursion_of,
    exposure_of,
    held_for,
    lying_at,
)
from stockroom.rules.temperatures import Verdict
from stockroom.rules.usability import Thing
from stockroom.vocabulary import Action, DisposalReason, SignatureMeaning, SignOnWay

REASON_LONGEST = 1_000
THINGS_MAX = 1_000


@dataclass(eq=False, kw_only=True)
class NotHeldYet(Refused):
    """Goods that lay there are still in use."""

    code: ClassVar[str] = "not_held_yet"
    message: ClassVar[str] = extracted(
        "Something that lay in {place} is not held yet: {count} lots. Hold it first, then decide."
    )
    place: str
    count: int


@dataclass(eq=False, kw_only=True)
class HeldGoodsChanged(Conflict):
    """What was to be thrown away is not held there any more."""

    code: ClassVar[str] = "held_goods_changed"
    message: ClassVar[str] = extracted(
        "Some of it is not where it was: it was moved or thrown away meanwhile. Look at the list again."
    )
    lot_uid: str
    location_uid: str


@dataclass(frozen=True, kw_only=True)
class HeldThing:
    """A lot at a place: a shelf, or the opened container itself."""

    lot_uid: str
    location_uid: str


@dataclass(frozen=True, kw_only=True)
class DecideExcursion:
    """RELEASE everything, DISPOSE of everything, or PART: dispose of what is named and release the rest."""

    excursion_uid: str
    verdict: Verdict
    reason: str
    """On what it rests: the manufacturer's word, stability data."""
    disposed: tuple[HeldThing, ...] = ()
    way: SignOnWay = SignOnWay.PASSWORD
    """How whoever decides proved who it is."""


@dataclass(frozen=True, kw_only=True)
class ExcursionSettled:
    excursion_uid: str
    verdict: Verdict
    released_count: int
    disposed_count: int
    movement_uid: str | None


def decide_excursion(
    store: Store, command: DecideExcursion, *, actor: Actor, key: str, now: datetime
) -> ExcursionSettled:
    """Decide about everything that is held for an excursion, in one act that its author signs by doing it.

    What is thrown away goes in one movement, opened vials end with it, and the holds are lifted.  The decision is
    written once and never changed; the signature keeps its meaning, the name and the time (21 CFR 11.50).
    Raises ThingNotFound, ExcursionDecided, NotHeldYet, HeldGoodsChanged, InvalidValue.
    """
    return perform(
        store,
        Act(kind="temperature.decide", action=Action.DECIDE_EXCURSION),
        command=command,
        body=lambda work: _decide(work, command),
        answer=ExcursionSettled,
        actor=actor,
        key=key,
        now=now,
    )


def _decide(work: Work, command: DecideExcursion) -> ExcursionSettled:
    _check(command)
    excursion = excursion_of(work.connection, work.clinic_id, command.excursion_uid)
    if excursion.decided_at is not None:
        raise ExcursionDecided(place=excursion.place.name)
    held = held_for(work.connection, work.clinic_id, excursion.uid)
    _require_held(work, excursion, held)
    lying = lying_at(work.connection, work.clinic_id, held.spots)
    thrown = _thrown(work, command, lying)
    verdict = _verdict(thrown, lying)
    gone = None
    if thrown:
        gone = end_things(
            work,
            thrown,
            reason=DisposalReason.TEMPERATURE,
            document=Document(kind="temperature_excursion", uid=excursion.uid),
        )
    if held.hold_ids:
        holds.lift(work, held.hold_ids, note=command.reason.strip())
    posted = None if gone is None else gone.posted
    decide(
        work,
        excursion,
        verdict=verdict,
        reason=command.reason.strip(),
        movement_id=None if posted is None else posted.movement_id,
    )
    work.signed.append(
        Signing(
            person_id=work.actor.person_id,
            person_uid=work.actor.person_uid,
            meaning=SignatureMeaning.DECIDED,
            way=command.way,
        )
    )
    work.payload.update(
        excursion=excursion.uid, verdict=verdict, disposed=len(thrown), released=len(lying) - len(thrown)
    )
    return ExcursionSettled(
        excursion_uid=excursion.uid,
        verdict=verdict,
        released_count=len(lying) - len(thrown),
        disposed_count=len(thrown),
        movement_uid=None if posted is None else posted.uid,
    )


def _check(command: DecideExcursion) -> None:
    if command.verdict is Verdict.MISTAKEN:
        raise InvalidValue(
            field="verdict", problem="a mistaken reading is corrected; decide what becomes of goods"
        )
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="a decision says on what it rests")
    if len(command.reason) > REASON_LONGEST:
        raise InvalidValue(field="reason", problem=f"at most {REASON_LONGEST} characters")
    if bool(command.disposed) != (command.verdict is Verdict.PART) or len(command.disposed) > THINGS_MAX:
        raise InvalidValue(
            field="disposed", problem="name what is thrown away when it is a part, and then only"
        )


def _require_held(work: Work, excursion: Excursion, held: HeldFor) -> None:
    """Nothing that lay there may be left out of the decision."""
    exposure = exposure_of(work.connection, work.clinic_id, excursion)
    free = lying_at(work.connection, work.clinic_id, exposure.spots - held.spots)
    if free:
        raise NotHeldYet(place=excursion.place.name, count=len(free))


def _thrown(work: Work, command: DecideExcursion, lying: tuple[Thing, ...]) -> tuple[Thing, ...]:
    if command.verdict is not Verdict.PART:
        return lying if command.verdict is Verdict.DISPOSE else ()
    lots = _ids(work, Lot, {each.lot_uid for each in command.disposed})
    places = _ids(work, Location, {each.location_uid for each in command.disposed})
    by_spot = {(each.lot_id, each.location_id): each for each in lying}
    found = []
    for named in dict.fromkeys(command.disposed):
        thing = by_spot.get((lots.get(named.lot_uid, 0), places.get(named.location_uid, 0)))
        if thing is None:
            raise HeldGoodsChanged(lot_uid=named.lot_uid[:40], location_uid=named.location_uid[:40])
        found.append(thing)
    return tuple(found)


def _ids(work: Work, model: type[Lot] | type[Location], uids: set[str]) -> dict[str, int]:
    rows = work.connection.execute(
        select(model.uid, model.id).where(model.clinic_id == work.clinic_id, model.uid.in_(sorted(uids)))
    )
    return {row.uid: row.id for row in rows}


def _verdict(thrown: tuple[Thing, ...], lying: tuple[Thing, ...]) -> Verdict:
    if not thrown:
        return Verdict.RELEASE
    return Verdict.DISPOSE if len(thrown) == len(lying) else Verdict.PART
