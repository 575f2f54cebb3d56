"""Which few hashes prove that one entry stands in a journal, and that a longer one only went on from a shorter?

A Merkle tree as RFC 9162 (section 2.1, the same tree as RFC 6962) defines it: the leaf of an entry is SHA-256 of 0x00
and its content, a node SHA-256 of 0x01 and its two children.  The largest power of two below the count divides.
Hashes are bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


def leaf_hash(content: bytes) -> bytes:
    """Give the hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of a node over its children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Give the root over leaf hashes, taken one after the other; memory grows with the logarithm of their count."""
    peaks: list[bytes] = []
    for number, leaf in enumerate(leaves, start=1):
        peaks.append(leaf)
        while number % 2 == 0:  # a whole tree of this size is complete
            right = peaks.pop()
            peaks.append(node_hash(peaks.pop(), right))
            number //= 2
    if not peaks:
        return hashlib.sha256(b"").digest()
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Give the hashes beside the way from the leaf `index` (from 0) to the root, the lowest first (2.1.3.1).

    Raises IndexError where there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    cut = _divided(len(leaves))
    left, right = leaves[:cut], leaves[cut:]
    if index < cut:
        return [*inclusion_proof(left, index), root_of(right)]
    return [*inclusion_proof(right, index - cut), root_of(left)]


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Give the hashes that prove the tree of the first `first` leaves to be the beginning of this one (2.1.4.1).

    Raises IndexError where there are fewer leaves, or `first` is 0.
    """
    if not 0 < first <= len(leaves):
        raise IndexError(first)
    return _beginning(leaves, first, is_known=True)


def _beginning(leaves: Sequence[bytes], first: int, *, is_known: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if is_known else [root_of(leaves)]
    cut = _divided(len(leaves))
    left, right = leaves[:cut], leaves[cut:]
    if first <= cut:
        return [*_beginning(left, first, is_known=is_known), root_of(right)]
    return [*_beginning(right, first - cut, is_known=False), root_of(left)]


def _divided(count: int) -> int:
    """The largest power of two below a count of two or more."""
    return 1 << ((count - 1).bit_length() - 1)
