"""Where do journal heads stand outside the database?  In an append-only file, synced line by line.

A chain alone does not show that its newest entries were cut off or that all of it was re-hashed;
a head kept elsewhere does.  Where the installation has a key for it, each line is signed (Ed25519, RFC 8032) over
itself without its signature; where a second file is named, on another disk or another owner's, each goes there too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

NEWEST_BYTES = 1 << 20
"""What a page reads of the file: some five thousand lines."""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A journal's head at an instant."""

    journal: str
    """The clinic's uid and the stream, or `organisation`."""
    seq: int
    hash: str
    anchored_at: str
    """ISO 8601, UTC."""
    signature: str = ""
    """Hexadecimal; empty where the installation signs nothing."""


def signed(anchor: Anchor, key: Ed25519PrivateKey | None) -> Anchor:
    """Give the anchor with its signature, where there is a key."""
    if key is None:
        return anchor
    return replace(anchor, signature=key.sign(as_line(anchor).encode()).hex())


def is_signed(anchor: Anchor, key: Ed25519PrivateKey) -> bool:
    """Whether this key made the anchor's signature."""
    said = as_line(replace(anchor, signature="")).encode()
    try:
        key.public_key().verify(bytes.fromhex(anchor.signature), said)
    except (InvalidSignature, ValueError):
        return False
    return True


def stated(said: dict[str, object], key: Ed25519PrivateKey | None) -> dict[str, object]:
    """Give a statement with its signature over it as JSON with sorted keys, where there is a key."""
    if key is None:
        return said
    return {**said, "signature": key.sign(json.dumps(said, sort_keys=True).encode()).hex()}


def anchor_key(path: Path) -> Ed25519PrivateKey:
    """Give the key in a PEM file (PKCS #8, without a password).

    Raises ValueError where it is not an Ed25519 key or others may read it, OSError where it cannot be read.
    """
    if path.stat().st_mode & 0o077:
        raise ValueError("may be read by others than its owner")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (TypeError, ValueError) as error:
        raise ValueError("is not a private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("is not an Ed25519 key")
    return key


def as_line(anchor: Anchor) -> str:
    """Give the line that stands for an anchor, in the file or in a letter."""
    said = asdict(anchor)
    if not anchor.signature:
        del said["signature"]
    return json.dumps(said, sort_keys=True)


def append_anchors(path: Path, anchors: Iterable[Anchor]) -> None:
    """Add the anchors to the file and wait until the disk has them; at the same cost however long the file is."""
    text = "".join(as_line(anchor) + "\n" for anchor in anchors).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def newest_anchors(path: Path) -> tuple[Anchor, ...]:
    """Give the anchors at the end of the file, within NEWEST_BYTES: for a page, however long the file has become.

    Raises ValueError when a line is not an anchor.
    """
    if not path.exists():
        return ()
    with path.open("rb") as file:
        begin = max(0, file.seek(0, os.SEEK_END) - NEWEST_BYTES)
        file.seek(begin)
        lines = file.read().decode(errors="replace").splitlines()
    return _anchors(lines[1:] if begin else lines)


def read_anchors(path: Path) -> tuple[Anchor, ...]:
    """Give all anchors in the order in which they were written; none when there is no file.

    Raises ValueError naming the line that is not an anchor.
    """
    if not path.exists():
        return ()
    return _anchors(path.read_text(encoding="utf-8").splitlines())


def _anchors(lines: list[str]) -> tuple[Anchor, ...]:
    anchors = []
    for number, line in enumerate(lines, start=1):
        try:
            anchors.append(Anchor(**json.loads(line)))
        except (TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"line {number} of the anchor file is not an anchor") from error
    return tuple(anchors)
