"""Where do journal heads stand outside the database?  In an append-only file, synced line by line.

A chain alone does not show that its newest entries were cut off or that all of it was re-hashed;
a head kept elsewhere does (measured in shared/faults.md, table 1b).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A journal's head at an instant."""

    journal: str
    """The clinic's uid and the stream, or `organisation`."""
    seq: int
    hash: str
    anchored_at: str
    """ISO 8601, UTC."""


def as_line(anchor: Anchor) -> str:
    """Give the line that stands for an anchor, in the file or in a letter."""
    return json.dumps(asdict(anchor), sort_keys=True)


def append_anchors(path: Path, anchors: Iterable[Anchor]) -> None:
    """Add the anchors to the file and wait until the disk has them."""
    text = "".join(as_line(anchor) + "\n" for anchor in anchors)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read_anchors(path: Path) -> tuple[Anchor, ...]:
    """Give all anchors in the order in which they were written; none when there is no file.

    Raises ValueError naming the line that is not an anchor.
    """
    if not path.exists():
        return ()
    anchors = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            anchors.append(Anchor(**json.loads(line)))
        except (TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"line {number} of the anchor file is not an anchor") from error
    return tuple(anchors)
