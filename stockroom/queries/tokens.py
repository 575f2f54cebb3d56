"""Which bearer tokens does a person have in a clinic?  Never the tokens themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stockroom.models import ApiToken
from stockroom.queries.paging import PAGE_ROWS, Page, page_of


@dataclass(frozen=True, kw_only=True)
class TokenRow:
    """A token as its owner sees it after it was shown once."""

    uid: str
    name: str
    actions: tuple[str, ...] | None
    """None: whatever its owner may do."""
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def tokens_of(
    connection: Connection,
    clinic_id: int,
    *,
    user_id: int,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[TokenRow]:
    """Give a user's tokens in a clinic, oldest first.  Raises CursorUnreadable."""
    own = select(ApiToken.__table__).where(ApiToken.clinic_id == clinic_id, ApiToken.user_id == user_id)
    return page_of(connection, own, ApiToken, _show, after=after, limit=limit)


def _show(row: Row[Any]) -> TokenRow:
    return TokenRow(
        uid=row.uid,
        name=row.name,
        actions=None if row.actions == "*" else tuple(row.actions.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
