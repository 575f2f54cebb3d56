"""What would a body do that another software sends, and how are its faults told by the names of its fields?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from stockroom.access.acting import acting, installation, present
from stockroom.queries.table_imports import Judged, judge
from stockroom.tables.kinds import Reading, TableHasFaults, refuse_faults
from stockroom.tables.words import TableKind


def judged(kind: TableKind, lines: tuple[Any, ...]) -> Judged:
    """Say what these lines would do, and write nothing.  Raises TableHasFaults."""
    store = installation()
    reading = Reading(kind=kind, lines=lines, faults=(), line_count=len(lines))
    with store.reading() as connection:
        found = judge(connection, store.keyring, reading, acting(), now=present())
    refuse_faults(found.faults)
    return found


@contextmanager
def faults_by_field(fields: Mapping[str, str]) -> Iterator[None]:
    """Tell faults by the fields of a body; a column that is not named here is called the same in both."""
    try:
        yield
    except TableHasFaults as error:
        told = tuple(
            {**each, "column": fields.get(str(each["column"]), each["column"])} for each in error.faults
        )
        raise replace(error, column=fields.get(error.column, error.column), faults=told) from None
