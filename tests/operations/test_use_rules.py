"""Is a use stopped by every rule that it breaks, and let through only by who may?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.models import Deviation, Location, Movement, Person, TreatmentSession, Usage
from stockroom.reads.asked_things import LotNotNamed, ScanNamesNothing
from stockroom.reads.benches import NotAPrescriber
from stockroom.reads.serials import SerialUsed
from stockroom.rules.overriding import (
    AllergiesNotAsked,
    EarlierLotWaiting,
    LotExpired,
    LotOnHold,
    LotRecalled,
    NotAuthorisedHere,
    NotInUsablePlace,
    OverrideForbidden,
    OverrideReasonMissing,
    PastBeyondUse,
    PatientAllergic,
    PrescriberMissing,
    ProductIncomplete,
)
from stockroom.rules.using import AreaUse, ThingName
from stockroom.vocabulary import (
    HoldReason,
    LocationKind,
    RegulatoryClass,
    Rule,
    SessionState,
)
from tests.builders import NOW, House, LotAt
from tests.sessions import (
    advance,
    books,
    hold,
    line,
    opened,
    over,
    patient,
    refusals,
    rows,
    scan_of,
    session,
    used,
)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    """A house on SQLite, where the database makes no difference."""
    return House(sqlite_store)


def expired(house: House) -> tuple[LotAt, str]:
    return house.clinic.lot_on_shelf(
        house.needle(), "N1", presentations=3, expires_on=date(2026, 3, 1)
    ), session(house)


def held(house: House) -> tuple[LotAt, str]:
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    hold(house, lot, HoldReason.SUSPICION)
    return lot, session(house)


def quarantined(house: House) -> tuple[LotAt, str]:
    place = house.clinic.account(LocationKind.QUARANTINE)
    return house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3, at=place), session(house)


def incomplete(house: House) -> tuple[LotAt, str]:
    product = house.product("New", content_quantity=1, confirmed=False)
    return house.clinic.lot_on_shelf(product, "N1", presentations=3), session(house)


def allergic(house: House) -> tuple[LotAt, str]:
    product = house.product("Acid", content_quantity=1, ingredients=("hyaluronic-acid",))
    visit = session(house, patient(house, "hyaluronic-acid"))
    return house.clinic.lot_on_shelf(product, "N1", presentations=3), visit


def foreign(house: House) -> tuple[LotAt, str]:
    product = house.product("Lipolytic", content_quantity=1, authorised_in=("FR",))
    return house.clinic.lot_on_shelf(product, "N1", presentations=3), session(house)


def not_asked(house: House) -> tuple[LotAt, str]:
    product = house.product("Acid", content_quantity=1, ingredients=("hyaluronic-acid",))
    visit = session(house, patient(house, asked=False))
    return house.clinic.lot_on_shelf(product, "N1", presentations=3), visit


def unprescribed(house: House) -> tuple[LotAt, str]:
    product = house.product("Medicine", content_quantity=1, regulatory_class=RegulatoryClass.MEDICINE)
    return house.clinic.lot_on_shelf(product, "N1", presentations=3), session(house)


def not_first(house: House) -> tuple[LotAt, str]:
    needle = house.needle()
    house.clinic.lot_on_shelf(needle, "EARLY", presentations=3, expires_on=date(2026, 6, 30))
    return house.clinic.lot_on_shelf(needle, "N1", presentations=3), session(house)


STOPS = [
    (expired, LotExpired, Rule.EXPIRED, "practitioner"),
    (held, LotOnHold, Rule.HELD, "practitioner"),
    (quarantined, NotInUsablePlace, Rule.NOT_USABLE_PLACE, "practitioner"),
    (incomplete, ProductIncomplete, Rule.PRODUCT_INCOMPLETE, "practitioner"),
    (foreign, NotAuthorisedHere, Rule.NOT_AUTHORISED, "practitioner"),
    (allergic, PatientAllergic, Rule.ALLERGY, "practitioner"),
    (not_asked, AllergiesNotAsked, Rule.ALLERGY_NOT_ASKED, "practitioner"),
    (unprescribed, PrescriberMissing, Rule.NO_PRESCRIBER, "practitioner"),
    (not_first, EarlierLotWaiting, Rule.EARLIER_LOT, "practitioner"),
]


@pytest.mark.parametrize(("arrange", "stop", "rule", "by"), STOPS, ids=[case[2].value for case in STOPS])
def test_a_broken_rule_stops_a_use_until_the_right_person_overrides_it(
    house: House,
    arrange: Callable[[House], tuple[LotAt, str]],
    stop: type[StockroomError],
    rule: Rule,
    by: str,
) -> None:
    lot, visit = arrange(house)
    before = books(house.store)

    with pytest.raises(stop):
        used(house, visit, line(lot))
    with pytest.raises(OverrideForbidden):
        used(house, visit, line(lot), override=over(rule))
    with pytest.raises(OverrideReasonMissing):
        used(house, visit, line(lot), override=over(rule, reason=" "), actor=house.practitioner)
    assert books(house.store) == before
    codes = [json.loads(payload)["code"] for payload in refusals(house.store)]
    assert codes == [stop.code, "override_forbidden"]

    answer = used(house, visit, line(lot), override=over(rule), actor=getattr(house, by))

    assert answer.overridden == (rule.value,)
    assert house.clinic.on_hand(lot) == 2
    deviation = rows(house.store, Deviation)[0]
    assert (deviation.rule, deviation.was_asked, deviation.signed_at) == (rule.value, True, None)
    assert deviation.reason == "Agreed with the patient"


def test_a_recalled_lot_is_refused_whoever_overrides(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    hold(house, lot, HoldReason.RECALL)
    visit = session(house)

    with pytest.raises(LotRecalled):
        used(house, visit, line(lot), override=over(*Rule), actor=house.practitioner)

    assert house.clinic.on_hand(lot) == 3


@pytest.mark.parametrize(
    ("at", "usable"),
    [
        (datetime(2026, 3, 31, 20, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 21, 0, 0, tzinfo=UTC), False),
    ],
    ids=["23:59:59 in Sofia", "00:00:00 in Sofia"],
)
def test_a_lot_is_usable_through_the_end_of_its_printed_day_in_the_clinics_zone(
    small: House, at: datetime, usable: bool
) -> None:
    lot = small.clinic.lot_on_shelf(small.needle(), "N1", presentations=3, expires_on=date(2026, 3, 31))
    visit = session(small)

    if usable:
        used(small, visit, line(lot), now=at)
    else:
        with pytest.raises(LotExpired):
            used(small, visit, line(lot), now=at)


def test_a_vial_is_usable_until_the_instant_of_its_limit(small: House) -> None:
    vial = opened(small, small.clinic.lot_on_shelf(small.product("Filler", in_use_minutes=60), "A1"))
    visit = session(small)

    used(small, visit, line(vial, 10), now=NOW + timedelta(minutes=60) - timedelta(microseconds=1))
    with pytest.raises(PastBeyondUse):
        used(small, visit, line(vial, 10), now=NOW + timedelta(minutes=60))


def test_a_role_taken_away_meanwhile_overrides_nothing(small: House) -> None:
    lot, visit = expired(small)
    pretender = replace(small.nurse, roles=small.practitioner.roles)

    with pytest.raises(OverrideForbidden):
        used(small, visit, line(lot), override=over(Rule.EXPIRED), actor=pretender)


def test_a_medicine_names_a_prescriber_who_may_prescribe(small: House) -> None:
    lot, visit = unprescribed(small)

    with pytest.raises(NotAPrescriber):
        used(small, visit, line(lot, prescriber_uid=small.nurse.person_uid))
    used(small, visit, line(lot, prescriber_uid=small.practitioner.person_uid))

    assert rows(small.store, Usage)[0].prescriber_id == small.practitioner.person_id


def test_a_serialised_unit_is_used_once(house: House) -> None:
    needle = house.needle()
    lot = house.clinic.lot_on_shelf(needle, "N1", presentations=3)
    visit = session(house)
    used(house, visit, line(scan_of(needle, lot, serial="S-1")))

    with pytest.raises(SerialUsed) as refusal:
        used(house, visit, line(scan_of(needle, lot, serial="S-1")))
    with house.store.reading() as connection:
        session_code = connection.execute(
            select(TreatmentSession.short_code).where(TreatmentSession.uid == visit)
        ).scalar_one()
        name = connection.execute(select(Person.name).where(Person.id == house.nurse.person_id)).scalar_one()
    (first,) = rows(house.store, Movement, kind="use")
    assert (refusal.value.used_at, refusal.value.used_by, refusal.value.session) == (
        first.occurred_at, name, session_code,
    )  # fmt: skip
    with pytest.raises(InvalidValue):
        used(house, visit, line(lot, 2, serial="S-2"))

    assert house.clinic.on_hand(lot) == 2


# What is said


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"quantity": 0}, "lines[0].quantity"),
        ({"quantity": 2**63}, "lines[0].quantity"),
        ({"depth_um": 0}, "lines[0].depth_um"),
        ({"areas": (AreaUse(area="face", quantity=2),)}, "lines[0].areas"),
        ({"areas": (AreaUse(area="face", quantity=1), AreaUse(area="face", quantity=1))}, "lines[0].areas"),
        ({"areas": (AreaUse(area="nowhere", quantity=1),)}, "lines[0].area"),
        ({"technique": "magic"}, "lines[0].technique"),
        ({"indication": "boredom"}, "lines[0].indication"),
        ({"thing": ThingName()}, "lines[0].thing"),
        ({"thing": ThingName(lot_uid="a", product_uid="b")}, "lines[0].thing"),
    ],
)
def test_an_impossible_line_is_refused_by_field(small: House, values: dict[str, object], field: str) -> None:
    lot = small.clinic.lot_on_shelf(small.needle(), "N1", presentations=3)
    visit = session(small)

    with pytest.raises(InvalidValue) as refused:
        used(small, visit, replace(line(lot), **values))

    assert refused.value.field == field


def test_a_code_without_a_lot_asks_for_it_when_several_are_here(small: House) -> None:
    needle = small.needle()
    small.clinic.lot_on_shelf(needle, "N1", presentations=3)
    visit = session(small)

    used(small, visit, line(ThingName(scan=needle.gtin)))
    small.clinic.lot_on_shelf(needle, "N2", presentations=3)
    with pytest.raises(LotNotNamed) as refused:
        used(small, visit, line(ThingName(scan=needle.gtin)))

    assert set(refused.value.lot_numbers) == {"N1", "N2"}


def test_a_scan_that_names_nothing_to_use_is_refused(small: House) -> None:
    with pytest.raises(ScanNamesNothing):
        used(small, session(small), line(ThingName(scan="SRL:K7MA")))


def test_a_session_in_treatment_takes_more(small: House) -> None:
    needles = small.clinic.lot_on_shelf(small.needle(), "N1", presentations=3)
    visit = session(small)
    advance(small, visit, SessionState.ARRIVED, SessionState.IN_TREATMENT)

    used(small, visit, line(needles))

    assert small.clinic.on_hand(needles) == 2


def test_an_emptied_shelf_still_knows_its_lot(small: House) -> None:
    needle = small.needle()
    needles = small.clinic.lot_on_shelf(needle, "N1")
    visit = session(small)
    used(small, visit, line(needles))

    with pytest.raises(NotEnoughOnHand):
        used(small, visit, line(scan_of(needle, needles)))
    with pytest.raises(ThingNotFound):
        used(small, visit, line(scan_of(needle, replace(needles, number="OTHER"))))
    assert len(rows(small.store, Location, kind="container")) == 0


def test_a_shelf_alone_names_no_thing(small: House) -> None:
    needles = small.clinic.lot_on_shelf(small.needle(), "N1", presentations=3)

    with pytest.raises(ThingNotFound):
        used(small, session(small), line(ThingName(location_uid=small.clinic.fridge.uid)))

    assert small.clinic.on_hand(needles) == 3
