"""Does verify name a reaction, device, tick, answer, deviation or sharps box that was edited, added or lost by hand?"""

# ruff: noqa: N802 - the number of the invariant stands in the name as it is written

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.ledger.named_rows import SAID
from stockroom.ledger.verify import named_rows, verify
from stockroom.ledger.verify.notes import Notes
from stockroom.ledger.verify.report import Finding
from stockroom.models import (
    CautionAnswer,
    Deviation,
    Device,
    DeviceAct,
    IntervalAnswer,
    RatioAnswer,
    Reaction,
    SessionTick,
    SharpsBox,
)
from stockroom.operations.advance_session import AdvanceSession, RatioAnswerOf, advance_session
from stockroom.operations.authorise import Authorise, authorise
from stockroom.operations.keep_device import (
    CleanDevice,
    HoldDevice,
    ServiceDevice,
    clean_device,
    hold_device,
    service_device,
)
from stockroom.operations.keep_sharps_box import (
    CloseSharpsBox,
    CollectSharpsBox,
    OpenSharpsBox,
    close_sharps_box,
    collect_sharps_box,
    open_sharps_box,
)
from stockroom.operations.record_reaction import (
    AmendReaction,
    RecordReaction,
    WhatIsKnown,
    amend_reaction,
    record_reaction,
)
from stockroom.operations.sign_deviation import SignDeviation, sign_deviation
from stockroom.operations.sign_session import SignSession, sign_session
from stockroom.operations.tick_instruction import TickInstructions, tick_instructions
from stockroom.operations.use_device import TakeBackDevice, UseDevice, take_back_device, use_device
from stockroom.rules.overriding import Override
from stockroom.vocabulary import (
    ContainerType,
    RatioKind,
    ReactionOutcome,
    ReactionSeverity,
    Role,
    Rule,
    SessionState,
    SharpsReason,
    SignatureMeaning,
    SignOnWay,
    Unauthorised,
    WasteStream,
)
from tests.builders import NOW, House, key
from tests.courses import course, protocol
from tests.devices import device
from tests.ledger.planting import unguarded
from tests.sessions import line, over, rows, session, used

_MODELS = (
    CautionAnswer, Deviation, Device, DeviceAct, IntervalAnswer, RatioAnswer, Reaction, SessionTick, SharpsBox,
)  # fmt: skip
_OTHERWISE: dict[type, Any] = {
    bool: lambda said: not said,
    int: lambda said: said + 1,
    str: lambda said: f"{said}x",
    bytes: lambda said: said + b"x",
    datetime: lambda said: said + timedelta(seconds=1),
    date: lambda said: said + timedelta(days=1),
}
_SOMETHING = {"BigInteger": 999_999, "UTCDateTime": NOW, "Date": NOW.date(), "Text": "x"}
_HARMLESS = {
    "caution_answer": "reason", "deviation": "reason",
    "device": "name", "device_act": "reason", "interval_answer": "reason", "ratio_answer": "answer",
    "reaction": "effect", "session_tick": "instruction", "sharps_box": "collection_note",
}  # fmt: skip


def _everything(store: Store) -> None:
    """A clinic in which each kind of row was written, and changed where it changes."""
    house = House(store)
    clinic, today = house.clinic, NOW.date()
    by: dict[str, Any] = {"actor": house.nurse, "now": NOW}
    filler = house.product("Filler", container_type=ContainerType.SINGLE_DOSE)
    visit = session(house)
    tick_instructions(store, TickInstructions(session_uid=visit, done=("clean-area",)), key=key(), **by)
    pen = device(house)
    taken = use_device(store, UseDevice(session_uid=visit, device_uid=pen, scan="SN-1"), key=key(), **by)
    take_back_device(store, TakeBackDevice(act_uid=taken.act_uid, reason="the other one"), key=key(), **by)
    clean_device(store, CleanDevice(device_uid=pen, how="wiped"), key=key(), **by)
    grant = Authorise(person_uid=clinic.auditor.person_uid, kind="check", from_on=today)
    authorise(store, grant, actor=clinic.administrator, key=key(), now=NOW)
    until = ServiceDevice(device_uid=pen, serviced_until=today + timedelta(days=9))
    service_device(store, until, actor=house.manager, key=key(), now=NOW)
    hold_device(store, HoldDevice(device_uid=pen, reason="noise"), key=key(), **by)
    used(house, visit, line(clinic.lot_on_shelf(filler, "F1"), 5_000, technique="nappage"))
    outdated = line(clinic.lot_on_shelf(house.needle(), "N1", expires_on=today - timedelta(days=1)))
    second = clinic.employ(Role.PRACTITIONER)
    used(house, session(house), outdated, override=over(Rule.EXPIRED), actor=second)
    signed = SignDeviation(deviation_uid=rows(store, Deviation)[0].uid)
    sign_deviation(store, signed, actor=house.practitioner, key=key(), now=NOW)
    checked = SignSession(
        session_uid=visit,
        meaning=SignatureMeaning.CHECKED,
        way=SignOnWay.PASSWORD,
        override=Override(
            rules=frozenset(), outside=frozenset({Unauthorised.CHECK}), reason="nobody else is here"
        ),
    )
    sign_session(store, checked, actor=house.practitioner, key=key(), now=NOW)
    said = (RatioAnswerOf(kind=RatioKind.FEW_NEEDLES, answer="it came with its own"),)
    advance_session(
        store, AdvanceSession(session_uid=visit, to=SessionState.FINISHED, answers=said), key=key(), **by
    )
    known = WhatIsKnown(
        effect="redness", severity=ReactionSeverity.MILD, began_at=NOW, outcome=ReactionOutcome.ONGOING
    )
    first = record_reaction(store, RecordReaction(session_uid=visit, known=known), key=key(), **by)
    amend_reaction(store, AmendReaction(reaction_uid=first.reaction_uid, known=known), key=key(), **by)
    box = OpenSharpsBox(room_uid=clinic.room.uid, waste_stream=WasteStream.SHARPS)
    uid = open_sharps_box(store, box, key=key(), **by).box_uid
    close_sharps_box(store, CloseSharpsBox(box_uid=uid, reason=SharpsReason.DATE), key=key(), **by)
    collect_sharps_box(store, CollectSharpsBox(box_uid=uid, note="note 5"), key=key(), **by)
    soon = today + timedelta(days=40)
    course(
        house, soon, soon + timedelta(days=20), protocol_uid=protocol(house).protocol_uid,
        interval_reason="Leaves in April",
    )  # fmt: skip


@contextmanager
def _for_a_moment(connection: Connection) -> Iterator[None]:
    moment = connection.begin_nested()
    yield
    moment.rollback()


def _finding(connection: Connection) -> Finding | None:
    notes = Notes()
    named_rows.check(connection, notes)
    return next(iter(notes.report().findings), None)


def test_what_stands_is_right_and_is_counted(store: Store) -> None:
    _everything(store)

    report = verify(store)

    assert report.ok
    counted = {model.__tablename__: len(rows(store, model)) for model in _MODELS}
    assert {table: report.counts[table] for table in counted} == counted
    assert min(counted.values()) > 0


def test_L12_a_row_that_was_edited_added_or_taken_away_is_named(store: Store) -> None:
    _everything(store)

    with unguarded(store) as connection:
        for model in _MODELS:
            table: Any = model.__table__
            row = connection.execute(select(table).order_by(table.c.id)).first()
            assert row is not None
            mine, column = table.c.id == row.id, _HARMLESS[table.name]
            with _for_a_moment(connection):
                connection.execute(update(table).where(mine).values({column: f"{getattr(row, column)}x"}))
                edited = _finding(connection)
            with _for_a_moment(connection):
                again = {**row._mapping, "id": 999_999, "uid": new_uid(NOW)}
                again |= {"short_code": "ZZZ9"} if "short_code" in again else {}
                again |= {"serial": "another"} if "serial" in again else {}
                connection.execute(insert(table).values(again))
                added = _finding(connection)
            with _for_a_moment(connection):
                connection.execute(delete(table).where(mine))
                gone = _finding(connection)

            assert edited and (edited.table, edited.row) == (table.name, row.uid), table.name
            assert "is not what its journal entry says" in edited.what
            assert added and (added.table, added.row) == (table.name, again["uid"]), table.name
            assert "stands under no journal entry" in added.what
            assert gone and (gone.table, gone.row) == (table.name, row.uid), table.name
            assert "is gone" in gone.what


def test_L12_nothing_that_a_row_says_can_be_changed_unseen(sqlite_store: Store) -> None:
    _everything(sqlite_store)
    unseen = []

    with unguarded(sqlite_store) as connection:
        for model in _MODELS:
            table: Any = model.__table__
            assert set(SAID[table.name]) == {each.name for each in table.c} - {"id", "uid", "clinic_id"}
            row: Any = connection.execute(select(table).order_by(table.c.id)).first()
            for column in table.c:
                if column.name == "id":
                    continue
                said = getattr(row, column.name)
                other = (
                    _SOMETHING[type(column.type).__name__] if said is None else _OTHERWISE[type(said)](said)
                )
                if column.name == "uid":
                    other = new_uid(NOW)
                with _for_a_moment(connection):
                    connection.execute(update(table).where(table.c.id == row.id).values({column.name: other}))
                    if _finding(connection) is None:
                        unseen.append(f"{table.name}.{column.name}")

    assert unseen == []
