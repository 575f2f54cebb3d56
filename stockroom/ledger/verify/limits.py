"""Was anything used past its limit or under a hold without a deviation that says so?  (L8)

L8 is judged when an act commits.  Afterwards it can be read from the books: each use of an expired,
outdated or held thing stands beside a row of `deviation`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, case, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from stockroom.ledger.verify.notes import Notes, stream
from stockroom.ledger.verify.standing import Standing, is_over
from stockroom.models import (
    Clinic,
    ClinicHold,
    Container,
    Deviation,
    HoldPlace,
    Line,
    Location,
    Lot,
    LotAlias,
    Movement,
    Preparation,
    ProductHold,
)

_USED_IN = ("patient", "compounding")
_CORRECTIONS = ("reverse", "correct")


def check(connection: Connection, notes: Notes) -> None:
    """L8: uses and compoundings after a limit or under an active hold, without their deviation."""
    for row in stream(connection, _past_a_printed_day(connection)):
        if _civil(row.occurred_at, row.time_zone) > row.expires_on:
            _note(notes, row, f"was used after {row.expires_on.isoformat()}, its lot's last day")
    standing = Standing(connection)
    for row in stream(connection, _past_an_instant()):
        if not (_was_the_lot_in_time(row, standing) and _was_the_vial_in_time(row, standing)):
            _note(notes, row, "was used after the limit of its lot or container")
    for row in stream(connection, _under_a_hold()):
        _note(notes, row, "was used under an active hold of this clinic")
    for row in stream(connection, _under_a_product_hold()):
        _note(notes, row, "was used under an active hold of the organisation")


def _was_the_lot_in_time(row: Row[Any], standing: Standing) -> bool:
    if not is_over(row.lot_until, row.occurred_at) or _lay_cold(row):
        return True
    if row.started_at is None:
        return False
    return standing.was_mixed_in_time(row.clinic_id, row.lot_id, row.lot_until, row.occurred_at)


def _was_the_vial_in_time(row: Row[Any], standing: Standing) -> bool:
    if not is_over(row.container_until, row.occurred_at):
        return True
    return standing.was_in_time(row.clinic_id, row.from_id, row.occurred_at)


def _lay_cold(row: Row[Any]) -> bool:
    """Whether it is a cocktail that lay in a fridge when it was used, and within what it keeps there.

    What it keeps elsewhere has counted from its beginning since it was taken out, and not before.
    """
    if row.warm_since is None or row.life_minutes_refrigerated is None or row.occurred_at >= row.warm_since:
        return False
    kept_until: datetime = row.started_at + timedelta(minutes=row.life_minutes_refrigerated)
    return bool(row.occurred_at < kept_until)


def _note(notes: Notes, row: Row[Any], what: str) -> None:
    notes.wrong("L8", "line", row.id, f"{what}, and no deviation says so")


def _uses(rules: tuple[str, ...]) -> Any:
    """Lines to a patient or into a cocktail that no deviation by one of `rules` stands beside."""
    said = (
        select(Deviation.id)
        .where(
            Deviation.clinic_id == Line.clinic_id,
            Deviation.movement_id == Line.movement_id,
            Deviation.lot_id == Line.lot_id,
            Deviation.rule.in_(rules),
        )
        .exists()
    )
    target = aliased(Location)
    return (
        select(Line.id, Movement.occurred_at, Clinic.time_zone, Lot.expires_on)
        .join(Movement, and_(Movement.id == Line.movement_id, Movement.clinic_id == Line.clinic_id))
        .join(target, target.id == Line.to_id)
        .join(Lot, Lot.id == Line.lot_id)
        .join(Clinic, Clinic.id == Line.clinic_id)
        .where(
            target.kind.in_(_USED_IN),
            Movement.kind.not_in(_CORRECTIONS),
            Line.reverses_line_id.is_(None),
            ~said,
        )
        .order_by(Line.id)
    )


def _identity_as_it_was() -> Any:
    """That the lot's expiry was not corrected after the use: what was read then was another date."""
    return (
        ~select(LotAlias.id)
        .where(
            LotAlias.clinic_id == Lot.clinic_id,
            LotAlias.lot_id == Lot.id,
            LotAlias.recorded_at >= Movement.recorded_at,
        )
        .exists()
    )


def _past_a_printed_day(connection: Connection) -> Any:
    """Uses on or after their lot's last day by UTC; the clinic's own calendar decides afterwards."""
    if connection.dialect.name == "sqlite":
        day: Any = func.substr(literal_column("movement.occurred_at"), 1, 10)
        late = day >= literal_column("lot.expires_on")
    else:
        late = literal_column("CAST(movement.occurred_at AT TIME ZONE 'UTC' AS date) >= lot.expires_on")
    return _uses(("expired",)).where(Lot.expires_on.is_not(None), late, _identity_as_it_was())


def _past_an_instant() -> Any:
    """Uses after a lot's printed instant, a cocktail's limit, or the limit of the container they came from."""
    limit = case((Lot.expires_at.is_not(None), Lot.expires_at), else_=Lot.beyond_use_at)
    came_from = and_(Container.clinic_id == Line.clinic_id, Container.location_id == Line.from_id)
    made = and_(Preparation.clinic_id == Line.clinic_id, Preparation.lot_id == Line.lot_id)
    return (
        _uses(("expired", "beyond_use"))
        .add_columns(
            Line.clinic_id,
            Line.lot_id,
            Line.from_id,
            limit.label("lot_until"),
            Container.beyond_use_at.label("container_until"),
            Preparation.warm_since,
            Preparation.started_at,
            Preparation.life_minutes_refrigerated,
        )
        .outerjoin(Container, came_from)
        .outerjoin(Preparation, made)
        .where(
            or_(Movement.occurred_at >= limit, Movement.occurred_at >= Container.beyond_use_at),
            _identity_as_it_was(),
        )
    )


def _while_it_lasted(hold: Any) -> Any:
    return and_(
        hold.placed_at < Movement.recorded_at,
        hold.placed_at < Movement.occurred_at,
        or_(hold.released_at.is_(None), hold.released_at > Movement.recorded_at),
    )


def _under_a_hold() -> Any:
    covers_place = (
        select(HoldPlace.hold_id)
        .where(
            HoldPlace.clinic_id == Line.clinic_id,
            HoldPlace.hold_id == ClinicHold.id,
            HoldPlace.lot_id == Line.lot_id,
            HoldPlace.location_id == Line.from_id,
            HoldPlace.recorded_at < Movement.recorded_at,
        )
        .exists()
    )
    return (
        _uses(("held", "recalled"))
        .join(ClinicHold, ClinicHold.clinic_id == Line.clinic_id)
        .where(_while_it_lasted(ClinicHold), or_(ClinicHold.lot_id == Line.lot_id, covers_place))
    )


def _under_a_product_hold() -> Any:
    of_lot = or_(ProductHold.lot_number.is_(None), ProductHold.lot_number == Lot.number)
    return (
        _uses(("held", "recalled"))
        .join(ProductHold, ProductHold.product_id == Lot.product_id)
        .where(_while_it_lasted(ProductHold), of_lot)
    )


def _civil(at: datetime, zone: str) -> date:
    return at.astimezone(_zone(zone)).date()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
