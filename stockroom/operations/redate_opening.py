"""What when a vial turns out to have been opened earlier than was booked?  Its clock began then; it only shortens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, and_, insert, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import Container, Location, OpeningRedated, Placing, ProductRule
from stockroom.reads.beginnings import before_arrival
from stockroom.reads.finding import one_by_uid
from stockroom.reads.fridges import shorten_mixtures
from stockroom.reads.past_uses import Shortened, write_late_uses
from stockroom.reads.rules_then import rule_then
from stockroom.rules.expiry import container_limit, in_use_minutes
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import Action, ContainerState


@dataclass(eq=False, kw_only=True)
class OpenedOnlyEarlier(Refused):
    """An opening is dated back and never forward: a limit only shortens."""

    code: ClassVar[str] = "opened_only_earlier"
    message: ClassVar[str] = extracted(
        "Container {short_code} is booked as opened {opened_at}. Say a time before that, and after its lot "
        "came in."
    )
    short_code: str
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class RedateOpening:
    """An opened container whose clock began before the instant in the books."""

    container_uid: str
    opened_at: datetime
    reason: str
    """How that came out."""


@dataclass(frozen=True, kw_only=True)
class OpeningDatedBack:
    container_uid: str
    opened_at: datetime
    beyond_use_at: datetime | None
    late_uses: int = 0
    """Movements that only now turn out to have used it too late: each has a deviation and an alert."""


def redate_opening(
    store: Store, command: RedateOpening, *, actor: Actor, key: str, now: datetime
) -> OpeningDatedBack:
    """Date an opening back, with a reason; what was booked stays beside it.

    The limit is counted anew from then, by the shortest life of all places where it has stood, and is never
    later than it was; nor is that of what was mixed from it (L11).  What only now turns out to have been used
    too late becomes a deviation with an alert, which a second person signs.
    Raises ThingNotFound, InvalidValue without a reason or for a container that has ended, OpenedOnlyEarlier.
    """
    return perform(
        store,
        Act(kind="container.redate", action=Action.RECORD_LATE),
        command=command,
        body=lambda work: _redate(work, command),
        answer=OpeningDatedBack,
        actor=actor,
        key=key,
        now=now,
    )


def _redate(work: Work, command: RedateOpening) -> OpeningDatedBack:
    reason = command.reason.strip()
    if not reason:
        raise InvalidValue(field="reason", problem="write how that came out")
    check_text("reason", reason, may_break=True)
    container = _container(work, command)
    rule = _rule_then(work, container, command.opened_at)
    limit = _limit(work, container, rule, command.opened_at)
    work.connection.execute(
        insert(OpeningRedated).values(
            clinic_id=work.clinic_id,
            container_id=container.location_id,
            was_opened_at=container.opened_at,
            opened_at=command.opened_at,
            reason=reason,
            recorded_at=work.recorded_at,
            recorded_by_id=work.actor.person_id,
        )
    )
    work.connection.execute(
        update(Container)
        .where(Container.clinic_id == work.clinic_id, Container.location_id == container.location_id)
        .values(
            opened_at=command.opened_at,
            beyond_use_at=limit,
            product_rule_id=rule.id,
            # One that was opened in a treatment room has been one patient's since then, too.
            one_patient_since=command.opened_at
            if container.one_patient_since == container.opened_at
            else container.one_patient_since,
        )
    )
    late = 0
    if limit is not None and limit != container.beyond_use_at:
        shorter = shorten_mixtures(work, container.lot_id)
        here = {container.location_id: Shortened(old=container.beyond_use_at, new=limit)}
        late = write_late_uses(work, lots=shorter, containers=here, reason=reason, cause="opening_redated")
    work.payload.update(
        container=command.container_uid,
        was_opened_at=container.opened_at,
        opened_at=command.opened_at,
        beyond_use_at=limit,
    )
    return OpeningDatedBack(
        container_uid=command.container_uid,
        opened_at=command.opened_at,
        beyond_use_at=limit,
        late_uses=late,
    )


def _container(work: Work, command: RedateOpening) -> Row[Any]:
    """The container, open and opened later than is said.  Raises ThingNotFound, InvalidValue, OpenedOnlyEarlier."""
    place = one_by_uid(
        work.connection, Location, command.container_uid, thing="container", clinic_id=work.clinic_id
    )
    row = work.connection.execute(
        select(Container.__table__).where(
            Container.clinic_id == work.clinic_id, Container.location_id == place.id
        )
    ).one_or_none()
    if row is None:
        raise ThingNotFound(thing="container", uid=command.container_uid[:40])
    if row.state != ContainerState.OPEN:
        raise InvalidValue(field="container_uid", problem="it has ended: its clock stops nothing any more")
    too_early = before_arrival(work.connection, work.clinic_id, [row.lot_id], at=command.opened_at)
    if command.opened_at >= row.opened_at or too_early:
        raise OpenedOnlyEarlier(short_code=row.short_code, opened_at=row.opened_at)
    return row


def _rule_then(work: Work, container: Row[Any], opened_at: datetime) -> Row[Any]:
    """The version of its product's rules that was in force when it was opened: what that says is true of it."""
    product_id = work.connection.execute(
        select(ProductRule.product_id).where(ProductRule.id == container.product_rule_id)
    ).scalar_one()
    rule = rule_then(work.connection, product_id, opened_at)
    assert rule is not None
    return rule


def _limit(work: Work, container: Row[Any], rule: Row[Any], opened_at: datetime) -> datetime | None:
    """No later than it was, nor than the shortest life of the places where it stood, counted from then."""
    stood = work.connection.execute(
        select(Location.storage_class)
        .join(Placing, and_(Placing.clinic_id == Location.clinic_id, Placing.location_id == Location.id))
        .where(Placing.clinic_id == work.clinic_id, Placing.container_id == container.location_id)
        .distinct()
    ).scalars()
    limit: datetime | None = container.beyond_use_at
    for storage in stood:
        minutes = in_use_minutes(
            storage, room=rule.in_use_minutes_room, refrigerated=rule.in_use_minutes_refrigerated
        )
        limit = container_limit(opened_at, minutes, limit)
    return limit
