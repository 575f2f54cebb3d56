"""Does every pack that is scanned stand on the delivery, once, whether or not its code is known?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from stockroom.barcodes.unreadable import LabelsOfTwoPacks, ScanUnreadable
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.product_rows import CodeOf
from stockroom.operations.add_delivery_line import AddDeliveryLine, add_delivery_line
from stockroom.operations.attach_code import AttachCode, attach_code
from stockroom.operations.post_delivery import DiscardDelivery, discard_delivery
from stockroom.reads.arrivals import ScanContradicts
from stockroom.reads.deliveries import DeliveryOver
from stockroom.reads.locations import NotAShelf
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.receiving import SerialTwice
from stockroom.vocabulary import Carry, CodeScheme, LocationKind, Role
from tests.builders import FAR, NOW, House, demo_gtin, key
from tests.receiving import gs1, journalled, on_shelves, take_in
from tests.receiving import scanned as arriving
from tests.unpacking import OnTable


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def packs(table: OnTable) -> list[tuple[int, str | None, int]]:
    return [(line.n, line.lot_number, line.pack_count) for line in table.lines]


def test_a_scanned_pack_stands_on_the_delivery_and_nothing_is_booked(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)

    added = table.scan(gs1(filler.gtin, "A1", serial="S1"))

    (line,) = table.lines
    assert (line.uid, line.n, line.gtin, line.lot_number, line.expires_on, line.serial) == (
        added.line_uid, 1, filler.gtin, "A1", FAR, "S1",
    )  # fmt: skip
    assert (line.pack_count, line.location_id, line.cost_state) == (1, house.clinic.fridge.id, "unknown")
    assert line.entered_by_id == house.nurse.person_id
    assert (on_shelves(house.clinic), added.delivery_version) == ({}, 2)
    assert len(journalled(house.clinic, "delivery.add")) == 1


def test_the_same_pack_scanned_again_adds_to_its_line(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)

    added = [table.scan(gs1(filler.gtin, "A1")) for _ in range(3)]
    table.scan(gs1(filler.gtin, "A1", count=5))

    assert packs(table) == [(1, "A1", 8)]
    assert [each.was_there for each in added] == [False, True, True]


def test_a_pack_with_two_labels_is_one_line_that_counts_up(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    second = f"17{FAR:%y%m%d}10A1"

    for _ in range(2):
        table.scan(filler.gtin)
        table.scan(second)
    table.scan(f"01{filler.gtin}")
    table.scan("10B7")

    assert packs(table) == [(1, "A1", 2), (3, "B7", 1)]
    first = table.lines[0]
    assert (first.expires_on, first.gtin) == (FAR, filler.gtin)
    assert first.raw_scan == f"01{filler.gtin}{second}"


def hibc(text: str) -> str:
    """The text with its check character."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
    return text + alphabet[sum(map(alphabet.index, text)) % 43]


def test_a_pack_whose_hibc_codes_stand_on_two_labels_is_one_line_and_another_packs_label_is_refused(
    house: House,
) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    code = CodeOf(scheme=CodeScheme.HIBC, item_code="A99912345", pack_level="each", presentation_count=1)
    attach_code(
        house.store, AttachCode(product_uid=filler.uid, code=code), actor=house.manager, key=key(), now=NOW
    )
    link = hibc("+A99912345")[-1]

    for _ in range(2):
        table.scan(hibc("+A99912345"))
        table.scan(hibc(f"+$$3{FAR:%y%m%d}L1{link}"))
    table.scan(hibc("+A99912345"))
    with pytest.raises(LabelsOfTwoPacks):
        table.scan(hibc(f"+$L2{'X' if link != 'X' else 'Y'}"))

    assert packs(table) == [(1, "L1", 2), (3, None, 1)]
    assert (table.lines[0].other_code, table.lines[0].expires_on) == ("A99912345", FAR)


def test_a_second_label_that_lost_its_separator_waits_for_a_person(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(filler.gtin)

    table.scan(f"]C110A117{FAR:%y%m%d}")
    (line,) = table.lines
    table.say(1, reading=f"(01){filler.gtin}(17){FAR:%y%m%d}(10)A1")

    assert (line.n, line.in_doubt, line.lot_number) == (1, True, None)
    assert packs(table) == [(1, "A1", 1)]


def test_a_second_label_completes_only_what_its_own_person_scanned_last(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(filler.gtin, actor=house.manager)

    for _ in range(2):
        with pytest.raises(InvalidValue, match="scan the product's code"):
            table.scan("10A1")
        table.scan(gs1(filler.gtin, "A0"))

    assert packs(table) == [(1, None, 1), (2, "A0", 2)]


def test_another_lot_level_place_or_person_s_words_make_a_line_of_their_own(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    box = demo_gtin(int(filler.gtin[4:13]) + 1)

    table.scan(gs1(filler.gtin, "A1"))
    table.scan(gs1(filler.gtin, "a1"))
    table.scan(gs1(box, "A1"))
    table.scan(gs1(filler.gtin, "A1"), location_uid=house.clinic.cupboard.uid)
    table.scan(gs1(filler.gtin, "A1"), decision="ordered for tomorrow")

    assert packs(table) == [(1, "A1", 1), (2, "a1", 1), (3, "A1", 1), (4, "A1", 1), (5, "A1", 1)]


def test_packs_of_which_no_lot_is_known_are_not_thrown_together_unless_their_product_has_none(
    house: House,
) -> None:
    filler, swab, table = house.product("Filler"), house.product("Swab", lot_carry=Carry.NONE), OnTable(house)

    for gtin in (filler.gtin, filler.gtin, swab.gtin, swab.gtin):
        table.scan(gtin)

    assert packs(table) == [(1, None, 1), (2, None, 1), (3, None, 2)]


def test_an_unknown_code_stands_with_everything_that_was_read(house: House) -> None:
    table = OnTable(house)

    table.scan(gs1(demo_gtin(999_999), "A1"))
    table.scan(gs1(demo_gtin(999_999), "A1"))
    table.scan("HAND-WRITTEN 7")

    known, other = table.lines
    assert (known.gtin, known.lot_number, known.expires_on, known.pack_count) == (
        demo_gtin(999_999), "A1", FAR, 2,
    )  # fmt: skip
    assert (other.other_code, other.gtin, other.raw_scan) == ("HAND-WRITTEN 7", None, "HAND-WRITTEN 7")


def test_a_scan_with_several_readings_waits_for_a_person(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    text = f"01{filler.gtin}10A117{FAR:%y%m%d}"  # the separator after the lot number was lost

    table.scan(text)
    (line,) = table.lines
    assert (line.in_doubt, line.lot_number, line.raw_scan) == (True, None, text)
    with pytest.raises(InvalidValue):
        table.say(1, reading="(01)something else")
    table.say(1, reading=f"(01){filler.gtin}(17){FAR:%y%m%d}(10)A1")

    (line,) = table.lines
    assert (line.in_doubt, line.lot_number, line.expires_on) == (False, "A1", FAR)


def test_a_pack_without_a_place_goes_where_the_product_was_put_last(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)

    table.scan(gs1(filler.gtin, "A0"), location_uid=None)
    take_in(house, arriving(house.clinic.cupboard, gs1(filler.gtin, "A1")))
    table.scan(gs1(filler.gtin, "A2"), location_uid=None)

    assert [line.location_id for line in table.lines] == [None, house.clinic.cupboard.id]


def test_a_serial_that_is_on_the_delivery_is_not_added_again(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1", serial="S1"))
    table.scan(gs1(filler.gtin, "A1", serial="S2"))

    with pytest.raises(SerialTwice) as raised:
        table.scan(gs1(filler.gtin, "A1", serial="S1"))

    assert (raised.value.earlier, len(table.lines)) == (1, 2)


def test_a_pack_read_by_eye_stands_too(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)

    table.scan(None, product_uid=filler.uid, lot_number="A1", expires_on=FAR, pack_count=4)

    assert packs(table) == [(1, "A1", 4)]


@pytest.mark.parametrize(
    ("text", "said", "kind"),
    [
        ("0109529999999990", {}, ScanUnreadable),
        (None, {}, InvalidValue),
        ("{gtin}", {"pack_count": 0}, InvalidValue),
        ("{gtin}", {"lot_number": " A1"}, InvalidValue),
        ("01{gtin}10A1", {"lot_number": "A2"}, ScanContradicts),
        ("003952123456789012346", {}, ScanUnreadable),
    ],
)
def test_what_is_no_pack_is_refused_and_leaves_nothing(
    house: House, text: str | None, said: dict[str, Any], kind: type[Exception]
) -> None:
    filler, table = house.product("Filler"), OnTable(house)

    with pytest.raises(kind):
        table.scan(text and text.format(gtin=filler.gtin), **said)

    assert (table.lines, table.version) == ([], 1)


def test_a_virtual_place_is_no_place_for_packs(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)

    with pytest.raises(NotAShelf):
        table.scan(filler.gtin, location_uid=house.clinic.account(LocationKind.PATIENT).uid)


def test_a_double_scan_with_the_same_key_adds_one_pack(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)

    first, second = (table.scan(gs1(filler.gtin, "A1"), with_key="same") for _ in range(2))

    assert first == second
    assert packs(table) == [(1, "A1", 1)]


def test_two_people_scan_at_the_same_time_and_no_pack_is_lost(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    people = (house.nurse, house.clinic.employ(Role.NURSE))
    barrier = Barrier(2)

    def unpack(actor: Any) -> None:
        barrier.wait()
        for number in range(6):
            table.scan(gs1(filler.gtin, f"L{number % 2}"), actor=actor)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(unpack, people))

    assert sorted(packs(table)) == [(1, "L0", 6), (2, "L1", 6)]
    assert table.version == 13


def test_a_delivery_that_is_over_takes_no_packs(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    command = DiscardDelivery(delivery_uid=table.uid, version=table.version)
    discard_delivery(house.store, command, actor=house.nurse, key=key(), now=NOW)

    with pytest.raises(DeliveryOver):
        table.scan(filler.gtin)


def test_packs_are_added_by_who_may_receive_in_the_delivery_s_own_clinic(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    command = AddDeliveryLine(delivery_uid=table.uid, scan=filler.gtin)

    with pytest.raises(ActionForbidden):
        table.scan(filler.gtin, actor=house.practitioner)
    with pytest.raises(ThingNotFound):
        add_delivery_line(house.store, command, actor=house.another_clinic().nurse, key=key(), now=NOW)
