"""Are the roots those of RFC 6962, and does the auditor's script take every true proof and no other?"""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import stockroom.web
from stockroom.rules.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of

_SCRIPT = runpy.run_path(str(Path(stockroom.web.__file__).parent / "static" / "check_proof.py"))
is_included, is_beginning = _SCRIPT["is_included"], _SCRIPT["is_beginning"]

# The leaves and roots that the implementations of Certificate Transparency (RFC 6962) are tested with.
LEAVES = [
    leaf_hash(bytes.fromhex(content))
    for content in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("count", range(9))
def test_the_roots_are_the_known_ones(count: int) -> None:
    assert root_of(LEAVES[:count]).hex() == ROOTS[count]


def test_the_path_of_the_third_of_five_is_the_known_one() -> None:
    assert [step.hex() for step in inclusion_proof(LEAVES[:5], 2)] == [
        LEAVES[3].hex(),
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]


def test_every_true_proof_holds_and_every_changed_one_fails() -> None:
    leaves = [leaf_hash(bytes([n])) for n in range(40)]
    for size in range(1, 41):
        root = root_of(leaves[:size])
        for index in range(size):
            path = inclusion_proof(leaves[:size], index)
            assert is_included(leaves[index], index, size, path, root)
            assert not is_included(leaf_hash(b"another"), index, size, path, root)
            assert not is_included(leaves[index], index, size, [*path, root], root)
            assert size == 1 or not is_included(leaves[index], index, size, path[1:], root)
        for first in range(1, size + 1):
            path, old = consistency_proof(leaves[:size], first), root_of(leaves[:first])
            assert is_beginning(first, old, size, root, path)
            assert not is_beginning(first, leaf_hash(b"another"), size, root, path)
            assert not is_beginning(first, old, size, leaf_hash(b"another"), path)
            assert not is_beginning(first, old, size, root, [*path, root])


@pytest.mark.parametrize(
    ("act", "number"), [(inclusion_proof, 8), (inclusion_proof, -1), (consistency_proof, 0)]
)
def test_what_there_is_not_is_not_proven(act: object, number: int) -> None:
    with pytest.raises(IndexError):
        act(LEAVES, number)  # type: ignore[operator]
