"""Does the auditor's script tell, with nothing but Python, which heads the holder of the key signed?"""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import stockroom.web
from stockroom.outside.anchor_file import Anchor, append_anchors, as_line, signed, stated

SCRIPT = Path(stockroom.web.__file__).parent / "static" / "check_signatures.py"
is_signed: Callable[[bytes, bytes, bytes], bool] = runpy.run_path(str(SCRIPT))["is_signed"]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(
    ("key", "said", "signature"),
    [  # RFC 8032, section 7.1
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)  # fmt: skip
def test_signatures_of_the_standard_hold_and_no_changed_one_does(key: str, said: str, signature: str) -> None:
    given, message, written = bytes.fromhex(key), bytes.fromhex(said), bytes.fromhex(signature)
    again = written[:32] + (int.from_bytes(written[32:], "little") + ORDER).to_bytes(32, "little")

    assert is_signed(given, message, written)
    assert not is_signed(given, message + b"x", written)
    assert not is_signed(given, message, again)  # the same number once more around
    for byte in (0, 31, 32, 63):
        assert not is_signed(
            given, message, written[:byte] + bytes([written[byte] ^ 1]) + written[byte + 1 :]
        )
    assert not is_signed(bytes([given[0] ^ 1]) + given[1:], message, written)
    assert not is_signed(b"\xff" * 32, message, written) and not is_signed(given, message, written[:-1])


def test_a_file_of_heads_is_checked_without_stockroom(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    (tmp_path / "anchors.pub").write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    heads = [
        signed(Anchor(journal="organisation", seq=seq, hash=f"{seq:064x}", anchored_at="2026-03-02"), key)
        for seq in range(1, 4)
    ]
    plain, forged = replace(heads[1], signature=""), replace(heads[1], hash="f" * 64)

    def checked(*lines: str, more: tuple[str, ...] = ()) -> list[str]:
        (tmp_path / "heads").write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [sys.executable, "-I", "-S", str(SCRIPT), "anchors.pub", "heads", *more]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        said = ended.stdout.splitlines()
        assert ended.stderr == "" and ended.returncode == (0 if said[-1].startswith("Signed: ") else 1)
        return said[:-1]

    append_anchors(tmp_path / "kept", heads)
    lines = (tmp_path / "kept").read_text(encoding="utf-8").splitlines()
    root = json.dumps(stated({"journal": "organisation", "entries": 3, "root": "00"}, key), sort_keys=True)
    assert checked(*lines) == checked(as_line(plain), *lines) == checked("Dear auditor,", "", root) == []
    assert checked(lines[0], as_line(forged), lines[2]) == ["line 2 is not signed by this key"]
    assert checked(lines[0], as_line(forged), lines[2], more=("--last", "1")) == []
    assert checked(lines[0], as_line(plain), '{"seq": ') == [
        "line 2 is not signed, and an earlier one is", "line 3 cannot be read",
    ]  # fmt: skip
    assert checked(as_line(plain)) == ["no line is signed"]
    assert checked(as_line(replace(forged, signature="no hexadecimal"))) == [
        "line 1 is not signed by this key"
    ]
