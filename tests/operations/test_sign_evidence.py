"""Is evidence signed once, as it was read, under a name, and can nobody change it after that?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.verify import verify
from stockroom.models import EvidencePack, Signature
from stockroom.operations.sign_evidence import (
    EvidenceNotAsRead,
    EvidenceSigned,
    SignEvidence,
    sign_evidence,
)
from stockroom.queries.evidence import digest_of, evidence, evidence_about, head_of
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import SignOnWay
from tests.builders import NOW, House, key
from tests.ledger.planting import unguarded

SUBJECT = new_uid(NOW)


@pytest.fixture
def house(store: Store) -> House:
    house = House(store)
    assert house.clinic.auditor
    house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    return house


def _sign(house: House, *, actor: object = None, again: str = "", **changed: object) -> EvidenceSigned:
    with house.store.reading() as connection:
        head = head_of(connection, house.clinic.id)
    said = {
        "subject_kind": "trace/lot",
        "subject_uid": SUBJECT,
        "as_of": NOW,
        "digest": digest_of([["a row", 1]]),
        "head_seq": head.seq,
        "head_hash": head.hash,
        "comment": "Compared with the delivery note.",
        "way": SignOnWay.PASSWORD,
        **changed,
    }
    command = SignEvidence(**said)  # type: ignore[arg-type]
    return sign_evidence(
        house.store, command, actor=actor or house.clinic.auditor, key=again or key("evidence"), now=NOW
    )


def test_a_signed_pack_has_a_signature_and_stands_over_the_head_that_was_read(house: House) -> None:
    signed = _sign(house)

    with house.store.reading() as connection:
        pack = evidence(connection, house.clinic.id, uid=signed.evidence_uid)
        about = evidence_about(connection, house.clinic.id, subject_uid=SUBJECT)
        meaning = connection.execute(
            select(Signature.meaning).where(Signature.entry_seq == signed.entry_seq)
        ).scalar_one()
    assert about == (pack,)
    assert (pack.subject_kind, pack.as_of, pack.signed_way, meaning) == (
        "trace/lot", NOW, "password", "checked",
    )  # fmt: skip
    assert pack.entry_seq > pack.head_seq and pack.signed_by
    assert verify(house.store).findings == ()


def test_sent_twice_it_is_signed_once(house: House) -> None:
    with house.store.reading() as connection:
        head = head_of(connection, house.clinic.id)
    same = {"again": key("twice"), "head_seq": head.seq, "head_hash": head.hash}
    assert _sign(house, **same) == _sign(house, **same)
    with house.store.reading() as connection:
        assert len(evidence_about(connection, house.clinic.id, subject_uid=SUBJECT)) == 1


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"comment": "  "}, InvalidValue),
        ({"comment": "x" * 2_001}, InvalidValue),
        ({"subject_kind": "A lot"}, InvalidValue),
        ({"as_of": NOW + timedelta(days=1)}, InvalidValue),
        ({"digest": "abc"}, EvidenceNotAsRead),
        ({"head_hash": "0" * 64}, EvidenceNotAsRead),
        ({"head_seq": 10_000}, EvidenceNotAsRead),
    ],
)
def test_what_nobody_can_have_read_is_not_signed(
    house: House, changed: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        _sign(house, **changed)
    with house.store.reading() as connection:
        assert evidence_about(connection, house.clinic.id, subject_uid=SUBJECT) == ()


def test_a_nurse_signs_no_evidence(house: House) -> None:
    with pytest.raises(ActionForbidden):
        _sign(house, actor=house.clinic.nurse)


def test_what_was_signed_cannot_be_changed_and_verify_finds_it_when_it_was(house: House) -> None:
    _sign(house)
    with unguarded(house.store) as connection:
        connection.execute(update(EvidencePack).values(comment="Other", digest="f" * 64))
    (finding,) = verify(house.store).findings
    assert (finding.invariant, finding.table) == ("L12", "evidence_pack")
