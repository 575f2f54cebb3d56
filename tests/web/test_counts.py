"""Is a count made on screen: begun, scanned, said, compared, confirmed by two, printed and told?"""

from __future__ import annotations

import re
from typing import Any

import pytest

from bench.measuring import counted
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.clock import now
from stockroom.models import Container, CountFind, Location, StockCount, Stocktake
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.vocabulary import DisposalReason, Role
from tests.builders import Goods, LotAt, key
from tests.correcting import open_vial
from tests.receiving import gs1, on_shelves, rows_of
from tests.serving import PASSWORD, Browser, Served
from tests.web.making import cocktail
from tests.web.sending import fill_in, hidden_of


class Counter:
    """Somebody who counts in a browser."""

    def __init__(self, served: Served, actor: Any = None, path: str = "", **scope: str) -> None:
        self.served, self.home = served, f"/c/{served.clinic.uid}/counts"
        self.browser: Browser = served.logged_in(actor or served.clinic.nurse)
        self.path = path or self.begin(**(scope or {"place": served.clinic.fridge.uid}))

    def begin(self, **scope: str) -> str:
        page = f"{self.home}/new?" + "&".join(f"{name}={uid}" for name, uid in scope.items())
        answer = fill_in(self.browser, page, is_blind="y")
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"])

    def page(self, more: str = "") -> str:
        answer = self.browser.get(self.path + more)
        assert answer.status_code == 200
        return str(answer.text)

    def scan(self, text: str, place: str | None = None) -> Any:
        where = self.served.clinic.fridge.uid if place is None else place
        return self.browser.send(self.path, f"{self.path}/scan", key=key("web"), scan=text, place=where)

    def found(self, lot: LotAt, place_uid: str = "", **typed: Any) -> Any:
        where = place_uid or self.served.clinic.fridge.uid
        return fill_in(self.browser, f"{self.path}/thing?lot={lot.uid}&place={where}", **typed)

    def confirm(self, **typed: Any) -> Any:
        reasons = dict.fromkeys(re.findall(r'name="(reason-[^"]+)"', self.page("/confirmation")), "lost")
        return fill_in(self.browser, f"{self.path}/confirmation", **{**reasons, **typed})


@pytest.fixture
def filler(served: Served) -> Goods:
    return served.house.product("Filler", content_quantity=2000)


def test_a_pack_is_scanned_said_and_the_books_are_shown_only_then(served: Served, filler: Goods) -> None:
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    counter = Counter(served)
    before = counter.page()

    asked = counter.scan(gs1(filler.gtin, "A1"))
    form = counter.browser.get(asked.headers["Location"]).text
    kept = fill_in(counter.browser, asked.headers["Location"], presentations="2")
    after = counter.browser.get(kept.headers["Location"]).text

    assert "Not counted yet" in before and "3 vials" not in before
    assert "How much lies there?" in form and "3 vials" not in form
    assert "Found: 2 vials. By the books: 3 vials." in after and "1 vial less" in after
    assert "Everything was counted." in after
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 6000}
    assert served.clinic.on_hand(lot) == 6000


def test_packs_and_single_ones_are_added_and_opened_vials_are_measured(served: Served, filler: Goods) -> None:
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=13)
    vial = open_vial(served.clinic, filler, lot)
    (code,) = [row.short_code for row in rows_of(served.store, Container)]
    counter = Counter(served)

    counter.found(lot, packs="1", presentations="2")
    asked = counter.scan(write_label(OwnLabel(LabelKind.CONTAINER, code)))
    fill_in(counter.browser, asked.headers["Location"], amount="1.5")

    assert f"place={vial.uid}" in asked.headers["Location"]
    assert sorted(row.found_quantity for row in rows_of(served.store, CountFind)) == [1500, 24_000]
    assert "0.5 mL less" in counter.page()


def test_a_cocktail_is_counted_in_millilitres(served: Served) -> None:
    made = cocktail(served)
    room = served.clinic.room.uid
    counter = Counter(served, place=room)

    form = counter.browser.get(f"{counter.path}/thing?lot={made}&place={room}").text
    kept = fill_in(counter.browser, f"{counter.path}/thing?lot={made}&place={room}", amount="0.4")

    assert "in mL" in form and "pieces" not in form
    assert kept.status_code == 303
    assert [row.found_quantity for row in rows_of(served.store, CountFind)] == [400]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "type how many lie there"),
        ({"presentations": "-1"}, "Number must be"),
        ({"presentations": "two"}, "Not a valid integer value."),
        ({"presentations": "1", "counted_at": "2199-01-01T10:00"}, "has not come yet"),
    ],
)
def test_what_cannot_be_found_stays_in_its_form(
    served: Served, filler: Goods, typed: dict[str, str], says: str
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)

    refused = Counter(served).found(lot, **typed)

    assert refused.status_code == 422 and says in refused.text
    assert rows_of(served.store, CountFind) == []


def test_a_colleague_who_counts_the_same_sees_it_and_decides(served: Served, filler: Goods) -> None:
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    counter = Counter(served)
    counter.found(lot, presentations="2")
    colleague = Counter(served, served.clinic.employ(Role.NURSE, name="Nadia Demova"), counter.path)

    form = colleague.page(f"/thing?lot={lot.uid}&place={served.clinic.fridge.uid}")
    asked = colleague.found(lot, presentations="3")
    decided = colleague.found(lot, presentations="3", again="replace")

    assert "Counted already" in form and "Nurse Vitosha found 2 vials" in form
    assert asked.status_code == 409 and "Say whether this count takes its place" in asked.text
    assert decided.status_code == 303
    assert "agrees" in counter.page() and "Nadia Demova" in counter.page()


def test_the_same_form_sent_twice_finds_once(served: Served, filler: Goods) -> None:
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    counter = Counter(served)
    page = f"{counter.path}/thing?lot={lot.uid}&place={served.clinic.fridge.uid}"
    form = {**hidden_of(counter.browser, page), "presentations": "2"}

    answers = [counter.browser.client.post(page, data=form).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(rows_of(served.store, CountFind)) == 1


class TestScanning:
    """A scan leads to what it means, and says so in words where it means nothing here."""

    def test_a_product_without_its_lot_asks_which_and_a_lot_without_a_place_where(
        self, served: Served, filler: Goods
    ) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
        counter = Counter(served, product=filler.uid)

        which = counter.browser.get(counter.scan(filler.gtin, "").headers["Location"]).text
        where = counter.browser.get(counter.scan(gs1(filler.gtin, "A1"), "").headers["Location"]).text

        assert "Which lot?" in which and f"lot={lot.uid}" in which
        assert "Where does it lie?" in where and "Fridge" in where

    def test_a_place_says_where_the_next_things_lie(self, served: Served, filler: Goods) -> None:
        cupboard = served.clinic.cupboard
        (code,) = [row.short_code for row in rows_of(served.store, Location, Location.uid == cupboard.uid)]
        counter = Counter(served, product=filler.uid)

        moved = counter.scan(write_label(OwnLabel(LabelKind.LOCATION, code)), "")

        assert moved.headers["Location"].endswith(f"place={cupboard.uid}")
        assert (
            f'<option selected value="{cupboard.uid}">' in counter.browser.get(moved.headers["Location"]).text
        )

    @pytest.mark.parametrize("text", ["0109529999999991", "nothing like it", "SRX:1"])
    def test_what_means_nothing_stays_in_the_field(self, served: Served, filler: Goods, text: str) -> None:
        refused = Counter(served).scan(text)

        assert refused.status_code in (400, 422)
        assert f'value="{text}"' in refused.text

    def test_a_lot_that_was_never_booked_says_what_to_do(self, served: Served, filler: Goods) -> None:
        refused = Counter(served).scan(gs1(filler.gtin, "Z9"))

        assert refused.status_code == 422
        assert "Lot Z9 of Filler was never booked in this clinic" in refused.text

    def test_the_label_of_a_vial_that_was_thrown_away_says_so(self, served: Served, filler: Goods) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1", presentations=2)
        vial = open_vial(served.clinic, filler, lot)
        (code,) = [row.short_code for row in rows_of(served.store, Container)]
        counter = Counter(served)
        counter.found(lot, vial.uid, amount="1.9")
        throw_away(served, vial.uid)

        refused = counter.scan(write_label(OwnLabel(LabelKind.CONTAINER, code)))
        confirmation = counter.page("/confirmation")
        unbooked = counter.confirm()

        assert refused.status_code == 409 and f"Vial {code} of lot A1 was thrown away (" in refused.text
        assert "thrown away since: take it off" in confirmation
        assert unbooked.status_code == 409 and "What was in it went with it" in unbooked.text

    def test_a_count_is_begun_by_a_scan(self, served: Served, filler: Goods) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1")
        counter = Counter(served)

        begun = fill_in(
            counter.browser, counter.home, action=f"{counter.home}/scan", scan=gs1(filler.gtin, "A1")
        )
        page = counter.browser.get(begun.headers["Location"]).text
        unknown = fill_in(counter.browser, counter.home, action=f"{counter.home}/scan", scan="no such thing")

        assert begun.headers["Location"].endswith(f"/counts/new?lot={lot.uid}")
        assert "Of: Lot A1, Filler" in page
        assert unknown.status_code == 422 and 'value="no such thing"' in unknown.text

    def test_what_has_no_code_is_found_by_its_name(self, served: Served, filler: Goods) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1")
        counter = Counter(served)

        by_name, by_lot = counter.page("/by-hand?q=fill"), counter.page("/by-hand?q=A1")

        assert f"product={filler.uid}" in by_name
        assert f"lot={lot.uid}" in by_lot
        assert "goes by this" in counter.page("/by-hand?q=nothing%20like%20it")


def throw_away(served: Served, uid: str) -> None:
    command = FinishContainer(container_uid=uid, reason=DisposalReason.CONTAMINATED)
    finish_container(served.store, command, actor=served.clinic.nurse, key=key("finish"), now=now())


class TestConfirming:
    """What differs is shown with its worth and confirmed with a reason, by two above the tolerance."""

    def test_a_difference_without_a_reason_is_not_booked_and_with_one_it_is(
        self, served: Served, filler: Goods
    ) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
        counter = Counter(served)
        counter.found(lot, presentations="2")
        page = counter.page("/confirmation")

        without = fill_in(counter.browser, f"{counter.path}/confirmation")
        booked = counter.confirm()
        shown = counter.page()

        assert "1 vial less" in page and "not known" in page and "second person" not in page
        assert without.status_code == 422 and "Say why they differ" in without.text
        assert booked.status_code == 303
        assert "The count is booked: 1 difference." in shown and "lost" in shown
        assert served.clinic.on_hand(lot) == 4000
        assert "Its movement in the books" in shown

    def test_a_reason_that_was_said_at_once_is_kept(self, served: Served, filler: Goods) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
        counter = Counter(served)
        kept = counter.found(lot, presentations="2")
        (find,) = rows_of(served.store, CountFind)

        counter.browser.send(
            kept.headers["Location"],
            f"{counter.path}/finds/{find.uid}/reason",
            key=key("why"),
            version="1",
            reason="suspected_theft",
        )
        page = counter.page("/confirmation")

        assert '<option value="suspected_theft" selected>' in page
        assert "a theft is suspected" in page and "A second person confirms it" in page

    def test_above_the_tolerance_a_colleague_proves_who_she_is(self, served: Served, filler: Goods) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1", presentations=9)
        counter = Counter(served)
        counter.found(lot, presentations="0")
        email = served.email_with_password(served.clinic.manager)

        alone = counter.confirm()
        wrong = counter.confirm(second_email=email, second_password="not it")
        own = counter.confirm(second_email=served.email_of(served.clinic.nurse), second_password=PASSWORD)
        right = counter.confirm(second_email=email, second_password=PASSWORD)

        assert alone.status_code == 422 and "Call a colleague" in alone.text
        assert '<option value="lost" selected>' in alone.text
        assert (wrong.status_code, own.status_code) == (403, 403)
        assert right.status_code == 303
        assert "Manager Vitosha" in counter.page()
        assert rows_of(served.store, Stocktake)[0].second_person_id == served.clinic.manager.person_id

    def test_what_a_colleague_found_meanwhile_is_looked_at_first(self, served: Served, filler: Goods) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
        other = served.clinic.lot_on_shelf(filler, "B2", presentations=3)
        counter = Counter(served)
        counter.found(lot, presentations="3")
        form = hidden_of(counter.browser, f"{counter.path}/confirmation")
        counter.found(other, presentations="2")

        refused = counter.browser.client.post(f"{counter.path}/confirmation", data=form)

        assert refused.status_code == 412 and "Somebody else went on with this count" in refused.text
        assert "1 vial less" in refused.text

    def test_a_count_is_given_up_and_one_that_is_over_takes_nothing(
        self, served: Served, filler: Goods
    ) -> None:
        lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
        counter = Counter(served)
        counter.found(lot, presentations="0")

        over = fill_in(counter.browser, counter.path, action=f"{counter.path}/giving-up")
        late = counter.found(lot, presentations="3")

        assert over.status_code == 303
        assert "was given up by Nurse Vitosha" in counter.page()
        assert (
            late.status_code == 409 and "given_up already" in late.text
        ) or "given up already" in late.text
        assert served.clinic.on_hand(lot) == 6000


def test_a_find_is_taken_off(served: Served, filler: Goods) -> None:
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    counter = Counter(served)
    counter.found(lot, presentations="2")
    (find,) = rows_of(served.store, CountFind)

    taken = fill_in(counter.browser, counter.path, action=f"{counter.path}/finds/{find.uid}/removal")

    assert taken.status_code == 303
    assert "Nothing was counted yet" in counter.page()


def test_the_sheet_is_printed_without_what_the_books_say(served: Served, filler: Goods) -> None:
    served.clinic.lot_on_shelf(filler, "Щ-1 <b>", presentations=37)
    counter = Counter(served)

    page, pdf = counter.page("/sheet"), counter.browser.get(f"{counter.path}/sheet/sheet.pdf")

    assert "Щ-1 &lt;b&gt;" in page and "37 vials" not in page
    assert pdf.status_code == 200 and pdf.mimetype == "application/pdf" and pdf.data.startswith(b"%PDF")


def test_the_report_adds_up_by_product_place_and_person_and_leaves_as_a_file(
    served: Served, filler: Goods
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    other = served.clinic.lot_on_shelf(served.house.product("=Other"), "B2", presentations=3)
    counter = Counter(served)
    counter.found(lot, presentations="2")
    counter.found(other, presentations="3")
    counter.confirm()
    report = f"/c/{served.clinic.uid}/count-report"

    by_product, by_place, by_person = (
        counter.browser.get(f"{report}?by={by}").text for by in ("product", "place", "person")
    )
    file = counter.browser.get(f"{report}/report.csv?by=product").text
    (row,) = rows_of(served.store, Stocktake)
    lines = counter.browser.get(f"{report}/stocktakes/{row.uid}.csv").text

    assert "Filler" in by_product and "Together" in by_product
    assert "Fridge" in by_place and "Nurse Vitosha" in by_person
    assert "Filler,1,1,,,,1" in file and "'=Other,1,0" in file
    assert "A1" in lines and ",lost," in lines
    assert "No count was booked" in counter.browser.get(f"{report}?since=2020-01-01&until=2020-02-01").text


def test_a_practitioner_reads_and_does_not_count_and_another_clinic_finds_nothing(
    served: Served, filler: Goods
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    counter = Counter(served)
    counter.found(lot, presentations="2")
    reader = served.logged_in(served.clinic.practitioner)
    stranger = served.logged_in(served.house.another_clinic().manager)
    path = counter.path.replace(served.clinic.uid, served.house.another_clinic("Pirin").uid)

    shown = reader.get(counter.path)

    assert shown.status_code == 200 and "Take off" not in shown.text and "Confirm it" not in shown.text
    assert reader.get(f"{counter.path}/confirmation").status_code == 403
    assert reader.get(f"{counter.home}/new").status_code == 403
    assert stranger.get(counter.path).status_code in (403, 404)
    assert stranger.get(path).status_code in (403, 404)


def test_the_page_costs_the_same_for_one_thing_as_for_many(served: Served, filler: Goods) -> None:
    counter = Counter(served)
    lots = [served.clinic.lot_on_shelf(filler, f"A{n}", presentations=3) for n in range(6)]
    counter.found(lots[0], presentations="2")

    def cost(path: str) -> int:
        with counted(served.store.engine) as statements:
            assert counter.browser.get(path).status_code == 200
        return len(statements)

    pages = [counter.path, f"{counter.path}/confirmation", f"{counter.path}/sheet", counter.home]
    few = [cost(path) for path in pages]
    for lot in lots[1:4]:
        counter.found(lot, presentations="2")
    many = [cost(path) for path in pages]

    assert many == few
    assert len(rows_of(served.store, StockCount)) == 1


def test_the_address_of_no_thing_leads_to_where_one_is_found(served: Served, filler: Goods) -> None:
    counter = Counter(served)

    lost = counter.browser.get(f"{counter.path}/thing")

    assert lost.status_code == 303 and lost.headers["Location"].endswith("/by-hand")
