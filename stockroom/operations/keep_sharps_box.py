"""How is a sharps box opened in a room, closed at three quarters or by its date, and collected?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row, bindparam, insert, update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.named_rows import name_rows
from stockroom.models import Location, SharpsBox
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.settings import settings_of
from stockroom.reads.short_codes import free_short_code, taken_codes
from stockroom.vocabulary import Action, LocationKind, SharpsReason, WasteStream

_TAKEN = taken_codes(SharpsBox.short_code, SharpsBox.clinic_id == bindparam("clinic"))
NOTE_MAX = 500


@dataclass(eq=False, kw_only=True)
class BoxClosed(Conflict):
    """It was closed meanwhile."""

    code: ClassVar[str] = "sharps_box_closed"
    message: ClassVar[str] = extracted("Sharps box {box} is closed already. Nothing was changed.")
    box: str


@dataclass(eq=False, kw_only=True)
class BoxOpen(Conflict):
    """Only what is closed is collected."""

    code: ClassVar[str] = "sharps_box_open"
    message: ClassVar[str] = extracted("Sharps box {box} is still open. Close it, then hand it over.")
    box: str


@dataclass(eq=False, kw_only=True)
class BoxCollected(Conflict):
    code: ClassVar[str] = "sharps_box_collected"
    message: ClassVar[str] = extracted("Sharps box {box} was collected already. Nothing was changed.")
    box: str


@dataclass(frozen=True, kw_only=True)
class OpenSharpsBox:
    room_uid: str
    waste_stream: WasteStream


@dataclass(frozen=True, kw_only=True)
class CloseSharpsBox:
    box_uid: str
    reason: SharpsReason


@dataclass(frozen=True, kw_only=True)
class CollectSharpsBox:
    box_uid: str
    note: str
    """The number of the consignment note, and who took it."""


@dataclass(frozen=True, kw_only=True)
class SharpsBoxKept:
    box_uid: str
    short_code: str
    close_by_on: date


def open_sharps_box(
    store: Store, command: OpenSharpsBox, *, actor: Actor, key: str, now: datetime
) -> SharpsBoxKept:
    """Open a box in a room; it may stand there for as long as the clinic's setting says.

    Raises ThingNotFound, InvalidValue for a place that is no room, or is closed.
    """
    return perform(
        store,
        Act(kind="sharps_box.open", action=Action.KEEP_DAY),
        command=command,
        body=lambda work: _open(work, command),
        answer=SharpsBoxKept,
        actor=actor,
        key=key,
        now=now,
    )


def close_sharps_box(
    store: Store, command: CloseSharpsBox, *, actor: Actor, key: str, now: datetime
) -> SharpsBoxKept:
    """Close a box for good.  Raises ThingNotFound, BoxClosed."""
    return perform(
        store,
        Act(kind="sharps_box.close", action=Action.KEEP_DAY),
        command=command,
        body=lambda work: _close(work, command),
        answer=SharpsBoxKept,
        actor=actor,
        key=key,
        now=now,
    )


def collect_sharps_box(
    store: Store, command: CollectSharpsBox, *, actor: Actor, key: str, now: datetime
) -> SharpsBoxKept:
    """Write down that a closed box was handed over.  Raises ThingNotFound, BoxOpen, BoxCollected, InvalidValue."""
    return perform(
        store,
        Act(kind="sharps_box.collect", action=Action.KEEP_DAY),
        command=command,
        body=lambda work: _collect(work, command),
        answer=SharpsBoxKept,
        actor=actor,
        key=key,
        now=now,
    )


def _open(work: Work, command: OpenSharpsBox) -> SharpsBoxKept:
    room = one_by_uid(work.connection, Location, command.room_uid, thing="place", clinic_id=work.clinic_id)
    if room.kind != LocationKind.ROOM or room.closed_at is not None:
        raise InvalidValue(field="room_uid", problem="a sharps box stands in a room that is open")
    days = settings_of(work.connection, work.clinic_id).sharps_box_days
    today = civil_date(work.now, clinic_settings(work.connection, work.clinic_id).time_zone)
    uid, code = new_uid(work.now), free_short_code(work.connection, _TAKEN, clinic=work.clinic_id)
    close_by = today + timedelta(days=days)
    work.connection.execute(
        insert(SharpsBox).values(
            uid=uid,
            clinic_id=work.clinic_id,
            room_id=room.id,
            short_code=code,
            waste_stream=command.waste_stream,
            opened_at=work.now,
            opened_by_id=work.actor.person_id,
            close_by_on=close_by,
            collection_note="",
        )
    )
    name_rows(work, SharpsBox, [uid])
    work.payload.update(
        sharps_box=uid, room=room.uid, waste_stream=command.waste_stream, close_by_on=close_by
    )
    return SharpsBoxKept(box_uid=uid, short_code=code, close_by_on=close_by)


def _close(work: Work, command: CloseSharpsBox) -> SharpsBoxKept:
    row = _box(work, command.box_uid)
    if row.closed_at is not None:
        raise BoxClosed(box=row.short_code)
    said = {
        "closed_at": work.now,
        "closed_by_id": work.actor.person_id,
        "close_reason": command.reason,
    }
    work.payload.update(reason=command.reason)
    return _changed(work, row, said)


def _collect(work: Work, command: CollectSharpsBox) -> SharpsBoxKept:
    row = _box(work, command.box_uid)
    if row.closed_at is None:
        raise BoxOpen(box=row.short_code)
    if row.collected_at is not None:
        raise BoxCollected(box=row.short_code)
    note = command.note.strip()
    if not note or len(note) > NOTE_MAX or "\x00" in note:
        raise InvalidValue(
            field="note", problem=f"who took it, and the number of the note; at most {NOTE_MAX}"
        )
    said = {
        "collected_at": work.now,
        "collected_by_id": work.actor.person_id,
        "collection_note": note,
    }
    return _changed(work, row, said)


def _box(work: Work, uid: str) -> Row[Any]:
    return one_by_uid(work.connection, SharpsBox, uid, thing="sharps box", clinic_id=work.clinic_id)


def _changed(work: Work, row: Row[Any], values: dict[str, object]) -> SharpsBoxKept:
    work.connection.execute(
        update(SharpsBox)
        .where(SharpsBox.clinic_id == work.clinic_id, SharpsBox.id == row.id)
        .values(**values)
    )
    name_rows(work, SharpsBox, [row.uid])
    work.payload["sharps_box"] = row.uid
    return SharpsBoxKept(box_uid=row.uid, short_code=row.short_code, close_by_on=row.close_by_on)
