"""How does a trace leave as JSON?  Its rows as they are, without the database's own numbers."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from msgspec import Struct

_OUR_OWN = frozenset({"lot_id", "clinic_id"})


def plain(row: Any) -> Any:
    """Give a frozen row as plain values: instants and dates as ISO text, quantities in base units."""
    if isinstance(row, Struct) or is_dataclass(row):
        names = row.__struct_fields__ if isinstance(row, Struct) else [field.name for field in fields(row)]
        return {name: plain(getattr(row, name)) for name in names if name not in _OUR_OWN}
    if isinstance(row, tuple | list):
        return [plain(each) for each in row]
    return row.isoformat() if isinstance(row, date) else row
