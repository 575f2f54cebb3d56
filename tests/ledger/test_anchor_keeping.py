"""Do a key and a second file show what somebody with the database and the first file has rewritten?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from config import SettingsUnfit, load_settings
from stockroom.db.anchor_keeping import AnchorKeeping
from stockroom.db.store import Store
from stockroom.ledger.journal import anchor_heads
from stockroom.ledger.verify.anchors import read
from stockroom.ledger.verify.journals import check
from stockroom.ledger.verify.notes import Notes
from tests.builders import NOW
from tests.ledger.scene import Scene


def keeping(scene: Scene, kept: AnchorKeeping) -> Store:
    """The store of the scene, whose heads are kept so."""
    scene.store.anchor_file.unlink(missing_ok=True)
    return Store(
        engine=scene.store.engine, writers=scene.store.writers, keyring=scene.store.keyring,
        anchors_named=scene.store.anchors_named, anchor_keeping=kept,
    )  # fmt: skip


def found(store: Store) -> list[str]:
    """What the check of the journals finds, as `verify` makes it."""
    notes = Notes()
    own, *copies = store.anchor_files
    anchored = read(own, notes, copy=next(iter(copies), None), keeping=store.anchor_keeping)
    with store.reading() as connection:
        check(connection, notes, anchored)
    return [f"{each.row} {each.what}" for each in notes.report().findings]


def test_heads_that_were_written_without_the_key_are_found(scene: Scene) -> None:
    store = keeping(scene, AnchorKeeping(key=Ed25519PrivateKey.generate()))
    anchor_heads(store, now=NOW)
    anchor_heads(store, now=NOW)
    lines = store.anchor_file.read_text(encoding="utf-8").splitlines()
    name, first = store.anchor_file.name, json.loads(lines[0])
    assert found(store) == []

    def told(*written: str) -> list[str]:
        store.anchor_file.write_text("\n".join(written) + "\n", encoding="utf-8")
        return found(store)

    forged = json.dumps({**first, "anchored_at": "2031-01-01T00:00:00.000000Z"})
    plain = [json.dumps({k: v for k, v in json.loads(line).items() if k != "signature"}) for line in lines]
    strange = json.dumps({**first, "signature": "no hexadecimal"})
    assert told(forged, *lines) == [f"{name} line 1 is not signed by this installation's key"]
    assert told(strange) == [f"{name} line 1 is not signed by this installation's key"]
    assert told(*lines, plain[0]) == [f"{name} line {len(lines) + 1} is not signed, and an earlier one is"]
    assert told(*plain) == [f"{name} holds no signed line, and this installation signs them"]
    assert told(*plain, *lines) == []  # signing began later


def test_a_second_file_shows_that_the_first_was_rewritten(scene: Scene, tmp_path: Path) -> None:
    store = keeping(scene, AnchorKeeping(copy=tmp_path / "another-owner" / "heads.jsonl"))
    anchor_heads(store, now=NOW)
    own, copy = store.anchor_files
    assert own.read_bytes() == copy.read_bytes()
    assert found(store) == []

    lines = [json.loads(line) for line in copy.read_text(encoding="utf-8").splitlines()]
    lines[1]["hash"] = "0" * 64
    copy.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    own.unlink()

    assert found(store) == [f"{lines[1]['journal']} {lines[1]['seq']} was anchored with another hash"]


def _key_file(path: Path, key: Ed25519PrivateKey | X25519PrivateKey, mode: int = 0o600) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(mode)
    return path


def test_start_up_refuses_half_a_configuration(tmp_path: Path) -> None:
    good = _key_file(tmp_path / "good.pem", Ed25519PrivateKey.generate())
    no_key = tmp_path / "no-key.pem"
    no_key.write_text("nothing")
    no_key.chmod(0o600)
    refused = (
        ("KEY_FILE", tmp_path / "gone.pem", "cannot be read"),
        ("KEY_FILE", no_key, "is not a private key in PEM"),
        ("KEY_FILE", _key_file(tmp_path / "other.pem", X25519PrivateKey.generate()), "is not an Ed25519 key"),
        ("KEY_FILE", _key_file(tmp_path / "open.pem", Ed25519PrivateKey.generate(), 0o644), "may be read by"),
        ("COPY", tmp_path / "instance" / "anchors.jsonl", "is the anchor file itself"),
        ("COPY", tmp_path / "nowhere" / "heads.jsonl", "there is no folder"),
    )
    given = {"STOCKROOM_INSTANCE": str(tmp_path / "instance")}
    for setting, path, why in refused:
        with pytest.raises(SettingsUnfit) as error:
            load_settings(environment={**given, f"STOCKROOM_ANCHOR_{setting}": str(path)})
        assert why in error.value.problem

    whole = {"STOCKROOM_ANCHOR_KEY_FILE": str(good), "STOCKROOM_ANCHOR_COPY": str(tmp_path / "heads.jsonl")}
    settings = load_settings(environment=given | whole)
    assert settings.anchor_keeping.key is not None
    assert settings.anchor_keeping.copy == tmp_path / "heads.jsonl"
    assert load_settings(environment=given).anchor_keeping == replace(
        settings.anchor_keeping, key=None, copy=None
    )
