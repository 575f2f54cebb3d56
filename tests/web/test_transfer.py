"""Do goods leave for another clinic and arrive there, counted by scan or from the list?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from justhtml import JustHTML

from stockroom.clock import now
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from tests.builders import Clinic, key
from tests.serving import Browser, Served
from tests.web.sending import hidden_of, post


class Sent:
    """Three vials of a lot on their way from Vitosha to Rila, and Rila's browser."""

    def __init__(self, served: Served) -> None:
        self.served, home = served, served.clinic
        self.there: Clinic = served.house.another_clinic("Rila")
        self.shelf = self.there.cupboard
        self.filler = served.house.product("Filler <b>", content_quantity=2000, box_of=2)
        self.lot = home.lot_on_shelf(self.filler, "A1", presentations=5)
        command = DispatchGoods(
            to_clinic_uid=self.there.uid,
            lines=(DispatchLine(lot_uid=self.lot.uid, from_uid=home.fridge.uid, quantity=6000),),
        )
        self.uid = dispatch_goods(
            served.store, command, actor=home.manager, key=key(), now=now() - timedelta(minutes=5)
        ).transfer_uid
        self.browser: Browser = served.logged_in(self.there.manager)

    def page(self, clinic: Clinic | None = None) -> str:
        return f"/c/{(clinic or self.there).uid}/transfers/{self.uid}"

    @property
    def arrival(self) -> str:
        return f"{self.page()}/arrival"

    def form(self, **typed: str) -> dict[str, Any]:
        """The arrival's form as it was sent, with its time, and what is typed."""
        text = self.browser.get(self.arrival).text
        start = text.index('name="arrived_at"')
        value = text.index('value="', start) + len('value="')
        usual = {
            "arrived_at": text[value : text.index('"', value)],
            "scan": "",
            "lines-0-arrived": "0",
            "lines-0-short": "0",
            "lines-0-broken": "0",
            "lines-0-place": self.shelf.uid,
            "shortage_reason": "",
            "breakage_reason": "",
        }
        return {**hidden_of(self.browser, self.arrival), **usual, **typed}

    def on_hand_there(self) -> str:
        return self.browser.get(f"/c/{self.there.uid}/stock/lots").text


@pytest.fixture
def sent(served: Served) -> Sent:
    return Sent(served)


def test_an_empty_list_says_how_goods_are_sent(served: Served) -> None:
    page = served.logged_in(served.clinic.auditor).get(f"/c/{served.clinic.uid}/transfers")

    assert page.status_code == 200 and "Nothing was sent between clinics yet" in page.text


def test_both_clinics_see_it_and_a_third_does_not(served: Served, sent: Sent) -> None:
    third = served.house.another_clinic("Pirin")
    home = served.logged_in(served.clinic.nurse)

    ours, theirs = home.get(sent.page(served.clinic)), sent.browser.get(sent.page())
    listed = sent.browser.get(f"/c/{sent.there.uid}/transfers?way=in&state=dispatched")

    assert "On its way" in ours.text and "Filler &lt;b&gt;" in ours.text and "<b>" not in ours.text
    assert "Book its arrival" in theirs.text and "Book its arrival" not in ours.text
    assert "on its way" in listed.text and "Vitosha" in listed.text
    assert served.logged_in(third.manager).get(sent.page(third)).status_code == 404


def test_the_list_is_searched_and_leaves_as_a_file(sent: Sent) -> None:
    page = f"/c/{sent.there.uid}/transfers"

    assert sent.uid in sent.browser.get(f"{page}?q=fill").text
    assert sent.uid not in sent.browser.get(f"{page}?q=nothing").text
    assert sent.uid not in sent.browser.get(f"{page}?state=arrived").text
    assert sent.uid in sent.browser.get(f"{page}/transfers.csv").text
    assert "A1" in sent.browser.get(f"{sent.page()}/lines.csv").text


def test_packs_are_counted_by_scan_and_nothing_is_written_yet(sent: Sent) -> None:
    code = f"01{sent.filler.gtin}10A1"

    one = post(sent.browser, sent.arrival, sent.form(scan=code, act="scan"))
    more = post(sent.browser, sent.arrival, sent.form(scan=code, act="book", **{"lines-0-arrived": "1"}))

    assert one.status_code == 200 and "1 of lot A1 counted" in one.text
    assert more.status_code == 200 and 'name="lines-0-arrived" type="number" value="2"' in more.text
    assert ">A1</a>" not in sent.on_hand_there()


def test_what_is_not_on_the_document_is_refused_and_the_counts_stay(sent: Sent) -> None:
    wrong = f"01{sent.filler.gtin}10ZZ"

    refused = post(sent.browser, sent.arrival, sent.form(scan=wrong, act="scan", **{"lines-0-arrived": "2"}))

    assert refused.status_code == 422 and "not on this transfer" in refused.text
    assert 'value="2"' in refused.text


def test_all_as_sent_is_booked_once(sent: Sent) -> None:
    filled = post(sent.browser, sent.arrival, sent.form(act="all"))
    form = sent.form(act="book", **{"lines-0-arrived": "3"})

    first, again = post(sent.browser, sent.arrival, form), post(sent.browser, sent.arrival, form)

    assert 'name="lines-0-arrived" type="number" value="3"' in filled.text
    assert (first.status_code, again.status_code) == (303, 303)
    assert "3 vials" in sent.on_hand_there()
    assert "Arrived" in sent.browser.get(sent.page()).text
    assert sent.browser.get(sent.arrival).status_code == 303


def test_what_is_missing_must_be_said_with_its_reason(sent: Sent) -> None:
    counts = {"lines-0-arrived": "1", "lines-0-short": "1", "lines-0-broken": "1"}

    untold = post(sent.browser, sent.arrival, sent.form(act="book", **{"lines-0-arrived": "1"}))
    silent = post(sent.browser, sent.arrival, sent.form(act="book", **counts))
    told = {"shortage_reason": "box was open", "breakage_reason": "fell"}
    done = post(sent.browser, sent.arrival, sent.form(act="book", **counts, **told))

    assert untold.status_code == 422 and "accounted for" in untold.text
    assert silent.status_code == 422 and "Say what happened" in silent.text
    assert done.status_code == 303
    assert "1 vial" in sent.on_hand_there()


def test_what_was_not_scanned_is_missing_by_one_press(sent: Sent) -> None:
    counted = {"lines-0-arrived": "1", "lines-0-broken": "1"}

    page = post(sent.browser, sent.arrival, sent.form(act="rest", **counted))

    assert 'name="lines-0-short" type="number" value="1"' in page.text
    assert 'name="lines-0-arrived" type="number" value="1"' in page.text
    assert ">A1</a>" not in sent.on_hand_there()


def test_an_auditor_books_no_arrival(served: Served, sent: Sent) -> None:
    browser = served.logged_in(sent.there.auditor)

    assert browser.get(sent.page()).status_code == 200
    assert browser.get(sent.arrival).status_code == 403


class Box:
    """A manager of Vitosha who packs a box for Rila."""

    def __init__(self, served: Served) -> None:
        self.served, home = served, served.clinic
        self.there = served.house.another_clinic("Rila")
        self.filler = served.house.product("Filler <b>", content_quantity=2000, box_of=2)
        self.toxin = served.house.product("Toxin")
        self.first = home.lot_on_shelf(self.filler, "A1", presentations=5)
        self.second = home.lot_on_shelf(self.toxin, "B7", presentations=3)
        self.path = f"/c/{home.uid}/transfers/new"
        self.browser: Browser = served.logged_in(home.manager)
        self.fields: dict[str, str] = {}
        self.kept_at = ""

    def send(self, act: str, **typed: str) -> Any:
        """Send the form as the last answer left it, as a browser does."""
        if not self.fields:
            self.fields = hidden_of(self.browser, self.path) | {"to_clinic": self.there.uid}
        answer = post(self.browser, self.path, {**self.fields, "scan": "", "act": act, **typed})
        if answer.status_code == 303 and "/transfers/new" in answer.headers["Location"]:
            self.kept_at = str(answer.headers["Location"])
            answer = self.browser.get(self.kept_at)
        if answer.status_code != 303:
            self.fields = _typed_in(answer.text)
        return answer


def _typed_in(page: str) -> dict[str, str]:
    """What the page's large form would send, without what its buttons say."""
    form = next(
        form for form in JustHTML(page, sanitize=False).query("form") if form.query('input[name="scan"]')
    )
    fields = {
        field.attrs["name"]: field.attrs.get("value") or ""
        for field in form.query("input")
        if field.attrs.get("name") and field.attrs.get("type") != "checkbox"
    }
    for chosen in form.query("select"):
        options = chosen.query("option")
        picked = next((each for each in options if "selected" in each.attrs), options[0])
        fields[chosen.attrs["name"]] = picked.attrs.get("value") or ""
    return fields


def test_several_lots_go_in_one_box_scan_after_scan(served: Served) -> None:
    box = Box(served)

    one = box.send("scan", scan=f"01{box.filler.gtin}10A1")
    box.send("scan", scan=f"01{box.filler.gtin}10A1")
    two = box.send("scan", scan="b7")
    before = served.logged_in(served.clinic.nurse).get(f"/c/{served.clinic.uid}/transfers").text
    sent, again = box.send("send"), box.send("send")
    page = box.browser.get(sent.headers["Location"]).text

    assert "1 of lot A1 put in" in one.text and "<b>" not in one.text
    assert "1 of lot B7 put in" in two.text and box.fields["lines-0-count"] == "2"
    assert "Nothing was sent between clinics yet" in before
    assert (sent.status_code, again.status_code) == (303, 303)
    assert sent.headers["Location"] == again.headers["Location"]
    assert "A1" in page and "2 vials" in page and "B7" in page


def test_a_box_in_work_outlives_a_reload_and_is_sent_once(served: Served) -> None:
    box = Box(served)
    box.send("scan", scan=f"01{box.filler.gtin}10A1")
    box.send("scan", scan="B7", **{"lines-0-count": "2"})

    again = [_typed_in(box.browser.get(box.kept_at).text) for _ in range(2)]
    sent = box.send("send")
    box.fields = again[0]
    replayed = box.send("send")

    first, second = ({**fields, "csrf_token": "signed with its second"} for fields in again)
    assert first == second
    counts = {again[0][f"lines-{n}-lot_uid"]: again[0][f"lines-{n}-count"] for n in range(2)}
    assert counts == {box.first.uid: "2", box.second.uid: "1"}
    assert again[0]["to_clinic"] == box.there.uid
    assert sent.headers["Location"] == replayed.headers["Location"]


def test_an_address_that_makes_no_sense_is_an_empty_box(served: Served) -> None:
    box = Box(served)

    page = box.browser.get(f"{box.path}?box=1.2.3&box={box.first.uid}.x.{box.first.uid}&to=nobody&key=%00")

    assert page.status_code == 200 and "The box is empty" in page.text


def test_a_scan_that_names_nothing_here_keeps_the_box(served: Served) -> None:
    box = Box(served)
    served.clinic.lot_on_shelf(box.toxin, "B8")
    box.send("scan", scan="A1")

    unknown = box.send("scan", scan="NOPE")
    several = box.send("scan", scan=box.toxin.gtin)

    assert unknown.status_code == 422 and "Nothing sealed of NOPE lies here" in unknown.text
    assert several.status_code == 422 and "B7, B8" in several.text
    assert 'value="' + box.first.uid in several.text, "what is in the box stays in it"


def test_a_box_is_refused_with_its_lines_when_more_is_sent_than_lies_there(served: Served) -> None:
    box = Box(served)
    box.send("scan", scan="A1")

    empty = Box.send(box, "out-" + box.first.uid)
    nothing = box.send("send")
    box.send("scan", scan="A1")
    refused = box.send("send", **{"lines-0-count": "99"})

    assert "The box is empty" in empty.text
    assert nothing.status_code == 422 and "Put something into it first" in nothing.text
    assert refused.status_code in (409, 422) and 'value="99"' in refused.text
    assert "more than lies there" in refused.text


def test_who_sends_nothing_packs_no_box(served: Served) -> None:
    assert (
        served.logged_in(served.clinic.auditor).get(f"/c/{served.clinic.uid}/transfers/new").status_code
        == 403
    )
