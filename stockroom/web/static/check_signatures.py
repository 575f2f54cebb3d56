"""Did the holder of the key sign these heads of journals of Stockroom?  Needs Python 3.9 or later, and nothing else.

    python3 check_signatures.py anchors.pub anchors-….jsonl [--last 1000]

`anchors.pub` is the public key in PEM that you were given (Ed25519); the file holds a head a line, as the anchor file
does, or the letter with the heads of a day, or what `stockroom prove root` printed.  A signature is over the line
without it, as JSON with sorted keys.  After the first line that is signed none may be without a signature.  The
computation is that of RFC 8032, section 5.1.7, written out; it takes some milliseconds a line, so that of a long file the
newest may do: --last.  Exit code 0: all are signed by this key; 1: not, with the first that are not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

Point = tuple[int, int, int, int]
"""Of the curve, as (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z."""

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)
PEM_BEFORE_KEY = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 public key (RFC 8410)."""


def added(p: Point, q: Point) -> Point:
    """The sum of two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % PRIME, (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c, d = 2 * p[3] * q[3] * D % PRIME, 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def times(number: int, point: Point) -> Point:
    """A point added to itself so many times."""
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = added(found, point)
        point = added(point, point)
        number >>= 1
    return found


def is_same(p: Point, q: Point) -> bool:
    """Whether both are the same point."""
    return (p[0] * q[2] - q[0] * p[2]) % PRIME == 0 and (p[1] * q[2] - q[1] * p[2]) % PRIME == 0


def point_of(written: bytes) -> Point | None:
    """The point that 32 bytes stand for; None where they stand for none."""
    number = int.from_bytes(written, "little")
    y, is_odd = number & (2**255 - 1), number >> 255
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if (x * x - square) % PRIME or (x == 0 and is_odd):
        return None
    x = PRIME - x if x & 1 != is_odd else x
    return x, y, 1, x * y % PRIME


BASE = point_of((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little"))


def is_signed(key: bytes, said: bytes, signature: bytes) -> bool:
    """Whether whoever holds the key signed these bytes (RFC 8032, 5.1.7)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    of_key, of_signature = point_of(key), point_of(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if BASE is None or of_key is None or of_signature is None or number >= ORDER:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + key + said).digest(), "little") % ORDER
    return is_same(times(number, BASE), added(of_signature, times(digest, of_key)))


def key_in(pem: str) -> bytes:
    """The 32 bytes of a public key in PEM."""
    lines = [line for line in pem.split("\n") if line.strip() and not line.startswith("-----")]
    written = base64.b64decode("".join(lines))
    if not written.startswith(PEM_BEFORE_KEY) or len(written) != len(PEM_BEFORE_KEY) + 32:
        raise SystemExit("This is not an Ed25519 public key in PEM.")
    return written[len(PEM_BEFORE_KEY) :]


def is_line_signed(line: dict[str, Any], key: bytes) -> bool:
    """Whether the signature of a line is the key's over the rest of it."""
    said = json.dumps({name: line[name] for name in line if name != "signature"}, sort_keys=True)
    try:
        return is_signed(key, said.encode(), bytes.fromhex(line["signature"]))
    except (TypeError, ValueError):
        return False


def faults(lines: list[str], key: bytes, last: int | None = None) -> list[str]:
    """Say which lines are not as the holder of the key wrote them; nothing where all are."""
    wrong, was_signed = [], False
    first_looked_at = 1 if last is None else max(1, len(lines) - last + 1)
    for number, line in enumerate(lines, start=1):
        if not line.startswith("{"):  # the words of a letter around them
            continue
        try:
            said = json.loads(line)
        except ValueError:
            wrong.append(f"line {number} cannot be read")
            continue
        if "signature" in said:
            was_signed = True
            if number >= first_looked_at and not is_line_signed(said, key):
                wrong.append(f"line {number} is not signed by this key")
        elif was_signed:
            wrong.append(f"line {number} is not signed, and an earlier one is")
    return wrong if was_signed or wrong else ["no line is signed"]


def main() -> int:
    """Check the file that the command line names, and tell."""
    asked = argparse.ArgumentParser(description="Check the signatures of heads of journals of Stockroom.")
    asked.add_argument("key", type=Path, help="the public key, PEM")
    asked.add_argument(
        "heads", type=Path, help="the anchor file, the letter with the heads of a day, or a root"
    )
    asked.add_argument("--last", type=int, help="compute the signatures of so many of the newest lines alone")
    given = asked.parse_args()
    lines = given.heads.read_text(encoding="utf-8").rstrip().split("\n")
    wrong = faults(lines, key_in(given.key.read_text(encoding="utf-8")), given.last)
    for fault in wrong[:20]:
        print(fault)
    print(
        f"NOT AS SIGNED: {len(wrong)} faults."
        if wrong
        else "Signed: every head is as the key's holder wrote it."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
