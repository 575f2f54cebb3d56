"""Which draws from a vial turn out to have been wrong, now that it is known where it had stood?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from stockroom.db.transaction import Work
from stockroom.ledger.deviations import Broke, write_broken
from stockroom.models import Placing
from stockroom.reads.past_uses import Shortened, late_uses
from stockroom.reads.vial_patients import Dedication, draws_from
from stockroom.vocabulary import UNUSABLE_KINDS, Rule


@dataclass(frozen=True, kw_only=True)
class PlacedLate:
    """An opened container that was put somewhere, which is written down only now, and what follows from it."""

    container: Row[Any]
    """As it was before."""
    kind: str
    """Of the place."""
    at: datetime
    limit: datetime | None
    """Of the container, now that it is known."""
    mixtures: Mapping[int, Shortened]
    """What was mixed from it, by lot id, and keeps for less long."""
    hers: Dedication | None
    """Whose it is since then, where that is new."""


def write_wrong_draws(work: Work, placed: PlacedLate, *, reason: str) -> tuple[Rule, ...]:
    """Have a second person sign each draw that broke a rule, as is known only now; gives these rules.

    What was used after the limit that it had there, what another patient got once it was one patient's, and what
    was taken of it while it stood where nothing may be used.
    """
    found: dict[tuple[int, str], list[Broke]] = {}
    for movement, broke in (*_too_late(work, placed), *_while_it_stood_there(work, placed)):
        found.setdefault(movement, []).append(broke)
    for (movement_id, movement_uid), broken in found.items():
        write_broken(work, movement_id, movement_uid, broken, reason=reason, cause="container_placed")
    return tuple(dict.fromkeys(each.rule for broken in found.values() for each in broken))


def _too_late(work: Work, placed: PlacedLate) -> Iterator[tuple[tuple[int, str], Broke]]:
    """Until it was put there it was within the limit of where it stood before."""
    containers = {}
    if placed.limit is not None and placed.limit != placed.container.beyond_use_at:
        limit = max(placed.limit, placed.at)
        containers[placed.container.location_id] = Shortened(old=placed.container.beyond_use_at, new=limit)
    lots = {lot_id: replace(each, new=max(each.new, placed.at)) for lot_id, each in placed.mixtures.items()}
    for each in late_uses(work.connection, work.clinic_id, lots=lots, containers=containers):
        yield (each.movement_id, each.movement_uid), Broke(rule=Rule.BEYOND_USE, lot_id=each.lot_id)


def _while_it_stood_there(work: Work, placed: PlacedLate) -> Iterator[tuple[tuple[int, str], Broke]]:
    is_unusable = placed.kind in UNUSABLE_KINDS
    if not is_unusable and (placed.hers is None or placed.hers.patient_id is None):
        return
    container = placed.container
    taken_away = _taken_away(work, placed) if is_unusable else None
    draws = draws_from(
        work.connection, work.clinic_id, lot_id=container.lot_id, container_id=container.location_id
    )
    for draw in draws:
        if draw.occurred_at < placed.at:
            continue
        movement = (draw.movement_id, draw.movement_uid)
        if is_unusable and (taken_away is None or draw.occurred_at < taken_away):
            yield movement, Broke(rule=Rule.NOT_USABLE_PLACE, lot_id=container.lot_id)
        if placed.hers is not None and placed.hers.is_another(draw, known_since=container.one_patient_since):
            yield movement, Broke(rule=Rule.OTHER_PATIENT, lot_id=container.lot_id)


def _taken_away(work: Work, placed: PlacedLate) -> datetime | None:
    """When it was put somewhere else next, as far as is written down."""
    following = select(func.min(Placing.placed_at, type_=Placing.placed_at.type)).where(
        Placing.clinic_id == work.clinic_id,
        Placing.container_id == placed.container.location_id,
        Placing.placed_at > placed.at,
    )
    found: datetime | None = work.connection.execute(following).scalar_one()
    return found
