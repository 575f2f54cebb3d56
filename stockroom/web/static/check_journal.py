"""Is an exported journal of Stockroom whole and unchanged?  Needs Python 3.9 or later, and nothing else.

    python3 check_journal.py changes.jsonl [--anchors anchors-….jsonl]

The first line of an export names the journal and its newest entry; every further line is an entry.  The hash of an
entry is SHA-256 over a JSON list of what it says and of the hash of the entry before it, so that whoever changes,
removes, adds or moves an entry has to compute every later hash anew, and ends at another newest hash.  The anchor file,
or a letter with the heads of a day, shows that.  Exit code 0: intact; 1: not, with the first wrong entry.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HASHED = (
    "seq", "recorded_at", "actor_uid", "roles", "device", "kind", "key", "request_digest", "payload", "answer",
    "previous_hash",
)  # fmt: skip


def sha256(parts: list[Any]) -> str:
    """SHA-256 of a list as JSON without white space."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def anchored_hashes(lines: list[str], journal: str) -> dict[int, set[str]]:
    """The hashes that were written down outside the database for entries of this journal."""
    found: dict[int, set[str]] = {}
    for line in lines:
        if not line.startswith("{"):  # the words of a letter around them
            continue
        anchor = json.loads(line)
        if anchor["journal"] == journal:
            found.setdefault(anchor["seq"], set()).add(anchor["hash"])
    return found


def as_entry(line: str) -> dict[str, Any] | None:
    """The entry that a line holds, when it holds one."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    is_whole = isinstance(entry, dict) and {*HASHED, "hash"} <= entry.keys() and type(entry["seq"]) is int
    return entry if is_whole else None


def faults(export: Iterable[str], anchors: list[str]) -> list[str]:
    """Say what is wrong with an export, the first wrong entry first; nothing where it is intact."""
    lines = iter(export)
    first = json.loads(next(lines))
    anchored = anchored_hashes(anchors, first["journal"])
    number, before, wrong = 0, sha256(["stockroom", first["owner"], first["stream"]]), []
    for n, line in enumerate(lines, start=2):
        entry = as_entry(line)
        if entry is None:
            wrong += [f"line {n} of the export is no entry"] if line.strip() else []
            continue
        at = f"entry {entry['seq']}"
        if entry["seq"] != number + 1:
            wrong.append(f"{at} follows number {number}")
        if entry["previous_hash"] != before:
            wrong.append(f"{at} does not carry the hash of the entry before it")
        if entry["hash"] != sha256([entry[name] for name in HASHED]):
            wrong.append(f"{at} does not hash to what it says")
        if anchored.get(entry["seq"], set()) - {entry["hash"]}:
            wrong.append(f"{at} was anchored with another hash")
        number, before = entry["seq"], entry["hash"]
    if (number, before) != (first["entries"], first["head"]):
        wrong.append(f"entry {number} is the last one, and the head says {first['entries']}, {first['head']}")
    if max(anchored, default=0) > number:
        wrong.append(f"entry {number + 1} is gone: number {max(anchored)} was anchored")
    return wrong


def main() -> int:
    """Check the export that the command line names, and tell."""
    asked = argparse.ArgumentParser(description="Check an exported journal of Stockroom.")
    asked.add_argument("export", type=Path)
    asked.add_argument("--anchors", type=Path, help="the anchor file, kept outside the database")
    given = asked.parse_args()
    anchors = given.anchors.read_text(encoding="utf-8").split("\n") if given.anchors else []
    with given.export.open(encoding="utf-8", newline="\n") as export:
        wrong = faults(export, anchors)
        export.seek(0)
        first = json.loads(export.readline())
    for fault in wrong[:20]:
        print(fault)
    if wrong:
        print(f"NOT INTACT: {first['journal']}, {len(wrong)} faults.")
        return 1
    beside = (
        f"{len(anchored_hashes(anchors, first['journal']))} anchored numbers agree"
        if anchors
        else "no anchors"
    )
    print(
        f"Intact: {first['journal']}, entries 1 to {first['entries']}, newest hash {first['head']}; {beside}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
