"""How is a file checked and brought in while its page shows how far it is?  In a thread of its own, with a row.

How far it is stands in the memory of the process that does it, and twice a second in the row, for pages that another
process draws.  A process that ends in the middle leaves a row that says nothing more; the file is taken up again by
whoever asks for it, which does nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from threading import Thread
from typing import Any, ClassVar

from structlog.stdlib import get_logger

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import errand
from stockroom.errors import StockroomError, ThingNotFound, extracted
from stockroom.ledger import table_imports as kept
from stockroom.models import TableImport
from stockroom.operations.import_opening_stock import ImportOpeningStock, import_opening_stock
from stockroom.operations.import_patients import ImportPatients, import_patients
from stockroom.operations.import_products import ImportProducts, import_products
from stockroom.operations.match_sessions import MatchSessions, match_sessions
from stockroom.queries.table_imports import Judged, judge, written
from stockroom.reads.finding import one_by_uid
from stockroom.tables.faults import fault_of
from stockroom.tables.kinds import Reading, read_file
from stockroom.tables.reading import Tell
from stockroom.tables.words import ImportState, TableKind

READ_SHARE = 50
"""Of a hundred steps so many are reading; the rest is judging or writing."""
_WRITE_EVERY = 0.5
_DAY_ZONE = "Etc/GMT-14"
"""A birth date is not in the future wherever the patient was born."""
_HERE: dict[str, int] = {}
"""How far each file is that this process works on."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One file in work: whose, of which kind, and by which clock."""

    store: Store
    uid: str
    kind: TableKind
    actor: Actor
    key: str
    clock: Callable[[], datetime]
    file_name: str = ""


def start(job: Job, state: ImportState) -> bool:
    """Check or bring in a file that waits; False when somebody else is at it or it is gone."""
    with errand(job.store) as connection:
        taken = kept.take(connection, job.uid, state, at=job.clock())
    if taken:
        run(job, state)
    return taken


def run(job: Job, state: ImportState) -> None:
    """Work on a file that is in this state, in a thread of its own."""
    _HERE[job.uid] = 0
    work = _check if state is ImportState.CHECKING else _bring_in
    Thread(target=_whole, args=(job, work), name=f"import {job.uid}").start()


def progress_here(uid: str) -> int | None:
    """Give how far a file is that this process works on, in hundredths; None when it is not at it."""
    return _HERE.get(uid)


def is_left(updated_at: datetime, uid: str, *, now: datetime) -> bool:
    """Whether whoever worked on a file has stopped in the middle."""
    return uid not in _HERE and now - updated_at > kept.SILENT_MAX


def _whole(job: Job, work: Callable[[Job], tuple[ImportState, Judged]]) -> None:
    """Work to the end, and write down what came of it, whatever it was."""
    log = get_logger("stockroom.imports")
    try:
        try:
            state, judged = work(job)
        except StockroomError as error:
            state, judged = ImportState.REFUSED, _refused(error)
        except Exception as broken:
            log.error("import broke off", uid=job.uid, error=type(broken).__name__)
            state, judged = ImportState.REFUSED, _refused(ImportBroke())
        keeps = state is ImportState.CHECKED and judged.is_good and judged.has_news
        with errand(job.store) as connection:
            kept.end(connection, job.uid, state, result=written(judged), keeps_content=keeps, at=job.clock())
    except Exception as broken:  # the row stays as it is, and is taken up again when it has been silent
        log.error("import could not be closed", uid=job.uid, error=type(broken).__name__)
    finally:
        _HERE.pop(job.uid, None)


class ImportBroke(StockroomError):
    """Something went wrong that nobody foresaw."""

    code: ClassVar[str] = "import_broke"
    message: ClassVar[str] = extracted(
        "Stockroom could not go on with this file. Nothing of it was brought in; tell the administrator."
    )


def _refused(error: StockroomError) -> Judged:
    return Judged(fault_count=1, faults=(fault_of(0, "", error),), is_refused=True)


def _check(job: Job) -> tuple[ImportState, Judged]:
    reading = _read(job)
    with job.store.reading() as connection:
        judged = judge(connection, job.store.keyring, reading, job.actor, now=job.clock())
    return ImportState.CHECKED, judged


def _bring_in(job: Job) -> tuple[ImportState, Judged]:
    reading = _read(job)
    if reading.faults:
        return ImportState.REFUSED, Judged(
            line_count=reading.line_count, fault_count=len(reading.faults), faults=reading.faults[:1_000]
        )
    tell = _teller(job, begins=READ_SHARE, writes=False)
    done: Any = bring_in(
        job.store, reading, actor=job.actor, key=job.key, now=job.clock(), note=job.file_name, tell=tell
    )
    return ImportState.DONE, Judged(
        line_count=reading.line_count,
        added=done.added,
        changed=getattr(done, "changed", 0),
        unchanged=done.unchanged,
    )


def bring_in(
    store: Store, reading: Reading, *, actor: Actor, key: str, now: datetime, note: str, tell: Tell
) -> Any:
    """Bring a table in by the operation of its kind.  Raises what that raises."""
    by: dict[str, Any] = {"actor": actor, "key": key, "now": now, "tell": tell}
    match reading.kind:
        case TableKind.PRODUCTS:
            return import_products(store, ImportProducts(lines=reading.lines), **by)
        case TableKind.STOCK:
            return import_opening_stock(store, ImportOpeningStock(lines=reading.lines, note=note), **by)
        case TableKind.PATIENTS:
            return import_patients(store, ImportPatients(lines=reading.lines), **by)
        case TableKind.SESSIONS:
            return match_sessions(store, MatchSessions(lines=reading.lines), **by)


def last_birthday(now: datetime) -> date:
    """Give the last day on which somebody can have been born, wherever that was."""
    return civil_date(now, _DAY_ZONE)


def _read(job: Job) -> Reading:
    with job.store.reading() as connection:
        row = one_by_uid(connection, TableImport, job.uid, thing="import", clinic_id=job.actor.clinic_id)
    content = kept.content_of(job.store.keyring, row)
    if content is None:
        raise ThingNotFound(thing="import", uid=job.uid)
    return read_file(content, job.kind, today=last_birthday(job.clock()), tell=_teller(job, begins=0))


def _teller(job: Job, *, begins: int, writes: bool = True) -> Tell:
    """What keeps the progress of one half; inside an act it is kept in memory alone."""
    last = time.monotonic()

    def tell(done: int, whole: int) -> None:
        nonlocal last
        reached = begins + min(READ_SHARE, READ_SHARE * done // max(whole, 1))
        _HERE[job.uid] = max(_HERE.get(job.uid, 0), min(reached, 99))
        if writes and time.monotonic() - last > _WRITE_EVERY:
            last = time.monotonic()
            with errand(job.store) as connection:
                kept.progress(connection, job.uid, done=_HERE[job.uid], at=job.clock())

    return tell
