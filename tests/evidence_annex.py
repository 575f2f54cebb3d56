"""The annex of a pack of evidence, read as somebody reads it who has no Stockroom (docs/printouts.md)."""

from __future__ import annotations

import csv
import io
import json
from hashlib import sha256

Row = dict[str, str]


def rows_of_annex(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def digest_of_annex(rows: list[Row]) -> str:
    """The digest of its pack; each row that is told has the digest that stands beside it."""
    for row in rows:
        assert not row["signed_row"] or _sha256(row["signed_row"]) == row["row_sha256"]
    return _sha256(json.dumps([row["row_sha256"] for row in rows], separators=(",", ":")))


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
