"""How do goods leave for the bin?  One movement; promises that no longer fit are lost, with an alert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stockroom.db.transaction import Work
from stockroom.ledger import facts, promises
from stockroom.ledger.accounts import accounts
from stockroom.ledger.deviations import Broke, write_broken
from stockroom.ledger.facts import lot_facts, place_facts
from stockroom.ledger.post import Posted, post
from stockroom.ledger.promises import Demand
from stockroom.rules.posting import Draft, Line
from stockroom.rules.usability import Thing
from stockroom.vocabulary import DisposalReason, LocationKind, MovementKind, Rule


@dataclass(frozen=True, kw_only=True)
class Document:
    """What paper a disposal stands on."""

    kind: str = "disposal"
    uid: str | None = None


@dataclass(frozen=True, kw_only=True)
class Happened:
    """It was thrown away before, and is written down only now."""

    at: datetime
    reason: str
    """Why only now."""
    rules: tuple[Rule, ...]
    """What coming so late breaks; each is signed by a second person."""
    dated: tuple[tuple[Rule, int], ...] = ()
    """Of which lots it is said to have happened before they were there."""


@dataclass(frozen=True, kw_only=True)
class ThrownAway:
    posted: Posted
    promises_lost: int


def throw_away(
    work: Work,
    taken: Iterable[tuple[Thing, int]],
    *,
    reason: DisposalReason,
    note: str = "",
    document: Document | None = None,
    happened: Happened | None = None,
) -> ThrownAway:
    """Post what is thrown away of each thing; of an act that `happened` before, at its time.

    Never refused for a rule (L8).

    Raises NotEnoughOnHand (L4), PartOfPresentation (L13).
    """
    parts = tuple(taken)
    paper = document or Document()
    disposal_id = accounts(work, LocationKind.DISPOSAL)[LocationKind.DISPOSAL]
    facts.remember(
        work,
        lots=(lot_facts(thing) for thing, _ in parts),
        places=(place_facts(thing) for thing, _ in parts),
    )
    settlement = promises.settle(work, _demands(parts), is_fact=True)
    posted = post(
        work,
        Draft(
            kind=MovementKind.DISPOSE,
            lines=tuple(
                Line(lot_id=thing.lot_id, from_id=thing.location_id, to_id=disposal_id, quantity=quantity)
                for thing, quantity in parts
            ),
            occurred_at=work.now if happened is None else happened.at,
            document_kind=paper.kind,
            document_uid=paper.uid,
            reason=": ".join(filter(None, (reason.value, note, happened.reason if happened else ""))),
            is_recorded_late=happened is not None,
            gives_way=settlement.gives_way,
        ),
    )
    promises.follow_up(work, settlement)
    work.payload["reason"] = reason
    if happened is not None:
        broke = [Broke(rule=rule, lot_id=thing.lot_id) for rule in happened.rules for thing, _ in parts]
        broke += [Broke(rule=rule, lot_id=lot_id) for rule, lot_id in happened.dated]
        write_broken(work, posted.movement_id, posted.uid, broke, reason=happened.reason)
    return ThrownAway(posted=posted, promises_lost=len(settlement.lost))


def _demands(parts: Iterable[tuple[Thing, int]]) -> tuple[Demand, ...]:
    needed: dict[tuple[int, int], int] = {}
    by_key: dict[tuple[int, int], Thing] = {}
    for thing, quantity in parts:
        key = (thing.lot_id, thing.location_id)
        needed[key] = needed.get(key, 0) + quantity
        by_key[key] = thing
    return tuple(
        Demand(
            lot_id=thing.lot_id,
            lot_number=thing.lot_number,
            location_id=thing.location_id,
            on_hand=thing.quantity,
            needed=needed[key],
            promised_to_others=thing.allocated,
        )
        for key, thing in by_key.items()
    )
