"""What has been found so far?  The first row of each invariant, its total, and what was counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Executable, Row, text

from stockroom.ledger.verify.report import Finding, Report

_ROWS_AT_ONCE = 2_000


class Notes:
    """Takes down what is wrong; keeps one row per invariant, so that a ruined database fits in memory."""

    def __init__(self) -> None:
        self._findings: dict[str, Finding] = {}
        self.counts: dict[str, int] = {}

    def wrong(self, invariant: str, table: str, row: object, what: str) -> None:
        """Note a row that breaks an invariant."""
        first = self._findings.get(invariant)
        if first is None:
            first = Finding(invariant=invariant, table=table, row=str(row), what=what, total=0)
        self._findings[invariant] = replace(first, total=first.total + 1)

    def counted(self, what: str, number: int) -> None:
        """Note how many rows of a kind were looked at."""
        self.counts[what] = self.counts.get(what, 0) + number

    def report(self) -> Report:
        """Give what was noted, in the order of the invariants."""

        def order(finding: Finding) -> tuple[int, str]:
            number = finding.invariant.removeprefix("L")
            return (int(number) if number.isdigit() else 99, finding.invariant)

        return Report(findings=tuple(sorted(self._findings.values(), key=order)), counts=dict(self.counts))


@dataclass(frozen=True, kw_only=True)
class Query:
    """SQL that gives the rows that break an invariant; `row` and `what` are filled from their columns."""

    invariant: str
    table: str
    row: str
    what: str
    sql: str


def stream(connection: Connection, statement: Executable) -> Iterator[Row[Any]]:
    """Give the rows one after the other without holding them all; whoever stops early closes the cursor."""
    options = {"stream_results": True, "yield_per": _ROWS_AT_ONCE}
    with connection.execute(statement, execution_options=options) as rows:
        yield from rows


def ask(connection: Connection, notes: Notes, queries: tuple[Query, ...]) -> None:
    """Note every row that the queries give."""
    for query in queries:
        for row in stream(connection, text(query.sql)):
            facts = dict(row._mapping)
            notes.wrong(query.invariant, query.table, query.row.format(**facts), query.what.format(**facts))


def count(connection: Connection, notes: Notes, *tables: str) -> None:
    """Note how many rows these tables hold; the names are our own."""
    for table in tables:
        number = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
        notes.counted(table, number)
