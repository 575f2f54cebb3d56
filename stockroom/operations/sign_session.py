"""How does a person sign what was done in a session: that it was checked, or who injected it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import aliased

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Signing, Work
from stockroom.errors import Conflict, Forbidden, InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import Authorisation, Clinic, Line, Movement, Signature, TreatmentSession, Usage
from stockroom.reads.authorised import require_authorised
from stockroom.reads.finding import one_by_uid
from stockroom.rules.overriding import Override
from stockroom.vocabulary import Action, MovementKind, SignatureMeaning, SignOnWay


@dataclass(eq=False, kw_only=True)
class NothingToSign(Refused):
    """Nothing stands as used in the session, so that there is nothing to sign."""

    code: ClassVar[str] = "nothing_to_sign"
    message: ClassVar[str] = extracted("Nothing is booked in this session yet. Scan what is used, then sign.")
    session: str


@dataclass(eq=False, kw_only=True)
class OwnUse(Forbidden):
    """Nobody checks what he or she booked."""

    code: ClassVar[str] = "own_use"
    message: ClassVar[str] = extracted(
        "You booked some of this yourself, so that somebody else has to check it. Let a colleague sign."
    )
    session: str


@dataclass(eq=False, kw_only=True)
class NotAuthorisedToInject(Forbidden):
    """Nobody signs to have injected who is not authorised to inject."""

    code: ClassVar[str] = "not_authorised_to_inject"
    message: ClassVar[str] = extracted(
        "You are not authorised to inject here. Whoever injected signs; an administrator writes down who may."
    )
    session: str


@dataclass(eq=False, kw_only=True)
class SignedBefore(Conflict):
    """The same person signed with the same meaning, and nothing was booked since."""

    code: ClassVar[str] = "signed_before"
    message: ClassVar[str] = extracted("You signed this already ({signed_at}). Nothing was booked since.")
    session: str
    signed_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignSession:
    """A signature under everything that stands as used in a session; the actor is the signer."""

    session_uid: str
    meaning: SignatureMeaning
    way: SignOnWay
    """How the signer proved, in the same request, who it is."""
    override: Override | None = None
    """Why it is signed although nobody authorised the signer to check, or to inject by a technique."""


@dataclass(frozen=True, kw_only=True)
class SessionSigned:
    session_uid: str
    meaning: SignatureMeaning
    signed_at: datetime
    uses: int
    """How many lines of use it stands under."""


def sign_session(
    store: Store, command: SignSession, *, actor: Actor, key: str, now: datetime
) -> SessionSigned:
    """Sign as the actor what was used in a session so far.

    Raises ThingNotFound, NothingToSign, OwnUse, NotAuthorisedToInject, SignedBefore, AuthorisationAsked,
    OutsideAuthorisation.
    """
    return perform(
        store,
        Act(kind="session.sign_uses", action=Action.USE),
        command=command,
        body=lambda work: _sign(work, command),
        answer=SessionSigned,
        actor=actor,
        key=key,
        now=now,
    )


def _sign(work: Work, command: SignSession) -> SessionSigned:
    session = one_by_uid(
        work.connection, TreatmentSession, command.session_uid, thing="session", clinic_id=work.clinic_id
    )
    if command.meaning not in (SignatureMeaning.CHECKED, SignatureMeaning.INJECTED):
        raise InvalidValue(field="meaning", problem="what was done in a session is checked, or was injected")
    uses = _standing(work, session.id)
    if not uses:
        raise NothingToSign(session=session.uid)
    if command.meaning is SignatureMeaning.CHECKED and any(
        row.actor_id == work.actor.person_id for row in uses
    ):
        raise OwnUse(session=session.uid)
    if command.meaning is SignatureMeaning.INJECTED and not _may_inject(work):
        raise NotAuthorisedToInject(session=session.uid)
    if command.meaning is SignatureMeaning.CHECKED:
        kind, scopes = "check", tuple[str, ...]()
    else:
        kind, scopes = "inject", _techniques(work, [row.id for row in uses])
    _require_new(work, session, command.meaning, uses)
    require_authorised(work, kind, answer=command.override, scopes=scopes, session_ids=[session.id])
    work.signed.append(
        Signing(
            person_id=work.actor.person_id,
            person_uid=work.actor.person_uid,
            meaning=command.meaning,
            way=command.way,
            session_id=session.id,
        )
    )
    work.payload.update(session=session.uid, movements=sorted({row.uid for row in uses}))
    return SessionSigned(
        session_uid=session.uid, meaning=command.meaning, signed_at=work.recorded_at, uses=len(uses)
    )


def _standing(work: Work, session_id: int) -> Sequence[Any]:
    """The lines of use of a session that were not reversed, with who booked each."""
    turned = aliased(Line)
    of_movement = and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id)
    return work.connection.execute(
        select(Movement.uid, Movement.actor_id, Movement.seq, Line.id)
        .select_from(Line)
        .join(Movement, of_movement)
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .where(
            Line.clinic_id == work.clinic_id,
            Line.session_id == session_id,
            Line.reverses_line_id.is_(None),
            Movement.kind.in_((MovementKind.USE, MovementKind.CORRECT)),
            turned.id.is_(None),
        )
        .order_by(Line.id)
    ).all()


def _techniques(work: Work, line_ids: list[int]) -> tuple[str, ...]:
    """The techniques by which these lines were given."""
    said = select(Usage.technique).where(
        Usage.clinic_id == work.clinic_id, Usage.line_id.in_(line_ids), Usage.technique.is_not(None)
    )
    return tuple(filter(None, work.connection.execute(said.distinct().order_by(Usage.technique)).scalars()))


def _may_inject(work: Work) -> bool:
    zone = work.connection.execute(select(Clinic.time_zone).where(Clinic.id == work.clinic_id)).scalar_one()
    today = civil_date(work.now, zone)
    held = select(Authorisation.id).where(
        Authorisation.person_id == work.actor.person_id,
        Authorisation.kind == "inject",
        Authorisation.from_on <= today,
        or_(Authorisation.until_on.is_(None), Authorisation.until_on >= today),
    )
    return work.connection.execute(held).first() is not None


def _require_new(work: Work, session: Row[Any], meaning: SignatureMeaning, uses: Sequence[Any]) -> None:
    """Raise SignedBefore where this person's signature already stands under all of it."""
    last = work.connection.execute(
        select(Signature.signed_at, Signature.entry_seq)
        .where(
            Signature.clinic_id == work.clinic_id,
            Signature.session_id == session.id,
            Signature.person_id == work.actor.person_id,
            Signature.meaning == meaning.value,
        )
        .order_by(Signature.id.desc())
    ).first()
    if last is not None and all(row.seq < last.entry_seq for row in uses):
        raise SignedBefore(session=session.uid, signed_at=last.signed_at)
