"""What would a table change, and which files were brought in lately?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from stockroom.actor import Actor
from stockroom.db.sealing import KeyRing
from stockroom.models import Person, TableImport
from stockroom.queries.clinic_day import today_in
from stockroom.reads.finding import one_by_uid
from stockroom.reads.known_catalogue import known_catalogue
from stockroom.reads.known_patients import blind_lines, known_patients
from stockroom.reads.known_stock import known_stock
from stockroom.reads.known_visits import known_visits
from stockroom.reads.opening_stock import require_nothing_moved
from stockroom.tables.faults import Fault, in_order
from stockroom.tables.kinds import Reading
from stockroom.tables.patient_plan import plan_patients
from stockroom.tables.product_plan import plan_products
from stockroom.tables.stock_plan import plan_stock
from stockroom.tables.visit_plan import plan_visits
from stockroom.tables.words import ImportState, TableKind

FAULTS_KEPT = 1_000


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a table would do, or did, and what is wrong with it."""

    line_count: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    bad_line_count: int = 0
    fault_count: int = 0
    faults: tuple[Fault, ...] = ()
    """The first thousand."""
    is_refused: bool = False
    """True: the file as a whole was refused, and its one fault says why."""

    @property
    def is_good(self) -> bool:
        return not self.fault_count

    @property
    def has_news(self) -> bool:
        """True when anything would be different afterwards."""
        return bool(self.added or self.changed)


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """A file that somebody brought, and how far it is."""

    uid: str
    kind: TableKind
    file_name: str
    state: ImportState
    done: int
    whole: int
    is_kept: bool
    """True while its content is still here."""
    judged: Judged
    asked_by: str
    asked_at: datetime
    updated_at: datetime

    @property
    def is_at_work(self) -> bool:
        return self.state in (ImportState.CHECKING, ImportState.BRINGING_IN)


def judge(
    connection: Connection, keyring: KeyRing, reading: Reading, actor: Actor, *, now: datetime
) -> Judged:
    """Say what a table would change if `actor` brought it in `now`, with every fault of its lines and against the books.

    Raises BooksUnderWay where it would bring forward something new.
    """
    added, changed, unchanged, found = _PLANS[reading.kind](connection, keyring, reading, actor, now)
    faults = in_order((*reading.faults, *found))
    return Judged(
        line_count=reading.line_count,
        added=added,
        changed=changed,
        unchanged=unchanged,
        bad_line_count=len({fault.line for fault in faults}),
        fault_count=len(faults),
        faults=faults[:FAULTS_KEPT],
    )


_Plan = tuple[int, int, int, tuple[Fault, ...]]


def _products(
    connection: Connection, keyring: KeyRing, reading: Reading, actor: Actor, now: datetime
) -> _Plan:
    plan = plan_products(reading.lines, known_catalogue(connection, actor))
    return len(plan.added), len(plan.changed), plan.unchanged_count, plan.faults


def _stock(connection: Connection, keyring: KeyRing, reading: Reading, actor: Actor, now: datetime) -> _Plan:
    plan = plan_stock(reading.lines, known_stock(connection, actor.clinic_id))
    if plan.arrivals:
        require_nothing_moved(connection, actor.clinic_id)
    return len(plan.arrivals), 0, plan.unchanged_count, plan.faults


def _patients(
    connection: Connection, keyring: KeyRing, reading: Reading, actor: Actor, now: datetime
) -> _Plan:
    blind = blind_lines(keyring, reading.lines)
    plan = plan_patients(blind, known_patients(connection, blind))
    return len(plan.added), 0, plan.unchanged_count, plan.faults


def _sessions(
    connection: Connection, keyring: KeyRing, reading: Reading, actor: Actor, now: datetime
) -> _Plan:
    today = today_in(connection, actor.clinic_id, now)
    known = known_visits(connection, keyring, actor.clinic_id, reading.lines, today=today)
    plan = plan_visits(reading.lines, known)
    return len(plan.added), len(plan.changed), plan.unchanged_count, plan.faults


_PLANS: dict[TableKind, Callable[[Connection, KeyRing, Reading, Actor, datetime], _Plan]] = {
    TableKind.PRODUCTS: _products,
    TableKind.STOCK: _stock,
    TableKind.PATIENTS: _patients,
    TableKind.SESSIONS: _sessions,
}


def table_imports(connection: Connection, clinic_id: int, *, limit: int = 20) -> tuple[ImportRow, ...]:
    """Give the newest files of a clinic."""
    rows = connection.execute(
        _rows().where(TableImport.clinic_id == clinic_id).order_by(TableImport.id.desc()).limit(limit)
    )
    return tuple(map(_row, rows))


def table_import(connection: Connection, clinic_id: int, *, uid: str) -> ImportRow:
    """Give one file.  Raises ThingNotFound."""
    found = one_by_uid(connection, TableImport, uid, thing="import", clinic_id=clinic_id)
    return _row(connection.execute(_rows().where(TableImport.id == found.id)).one())


def _rows() -> Any:
    return select(
        TableImport.uid, TableImport.kind, TableImport.file_name, TableImport.state, TableImport.done,
        TableImport.whole, TableImport.content.is_not(None).label("is_kept"), TableImport.result,
        Person.name.label("asked_by"), TableImport.asked_at, TableImport.updated_at,
    ).join(Person, Person.id == TableImport.asked_by_id)  # fmt: skip


def _row(row: Row[Any]) -> ImportRow:
    return ImportRow(
        uid=row.uid,
        kind=TableKind(row.kind),
        file_name=row.file_name,
        state=ImportState(row.state),
        done=row.done,
        whole=row.whole,
        is_kept=row.is_kept,
        judged=msgspec.json.decode(row.result, type=Judged),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        updated_at=row.updated_at,
    )


def written(judged: Judged) -> str:
    """Give what is kept of a judgement."""
    return msgspec.json.encode(judged).decode()
