"""How does somebody sign on at a tablet, or sign beside its user, by badge or PIN?

A try is written down before the badge or PIN is looked at, under the lock of the organisation's journal, so
that however many tablets and workers ask at once, no more tries are evaluated than the limits say
(`rules/pins.py`).  One person is signed on at a tablet at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import delete, insert, or_, select, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Forbidden, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.log_ins import Beginning, begin_at_tablet, begin_log_in
from stockroom.models import Badge, Membership, Person, SignOnAttempt, Tablet, User
from stockroom.reads.finding import one_by_uid
from stockroom.rules.permissions import BENCH_ROLES
from stockroom.rules.pins import UNKNOWN_BADGES_AT_TABLET, WRONG_AT_TABLET, check_person, check_tablet
from stockroom.vocabulary import Action, SignOnWay

_AHEAD = timedelta(hours=1)
"""A try that is later than that by the clock is one of before it stepped back, and counts no more."""
_KEPT = timedelta(days=90)


@dataclass(eq=False, kw_only=True)
class BadgeUnknown(Forbidden):
    """No badge that is valid has this code; the code itself is said nowhere."""

    code: ClassVar[str] = "badge_unknown"
    message: ClassVar[str] = extracted(
        "This badge opens nothing: it is not known, or was revoked. Use your PIN, or have another badge printed."
    )


@dataclass(eq=False, kw_only=True)
class NotAtThisBench(Forbidden):
    """The person is neither nurse nor practitioner in the clinic of the tablet, or the log-in is switched off."""

    code: ClassVar[str] = "not_at_this_bench"
    message: ClassVar[str] = extracted(
        "At this tablet only nurses and practitioners of the clinic sign on. Work at another computer, with your "
        "password."
    )


@dataclass(frozen=True, kw_only=True)
class TrySignOn:
    """A try, before the badge or PIN is looked at."""

    person_uid: str | None
    """Whose PIN it is said to be; None for a badge."""
    tablet_uid: str | None


@dataclass(frozen=True, kw_only=True)
class SignOnTried:
    attempt_uid: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A badge that was read, or the person whose PIN was right."""

    attempt_uid: str
    way: SignOnWay
    person_uid: str | None = None
    badge_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class StartSignOn:
    """Somebody proved who it is and takes over a tablet."""

    proof: Proof
    tablet_uid: str
    token_hash: str
    device: str
    address: str


@dataclass(frozen=True, kw_only=True)
class SignedOn:
    user_uid: str
    person_uid: str
    log_in_uid: str


@dataclass(frozen=True, kw_only=True)
class AcceptProof:
    """Somebody proved who it is, and signs beside whoever is signed on."""

    proof: Proof


@dataclass(frozen=True, kw_only=True)
class ProofAccepted:
    person_uid: str


def try_sign_on(store: Store, command: TrySignOn, *, actor: Actor, key: str, now: datetime) -> SignOnTried:
    """Write down a try; the caller then looks at the badge or PIN.

    Raises PinLocked, PinVoid, TabletLocked, ThingNotFound.
    """
    return perform(
        store,
        Act(kind="sign_on.try", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _try(work, command),
        answer=SignOnTried,
        actor=actor,
        key=key,
        now=now,
    )


def sign_on(store: Store, command: StartSignOn, *, actor: Actor, key: str, now: datetime) -> SignedOn:
    """Begin a log-in at a tablet; whoever was signed on there is so no more.

    Raises BadgeUnknown, NotAtThisBench, ThingNotFound for a tablet that is revoked.
    """
    return perform(
        store,
        Act(kind="sign_on.accept", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _sign_on(work, command),
        answer=SignedOn,
        actor=actor,
        key=key,
        now=now,
    )


def accept_proof(
    store: Store, command: AcceptProof, *, actor: Actor, key: str, now: datetime
) -> ProofAccepted:
    """Write down who proved who it is; nobody is signed on by it.  Raises BadgeUnknown, ThingNotFound."""
    return perform(
        store,
        Act(kind="sign_on.prove", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _accept(work, command),
        answer=ProofAccepted,
        actor=actor,
        key=key,
        now=now,
    )


def _try(work: Work, command: TrySignOn) -> SignOnTried:
    at = work.asked_at  # the clock's, as of tries to log in
    work.connection.execute(
        delete(SignOnAttempt).where(or_(SignOnAttempt.at < at - _KEPT, SignOnAttempt.at > at + _AHEAD))
    )
    person_id = tablet_id = None
    if command.person_uid is not None:
        person_id = one_by_uid(work.connection, Person, command.person_uid, thing="person").id
        check_person(_wrong(work, person_id=person_id), now=at)
    if command.tablet_uid is not None:
        tablet_id = one_by_uid(work.connection, Tablet, command.tablet_uid, thing="tablet").id
        most = UNKNOWN_BADGES_AT_TABLET if person_id is None else WRONG_AT_TABLET
        wrong = _wrong(work, tablet_id=tablet_id, is_badge=person_id is None)
        check_tablet(wrong, most=most, now=at)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(SignOnAttempt).values(
            uid=uid, person_id=person_id, tablet_id=tablet_id, at=at, succeeded=False
        )
    )
    work.payload.update(person=command.person_uid, tablet=command.tablet_uid)
    return SignOnTried(attempt_uid=uid)


def _wrong(
    work: Work, *, person_id: int | None = None, tablet_id: int | None = None, is_badge: bool = False
) -> list[datetime]:
    """When tries failed (or are not judged yet): of a person's PIN, or at a tablet."""
    if person_id is not None:
        whose = SignOnAttempt.person_id == person_id
    else:
        of_badges = SignOnAttempt.person_id.is_(None)
        whose = (SignOnAttempt.tablet_id == tablet_id) & (of_badges if is_badge else ~of_badges)
    failed = select(SignOnAttempt.at).where(whose, SignOnAttempt.succeeded.is_(False))
    return list(work.connection.execute(failed.order_by(SignOnAttempt.at)).scalars())


def _sign_on(work: Work, command: StartSignOn) -> SignedOn:
    tablet = one_by_uid(work.connection, Tablet, command.tablet_uid, thing="tablet")
    person = _proven(work, command.proof)
    user = work.connection.execute(
        select(User.id, User.uid)
        .join(Membership, Membership.user_id == User.id)
        .where(
            User.person_id == person.id,
            User.active,
            Membership.clinic_id == tablet.clinic_id,
            Membership.role.in_(sorted(BENCH_ROLES)),
        )
        .order_by(User.id.desc())
    ).first()
    if user is None:
        raise NotAtThisBench()
    beginning = Beginning(token_hash=command.token_hash, device=command.device, address=command.address)
    uid = begin_log_in(work, user.id, beginning)
    ended = begin_at_tablet(work, uid, tablet.uid, command.proof.way)
    work.payload.update(
        user=user.uid, log_in=uid, tablet=tablet.uid, way=command.proof.way, ended=list(ended)
    )
    return SignedOn(user_uid=user.uid, person_uid=person.uid, log_in_uid=uid)


def _accept(work: Work, command: AcceptProof) -> ProofAccepted:
    person = _proven(work, command.proof)
    work.payload.update(person=person.uid, way=command.proof.way)
    return ProofAccepted(person_uid=person.uid)


@dataclass(frozen=True, kw_only=True)
class _Proven:
    id: int
    uid: str


def _proven(work: Work, proof: Proof) -> _Proven:
    """Give who it is, and clear the try; a right PIN clears the wrong ones before it.  Raises BadgeUnknown."""
    who = _of_badge(work, proof.badge_hash) if proof.badge_hash is not None else _named(work, proof)
    tried = SignOnAttempt.uid == proof.attempt_uid
    if proof.badge_hash is None:
        tried = tried | ((SignOnAttempt.person_id == who.id) & (SignOnAttempt.succeeded.is_(False)))
    work.connection.execute(update(SignOnAttempt).where(tried).values(succeeded=True))
    return who


def _of_badge(work: Work, badge_hash: str) -> _Proven:
    found = work.connection.execute(
        select(Person.id, Person.uid)
        .join(Badge, Badge.person_id == Person.id)
        .where(Badge.code_hash == badge_hash, Badge.revoked_at.is_(None))
    ).first()
    if found is None:
        raise BadgeUnknown()
    return _Proven(id=found.id, uid=found.uid)


def _named(work: Work, proof: Proof) -> _Proven:
    row = one_by_uid(work.connection, Person, proof.person_uid or "", thing="person")
    return _Proven(id=row.id, uid=row.uid)
