"""How does a log-in come to hold a role, and lose it, so that it can be told who held which on a given day?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, insert, update

from stockroom.db.transaction import Work
from stockroom.models import Membership, RoleHeld


def hold_roles(work: Work, held: Iterable[tuple[int, int, str]]) -> None:
    """Give roles, each as (log-in, clinic, role), from now on."""
    rows = [{"user_id": user, "clinic_id": clinic, "role": str(role)} for user, clinic, role in held]
    if not rows:
        return
    work.connection.execute(insert(Membership), rows)
    since = {"from_at": work.recorded_at, "given_by_id": work.actor.person_id}
    work.connection.execute(insert(RoleHeld), [{**row, **since} for row in rows])


def lose_roles(
    work: Work, user_id: int, *which: ColumnElement[bool], ended: Iterable[ColumnElement[bool]] = ()
) -> None:
    """Take roles of a log-in away: those of the conditions (`ended`: the same on what was held), or all."""
    work.connection.execute(delete(Membership).where(Membership.user_id == user_id, *which))
    work.connection.execute(
        update(RoleHeld)
        .where(RoleHeld.user_id == user_id, RoleHeld.until_at.is_(None), *ended)
        .values(until_at=work.recorded_at, taken_by_id=work.actor.person_id)
    )
