"""Which clinics would be without an administrator if somebody were none?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, func, select

from stockroom.errors import Conflict, extracted
from stockroom.models import Membership, User
from stockroom.vocabulary import Role


@dataclass(eq=False, kw_only=True)
class LastAdministrator(Conflict):
    """A clinic keeps at least one administrator."""

    code: ClassVar[str] = "last_administrator"
    message: ClassVar[str] = extracted(
        "This is the clinic's last administrator. Make somebody else one first."
    )


def administered_alone(connection: Connection, user_id: int) -> frozenset[int]:
    """Give the clinics of which this log-in is the only administrator that may log in."""
    only = (
        select(Membership.clinic_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role == Role.ADMINISTRATOR, User.active)
        .group_by(Membership.clinic_id)
        .having(func.min(Membership.user_id) == user_id, func.max(Membership.user_id) == user_id)
    )
    return frozenset(connection.execute(only).scalars())
