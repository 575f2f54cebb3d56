"""For which sessions is a cocktail being made?"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from stockroom.models import PreparationSession

_NAMED = (
    select(PreparationSession.session_id)
    .where(
        PreparationSession.clinic_id == bindparam("clinic"),
        PreparationSession.preparation_id == bindparam("preparation"),
        PreparationSession.ended_at.is_(None),
    )
    .order_by(PreparationSession.session_id)
)


def named_sessions(connection: Connection, clinic_id: int, preparation_id: int) -> tuple[int, ...]:
    """Give the sessions for which it is made, by key; none while it is made for nobody by name; one statement."""
    asked = {"clinic": clinic_id, "preparation": preparation_id}
    return tuple(connection.execute(_NAMED, asked).scalars())
