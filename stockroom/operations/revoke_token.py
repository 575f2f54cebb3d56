"""How does a bearer token end before its time?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import ThingNotFound
from stockroom.ledger.acts import Act, perform
from stockroom.models import ApiToken, Membership
from stockroom.reads.finding import one_by_uid
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action, Role


@dataclass(frozen=True, kw_only=True)
class RevokeToken:
    token_uid: str


@dataclass(frozen=True, kw_only=True)
class TokenRevoked:
    token_uid: str


def revoke_token(
    store: Store, command: RevokeToken, *, actor: Actor, key: str, now: datetime
) -> TokenRevoked:
    """Revoke a token of one's own in this clinic, or as an administrator anybody's; at once.

    A token that was revoked before stays revoked since then.
    Raises ThingNotFound: somebody else's token is not found either.
    """
    return perform(
        store,
        Act(kind="token.revoke", action=Action.MINT_TOKEN),
        command=command,
        body=lambda work: _revoke(work, command),
        answer=TokenRevoked,
        actor=actor,
        key=key,
        now=now,
    )


def _revoke(work: Work, command: RevokeToken) -> TokenRevoked:
    token = one_by_uid(work.connection, ApiToken, command.token_uid, thing="token", clinic_id=work.clinic_id)
    if token.user_id != work.actor.user_id and not _manages_users(work):
        raise ThingNotFound(thing="token", uid=command.token_uid)
    work.connection.execute(
        update(ApiToken)
        .where(ApiToken.id == token.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=work.recorded_at)
    )
    work.payload.update(token=token.uid)
    return TokenRevoked(token_uid=token.uid)


def _manages_users(work: Work) -> bool:
    roles = select(Membership.role).where(
        Membership.user_id == work.actor.user_id, Membership.clinic_id == work.clinic_id
    )
    return may((Role(role) for role in work.connection.execute(roles).scalars()), Action.MAINTAIN_USERS)
