"""How does hand-written SQL speak to either database?  On the driver's own connection, under the same lock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from bench.catalogue_rows import CLINIC, NURSE
from stockroom.db.store import Store
from stockroom.db.transaction import CHANGES
from stockroom.ledger.encoding import instant_text
from stockroom.vocabulary import Role

_HEAD = "SELECT seq, hash, recorded_at FROM journal_head WHERE clinic_id = ? AND stream = ?"
_MOVEMENT = """
INSERT INTO movement (uid, clinic_id, seq, kind, occurred_at, recorded_at, is_late, reason, document_kind,
    document_uid, supplier_id, actor_id, roles, device, reverses_movement_id, replaces_movement_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""
_ENTRY = """
INSERT INTO journal_entry (clinic_id, stream, seq, recorded_at, actor_uid, roles, device, kind, key,
    request_digest, payload, answer, previous_hash, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_MOVE_HEAD = """
UPDATE journal_head SET seq = ?, hash = ?, recorded_at = ? WHERE clinic_id = ? AND stream = ?"""


class Head(NamedTuple):
    """The newest entry of one of the clinic's journals."""

    stream: str
    seq: int
    hash: str
    recorded_at: datetime

    def not_before(self, at: datetime) -> datetime:
        """The instant of the books for an act that was asked for at `at` and may have waited since."""
        return max(at, self.recorded_at)


class Author(NamedTuple):
    """Who acts, as the journal names it."""

    person_id: int
    person_uid: str
    role: str
    device: str


class Hand:
    """One driver connection of a store, outside of SQLAlchemy; `close` gives it back to nobody."""

    def __init__(self, store: Store) -> None:
        fairy = store.engine.raw_connection()
        driver: Any = fairy.driver_connection
        fairy.detach()
        self._driver = driver
        self.store = store
        self.is_sqlite = store.is_sqlite
        if not self.is_sqlite:
            self._driver.rollback()
            self._driver.autocommit = True
        uid = self.rows("SELECT uid FROM person WHERE id = ?", NURSE)[0][0]
        self.nurse = Author(NURSE, self.read_uid(uid), Role.NURSE.value, "bench")

    def close(self) -> None:
        self._driver.close()

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Run one statement and give all its rows."""
        found: list[Any] = self._driver.execute(self._text(sql), values).fetchall()
        return found

    def run(self, sql: str, *values: Any) -> int:
        """Run one statement and give how many rows it changed."""
        count: int = self._driver.execute(self._text(sql), values).rowcount
        return count

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        cursor = self._driver.cursor()
        cursor.executemany(self._text(sql), rows)
        cursor.close()

    def ids(self, table: str, count: int) -> list[int]:
        """Give the next keys of a table; nobody else writes."""
        if self.is_sqlite:
            newest = self.rows(f"SELECT COALESCE(MAX(id), 0) FROM {table}")[0][0]
            return list(range(newest + 1, newest + 1 + count))
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        return [row[0] for row in self.rows(f"SELECT nextval({sequence}) FROM generate_series(1, ?)", count)]

    @contextmanager
    def writing(self, *, keep: bool = True, stream: str = CHANGES) -> Iterator[Head]:
        """Hold the clinic's one right to write; commit, or take everything back when `keep` is false."""
        with self.store.writers.turn() if self.is_sqlite else nullcontext():
            self._driver.execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
            try:
                lock = _HEAD if self.is_sqlite else f"{_HEAD} FOR UPDATE"
                seq, hash_, recorded_at = self.rows(lock, CLINIC, stream)[0]
                yield Head(stream, seq, hash_, self.read_at(recorded_at))
            except BaseException:
                self._driver.execute("ROLLBACK")
                raise
            self._driver.execute("COMMIT" if keep else "ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one snapshot, as every read of the product does."""
        begin = "BEGIN DEFERRED" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        self._driver.execute(begin)
        try:
            yield
        finally:
            self._driver.execute("ROLLBACK")

    def movement(
        self, head: Head, author: Author, at: datetime, said: dict[str, Any]
    ) -> tuple[int, list[Any]]:
        """Insert a movement; give its key and its header in the order of the digest."""
        header = [
            said["uid"], said["kind"], instant_text(at), instant_text(at), False, "", said["document_kind"],
            said["document_uid"], said.get("supplier_id"), author.person_id, author.role, author.device,
            None, None,
        ]  # fmt: skip
        stored = self.at(at)
        key = self.rows(
            _MOVEMENT, self.uid(said["uid"]), CLINIC, head.seq + 1, said["kind"], stored, stored, False, "",
            said["document_kind"], self.uid(said["document_uid"]), said.get("supplier_id"), author.person_id,
            author.role, author.device, None, None,
        )[0][0]  # fmt: skip
        return key, header

    def journal(self, head: Head, author: Author, at: datetime, said: dict[str, Any]) -> None:
        """Append the act's entry and move the head on."""
        entry = [
            head.seq + 1, instant_text(at), author.person_uid, author.role, author.device, said["kind"],
            said["key"], digest(said["request"]), dumped(said["payload"]), dumped(said["answer"]), head.hash,
        ]  # fmt: skip
        hash_ = digest(entry)
        stored = self.at(at)
        self.run(_ENTRY, CLINIC, head.stream, entry[0], stored, *entry[2:], hash_)
        self.run(_MOVE_HEAD, head.seq + 1, hash_, stored, CLINIC, head.stream)

    def at(self, at: datetime) -> Any:
        """An instant as it is stored."""
        return at.strftime("%Y-%m-%d %H:%M:%S.%f") if self.is_sqlite else at

    def day(self, on: date) -> Any:
        """A civil date as it is stored."""
        return on.isoformat() if self.is_sqlite else on

    def uid(self, uid: str | None) -> Any:
        """A public id as it is stored."""
        return uid.replace("-", "") if self.is_sqlite and uid is not None else uid

    def read_uid(self, stored: Any) -> str:
        """A stored public id as it is shown."""
        if not self.is_sqlite:
            return str(stored)
        return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"

    def read_day(self, stored: Any) -> date | None:
        """A stored civil date."""
        return date.fromisoformat(stored) if isinstance(stored, str) else stored

    def read_at(self, stored: Any) -> datetime:
        """A stored instant."""
        return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored

    def _text(self, sql: str) -> str:
        return sql if self.is_sqlite else _numbered(sql)


@cache
def _numbered(sql: str) -> str:
    return sql.replace("?", "%s")


def dumped(value: Any) -> str:
    """The canonical JSON of plain values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of plain values."""
    return sha256(dumped(value).encode()).hexdigest()


def marks(values: Iterable[Any]) -> str:
    """As many question marks as there are values."""
    return ", ".join("?" for _ in values)
