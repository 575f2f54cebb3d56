"""Does one entry stand in a journal of Stockroom, and did the journal only grow?  Needs Python 3.9 and nothing else.

    python3 check_proof.py proof.json [--root HASH]

The proof of an entry (`stockroom prove entry`) holds the entry and no other; that of growth (`stockroom prove growth`)
no entry at all.  Both rest on the root, which you have from an earlier day, signed or in a letter; without --root the
one in the proof is believed.  The tree and both proofs are those of RFC 9162, sections 2.1.3.2 and 2.1.4.2; the leaf
of an entry is its hash, as check_journal.py computes it.  Exit code 0: proven; 1: not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

HASHED = (
    "seq", "recorded_at", "actor_uid", "roles", "device", "kind", "key", "request_digest", "payload", "answer",
    "previous_hash",
)  # fmt: skip


def node(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_of(entry: dict[str, Any]) -> bytes:
    """The leaf of an entry: of the hash over what it says."""
    said = json.dumps([entry[name] for name in HASHED], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(b"\x00" + hashlib.sha256(said.encode()).digest()).digest()


def is_included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether the leaf with this number (from 0) is one of the tree's (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at % 2 or at == last:
            found = node(step, found)
            while not at % 2 and at:
                at, last = at // 2, last // 2
        else:
            found = node(found, step)
        at, last = at // 2, last // 2
    return last == 0 and found == root


def is_beginning(first: int, old: bytes, size: int, root: bytes, path: list[bytes]) -> bool:
    """Whether the tree of `first` leaves with the root `old` is the beginning of the larger (RFC 9162, 2.1.4.2)."""
    if first == size:
        return not path and old == root
    steps = [old, *path] if first & (first - 1) == 0 else list(path)
    if not 0 < first < size or not steps:
        return False
    at, last = first - 1, size - 1
    while at % 2:
        at, last = at // 2, last // 2
    small = large = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            small, large = node(step, small), node(step, large)
            while not at % 2 and at:
                at, last = at // 2, last // 2
        else:
            large = node(large, step)
        at, last = at // 2, last // 2
    return last == 0 and small == old and large == root


def is_proven(proof: dict[str, Any], root: str) -> bool:
    """Whether the proof, of either kind, leads to this root."""
    path, top = [bytes.fromhex(step) for step in proof["path"]], bytes.fromhex(root)
    if "entry" in proof:
        entry = proof["entry"]
        return is_included(leaf_of(entry), entry["seq"] - 1, proof["entries"], path, top)
    return is_beginning(proof["first"], bytes.fromhex(proof["first_root"]), proof["entries"], top, path)


def main() -> int:
    """Check the proof that the command line names, and tell."""
    asked = argparse.ArgumentParser(description="Check a proof from a journal of Stockroom.")
    asked.add_argument("proof", type=Path)
    asked.add_argument("--root", help="the root that you already hold for this number of entries")
    given = asked.parse_args()
    proof = json.loads(given.proof.read_text(encoding="utf-8"))
    holds = is_proven(proof, given.root or proof["root"])
    what = f"entry {proof['entry']['seq']}" if "entry" in proof else f"the first {proof['first']} entries"
    told = "PROVEN" if holds else "NOT PROVEN"
    print(
        f"{told}: {what} of {proof['journal']} among {proof['entries']}, root {given.root or proof['root']}."
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
