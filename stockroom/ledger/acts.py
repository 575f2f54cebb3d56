"""How is every operation carried out?  Admit the author, do it once, journal it, or leave only the refusal.

Invariants: L9 (actor, kind), L10 (a key is consumed once, by its author, by an accepted act only),
L12 (one act, one entry), L14 (digests of requests are keyed; answers hold uids and numbers only).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, select
from sqlalchemy.exc import OperationalError

from stockroom.actor import Actor
from stockroom.db.columns import UTCDateTime
from stockroom.db.compiled_once import Once
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, JournalName, Work, is_serialisation_failure, transaction
from stockroom.errors import Conflict, Forbidden, StockroomError, extracted
from stockroom.ledger import journal
from stockroom.ledger.encoding import canonical
from stockroom.ledger.memberships import holds
from stockroom.ledger.nameless import require_nameless
from stockroom.ledger.said import said_beside
from stockroom.ledger.signatures import write_signatures
from stockroom.models import ApiToken, JournalEntry, Membership, OrganisationEntry, Person, Tablet, User
from stockroom.rules.permissions import (
    BENCH_ROLES,
    NOT_AT_A_TABLET,
    may,
    permitted,
    permitted_at_tablet,
    require,
)
from stockroom.vocabulary import Action, Role

ATTEMPTS_MAX = 4
Answer = TypeVar("Answer")
_ANSWERS = msgspec.json.Encoder(order="sorted")


@dataclass(eq=False, kw_only=True)
class KeyReused(Conflict):
    """The same author sent other content under a key that an earlier act consumed (L10)."""

    code: ClassVar[str] = "key_reused"
    message: ClassVar[str] = extracted(
        "This request carries the key of an earlier, different one. Nothing was recorded: send it with a new key."
    )
    key: str


@dataclass(eq=False, kw_only=True)
class LogInEnded(Forbidden):
    """The log-in or token was switched off, revoked or has run out since the request began."""

    code: ClassVar[str] = "log_in_ended"
    message: ClassVar[str] = extracted(
        "Nothing was recorded: this log-in no longer works here. Log in again."
    )


@dataclass(eq=False, kw_only=True)
class TokenTooNarrow(Forbidden):
    """The token was minted for other actions."""

    code: ClassVar[str] = "token_too_narrow"
    message: ClassVar[str] = extracted(
        "Nothing was recorded: this token does not cover it. Mint one that does."
    )
    action: str


@dataclass(eq=False, kw_only=True)
class NotAtTablet(Forbidden):
    """It is not done at a tablet, which a badge or a PIN opens."""

    code: ClassVar[str] = "not_at_tablet"
    message: ClassVar[str] = extracted(
        "This is not done at a tablet of the clinic. Log in with your password at another computer."
    )
    action: str


class _Repeated(Exception):
    """Leaves the act when the same one was accepted before."""

    def __init__(self, answer: str) -> None:
        self.answer = answer


@dataclass(frozen=True, kw_only=True)
class Act:
    """Which act it is: its kind, what it takes to do it, and the journals it locks."""

    kind: str
    action: Action
    filed_in: JournalName | None = None
    """The journal of its one entry; the actor's clinic's changes when None."""
    also_locks: tuple[JournalName, ...] = ()
    salt: bytes = field(default=b"", repr=False)
    """Mixed into the digest of the request: a key that can be deleted, where the request is personal (L14)."""


def perform(
    store: Store,
    act: Act,
    *,
    command: object,
    body: Callable[[Work], Answer],
    answer: type[Answer],
    actor: Actor,
    key: str,
    now: datetime,
) -> Answer:
    """Carry out one act, or give the answer that the same author's same key got before.

    `body` loads, decides and posts, fills `work.payload`, and returns the answer (a frozen dataclass
    of uids, numbers, dates and words, so that it can be kept and given again).
    Raises KeyReused, LogInEnded, ActionForbidden, NamesPatient, and whatever `body` raises; a refusal that a person
    answers for is journalled after everything else was rolled back.
    """
    if not 0 < len(key) <= 200:
        raise ValueError("an act carries a key of 1 to 200 characters")
    filed_in = act.filed_in or JournalName(clinic_id=actor.clinic_id)
    journals = tuple(dict.fromkeys((filed_in, *act.also_locks)))
    asked = canonical([act.kind, actor.clinic_uid, command]).encode()
    digest = store.keyring.digest("request", act.salt + asked)
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            with transaction(store, actor=actor, kind=act.kind, key=key, now=now, journals=journals) as work:
                try:
                    roles = _admit(work, act, digest)
                except _Repeated as repeated:
                    work.is_repeated = True
                    return msgspec.json.decode(repeated.answer, type=answer)
                if not act.salt:  # what is personal is sealed, and may name her
                    require_nameless(work, command)
                given = body(work)
                if not act.salt and (said := said_beside(work.payload, command)):
                    work.payload["said"] = said
                write_signatures(work, filed_in)
                _file(work, filed_in, roles=roles, digest=digest, answer=given)
            return given
        except StockroomError as error:
            if error.answered_for:
                file_refusal(store, asked=act.kind, error=error, actor=actor, now=now)
            raise
        except OperationalError as error:
            if attempt == ATTEMPTS_MAX or not is_serialisation_failure(error):
                raise
    raise AssertionError("the loop returns or raises")


def _admit(work: Work, act: Act, digest: str) -> tuple[str, ...]:
    """Read, under the lock, who asks and whether this key was consumed; give the roles that permit it."""
    rows = _read_author_and_key(work)
    if not rows:
        raise LogInEnded()
    is_live = work.actor.is_system or (rows[0].active and _token_holds(work, rows[0]))
    if not is_live:
        raise LogInEnded()
    _check_key(work, rows, kind=act.kind, digest=digest)
    if work.actor.is_system:
        return ("system",)
    held = {Role(row.role) for row in rows if row.role is not None}
    if work.actor.tablet_id is not None:
        return _admit_at_tablet(work, act, held & BENCH_ROLES)
    work.roles = frozenset(held)
    work.actions = _covered(rows[0], permitted(held))
    permitting = tuple(sorted(role.value for role in held if may(frozenset({role}), act.action)))
    require(held, act.action)
    if not _token_covers(rows[0], act.action):
        raise TokenTooNarrow(action=act.action.value)
    return permitting


def _admit_at_tablet(work: Work, act: Act, held: set[Role]) -> tuple[str, ...]:
    """At a tablet that stands, nurse and practitioner count and nothing else does."""
    if _TABLET_STANDS.first(work.connection, {"tablet": work.actor.tablet_id}) is None:
        raise LogInEnded()
    work.roles = frozenset(held)
    work.actions = permitted_at_tablet(held)
    require(held, act.action)
    if act.action in NOT_AT_A_TABLET:
        raise NotAtTablet(action=act.action.value)
    return tuple(sorted(role.value for role in held if may(frozenset({role}), act.action)))


_TABLET_STANDS = Once(select(Tablet.id).where(Tablet.id == bindparam("tablet"), Tablet.revoked_at.is_(None)))


def _check_key(work: Work, rows: Sequence[Row[Any]], *, kind: str, digest: str) -> None:
    """Leave with the answer of the same act, or raise KeyReused when the author's key was another act's."""
    consumed = False
    for row in rows:
        for earlier, earlier_kind, answer in (
            (row.clinic_digest, row.clinic_kind, row.clinic_answer),
            (row.organisation_digest, row.organisation_kind, row.organisation_answer),
        ):
            if (earlier, earlier_kind) == (digest, kind):
                raise _Repeated(answer)
            consumed = consumed or earlier is not None
    if consumed:
        raise KeyReused(key=work.key)


def _token_holds(work: Work, row: Row[Any]) -> bool:
    if work.actor.token_id is None:
        return True
    return row.expires_at is not None and row.revoked_at is None and row.expires_at > work.now


def _token_covers(row: Row[Any], action: Action) -> bool:
    return bool(_covered(row, frozenset({action})))


def _covered(row: Row[Any], actions: frozenset[Action]) -> frozenset[Action]:
    """What of this the token covers; all of it, for most tokens and for a log-in."""
    if row.actions in (None, "*"):
        return actions
    words = row.actions.split()
    return frozenset(action for action in actions if action.value in words)


def _author_and_key() -> Select[Any]:
    """One statement: the author's log-in, roles and token, and the entries that consumed this key before.

    In whichever journal: a key is the author's, not a journal's.
    """
    in_clinic = and_(Membership.clinic_id == bindparam("clinic"), holds(bindparam("at", type_=UTCDateTime())))
    is_token = and_(ApiToken.id == bindparam("token"), ApiToken.clinic_id == bindparam("clinic"))
    return (
        select(
            User.active,
            Membership.role,
            ApiToken.actions,
            ApiToken.expires_at,
            ApiToken.revoked_at,
            *_said(JournalEntry, "clinic"),
            *_said(OrganisationEntry, "organisation"),
        )
        .select_from(Person)
        .outerjoin(User, and_(User.person_id == Person.id, User.id == bindparam("user")))
        .outerjoin(Membership, and_(Membership.user_id == User.id, in_clinic))
        .outerjoin(ApiToken, and_(ApiToken.user_id == User.id, is_token))
        .outerjoin(JournalEntry, _same_key(JournalEntry))
        .outerjoin(OrganisationEntry, _same_key(OrganisationEntry))
        .where(Person.id == bindparam("person"))
    )


def _said(entry: Any, name: str) -> list[Any]:
    return [
        entry.request_digest.label(f"{name}_digest"),
        entry.kind.label(f"{name}_kind"),
        entry.answer.label(f"{name}_answer"),
    ]


def _same_key(entry: Any) -> ColumnElement[bool]:
    return and_(entry.actor_uid == bindparam("author"), entry.key == bindparam("act_key"))


_AUTHOR_AND_KEY = Once(_author_and_key())


def _read_author_and_key(work: Work) -> Sequence[Row[Any]]:
    actor = work.actor
    asked = {
        "author": actor.person_uid,
        "act_key": work.key,
        "user": actor.user_id,
        "clinic": actor.clinic_id,
        "token": actor.token_id or 0,
        "person": actor.person_id,
        "at": work.now,
    }
    return _AUTHOR_AND_KEY.all(work.connection, asked)


def _file(work: Work, filed_in: JournalName, *, roles: tuple[str, ...], digest: str, answer: object) -> None:
    entry = journal.Entry(
        payload=work.payload,
        key=work.key,
        request_digest=digest,
        answer=_ANSWERS.encode(answer).decode(),
        roles=roles,
    )
    journal.append(work, filed_in, entry)


def file_refusal(store: Store, *, asked: str, error: StockroomError, actor: Actor, now: datetime) -> None:
    """Write down that a person was refused: the act or route that was asked for, and the facts of the refusal.

    Raises DatabaseUnavailable.
    """
    # The terminal acts in no clinic; what it is refused stands in the organisation's journal.
    filed_in = JournalName(clinic_id=actor.clinic_id) if actor.clinic_id else ORGANISATION
    with transaction(store, actor=actor, kind="refusal", key="", now=now, journals=(filed_in,)) as work:
        payload: dict[str, object] = {"asked": asked, "code": error.code, "facts": error.facts}
        roles = tuple(sorted(role.value for role in actor.roles))
        journal.append(work, filed_in, journal.Entry(payload=payload, roles=roles))
