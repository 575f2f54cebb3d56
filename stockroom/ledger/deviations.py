"""How is it written down that a rule was broken, and how is somebody told?  Deviations, and alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects import postgresql, sqlite

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.encoding import canonical
from stockroom.ledger.named_rows import name_written
from stockroom.models import Alert, Deviation
from stockroom.notices import AlertKind, AlertState, Severity
from stockroom.rules.agreeing import SecondPerson
from stockroom.rules.alerting import profile
from stockroom.vocabulary import Action, Rule

DEVIATION_UNSIGNED = AlertKind.DEVIATION_UNSIGNED.value
"""The kind of alert that says that a second person has to look at a movement."""


@dataclass(frozen=True, kw_only=True)
class Broke:
    """A rule that an act broke, and the lot with which."""

    rule: Rule
    lot_id: int


def write_deviations(
    work: Work,
    movement_id: int,
    broke: Iterable[Broke],
    *,
    reason: str,
    was_asked: bool,
    agreed_by: SecondPerson | None = None,
) -> tuple[str, ...]:
    """Write one deviation for each rule and lot, to be signed by a second person; give their uids.

    The act's entry vouches for each by a digest: why it was done may speak of a patient, and stands in the row alone.

    `was_asked`: overridden beforehand (True), or recorded after it had happened (False).
    `agreed_by` proved who it is and agreed there and then; if that person may sign, it is signed with that.
    """
    is_signed = agreed_by is not None and Action.SIGN_DEVIATION in agreed_by.actions
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "movement_id": movement_id,
            "rule": each.rule.value,
            "lot_id": each.lot_id,
            "reason": reason,
            "was_asked": was_asked,
            "recorded_at": work.recorded_at,
            "recorded_by_id": work.actor.person_id,
            "agreed_by_id": agreed_by.person_id if agreed_by is not None else None,
            "signed_at": work.recorded_at if is_signed else None,
            "signed_by_id": agreed_by.person_id if agreed_by is not None and is_signed else None,
        }
        for each in dict.fromkeys(broke)
    ]
    if not rows:
        return ()
    work.connection.execute(insert(Deviation), rows)
    written = work.payload.setdefault("deviations", [])
    assert isinstance(written, list)
    agreed = {} if agreed_by is None else {"agreed_by": agreed_by.uid}
    written.extend({"uid": row["uid"], "rule": row["rule"], **agreed} for row in rows)
    name_written(work, Deviation, rows)
    return tuple(str(row["uid"]) for row in rows)


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An alert to be raised; the facts hold uids, codes and numbers only (L14)."""

    kind: str
    subject_kind: str
    subject_uid: str
    facts: Mapping[str, object]
    period: str = ""
    """One alert a subject and period; empty where the subject is raised once."""
    rank: int = 1
    severity: Severity | None = None
    """The kind's when None."""


def raise_alerts(work: Work, raised: Iterable[Raised]) -> None:
    """Raise alerts; one that stands for the same subject already is left as it is."""
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "kind": each.kind,
            "subject_kind": each.subject_kind,
            "subject_uid": each.subject_uid,
            "period": each.period,
            "facts": canonical(dict(each.facts)),
            "raised_at": work.recorded_at,
            "state": AlertState.OPEN.value,
            "severity": (each.severity or profile(each.kind).severity).value,
            "rank": each.rank,
        }
        for each in raised
    ]
    if not rows:
        return
    dialect: Any = sqlite if work.store.is_sqlite else postgresql
    work.connection.execute(dialect.insert(Alert).on_conflict_do_nothing(), rows)


def write_broken(
    work: Work,
    movement_id: int,
    movement_uid: str,
    broke: Iterable[Broke],
    *,
    reason: str,
    **facts: object,
) -> tuple[str, ...]:
    """Write what an act broke that had already happened, and raise the alert that somebody has to look at it.

    Gives the uids of the deviations; nothing is written where nothing was broken.
    """
    written = tuple(broke)
    deviations = write_deviations(work, movement_id, written, reason=reason, was_asked=False)
    if written:
        rules = list(dict.fromkeys(each.rule.value for each in written))
        raised = Raised(
            kind=DEVIATION_UNSIGNED,
            subject_kind="movement",
            subject_uid=movement_uid,
            facts={"rules": rules, **facts},
        )
        raise_alerts(work, [raised])
    return deviations
