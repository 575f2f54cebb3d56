"""Does whoever acts hold the authorisation for it?  Where not: a stop, or a caution that is written down and told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, bindparam, exists, select, true
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.db.compiled_once import Once
from stockroom.db.transaction import Work
from stockroom.ledger.deviations import Raised, raise_alerts
from stockroom.models import Authorisation, Clinic, Person
from stockroom.notices import AlertKind
from stockroom.rules.authorising import NOTHING, STOP, Held, OutsideAuthorisation, missing_scopes

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
    work: Work, kind: str, *, person_id: int | None = None, scopes: Iterable[str] = ()
) -> None:
    """Let the actor, or the person named, do an act of this kind; one statement.

    An act for which nobody of the organisation was ever authorised is not asked about, nor is what the
    installation does by itself.  Raises OutsideAuthorisation where the clinic stops it; where it cautions,
    the journal says so beside the act, and an alert tells whoever looks after the people.
    """
    if work.actor.is_system:
        return
    asked = {"clinic": work.clinic_id, "kind": kind, "person": person_id or work.actor.person_id}
    rows = _ASKED.all(work.connection, asked)
    if not rows or not rows[0].is_in_use or rows[0].outside_authorisation == NOTHING:
        return
    first: Any = rows[0]
    today = civil_date(work.now, first.time_zone)
    held = [
        Held(from_on=row.from_on, until_on=row.until_on, scope=row.scope)
        for row in rows
        if row.from_on is not None
    ]
    missing = missing_scopes(held, scopes, today=today)
    if not missing:
        return
    named = ", ".join(filter(None, missing))
    if first.outside_authorisation == STOP:
        raise OutsideAuthorisation(
            person=first.person_name, act=kind.replace("_", " "), scope=f" ({named})" if named else ""
        )
    noted = work.payload.setdefault("outside_authorisation", [])
    assert isinstance(noted, list)
    noted.append({"act": kind, "person": first.person_uid, "scopes": list(missing)})
    told = Raised(
        kind=AlertKind.OUTSIDE_AUTHORISATION,
        subject_kind="person",
        subject_uid=first.person_uid,
        facts={"act": kind, "scopes": list(missing)},
        period=f"{today.isoformat()} {kind}",
    )
    raise_alerts(work, [told])
