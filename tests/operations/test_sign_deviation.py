"""Does somebody else sign what was overridden or recorded?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger.verify import verify
from stockroom.models import Alert, ApiToken, Deviation, Signature
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.operations.sign_deviation import (
    DeviationSigned,
    OwnDeviation,
    SignDeviation,
    sign_deviation,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import Role, Rule, SignOnWay
from tests.builders import NOW, House, key
from tests.sessions import finish, line, over, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_a_second_practitioner_signs_an_override_and_the_first_may_not(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", expires_on=date(2026, 3, 1))
    used(house, session(house), line(lot), override=over(Rule.EXPIRED), actor=house.practitioner)
    sign = SignDeviation(deviation_uid=rows(house.store, Deviation)[0].uid)
    second = house.clinic.employ(Role.PRACTITIONER)

    with pytest.raises(OwnDeviation):
        sign_deviation(house.store, sign, actor=house.practitioner, key=key("sign"), now=NOW)
    with pytest.raises(ActionForbidden):
        sign_deviation(house.store, sign, actor=house.nurse, key=key("sign"), now=NOW)
    assert rows(house.store, Deviation)[0].signed_at is None

    signed = sign_deviation(house.store, sign, actor=second, key="sign-1", now=NOW)

    row = rows(house.store, Deviation)[0]
    assert (row.signed_at, row.signed_by_id) == (NOW, second.person_id)
    assert sign_deviation(house.store, sign, actor=second, key="sign-1", now=NOW) == signed
    with pytest.raises(DeviationSigned):
        sign_deviation(house.store, sign, actor=second, key=key("sign"), now=NOW)


@pytest.mark.parametrize("way", ["pin", "token"])
def test_the_signature_says_who_what_when_and_how_it_was_proved(house: House, way: str) -> None:
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", expires_on=date(2026, 3, 1))
    used(house, session(house), line(lot), override=over(Rule.EXPIRED), actor=house.practitioner)
    sign = SignDeviation(deviation_uid=rows(house.store, Deviation)[0].uid, way=SignOnWay.PIN)
    second = house.clinic.employ(Role.PRACTITIONER)
    if way == "token":
        asked = MintToken(
            name="scale", token_hash="ab" * 32, actions=None, expires_at=NOW + timedelta(days=9)
        )
        mint_token(house.store, asked, actor=second, key=key("mint"), now=NOW)
        second = replace(second, token_id=rows(house.store, ApiToken)[0].id)

    sign_deviation(house.store, sign, actor=second, key=key("sign"), now=NOW)

    (signature,) = rows(house.store, Signature)
    assert (signature.person_id, signature.meaning, signature.way, signature.signed_at, signature.act) == (
        second.person_id,
        "checked",
        way,
        NOW,
        "deviation.sign",
    )
    assert verify(house.store).findings == ()


def test_the_alert_is_resolved_with_the_last_deviation_of_its_movement(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", expires_on=date(2026, 3, 1))
    visit = session(house)
    finish(house, visit)
    command = RecordUse(
        session_uid=visit,
        lines=(line(lot),),
        occurred_at=NOW - timedelta(hours=1),
        reason="The tablet was flat",
    )
    answer = record_use(house.store, command, actor=house.nurse, key=key("record"), now=NOW)

    first, last = answer.deviations
    for uid, resolved in ((first, False), (last, True)):
        sign_deviation(
            house.store, SignDeviation(deviation_uid=uid), actor=house.practitioner, key=key("sign"), now=NOW
        )
        assert (rows(house.store, Alert)[0].resolved_at is not None) is resolved


def test_another_clinics_deviation_is_not_found(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", expires_on=date(2026, 3, 1))
    used(house, session(house), line(lot), override=over(Rule.EXPIRED), actor=house.practitioner)
    sign = SignDeviation(deviation_uid=rows(house.store, Deviation)[0].uid)

    with pytest.raises(ThingNotFound):
        sign_deviation(house.store, sign, actor=house.another_clinic().practitioner, key=key("sign"), now=NOW)
