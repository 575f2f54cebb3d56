"""Is stock said as people count it?"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from stockroom.clock import civil_date, now
from stockroom.notices import AlertKind
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.raise_alert import RaiseAlert, raise_alert
from stockroom.operations.start_count import StartCount, start_count
from stockroom.rules.alerting import Cause
from stockroom.rules.using import ThingName
from stockroom.vocabulary import BaseUnit, ContainerType
from stockroom.web.counted import show_counted, show_left, show_many, show_packs
from stockroom.web.formats import show_address, show_amount
from tests.builders import key
from tests.receiving import gs1, scanned, take_in
from tests.serving import Served
from tests.thermometers import warm_fridge

VIALS = {"base_unit": "uL", "content_quantity": 5_000, "presentation": "vial"}
HEADS = {"base_unit": "piece", "content_quantity": 50, "presentation": "head"}
NEEDLES = {"base_unit": "piece", "content_quantity": 1, "presentation": "needle"}


@pytest.mark.parametrize(
    ("sealed", "product", "more", "said"),
    [
        (342, NEEDLES, {"pack_count": 100, "pack_level": "box"}, "3 boxes + 42"),
        (100, NEEDLES, {"pack_count": 100, "pack_level": "box"}, "1 box"),
        (42, NEEDLES, {}, "42"),
        (0, NEEDLES, {}, "0"),
        (45_000, VIALS, {"open_quantity": 3_200}, "9 vials + 3.2 mL open"),
        (5_000, VIALS, {}, "1 vial"),
        (0, VIALS, {"open_quantity": 3_200}, "3.2 mL open"),
        (0, VIALS, {}, "0 vials"),
        (10_000, {**VIALS, "presentation": "Cannula"}, {}, "2 cannulas"),
        (10_000, {**VIALS, "presentation": "cassette"}, {}, "2 × cassette"),
        (200, HEADS, {"open_quantity": 4}, "4 heads + 4 of 50 open"),
        (0, HEADS, {"open_quantity": 60}, "60 open"),
    ],
)
def test_it_reads_as_people_count(
    served: Served, sealed: int, product: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    with served.app.test_request_context():
        assert show_counted(sealed, **product, **more) == said


@pytest.mark.parametrize(
    ("moved", "product", "said"),
    [
        (204, HEADS, "4 heads + 4 of 50"),
        (4, HEADS, "4"),
        (48_200, VIALS, "9 vials + 3.2 mL"),
        (-48_200, VIALS, "−(9 vials + 3.2 mL)"),
        (-5_000, VIALS, "−1 vial"),
        (10_000, {**VIALS, "presentation": "bulk package"}, "2 bulk packages"),
    ],
)
def test_what_was_moved_reads_so_too(served: Served, moved: int, product: dict[str, Any], said: str) -> None:
    with served.app.test_request_context():
        assert show_packs(moved, SimpleNamespace(**product)) == said


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        (2_000_000, "ug", "2 g"),
        (2_500_000, "ug", "2.5 g"),
        (999_999, "ug", "999.999 mg"),
        (1_500_000, "mIU", "1,500 IU"),
        (1_250_000, "uL", "1,250 mL"),
        (1_200, "piece", "1,200"),
    ],
)
def test_an_amount_has_the_unit_that_people_say_it_in(
    served: Served, quantity: int, unit: str, said: str
) -> None:
    with served.app.test_request_context():
        assert show_amount(quantity, unit) == said


def test_an_e_mail_address_breaks_before_its_signs(served: Served) -> None:
    with served.app.test_request_context():
        assert show_address("<b> ana.demo@clinic.example, at 2.5") == (
            "&lt;b&gt; ana<wbr>.demo<wbr>@clinic<wbr>.example, at 2.5"
        )
        assert show_address(None) == ""


@pytest.mark.parametrize(
    ("left", "product", "said"), [(4, HEADS, "4 of 50"), (50, HEADS, "50"), (3_200, VIALS, "3.2 mL")]
)
def test_what_is_left_in_an_open_one_reads_so_too(
    served: Served, left: int, product: dict[str, Any], said: str
) -> None:
    with served.app.test_request_context():
        assert show_left(left, SimpleNamespace(**product)) == said


@pytest.mark.parametrize(("word", "said"), [("vial", "vials"), ("box", "boxes"), ("cassette", "cassette")])
def test_a_field_that_asks_how_many_says_of_what(served: Served, word: str, said: str) -> None:
    with served.app.test_request_context():
        assert show_many(word) == said


def test_every_page_that_names_goods_counts_them_in_boxes(served: Served) -> None:
    house, clinic = served.house, served.clinic
    needle = house.product(
        "Needle", content_quantity=1, base_unit=BaseUnit.PIECE, container_type=ContainerType.NONE,
        in_use_minutes=None, box_of=100,
    )  # fmt: skip
    soon = civil_date(now(), clinic.zone) + timedelta(days=70)
    box = scanned(clinic.fridge, gs1(needle.gtin, "N1", expires_on=soon), pack_count=400)
    booked = take_in(house, box, now=now() - timedelta(hours=1))
    lot_uid = booked.lines[0].lot_uid
    line = DispatchLine(lot_uid=lot_uid, from_uid=clinic.fridge.uid, quantity=150)
    to = DispatchGoods(to_clinic_uid=house.another_clinic("Rila").uid, lines=(line,))
    sent = dispatch_goods(served.store, to, actor=clinic.manager, key=key(), now=now() - timedelta(minutes=5))
    beside = StartCount(location_uid=clinic.fridge.uid, is_blind=False)
    begun = start_count(served.store, beside, actor=clinic.nurse, key=key(), now=now())
    browser = served.logged_in(clinic.manager)

    said = {
        "worth": ("2 boxes + 50", "1 box + 50 on the way"),
        "expiring?days=90": ("2 boxes + 50",),
        f"receive/receipts/{booked.receipt_uid}": ("4 boxes",),
        f"lots/{lot_uid}": ("4 boxes", "1 box + 50", "2 boxes + 50"),
        f"transfers/{sent.transfer_uid}": ("1 box + 50",),
        f"products/{needle.uid}": ("1 box + 50", "2 boxes + 50"),
        f"movements/{sent.movement_uid}": ("1 box + 50",),
        f"counts/{begun.count_uid}": ("2 boxes + 50",),
        f"counts/{begun.count_uid}/thing?lot={lot_uid}&place={clinic.fridge.uid}": ("2 boxes + 50",),
        f"excursions/{warm_fridge(clinic, good_at=now() - timedelta(minutes=2), out_at=now())}": (
            "2 boxes + 50",
        ),
    }
    for path, words in said.items():
        text = browser.get(f"/c/{clinic.uid}/{path}").text
        missing = [each for each in words if f">{each}" not in text and f" {each}" not in text]
        assert not missing, (path, missing)


def test_what_ends_today_is_counted_in_vials_where_it_is_opened_and_told_of(served: Served) -> None:
    clinic = served.clinic
    yesterday = civil_date(now(), clinic.zone) - timedelta(days=1)
    filler = served.house.product("Filler", content_quantity=2000)
    lot = clinic.lot_on_shelf(filler, "A1", presentations=3, expires_on=yesterday)
    cause = Cause(kind=AlertKind.EXPIRED, subject_kind="lot", subject_uid=lot.uid, period="1")
    raise_alert(served.store, RaiseAlert(cause=cause), actor=clinic.system, key=key(), now=now())
    browser = served.logged_in(clinic.nurse)

    assert ">3 vials</td>" in browser.get(f"/c/{clinic.uid}/opening").text
    assert "· 3 vials" in browser.get(f"/c/{clinic.uid}/alerts").text


def test_a_lots_history_says_what_was_open_after_each_act(served: Served) -> None:
    clinic = served.clinic
    lot = clinic.lot_on_shelf(served.house.product("Filler", content_quantity=2000), "A1", presentations=3)
    opening, at = OpenContainer(thing=ThingName(lot_uid=lot.uid)), now() - timedelta(minutes=5)
    for _ in range(2):
        open_container(served.store, opening, actor=clinic.nurse, key=key(), now=at)

    text = served.logged_in(clinic.nurse).get(f"/c/{clinic.uid}/lots/{lot.uid}").text

    for words in ("3 vials", "2 vials + 2 mL open", "1 vial + 4 mL open"):
        assert f">{words}<" in text, words
