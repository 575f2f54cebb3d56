"""What does verify answer?  What was counted, and the first row that breaks each invariant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The first row that breaks an invariant."""

    invariant: str
    """L1 to L14, or the word for what has no number: containers, receipts, usages, file."""
    table: str
    row: str
    """The key of the row, as a person can look it up."""
    what: str
    total: int
    """How many rows break this invariant, this one included."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The answer of one run."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    """How many rows of each kind were looked at."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def to_json(self) -> str:
        """The report as one JSON object: ok, findings, counts."""
        content = {"ok": self.ok, "findings": [asdict(f) for f in self.findings], "counts": dict(self.counts)}
        return json.dumps(content, sort_keys=True)
