"""Is what happened while the system was away written down once, with its time, and marked wherever it is shown?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import event

from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.clock import now
from stockroom.models import Container, Deviation, Line, Lot, Movement, Receipt, TreatmentSession
from stockroom.operations.plan_session import NeedOf
from stockroom.vocabulary import HoldReason
from tests.lateness import form_on, lines_on, page_of_late, said, sent, wall
from tests.patients import register
from tests.serving import Browser, Served
from tests.sessions import hold, line, opened, rows, session, used
from tests.web.making import cocktail


def ago(**of_it: float) -> datetime:
    return (now() - timedelta(**of_it)).replace(second=0, microsecond=0)


def late(served: Served) -> list[Movement]:
    return [each for each in rows(served.store, Movement) if each.is_late]


@pytest.fixture
def nurse(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


def test_the_page_begins_empty_and_says_what_the_sheets_are_for(served: Served, nurse: Browser) -> None:
    page = nurse.get(page_of_late(served))

    assert page.status_code == 200
    assert "Nothing was recorded late" in page.text
    assert "late/sheets" in page.text
    assert served.logged_in(served.clinic.auditor).get(page_of_late(served)).status_code == 403
    elsewhere = served.house.another_clinic().uid
    assert nurse.get(f"/c/{elsewhere}/late").status_code == 404


def test_a_scanned_sheet_begins_a_line_of_its_session_and_a_vial_goes_into_it(
    served: Served, nurse: Browser
) -> None:
    visit = session(served.house, planned_at=ago(days=30), now=ago(days=40))  # of which nobody would think
    code = rows(served.store, TreatmentSession, uid=visit)[0].short_code
    lot = served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=4)

    first = sent(nurse, served, "scan", said(scan=write_label(OwnLabel(LabelKind.SESSION, code))))
    second = sent(nurse, served, "scan", {**form_on(first), "scan": "n1"})

    assert lines_on(first) == lines_on(second) == 1
    fields = form_on(second)
    assert (fields["lines-0-session_uid"], fields["lines-0-thing"]) == (visit, "n1")
    assert "Needle 30G 4 mm, lot N1" in second.text
    assert lot.number == "N1" and late(served) == []


def test_a_bare_number_of_a_cocktail_is_millilitres(served: Served, nurse: Browser) -> None:
    made = cocktail(served)
    number = rows(served.store, Lot, uid=made)[0].number
    fields = {
        "kind": "dispose",
        "thing": number,
        "amount": "0.2",
        "why": "spilled",
        **wall(served, ago(minutes=0)),
    }

    done = sent(nurse, served, "send", said(fields))

    assert done.status_code == 303, done.text
    (thrown,) = rows(served.store, Movement, kind="dispose")
    assert [each.quantity for each in rows(served.store, Line, movement_id=thrown.id)] == [200]


def test_a_line_is_looked_at_before_and_recorded_once_however_often_it_is_sent(
    served: Served, nurse: Browser
) -> None:
    house, clinic = served.house, served.clinic
    lot = clinic.lot_on_shelf(house.needle(), "N1", presentations=4, expires_on=ago(days=3).date())
    visit = session(house, planned_at=ago(hours=2), now=ago(hours=3))
    happened = ago(hours=2)
    fields = said(
        {"kind": "use", "session_uid": visit, "thing": "N1", "amount": "1", **wall(served, happened)}
    )

    looked = sent(nurse, served, "look", fields)
    assert (looked.status_code, late(served)) == (200, [])
    assert "It will be marked:" in looked.text and "expired" in looked.text

    first, again = sent(nurse, served, "send", fields), sent(nurse, served, "send", fields)

    assert (first.status_code, again.status_code) == (303, 303)
    (movement,) = late(served)
    assert (movement.occurred_at, movement.reason) == (happened, "Power cut from 9 to 11")
    assert [each.rule for each in rows(served.store, Deviation)] == ["expired"]
    assert clinic.on_hand(lot) == 3
    page = nurse.get(page_of_late(served))
    assert "Power cut from 9 to 11" in page.text and "waits for a signature" in page.text


def test_what_fails_stays_with_its_fault_and_the_rest_is_recorded(served: Served, nurse: Browser) -> None:
    house, clinic = served.house, served.clinic
    clinic.lot_on_shelf(house.needle(), "N1", presentations=4)
    visit = session(house, planned_at=ago(hours=2), now=ago(hours=3))
    at = wall(served, ago(hours=1))
    use = {"kind": "use", "session_uid": visit, **at}

    answer = sent(
        nurse,
        served,
        "send",
        said(
            {**use, "thing": "N1", "amount": "1"},
            {**use, "thing": "NOWHERE", "amount": "1"},
            {**use, "thing": "N1", "amount": "40"},
            {"kind": "use", "thing": "N1", "amount": "1", **at},
            {"kind": "dispose", "thing": "N1", "amount": "1", **at},
            {"kind": "use", "session_uid": visit, "thing": "N1", "amount": "x", **at},
            {"kind": "use", "session_uid": visit, "thing": "N1", "on": "", "at": ""},
        ),
    )

    assert answer.status_code == 422
    assert lines_on(answer) == 6 and len(late(served)) == 1
    for words in (
        "no vial, cocktail or lot here goes by NOWHERE",
        "count lot N1",
        "say in which session",
        "say why it was thrown away",
        "is not a quantity",
        "say when it happened",
    ):
        assert words in answer.text, words
    assert "1 thing is recorded" in answer.text


def test_what_a_line_opens_is_used_by_the_next_and_keeps_its_code_when_that_fails(
    served: Served, nurse: Browser
) -> None:
    house, clinic = served.house, served.clinic
    clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    visit = session(house, planned_at=ago(hours=3), now=ago(hours=4))
    opening = {"kind": "open", "thing": "A1", **wall(served, ago(hours=3))}
    use = {"kind": "use", "session_uid": visit, "thing": "line 1", **wall(served, ago(hours=2))}
    fields = said(opening, {**use, "amount": "2,5"}, {**use, "amount": "9"})

    looked = sent(nurse, served, "look", fields)
    answer = sent(nurse, served, "send", fields)

    assert looked.text.count("Nothing is broken.") == 2
    (vial,) = rows(served.store, Container)
    assert (vial.opened_at, vial.punctures) == (ago(hours=3), 1)
    assert {each.kind for each in late(served)} == {"open", "use"}
    assert lines_on(answer) == 1
    assert form_on(answer)["lines-0-thing"] == vial.short_code
    again = sent(nurse, served, "send", {**form_on(answer), "lines-0-amount": "1"})
    assert again.status_code == 303
    assert rows(served.store, Container)[0].punctures == 2


@pytest.mark.parametrize("kind", ["use", "prepare"])
def test_why_a_vial_gave_more_than_it_should_hold_is_asked_and_kept(
    served: Served, nurse: Browser, kind: str
) -> None:
    house, clinic = served.house, served.clinic
    vial = opened(house, clinic.lot_on_shelf(house.product("Filler"), "A1"), now=ago(hours=3))
    visit = session(house, planned_at=ago(hours=3), now=ago(hours=4))
    what = {"kind": kind, "session_uid": visit, **wall(served, ago(hours=2))}
    if kind == "use":
        what |= {"thing": vial.short_code, "amount": "5.5"}
    else:
        what |= {"place_uid": clinic.room.uid, "parts": [(vial.short_code, "5.5 mL")]}

    asked = sent(nurse, served, "send", said(what))
    fields = form_on(asked)
    answered = sent(nurse, served, "send", {**fields, "lines-0-why_more": "Filled to the brim"})

    assert asked.status_code == 409 and "Why more came out of the vial" in asked.text
    assert fields["lines-0-why_more"] == "" and answered.status_code == 303, answered.text
    assert [each.reason for each in late(served)] == ["Power cut from 9 to 11; Filled to the brim"]


def test_a_cocktail_a_delivery_and_a_rest_are_written_down_too(served: Served, nurse: Browser) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler")
    lot = clinic.lot_on_shelf(filler, "A1", presentations=3)
    vial = opened(house, lot, now=ago(hours=8))
    visit = session(house, planned_at=ago(hours=3), now=ago(hours=4))
    pack = f"(01){filler.gtin}(17)290131(10)NEW"
    at = wall(served, ago(hours=2))

    answer = sent(
        nurse,
        served,
        "send",
        said(
            {
                "kind": "prepare",
                "place_uid": clinic.room.uid,
                "session_uid": visit,
                "parts": [(vial.short_code, "1 mL")],
                **at,
            },
            {"kind": "use", "session_uid": visit, "thing": "#1", "amount": "1", **wall(served, ago(hours=1))},
            {
                "kind": "receive",
                "supplier_uid": house.supplier_uid,
                "delivery_note": "D-7",
                "place_uid": clinic.fridge.uid,
                "parts": [(pack, "2")],
                **at,
            },
            {
                "kind": "dispose",
                "thing": f"SRC:{vial.short_code}",
                "why": "contaminated",
                **wall(served, ago(hours=1)),
            },
            {
                "kind": "dispose",
                "thing": "A1",
                "amount": "1",
                "why": "broken",
                "place_uid": clinic.fridge.uid,
                **at,
            },
        ),
    )

    assert answer.status_code == 303, answer.text
    assert sorted(each.kind for each in late(served)) == ["dispose", "dispose", "prepare", "receive", "use"]
    assert rows(served.store, Receipt)[0].delivery_note == "D-7"
    assert rows(served.store, Container)[0].state == "discarded"
    assert clinic.on_hand(lot) == 5_000


def test_what_was_put_elsewhere_is_booked_at_its_time_and_listed(served: Served, nurse: Browser) -> None:
    house, clinic, then = served.house, served.clinic, ago(hours=3)
    needles = clinic.lot_on_shelf(house.needle(), "N1", presentations=9)
    vial = opened(house, clinic.lot_on_shelf(house.product("Filler"), "A1"), now=ago(hours=4))
    move = {"kind": "move", "thing": "N1", "amount": "4", "place_uid": clinic.cupboard.uid}
    rest = {**move, "amount": "all", "place_uid": clinic.room.uid}
    put = {"kind": "move", "thing": vial.short_code, "place_uid": clinic.room.uid}
    fields = said(
        {**move, **wall(served, then)},
        {**rest, **wall(served, ago(hours=2))},
        {**put, **wall(served, ago(hours=3))},
        {**put, "place_uid": "", **wall(served, ago(hours=1))},
    )

    looked = sent(nurse, served, "look", fields)
    answer = sent(nurse, served, "send", fields)

    assert looked.text.count("Nothing is broken.") == 2
    assert "it lies at several places: Fridge, Cupboard" in looked.text
    assert "say where it was put" in looked.text
    (moved,) = late(served)
    assert (moved.kind, moved.occurred_at) == ("transfer", then)
    assert lines_on(answer) == 2
    again = sent(nurse, served, "send", {**form_on(answer), "lines-0-from_uid": clinic.fridge.uid})
    assert lines_on(again) == 1
    assert clinic.on_hand(needles) == 0  # in the fridge
    assert [each.occurred_at for each in late(served)] == [ago(hours=3), ago(hours=2)]
    listed = nurse.get(page_of_late(served)).text
    assert f"A1, {vial.short_code} → " in listed
    shown = nurse.get(f"/c/{clinic.uid}/containers/{vial.container_uid}").text
    assert shown.count('<span class="mark mark-warning">late</span>') == 1
    assert "Power cut from 9 to 11" in shown
    csv = nurse.get(f"{page_of_late(served)}/recorded.csv").text.splitlines()
    assert [line.count("Power cut from 9 to 11") for line in csv] == [0, 1, 1, 1]


def test_what_was_true_then_is_what_is_looked_at_and_the_window_is_said(
    served: Served, nurse: Browser
) -> None:
    house, clinic = served.house, served.clinic
    lot = clinic.lot_on_shelf(house.needle(), "N1", presentations=4)
    hold(house, lot, HoldReason.SUSPICION, placed_at=ago(hours=1))
    visit = session(house, planned_at=ago(hours=2), now=ago(hours=3))
    use = {"kind": "use", "session_uid": visit, "thing": "N1", "amount": "1"}

    page = sent(
        nurse,
        served,
        "look",
        said(
            {**use, **wall(served, ago(hours=2))},
            {**use, **wall(served, ago(minutes=30))},
            {**use, **wall(served, ago(hours=73))},
        ),
    )

    assert page.text.count("Nothing is broken.") == 1
    assert page.text.count(">held</span>") == 1
    assert "beyond window" in page.text


def test_without_a_reason_or_a_line_nothing_is_done(served: Served, nurse: Browser) -> None:
    clinic = served.clinic
    clinic.lot_on_shelf(served.house.needle(), "N1", presentations=4)
    visit = session(served.house, planned_at=ago(hours=2), now=ago(hours=3))
    use = {"kind": "use", "session_uid": visit, "thing": "N1", "amount": "1", **wall(served, ago(hours=1))}

    assert sent(nurse, served, "send", said(use, reason=" ")).status_code == 422
    assert sent(nurse, served, "send", said()).status_code == 422
    page = sent(nurse, served, "scan", said({**use, "note": "<b>bold"}, scan="<b>what"))
    assert "<b>" not in page.text
    assert late(served) == []


def test_lines_are_added_taken_away_and_keep_what_was_typed(served: Served, nurse: Browser) -> None:
    page = sent(nurse, served, "open", said({"kind": "use", "thing": "kept", "amount": "7"}))
    page = sent(nurse, served, "prepare", form_on(page))
    page = sent(nurse, served, "part:2", form_on(page))

    assert lines_on(page) == 3
    assert "lines-2-parts-3-thing" in form_on(page)
    page = sent(nurse, served, "drop:1", form_on(page))
    assert lines_on(page) == 2
    fields = form_on(page)
    assert (fields["lines-0-thing"], fields["lines-0-amount"], fields["lines-1-kind"]) == (
        "kept",
        "7",
        "prepare",
    )


def test_it_costs_as_many_statements_with_many_recorded_lines_as_with_one(
    served: Served, nurse: Browser
) -> None:
    house, clinic = served.house, served.clinic
    lot = clinic.lot_on_shelf(house.needle(), "N1", presentations=40)

    def statements() -> int:
        counted = [0]

        def count(*_: object) -> None:
            counted[0] += 1

        event.listen(served.store.engine, "before_cursor_execute", count)
        assert nurse.get(page_of_late(served)).status_code == 200
        event.remove(served.store.engine, "before_cursor_execute", count)
        return counted[0]

    visit = session(house, planned_at=ago(hours=2), now=ago(hours=3))
    use = {"kind": "use", "session_uid": visit, "thing": "N1", "amount": "1", **wall(served, ago(hours=1))}
    sent(nurse, served, "send", said(use))
    few = statements()
    sent(nurse, served, "send", said(*[dict(use) for _ in range(8)]))

    assert statements() == few
    assert clinic.on_hand(lot) == 31


def test_the_sheets_say_who_comes_what_lies_where_and_carry_a_code_to_scan(
    served: Served, nurse: Browser
) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler")
    later = clinic.lot_on_shelf(filler, "LATER", presentations=2)
    vial = opened(house, later, now=now())
    clinic.lot_on_shelf(filler, "FIRST", presentations=2, expires_on=ago(days=-20).date())
    clinic.lot_on_shelf(filler, "GONE", presentations=2, expires_on=ago(days=20).date())
    ana = register(house, "Ana Example").patient_uid
    visit = session(
        house, ana, planned_at=now(), now=now(), room_uid=clinic.room.uid,
        needs=(NeedOf(product_uid=filler.uid, quantity=2_500),),
    )  # fmt: skip
    code = "SRS:" + rows(served.store, TreatmentSession, uid=visit)[0].short_code

    page = nurse.get(f"{page_of_late(served)}/sheets")
    pdf = nurse.get(f"{page_of_late(served)}/sheets/sheets.pdf")

    document = PdfDocument(pdf.data)
    printed = " ".join(document[n].get_textpage().get_text_bounded() for n in range(len(document)))
    for shown in (page.text, printed):
        for words in (
            "Ana Example",
            "Filler: 2.5 mL",
            code,
            "do not use",
            vial.short_code,
            "What happened besides",
        ):
            assert words in shown, words
        order = [shown.index(each) for each in (vial.short_code, "FIRST", "GONE")]
        assert order == sorted(order)
    assert len(document) == 3
    empty = nurse.get(f"{page_of_late(served)}/sheets?day=2020-01-01")
    assert "No session is planned on this day" in empty.text
    assert served.logged_in(clinic.auditor).get(f"{page_of_late(served)}/sheets").status_code == 403


def test_late_is_said_wherever_it_is_shown(served: Served, nurse: Browser) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler")
    lot = clinic.lot_on_shelf(filler, "A1", presentations=2)
    vial = opened(house, lot, now=ago(hours=8))
    ana = register(house, "Ana Example", now=ago(days=2)).patient_uid
    visit = session(house, ana, planned_at=ago(hours=2), now=ago(hours=3))
    used(house, visit, line(vial, 100), now=ago(hours=2))
    at = wall(served, ago(hours=1))
    sent(nurse, served, "send", said(
        {"kind": "use", "session_uid": visit, "thing": vial.short_code, "amount": "1", **at}
    ))  # fmt: skip
    (movement,) = late(served)
    here = f"/c/{clinic.uid}"
    auditor = served.logged_in(clinic.auditor)

    for path in (
        f"{here}/sessions/{visit}",
        f"{here}/lots/{lot.uid}",
        f"{here}/containers/{vial.container_uid}",
        f"{here}/movements/{movement.uid}",
        f"{here}/patients/{ana}",
        f"{here}/trace/lot/{lot.uid}",
    ):
        page = nurse.get(path)
        assert page.status_code == 200, path
        assert page.text.count('<span class="mark mark-warning">late</span>') == 1, path
    journal = auditor.get(f"{here}/journal").text
    assert '<span class="mark mark-warning">late</span>' in journal
    entry = auditor.get(f"{here}/journal/changes/{movement.seq}").text
    assert '<span class="mark mark-warning">late</span>' in entry
    assert ",yes," in auditor.get(f"{here}/journal/entries.csv").text


@pytest.mark.parametrize("act", ["scan", "look", "send", "use", "drop:99", "part:0", "nonsense"])
def test_a_form_that_nobody_typed_breaks_nothing(served: Served, nurse: Browser, act: str) -> None:
    nonsense = {
        "thing": "\0x",
        "amount": "\0",
        "session_uid": "\0",
        "place_uid": "x",
        "on": "x",
        "at": "25:00",
    }
    lines = [{"kind": kind, **nonsense} for kind in ("use", "open", "dispose", "prepare", "receive", "x")]
    good = [
        {**line, **wall(served, ago(hours=1)), "why": "broken", "parts": [("\0y", "-1")]} for line in lines
    ]

    for sent_lines in (lines, good):
        answer = sent(nurse, served, act, said(*sent_lines, scan="\0"))
        assert answer.status_code in (200, 422), answer.text
        assert "\0" not in answer.text
    assert late(served) == []
