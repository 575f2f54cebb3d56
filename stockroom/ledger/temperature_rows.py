"""How do readings of thermometers get into the books, and what do they open?

An entry names the digest of its readings: SHA-256 of the canonical JSON of
[[uid, location_id, read_at, now, lowest, highest, limit_lowest, limit_highest, source, corrects_id, note] ...]
in the order of their ids.  `verify` computes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import JournalName, Work
from stockroom.ledger.deviations import Raised, raise_alerts
from stockroom.ledger.encoding import canonical, sha256
from stockroom.ledger.temperatures import excursions_of, first_out_since, last_good_before
from stockroom.models import Alert, ClinicHold, TemperatureExcursion, TemperatureReading
from stockroom.notices import AlertKind, AlertState
from stockroom.rules.temperatures import Figures, Judgement, Limits, ReadingSource, Verdict, judge

_DIGESTED = (
    "uid", "location_id", "read_at", "now_tenths", "lowest_tenths", "highest_tenths", "limit_lowest_tenths",
    "limit_highest_tenths", "source", "corrects_id", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NewReading:
    """A reading to be written; without figures it takes back the one that it corrects."""

    location_id: int
    location_uid: str
    read_at: datetime
    figures: Figures | None
    limits: Limits | None
    source: ReadingSource
    note: str = ""
    corrects_id: int | None = None

    @property
    def is_out(self) -> bool:
        return self.figures is not None and judge(self.figures, self.limits) is Judgement.OUT


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written: the readings' uids in their order, and the undecided excursions of their places."""

    uids: tuple[str, ...]
    excursion_uids: tuple[str, ...]


def write_readings(work: Work, readings: Sequence[NewReading]) -> Written:
    """Write readings, open an excursion where one is outside its limits and none stands, and tell of it.

    Call it once in an act.
    """
    seq = work.heads[JournalName(clinic_id=work.clinic_id)].seq + 1
    rows = [_row(work, each, seq) for each in readings]
    work.connection.execute(insert(TemperatureReading), rows)
    told = [[row[name] for name in _DIGESTED] for row in rows]
    work.payload["readings"] = {"digest": sha256(canonical(told)), "count": len(rows)}
    opened: list[str] = []
    for location_id, each in _by_place(readings):
        excursion_uid = _note_excursion(work, location_id, each)
        if excursion_uid is not None:
            opened.append(excursion_uid)
    return Written(uids=tuple(row["uid"] for row in rows), excursion_uids=tuple(opened))


def _row(work: Work, each: NewReading, seq: int) -> dict[str, Any]:
    figures, limits = each.figures, each.limits
    return {
        "uid": new_uid(work.now),
        "clinic_id": work.clinic_id,
        "location_id": each.location_id,
        "seq": seq,
        "read_at": each.read_at,
        "now_tenths": None if figures is None else figures.now_tenths,
        "lowest_tenths": None if figures is None else figures.lowest_tenths,
        "highest_tenths": None if figures is None else figures.highest_tenths,
        "limit_lowest_tenths": None if limits is None else limits.lowest_tenths,
        "limit_highest_tenths": None if limits is None else limits.highest_tenths,
        "source": each.source.value,
        "corrects_id": each.corrects_id,
        "note": each.note,
        "recorded_at": work.recorded_at,
        "recorded_by_id": work.actor.person_id,
    }


def _by_place(readings: Iterable[NewReading]) -> list[tuple[int, list[NewReading]]]:
    found: dict[int, list[NewReading]] = {}
    for each in readings:
        found.setdefault(each.location_id, []).append(each)
    return list(found.items())


def _note_excursion(work: Work, location_id: int, new: Sequence[NewReading]) -> str | None:
    """The excursion of the place that waits for a decision after these readings; None where there is none."""
    known = excursions_of(work.connection, work.clinic_id, location_id)
    standing = next((row for row in known if row.decided_at is None), None)
    corrects = any(each.corrects_id is not None for each in new)
    out = [each.read_at for each in new if each.is_out and not _is_decided(each.read_at, known)]
    if standing is not None:
        return _settle(work, standing, min([standing.first_at, *out]), can_end=corrects)
    if not out:
        return None
    return _open(work, location_id, new[0].location_uid, min(out))


def _is_decided(at: datetime, known: Sequence[Row[Any]]) -> bool:
    """Whether somebody has already decided about the time in which a reading falls."""
    return any(
        row.decided_at is not None and (row.good_at or row.first_at) <= at <= row.decided_at for row in known
    )


def _open(work: Work, location_id: int, location_uid: str, first_at: datetime) -> str:
    first = first_out_since(work.connection, work.clinic_id, location_id, first_at)
    assert first is not None
    good = last_good_before(work.connection, work.clinic_id, location_id, first.read_at)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(TemperatureExcursion).values(
            uid=uid,
            clinic_id=work.clinic_id,
            location_id=location_id,
            first_reading_id=first.id,
            good_reading_id=None if good is None else good.id,
            opened_at=work.recorded_at,
            opened_by_id=work.actor.person_id,
            reason="",
        )
    )
    facts = {"excursion": uid, "tenths": first.figures.warmest}
    kind = AlertKind.TEMPERATURE_OUT.value
    raise_alerts(
        work,
        [Raised(kind=kind, subject_kind="location", subject_uid=location_uid, facts=facts, period=uid)],
    )
    work.payload.setdefault("excursions", [])
    listed = work.payload["excursions"]
    assert isinstance(listed, list)
    listed.append(uid)
    return uid


def _settle(work: Work, standing: Row[Any], first_at: datetime, *, can_end: bool) -> str | None:
    """Make an undecided excursion begin where the readings now say; end it when a correction left none outside."""
    first = first_out_since(work.connection, work.clinic_id, standing.location_id, first_at)
    if first is None:
        if can_end and not _is_held(work, standing.uid):
            decide(work, standing, verdict=Verdict.MISTAKEN, reason="", movement_id=None)
            work.payload["mistaken_excursion"] = standing.uid
            return None
        return str(standing.uid)
    good = last_good_before(work.connection, work.clinic_id, standing.location_id, first.read_at)
    good_id = None if good is None else good.id
    if (first.id, good_id) != (standing.first_reading_id, standing.good_reading_id):
        work.connection.execute(
            update(TemperatureExcursion)
            .where(TemperatureExcursion.clinic_id == work.clinic_id, TemperatureExcursion.id == standing.id)
            .values(first_reading_id=first.id, good_reading_id=good_id)
        )
    return str(standing.uid)


def _is_held(work: Work, excursion_uid: str) -> bool:
    active = select(func.count(ClinicHold.id)).where(
        ClinicHold.clinic_id == work.clinic_id,
        ClinicHold.origin_uid == excursion_uid,
        ClinicHold.released_at.is_(None),
    )
    return bool(work.connection.execute(active).scalar_one())


def decide(work: Work, excursion: Any, *, verdict: Verdict, reason: str, movement_id: int | None) -> None:
    """Write the decision about an excursion (its `id` and `uid`), once and for good; its alert is over with it."""
    work.connection.execute(
        update(TemperatureExcursion)
        .where(TemperatureExcursion.clinic_id == work.clinic_id, TemperatureExcursion.id == excursion.id)
        .values(
            verdict=verdict,
            reason=reason,
            decided_at=work.recorded_at,
            decided_by_id=work.actor.person_id,
            movement_id=movement_id,
        )
    )
    work.connection.execute(
        update(Alert)
        .where(
            Alert.clinic_id == work.clinic_id,
            Alert.kind == AlertKind.TEMPERATURE_OUT.value,
            Alert.period == excursion.uid,
            Alert.resolved_at.is_(None),
        )
        .values(state=AlertState.RESOLVED, resolved_at=work.recorded_at, snoozed_until=None)
    )
