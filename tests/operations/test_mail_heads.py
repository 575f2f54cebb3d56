"""Does a copy of the journals' heads leave the house once a day, and does it prove an export of later?"""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import stockroom.web
from stockroom.db.anchor_keeping import AnchorKeeping
from stockroom.db.store import Store
from stockroom.jobs.runner import run
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.queries.journal_export import clinic_journal
from tests.builders import NOW, House, key
from tests.jobs.shop import at, messages, shop_of

_SCRIPT = Path(stockroom.web.__file__).parent / "static" / "check_journal.py"


@pytest.fixture
def house(store: Store) -> House:
    house = House(store)
    assert house.clinic.auditor
    command = SetSettings(values={"heads_by_mail": True}, version=1)
    set_settings(store, command, actor=house.clinic.administrator, key=key("settings"), now=NOW)
    return house


def test_auditors_and_administrators_get_the_heads_once_a_day(house: House) -> None:
    shop = shop_of(house.store)

    first = run(shop, "mail-heads")
    again = run(shop, "mail-heads")

    letters = [row for row in messages(house.store) if row.kind == "heads"]
    assert first.done == len(letters) == 2
    assert again.done == 0
    assert all(f'"journal": "{house.clinic.uid}:changes"' in row.body for row in letters)


def test_a_letter_proves_a_later_export(house: House) -> None:
    run(shop_of(house.store), "mail-heads")
    letter = next(row.body for row in messages(house.store) if row.kind == "heads").splitlines()
    check = runpy.run_path(str(_SCRIPT))["faults"]

    with house.store.reading() as connection:
        export = list(clinic_journal(connection, house.clinic.id, stream="changes"))

    assert check(export, letter) == []
    assert check(export[:2], letter)


def test_each_head_in_a_letter_is_signed_where_the_installation_signs(house: House) -> None:
    own = Ed25519PrivateKey.generate()
    run(shop_of(replace(house.store, anchor_keeping=AnchorKeeping(key=own))), "mail-heads")
    letter = next(row.body for row in messages(house.store) if row.kind == "heads").splitlines()
    check = runpy.run_path(str(_SCRIPT.with_name("check_signatures.py")))["faults"]
    public, another = (
        each.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        for each in (own, Ed25519PrivateKey.generate())
    )

    assert check(letter, public) == []
    assert len(check(letter, another)) == 3  # the organisation's journal and both of the clinic's


def test_nothing_is_sent_where_the_clinic_does_not_want_it(store: Store) -> None:
    house = House(store)
    assert house.clinic.auditor

    report = run(at(shop_of(store), NOW), "mail-heads")

    assert (report.done, report.failed) == (0, 0)
