"""How is it written that a session is planned, planned anew, or at another time?  One by one or a whole table of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import bindparam, delete, select

from stockroom.db.base import table_of
from stockroom.db.built_once import adding, changing
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import Refused, extracted
from stockroom.models import Need, TreatmentSession
from stockroom.rules.planning import NeedOf, Seat
from stockroom.vocabulary import SessionState

_AT_ONCE = 1_000
_SESSION, _NEED = table_of(TreatmentSession).c, table_of(Need).c
_IDS = select(_SESSION.id, _SESSION.uid).where(
    _SESSION.clinic_id == bindparam("clinic"), _SESSION.uid.in_(bindparam("uids", expanding=True))
)
_REFERENCED = select(table_of(TreatmentSession)).where(
    _SESSION.clinic_id == bindparam("clinic"),
    _SESSION.external_reference.in_(bindparam("references", expanding=True)),
)
_WITHOUT_NEEDS = delete(table_of(Need)).where(
    _NEED.clinic_id == bindparam("clinic"), _NEED.session_id.in_(bindparam("sessions", expanding=True))
)


@dataclass(eq=False, kw_only=True)
class SessionReferenceTaken(Refused):
    """Another session of the clinic has this number of the clinic's own software."""

    code: ClassVar[str] = "session_reference_taken"
    message: ClassVar[str] = extracted(
        "Another session has the number {external_reference} already. Change that one, or check the number."
    )
    external_reference: str
    session: str


@dataclass(frozen=True, kw_only=True)
class NewSession:
    """A session that is to be written."""

    patient_id: int
    planned_at: datetime
    seat: Seat
    needs: tuple[NeedOf, ...] = ()
    external_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class LookedUp:
    """What was looked up before sessions or needs are written: `reads/new_sessions.py` does it."""

    products: Mapping[str | None, int]
    """Ids of what needs name, by uid."""
    groups: Mapping[str | None, int]
    codes: tuple[str, ...] = ()
    """Free short codes, one for each new session."""


@dataclass(frozen=True, kw_only=True)
class SessionMade:
    """A session that was written."""

    id: int
    uid: str
    short_code: str


def add_sessions(work: Work, sessions: Sequence[NewSession], looked_up: LookedUp) -> tuple[SessionMade, ...]:
    """Write planned sessions with their needs, in as many statements for one as for a thousand.

    Raises SessionReferenceTaken.
    """
    require_references_free(work, (each.external_reference for each in sessions))
    made: list[SessionMade] = []
    for begin in range(0, len(sessions), _AT_ONCE):
        part = sessions[begin : begin + _AT_ONCE]
        uids = [new_uid(work.now) for _ in part]
        rows = [
            _row(work, each, uid, code)
            for each, uid, code in zip(part, uids, looked_up.codes[begin : begin + _AT_ONCE], strict=True)
        ]
        work.connection.execute(adding(TreatmentSession), rows)
        found = work.connection.execute(_IDS, {"clinic": work.clinic_id, "uids": uids})
        ids = {row.uid: row.id for row in found}
        made += [
            SessionMade(id=ids[row["uid"]], uid=row["uid"], short_code=row["short_code"]) for row in rows
        ]
    write_needs(work, {each.id: said.needs for each, said in zip(made, sessions, strict=True)}, looked_up)
    return tuple(made)


def _row(work: Work, session: NewSession, uid: str, code: str) -> dict[str, Any]:
    return {
        "uid": uid,
        "clinic_id": work.clinic_id,
        "patient_id": session.patient_id,
        "state": SessionState.PLANNED,
        "short_code": code,
        "planned_at": session.planned_at,
        "room_id": session.seat.room_id,
        "practitioner_id": session.seat.practitioner_id,
        "external_reference": session.external_reference,
        "version": 1,
        "created_at": work.recorded_at,
        "updated_at": work.recorded_at,
    }


def change_session(work: Work, session_id: int, version: int, **values: Any) -> None:
    """Change columns of a session, and count its version."""
    work.connection.execute(
        changing(TreatmentSession, "clinic_id", "id"),
        {
            "its_clinic_id": work.clinic_id,
            "its_id": session_id,
            "version": version + 1,
            "updated_at": work.recorded_at,
            **values,
        },
    )


def write_needs(work: Work, needs: Mapping[int, Sequence[NeedOf]], looked_up: LookedUp) -> None:
    """Write what sessions need, by session id, beside what stands there already."""
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "session_id": session_id,
            "product_id": looked_up.products.get(each.product_uid),
            "group_id": looked_up.groups.get(each.group_uid),
            "quantity": each.quantity,
        }
        for session_id, of_one in needs.items()
        for each in of_one
    ]
    if rows:
        work.connection.execute(adding(Need), rows)


def replace_needs(work: Work, needs: Mapping[int, Sequence[NeedOf]], looked_up: LookedUp) -> None:
    """Write what sessions need, by session id, in place of what stood there."""
    if needs:
        work.connection.execute(_WITHOUT_NEEDS, {"clinic": work.clinic_id, "sessions": sorted(needs)})
        write_needs(work, needs, looked_up)


def sessions_referenced(work: Work, references: Iterable[str]) -> dict[str, Any]:
    """Give the rows of the clinic's sessions that have one of these numbers, by number; in chunks."""
    wanted = sorted({each for each in references if each})
    found: dict[str, Any] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        asked = {"clinic": work.clinic_id, "references": wanted[begin : begin + _AT_ONCE]}
        for row in work.connection.execute(_REFERENCED, asked):
            found[row.external_reference] = row
    return found


def require_references_free(work: Work, references: Iterable[str], *, own_id: int | None = None) -> None:
    """Raise SessionReferenceTaken when another session has one of these numbers, or two of these the same."""
    wanted: set[str] = set()
    for reference in references:
        if reference and reference in wanted:
            raise SessionReferenceTaken(external_reference=reference, session="")
        wanted.add(reference)
    for reference, row in sessions_referenced(work, wanted).items():
        if row.id != own_id:
            raise SessionReferenceTaken(external_reference=reference, session=row.uid)


def told_needs(needs: Iterable[NeedOf]) -> list[dict[str, Any]]:
    """Give needs as a journal says them."""
    return [
        {"product": each.product_uid, "group": each.group_uid, "quantity": each.quantity} for each in needs
    ]
