"""How does a log-in come to hold a role, and lose it, so that it can be told who held which on a given day?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, insert, or_, select, update

from stockroom.db.transaction import Work
from stockroom.models import Membership, RoleHeld


def holds(at: Any) -> ColumnElement[bool]:
    """The condition that a membership opens something at an instant: an inspector's ends by itself."""
    return or_(Membership.until_at.is_(None), Membership.until_at > at)


def opens(user_id: Any, at: Any) -> ColumnElement[bool]:
    """The condition that a log-in opens something at an instant, or never held a role."""
    its = select(Membership.user_id).where(Membership.user_id == user_id)
    return or_(its.where(holds(at)).exists(), ~its.exists())


def hold_roles(
    work: Work,
    held: Iterable[tuple[int, int, str]],
    *,
    until_at: datetime | None = None,
    purpose: str = "",
) -> None:
    """Give roles, each as (log-in, clinic, role), from now on; an inspector's until an instant and for a purpose."""
    terms = {"until_at": until_at, "purpose": purpose}
    rows = [{"user_id": user, "clinic_id": clinic, "role": str(role), **terms} for user, clinic, role in held]
    if not rows:
        return
    work.connection.execute(insert(Membership), rows)
    since = {"from_at": work.recorded_at, "given_by_id": work.actor.person_id}
    kept = [{name: value for name, value in row.items() if name != "until_at"} for row in rows]
    work.connection.execute(insert(RoleHeld), [{**row, **since} for row in kept])


def ends_by_itself() -> Any:
    """When the membership behind a row of what is held ends by itself; none where nobody said."""
    same = and_(
        Membership.user_id == RoleHeld.user_id,
        Membership.clinic_id == RoleHeld.clinic_id,
        Membership.role == RoleHeld.role,
    )
    return select(Membership.until_at).where(same).correlate(RoleHeld).scalar_subquery()


def lose_roles(
    work: Work, user_id: int, *which: ColumnElement[bool], ended: Iterable[ColumnElement[bool]] = ()
) -> None:
    """Take roles of a log-in away: those of the conditions (`ended`: the same on what was held), or all.

    One that ended by itself before ended then.
    """
    ends = ends_by_itself()
    work.connection.execute(
        update(RoleHeld)
        .where(RoleHeld.user_id == user_id, RoleHeld.until_at.is_(None), *ended)
        .values(
            until_at=case((ends < work.recorded_at, ends), else_=work.recorded_at),
            taken_by_id=work.actor.person_id,
        )
    )
    work.connection.execute(delete(Membership).where(Membership.user_id == user_id, *which))
