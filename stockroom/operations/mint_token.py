"""How does a person get a bearer token for a program?

The entrance draws the token and shows it once; this act sees and keeps only its SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.memberships import holds
from stockroom.models import ApiToken, Membership, User
from stockroom.rules.permissions import GrantForbidden, require_mint, require_within
from stockroom.vocabulary import Action, Role

LIFE_MAX = timedelta(days=366)
NAME_LENGTH_MAX = 80


@dataclass(frozen=True, kw_only=True)
class MintToken:
    """A token of the actor's own, for the actor's clinic."""

    name: str
    """What the program is called; journal entries made with the token carry it as the device."""
    token_hash: str
    """SHA-256 of the token, in hexadecimal."""
    actions: tuple[Action, ...] | None
    """What the token is limited to; None for whatever its owner may do at the time."""
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class TokenMinted:
    token_uid: str
    expires_at: datetime


def mint_token(store: Store, command: MintToken, *, actor: Actor, key: str, now: datetime) -> TokenMinted:
    """Mint a token of the actor's log-in.  It never may more than its owner, and no token mints another.

    Whoever runs the installation hands one to somebody who may mint none (an auditor) at the terminal,
    as the installation's own principal with that person's log-in.

    Raises InvalidValue, ActionForbidden, GrantForbidden.
    """
    return perform(
        store,
        Act(kind="token.mint", action=Action.MINT_TOKEN),
        command=command,
        body=lambda work: _mint(work, command),
        answer=TokenMinted,
        actor=actor,
        key=key,
        now=now,
    )


def _mint(work: Work, command: MintToken) -> TokenMinted:
    _check(work, command)
    uid = new_uid(work.now)
    actions = "*" if command.actions is None else " ".join(sorted(set(command.actions)))
    work.connection.execute(
        insert(ApiToken).values(
            uid=uid,
            user_id=work.actor.user_id,
            clinic_id=work.clinic_id,
            name=command.name,
            token_hash=command.token_hash,
            actions=actions,
            created_at=work.recorded_at,
            expires_at=command.expires_at,
            revoked_at=None,
        )
    )
    owner_uid = select(User.uid).where(User.id == work.actor.user_id)
    owner = work.connection.execute(owner_uid).scalar_one()
    work.payload.update(token=uid, owner=owner, actions=actions, expires_at=command.expires_at)
    return TokenMinted(token_uid=uid, expires_at=command.expires_at)


def _check(work: Work, command: MintToken) -> None:
    if work.actor.token_id is not None:
        raise GrantForbidden(what="a token by means of a token")
    if not 0 < len(command.name.strip()) <= NAME_LENGTH_MAX or not command.name.isprintable():
        raise InvalidValue(field="name", problem=f"a token has a name of 1 to {NAME_LENGTH_MAX} characters")
    if command.actions is not None and not command.actions:
        raise InvalidValue(field="actions", problem="name at least one thing that the token may do")
    if not work.now < command.expires_at <= work.now + LIFE_MAX:
        raise InvalidValue(field="expires_at", problem=f"a token lives at most {LIFE_MAX.days} days")
    roles = select(Membership.role).where(
        Membership.user_id == work.actor.user_id,
        Membership.clinic_id == work.clinic_id,
        holds(work.now),
    )
    held = frozenset(Role(role) for role in work.connection.execute(roles).scalars())
    may = require_within if work.actor.is_system else require_mint
    may(held, frozenset(command.actions or ()))
