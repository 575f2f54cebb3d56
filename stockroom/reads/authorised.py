"""Is whoever acts authorised to it?  Where not: a stop, or a caution that is asked about before the act, as set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, exists, select, true
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.db.compiled_once import Once
from stockroom.db.transaction import Work
from stockroom.ledger.caution_answers import answered_before, question, write_answers
from stockroom.ledger.deviations import Raised, raise_alerts
from stockroom.models import Authorisation, Clinic, Person
from stockroom.notices import AlertKind
from stockroom.rules.authorising import (
    NOTHING,
    STOP,
    AuthorisationAsked,
    Held,
    OutsideAuthorisation,
    missing_scopes,
)
from stockroom.rules.override_rights import names_of
from stockroom.rules.overriding import Override, OverrideReasonMissing
from stockroom.rules.permissions import roles_for
from stockroom.vocabulary import Action, Role, Unauthorised

_anybodys = aliased(Authorisation)
_ASKED = Once(
    select(
        Clinic.outside_authorisation,
        Clinic.time_zone,
        exists().where(_anybodys.kind == bindparam("kind")).label("is_in_use"),
        Person.uid.label("person_uid"),
        Person.name.label("person_name"),
        Authorisation.from_on,
        Authorisation.until_on,
        Authorisation.scope,
    )
    .select_from(Clinic)
    .join(Person, true())
    .outerjoin(
        Authorisation,
        and_(Authorisation.person_id == Person.id, Authorisation.kind == bindparam("kind")),
    )
    .where(Clinic.id == bindparam("clinic"), Person.id == bindparam("person"))
)


def require_authorised(
    work: Work,
    kind: str,
    *,
    answer: Override | None = None,
    person_id: int | None = None,
    scopes: Iterable[str] = (),
    session_ids: Collection[int] = (),
    was_asked: bool = False,
) -> None:
    """Let the actor, or the person named, do an act of this kind; one statement.

    An act for which nobody of the organisation was ever authorised is not asked about, nor is what the
    installation does by itself.  Where the clinic cautions, `answer` says why it is done all the same: that is
    kept, the journal says so beside the act, and an alert tells whoever looks after the people.  In a session
    the same person and technique are asked about once, and whoever `was_asked` when it was begun is not again.
    Raises OutsideAuthorisation where the clinic stops it, AuthorisationAsked, OverrideReasonMissing.
    """
    found = _missing(work, kind, person_id, scopes)
    if found is None:
        return
    if found.follows == STOP:
        raise OutsideAuthorisation(person=found.person_name, act=found.act, scope=found.scope)
    if was_asked:
        _tell(work, kind, found)
        return
    word = Unauthorised(f"not_authorised_to_{kind}")
    asked = [question(work, word.value, found.person_uid, each) for each in found.missing]
    if session_ids and {each.about for each in asked} <= answered_before(work, session_ids):
        return
    if answer is None or word not in answer.outside:
        raise AuthorisationAsked(
            person=found.person_name,
            act=found.act,
            scope=found.scope,
            rules=(word.value,),
            may_override=names_of(work.roles | _answered_by(kind)),
        )
    if not answer.reason.strip():
        raise OverrideReasonMissing()
    write_answers(work, asked, reason=answer.reason, session_ids=session_ids)
    _tell(work, kind, found)


def _answered_by(kind: str) -> frozenset[Role]:
    """Who may answer beside the author: whoever signs with a badge on somebody else's page has answered there."""
    return roles_for(Action.USE) if kind in ("check", "inject") else frozenset()


def note_authorised(work: Work, kind: str) -> None:
    """Write down and tell that the actor is not authorised to what has already happened; nothing stops that."""
    found = _missing(work, kind, None, ())
    if found is not None:
        _tell(work, kind, found)


@dataclass(frozen=True, kw_only=True)
class _Missing:
    """Who is not authorised to what, and what the clinic lets follow."""

    follows: str
    person_uid: str
    person_name: str
    act: str
    missing: tuple[str, ...]
    today: date

    @property
    def scope(self) -> str:
        named = ", ".join(filter(None, self.missing))
        return f" ({named})" if named else ""


def _missing(work: Work, kind: str, person_id: int | None, scopes: Iterable[str]) -> _Missing | None:
    """What nothing covers; None where nobody has to be asked."""
    if work.actor.is_system:
        return None
    asked = {"clinic": work.clinic_id, "kind": kind, "person": person_id or work.actor.person_id}
    rows: Sequence[Any] = _ASKED.all(work.connection, asked)
    if not rows or not rows[0].is_in_use or rows[0].outside_authorisation == NOTHING:
        return None
    today = civil_date(work.now, rows[0].time_zone)
    held = [
        Held(from_on=row.from_on, until_on=row.until_on, scope=row.scope)
        for row in rows
        if row.from_on is not None
    ]
    missing = missing_scopes(held, scopes, today=today)
    if not missing:
        return None
    return _Missing(
        follows=rows[0].outside_authorisation,
        person_uid=rows[0].person_uid,
        person_name=rows[0].person_name,
        act=kind.replace("_", " "),
        missing=missing,
        today=today,
    )


def _tell(work: Work, kind: str, found: _Missing) -> None:
    """Say in the journal beside the act, and to whoever looks after the people, that it was done."""
    noted = work.payload.setdefault("outside_authorisation", [])
    assert isinstance(noted, list)
    noted.append({"act": kind, "person": found.person_uid, "scopes": list(found.missing)})
    told = Raised(
        kind=AlertKind.OUTSIDE_AUTHORISATION,
        subject_kind="person",
        subject_uid=found.person_uid,
        facts={"act": kind, "scopes": list(found.missing)},
        period=f"{found.today.isoformat()} {kind}",
    )
    raise_alerts(work, [told])
