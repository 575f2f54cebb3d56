"""How does a trace leave as JSON?  Its rows as they are, without the database's own numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from msgspec import Struct

from stockroom.queries.trace_rows import BackTrace, ForwardTrace, Use

_OUR_OWN = frozenset({"lot_id", "clinic_id", "patient_id"})


def plain(row: Any) -> Any:
    """Give a frozen row as plain values: instants and dates as ISO text, quantities in base units."""
    if isinstance(row, Struct) or is_dataclass(row):
        names = row.__struct_fields__ if isinstance(row, Struct) else [field.name for field in fields(row)]
        return {name: plain(getattr(row, name)) for name in names if name not in _OUR_OWN}
    if isinstance(row, tuple | list):
        return [plain(each) for each in row]
    return row.isoformat() if isinstance(row, date) else row


def json_of(
    trace: ForwardTrace | BackTrace, uses: Iterable[Use | Mapping[str, Any]], more: Mapping[str, Any]
) -> Iterator[str]:
    """Give the text of one JSON object, a use at a time: the trace, `more` of it, and last its uses, rows or plain."""
    words = {name: value for name, value in plain(trace).items() if name != "uses"} | dict(more)
    yield json.dumps(words, ensure_ascii=False, indent=1)[:-2] + ',\n "uses": ['
    separator = "\n  "
    for use in uses:
        yield separator + json.dumps(plain(use), ensure_ascii=False)
        separator = ",\n  "
    yield "\n ]\n}\n"
