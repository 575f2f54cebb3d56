"""A clinic's day: it is opened, a delivery is not what was ordered, a fridge is counted, a power cut is caught up on."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from stockroom import clock
from stockroom.operations.gather_orders import GatherOrders, Wanted, gather_orders
from stockroom.operations.place_order import PlaceOrder, place_order
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit
from tests.browser.at_bench import a_session, actor_at, one, pack_of, shown
from tests.browser.shop import Shop
from tests.browser.visiting import ALL_SENT, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
SUPPLIER = "Demo Supply North"
OVER, DAMAGED, SHORT = "Demo Panthenol", "Demo Caffeine", "Demo Biotin"
_BOXES_ORDERED = {OVER: 1, DAMAGED: 2, SHORT: 2}
_BOXES_CAME = {OVER: 2, DAMAGED: 2, SHORT: 1}
_IN_FRIDGE = """
    SELECT lot.number, lot.expires_on, trade_item.code, balance.quantity, product.name, product.base_unit,
      product.content_quantity, container.short_code
    FROM balance
    JOIN lot ON lot.clinic_id = balance.clinic_id AND lot.id = balance.lot_id
    JOIN product ON product.id = lot.product_id
    JOIN location AS place ON place.id = balance.location_id
    LEFT JOIN container ON container.location_id = place.id
    LEFT JOIN trade_item ON trade_item.product_id = product.id AND trade_item.pack_level = 'each'
    WHERE balance.clinic_id = (SELECT min(id) FROM clinic) AND balance.quantity > 0
      AND (SELECT kind FROM location WHERE id = coalesce(container.stands_in_id, place.id)) = 'fridge'
    ORDER BY product.name, lot.number
"""
_PLACED = (
    "SELECT sum(balance.quantity / product.content_quantity) AS packs FROM balance"
    " JOIN lot ON lot.id = balance.lot_id JOIN product ON product.id = lot.product_id"
    " JOIN location ON location.id = balance.location_id"
    " WHERE lot.number = :number AND location.name = :place AND balance.quantity > 0"
)


def _rows(shop: Shop, statement: str) -> list[Any]:
    with shop.store.reading() as connection:
        return list(connection.execute(text(statement)).all())


def _ordered(shop: Shop) -> dict[str, str]:
    """Order the three products; give what is printed on a box of each."""
    manager, now = actor_at(shop, "manager"), clock.now()
    supplier = shown(one(shop, "SELECT uid FROM supplier WHERE name = :name", name=SUPPLIER).uid)
    boxes = {
        name: one(
            shop,
            "SELECT product.uid, trade_item.code FROM product JOIN trade_item ON trade_item.product_id ="
            " product.id AND trade_item.pack_level = 'box' WHERE product.name = :name",
            name=name,
        )
        for name in _BOXES_ORDERED
    }
    wanted = tuple(
        Wanted(product_uid=shown(boxes[name].uid), supplier_uid=supplier, packs=packs)
        for name, packs in _BOXES_ORDERED.items()
    )
    gathered = gather_orders(
        shop.store, GatherOrders(wanted=wanted), actor=manager, key=uuid4().hex, now=now
    ).orders[0]
    placed = PlaceOrder(
        order_uid=gathered.order_uid,
        version=gathered.version,
        reference="PO-PARCEL",
        expected_on=now.date() + timedelta(days=3),
    )
    place_order(shop.store, placed, actor=manager, key=uuid4().hex, now=now)
    expires = now.date() + timedelta(days=550)
    return {name: f"]d201{boxes[name].code}10{_lot(name)}\x1d17{expires:%y%m%d}" for name in _BOXES_ORDERED}


def _lot(name: str) -> str:
    return "DAY-" + name.removeprefix("Demo ").upper()


def _to_line(nurse: Visit, name: str) -> None:
    row = nurse.page.get_by_role("row").filter(has_text=_lot(name))
    nurse.press(row.get_by_role("link", name="line"))
    nurse.page.get_by_role("heading", name="Something is not right with them").wait_for()


def test_a_delivery_that_is_not_what_was_ordered(visit: Callable[..., Visit], shop: Shop) -> None:
    codes = _ordered(shop)
    nurse = visit("nurse")
    page = nurse.page
    nurse.go("receive")
    nurse.taps = 0
    began = time.monotonic()

    nurse.tap("Unpack a delivery")
    page.wait_for_url("**/receive/*")
    nurse.choose(page.get_by_label("Put into"), "Cupboard")
    nurse.press(page.locator("#scan"))
    for name, packs in _BOXES_CAME.items():
        for _ in range(packs):
            nurse.scan(codes[name])
    page.wait_for_function(ALL_SENT)
    page.get_by_role("heading", name="3 lines").wait_for()
    nurse.press(page.get_by_role("link", name="Fill in"))
    nurse.choose(page.get_by_label("Supplier"), SUPPLIER)
    nurse.type_into(page.get_by_label("Delivery note"), "NOTE-DAY")
    nurse.tap("Keep")
    page.get_by_role("heading", name="On order").wait_for()

    _to_line(nurse, OVER)
    assert page.get_by_label("What is wrong").input_value() == "too_many", "what is likely is offered"
    assert page.get_by_label("How many of its packs").input_value() == "1"
    nurse.tap("Refused at the door")
    page.get_by_text("1 refused: more than was ordered").first.wait_for()
    _to_line(nurse, DAMAGED)
    nurse.type_into(page.get_by_label("How many of its packs"), "1")
    nurse.type_into(page.get_by_label("What you saw"), "Crushed, two ampoules broken")
    nurse.tap("Put aside", exact=True)
    page.get_by_text("Put aside. It can be sent back").wait_for()
    owed = page.locator(".owed-table").get_by_role("row").filter(has_text="PO-PARCEL").filter(has_text=SHORT)
    assert "10 stay owed" in owed.inner_text()
    nurse.tap("Book the delivery")
    page.wait_for_url("**/receive/receipts/**")
    seconds = time.monotonic() - began

    placed = {
        (name, place): one(shop, _PLACED, number=_lot(name), place=place).packs
        for name in _BOXES_CAME
        for place in ("Cupboard", "Quarantine")
    }
    assert placed == {
        (OVER, "Cupboard"): 10, (OVER, "Quarantine"): None,
        (DAMAGED, "Cupboard"): 10, (DAMAGED, "Quarantine"): 10,
        (SHORT, "Cupboard"): 10, (SHORT, "Quarantine"): None,
    }  # fmt: skip
    nurse.go("orders")
    order = page.get_by_role("row").filter(has_text="PO-PARCEL")
    assert "part received" in order.inner_text()
    print(f"\nnurse, a delivery not as ordered: {nurse.scans} scans, {nurse.taps} taps, {seconds:.1f} s")


def test_a_fridge_is_counted_by_scans_and_its_difference_confirmed(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    fridge = one(shop, "SELECT short_code FROM location WHERE name = 'Fridge' ORDER BY id LIMIT 1").short_code
    things = _rows(shop, _IN_FRIDGE)
    nurse = visit("nurse")
    page = nurse.page
    nurse.go("counts")
    nurse.taps = 0
    began = time.monotonic()

    nurse.scan(f"SRL:{fridge}")
    page.get_by_role("heading", name="A new count").wait_for()
    nurse.tap("Begin to count")
    page.get_by_role("heading", name="0 things counted").wait_for()
    for thing in things:
        _count(nurse, thing)
    page.get_by_text("Everything was counted.").wait_for()
    nurse.tap("Look at the differences")
    nurse.choose(page.get_by_label("Why lot"), "lost")
    nurse.tap("Book the count")
    page.get_by_text("The count is booked: 1 difference.").wait_for()
    seconds = time.monotonic() - began

    (hyalase,) = [each for each in things if each.name == "Demo Hyalase"]
    before, after = (
        {_name(each): each.quantity for each in there} for there in (things, _rows(shop, _IN_FRIDGE))
    )
    assert after == {**before, _name(hyalase): hyalase.quantity - hyalase.content_quantity}
    print(
        f"\nnurse, a fridge: {len(things)} things, {nurse.scans} scans, {len(things)} numbers typed,"
        f" {nurse.taps} taps, {seconds:.1f} s"
    )


def _name(thing: Any) -> tuple[str, str, str | None]:
    return thing.name, thing.number, thing.short_code


def _count(nurse: Visit, thing: Any) -> None:
    """Scan a thing and say how much of it lies there; of one product a vial is missing."""
    if thing.short_code:
        nurse.scan(f"SRC:{thing.short_code}")
        found = show_quantity(thing.quantity, BaseUnit(thing.base_unit)).quantity
    else:
        expires = str(thing.expires_on).replace("-", "")[2:]
        nurse.scan(f"]d201{thing.code}10{thing.number}\x1d17{expires}")
        found = str(thing.quantity // thing.content_quantity - (thing.name == "Demo Hyalase"))
    nurse.page.get_by_role("heading", name="How much lies there?").wait_for()
    nurse.page.locator("input[autofocus]:focus").wait_for()  # a person sees the cursor first
    nurse.page.keyboard.type(found)
    nurse.page.keyboard.press("Enter")
    nurse.page.locator(".last-line").filter(has_text=thing.number).wait_for()


def test_a_power_cut_of_the_morning_is_entered_in_the_afternoon(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    zone = ZoneInfo(one(shop, "SELECT time_zone FROM clinic ORDER BY id LIMIT 1").time_zone)
    happened = clock.now() - timedelta(minutes=50)
    booster, needle = pack_of(shop, "Demo Aqua Booster"), pack_of(shop, "Demo Needle 32G 4 mm")
    session_uid = a_session(shop, (booster, 2000), (needle, 5), planned_at=happened)
    code = one(
        shop, "SELECT short_code FROM treatment_session WHERE uid = :uid", uid=session_uid.replace("-", "")
    ).short_code
    nurse = visit("nurse")
    page = nurse.page
    nurse.go("late")
    nurse.taps = 0
    began = time.monotonic()

    nurse.scan(f"SRS:{code}")
    page.locator("#line-1").wait_for()
    first = page.locator("#line-1")
    nurse.scan(booster.scan)
    first.get_by_text(booster.product_name).wait_for()
    local = happened.astimezone(zone)
    first.get_by_label("Day").fill(f"{local:%Y-%m-%d}")  # but just after midnight it stands there already
    nurse.type_into(first.get_by_label("Time"), f"{local:%H:%M}")
    nurse.type_into(first.get_by_label("How much"), "2")
    nurse.press(page.locator("#scan"))
    nurse.scan(needle.scan)
    second = page.locator("#line-2")
    second.get_by_text(needle.product_name).wait_for()
    assert second.get_by_label("Time").input_value() == f"{local:%H:%M}", "it goes on from the line before"
    nurse.type_into(second.get_by_label("How much"), "5")
    nurse.type_into(page.get_by_label("Why only now"), "Power cut from 9 to 11")
    nurse.tap("Look what it breaks")
    page.locator(".late-line .said").nth(1).wait_for()
    nurse.tap("Record 2 lines")
    page.get_by_text("2 things are recorded, as late.").wait_for()
    seconds = time.monotonic() - began

    row = page.get_by_role("row").filter(has_text=booster.product_name).filter(has_text="Power cut")
    row.get_by_role("link").first.click()
    page.get_by_text("Power cut from 9 to 11").first.wait_for()
    nurse.go(f"sessions/{session_uid}")
    assert page.locator(".bench-words").get_by_text("late", exact=True).count() == 2
    booked = one(
        shop,
        "SELECT count(*) AS acts, min(movement.is_late) AS late, max(movement.occurred_at) AS happened"
        " FROM movement WHERE movement.reason = 'Power cut from 9 to 11'",
    )
    assert (booked.acts, booked.late) == (2, 1)
    assert str(booked.happened).startswith(f"{happened:%Y-%m-%d %H:%M}")
    print(f"\nnurse, a power cut: 2 uses, {nurse.scans} scans, {nurse.taps} taps, {seconds:.1f} s")


def test_the_day_is_opened_with_the_number_pad_and_closed(visit: Callable[..., Visit], shop: Shop) -> None:
    nurse = visit("nurse")
    page = nurse.page
    nurse.go("opening")
    nurse.taps = 0
    began = time.monotonic()

    nurse.tap("Number pad")
    places = page.locator("[data-pad-place]").count()
    for place in range(places):
        name = page.locator("[data-pad-place] legend").nth(place).inner_text()
        for figure in ("4.5", "3.1", "6.2") if "Fridge" in name else ("21.4", "19.8", "22.3"):
            for key in (*figure, "next"):
                nurse.press(page.locator(f"[data-digit='{key}']"))
    nurse.tap("Write them down")
    page.get_by_text(f"{places} readings are written down.").wait_for()
    nurse.press(page.get_by_label("Everything is in it"))
    nurse.press(page.get_by_label("It is sealed"))
    nurse.type_into(page.get_by_label("Number of the seal"), "D-2611")
    nurse.tap("I looked at it")
    page.get_by_text("The look at the emergency box is written down.").wait_for()
    opened = time.monotonic() - began
    read = one(
        shop,
        "SELECT now_tenths, lowest_tenths, highest_tenths FROM temperature_reading JOIN location ON location.id ="
        " temperature_reading.location_id WHERE location.name = 'Fridge' ORDER BY read_at DESC LIMIT 1",
    )
    assert tuple(read) == (45, 31, 62)
    print(f"\nnurse, opening: {places} thermometers, a box, {nurse.taps} taps, {opened:.1f} s")

    nurse.go("day-closing")
    nurse.taps = 0
    began = time.monotonic()
    ticked = page.locator("input[name=thrown]:checked").count()
    nurse.type_into(page.get_by_label("Why the rest stays as it is"), "The late patients come after seven")
    nurse.tap("close the day")
    page.locator(".said-success").filter(has_text="Left open: The late patients").wait_for()
    closed = time.monotonic() - began

    day = one(shop, "SELECT thrown_away_count, although FROM day_closing ORDER BY id DESC LIMIT 1")
    assert (day.thrown_away_count, day.although) == (ticked, "The late patients come after seven")
    print(f"nurse, closing: {ticked} things thrown away in one act, {nurse.taps} taps, {closed:.1f} s")
