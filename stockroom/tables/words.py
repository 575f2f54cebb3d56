"""Which tables can be brought in, and how far may a file be?  Stored as written here, as the vocabulary is."""

from __future__ import annotations

from enum import StrEnum


class TableKind(StrEnum):
    """What is brought in from a file."""

    PRODUCTS = "products"
    STOCK = "stock"
    PATIENTS = "patients"
    SESSIONS = "sessions"


class ImportState(StrEnum):
    """How far a file is that somebody brings in."""

    CHECKING = "checking"
    CHECKED = "checked"
    """Read and judged; nothing was changed yet."""
    BRINGING_IN = "bringing_in"
    DONE = "done"
    REFUSED = "refused"
    """Nothing was changed; the result says why."""
