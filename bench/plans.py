"""Which statements walk a table that grows with history?  Read from SQLite's query plans, free of any clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from bench.measuring import Calls, Case
from stockroom.db.store import Store

GROWING = frozenset(
    {
        "balance", "journal_entry", "line", "lot", "movement", "patient", "patient_index", "receipt",
        "receipt_line", "treatment_session", "usage", "usage_area", "trade_item",
    }
)  # fmt: skip
"""Tables whose rows never go away."""
_SCAN = re.compile(r"^SCAN (\w+)")
_BY_CLINIC = re.compile(r"^SEARCH (\w+) USING (?:COVERING )?INDEX (\w+) \(clinic_id=\?\)")
_BOUNDED = "ix_balance_in_stock"
"""An index that holds what is in stock now and nothing of the past."""
_NAMED = re.compile(r"\b(?:FROM|JOIN) (\w+)(?: AS)? (\w+)\b")


def walked(case: Case, store: Store, calls: Calls) -> tuple[str, ...]:
    """Give the growing tables that one call of Stockroom walks from end to end, or by their clinic alone."""
    found: dict[str, None] = {}
    with _sent(store.engine) as sent:
        case.by_stockroom(case.prepare(calls.next()))
    with store.reading() as connection:
        for statement, values in sent:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            found |= dict.fromkeys(_walks((row.detail for row in plan), _aliases(statement)))
    return tuple(sorted(found))


def _walks(details: Iterable[str], aliases: dict[str, str]) -> Iterator[str]:
    for detail in details:
        scan, by_clinic = _SCAN.match(detail), _BY_CLINIC.match(detail)
        match = scan or by_clinic
        if match is None or (by_clinic and by_clinic.group(2) == _BOUNDED):
            continue
        table = aliases.get(match.group(1), match.group(1))
        if table in GROWING:
            yield table


def _aliases(statement: str) -> dict[str, str]:
    return {alias: table for table, alias in _NAMED.findall(statement) if table in GROWING}


@contextmanager
def _sent(engine: Engine) -> Iterator[list[tuple[str, Sequence[Any]]]]:
    """Collect the statements that look for rows, with their values."""
    statements: list[tuple[str, Sequence[Any]]] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, is_many: bool
    ) -> None:
        if not is_many and statement.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE")):
            statements.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
