"""Are the thermometers read, the box looked at, the day closed and an excursion decided on screen?"""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from stockroom.clock import now
from stockroom.models import (
    BoxCheck,
    ClinicHold,
    DayClosing,
    Signature,
    TemperatureExcursion,
    TemperatureReading,
)
from stockroom.operations.set_levels import SetParLevel, set_par_level
from stockroom.operations.watch_place import WatchPlace, watch_place
from stockroom.vocabulary import ContainerType, LocationKind
from tests.builders import Place, key
from tests.correcting import open_vial, visit
from tests.receiving import rows_of
from tests.serving import Served
from tests.tableting import give_badge
from tests.thermometers import read
from tests.web.sending import fill_in, hidden_of


def opening(served: Served) -> str:
    return f"/c/{served.clinic.uid}/opening"


def fields(place: Place, now_: str, lowest: str = "", highest: str = "") -> dict[str, str]:
    return {f"now-{place.uid}": now_, f"lowest-{place.uid}": lowest, f"highest-{place.uid}": highest}


def test_a_round_is_typed_with_commas_sent_twice_and_written_once(served: Served) -> None:
    fridge, _ = served.clinic.fridge, served.clinic.cupboard
    browser, page = served.logged_in(served.clinic.nurse), opening(served)
    empty = browser.get(page).text
    form = {**hidden_of(browser, page), **fields(fridge, "4,2", "3.1", "6,8")}

    answers = [browser.client.post(page, data=form) for _ in range(2)]
    after = browser.get(page).text

    assert "never read" in empty and "2.0 °C to 8.0 °C" in empty
    assert [each.status_code for each in answers] == [303, 303]
    (row,) = rows_of(served.store, TemperatureReading)
    assert (row.now_tenths, row.lowest_tenths, row.highest_tenths) == (42, 31, 68)
    assert "4.2 °C (3.1 °C to 6.8 °C)" in after


def test_two_hundred_degrees_and_a_word_are_refused_beside_their_fields(served: Served) -> None:
    fridge, cupboard = served.clinic.fridge, served.clinic.cupboard
    browser, page = served.logged_in(served.clinic.nurse), opening(served)

    hot = fill_in(browser, page, **fields(fridge, "200"), **fields(cupboard, "21,4"))
    word = fill_in(browser, page, **fields(fridge, "warm"))
    alone = fill_in(browser, page, **fields(fridge, "", "3"))
    none = fill_in(browser, page)

    assert hot.status_code == 422 and "200.0 °C cannot be" in hot.text and 'value="21,4"' in hot.text
    assert word.status_code == 422 and "Degrees with one decimal" in word.text
    assert alone.status_code == 422 and "What it says now is missing" in alone.text
    assert none.status_code == 422
    assert rows_of(served.store, TemperatureReading) == []


def test_a_colleague_s_other_reading_is_told_and_the_form_sent_again_is_another(served: Served) -> None:
    fridge = served.clinic.fridge
    browser, page = served.logged_in(served.clinic.nurse), opening(served)
    form = {**hidden_of(browser, page), **fields(fridge, "4.2")}
    read(served.clinic, 55, at=now())

    refused = browser.client.post(page, data=form)
    again = browser.client.post(
        page, data={**form, f"seen-{fridge.uid}": rows_of(served.store, TemperatureReading)[0].uid}
    )

    assert refused.status_code == 409 and "was read by Nurse Vitosha meanwhile: 5.5" in refused.text
    assert again.status_code == 303


def test_a_warm_fridge_is_held_decided_and_shown_in_its_log(served: Served) -> None:
    clinic = served.clinic
    lot = clinic.lot_on_shelf(served.house.product("Filler <b>"), "WARM1")
    read(clinic, 45, at=now() - timedelta(hours=3))
    browser, page = served.logged_in(clinic.nurse), opening(served)

    sent = fill_in(browser, page, **fields(clinic.fridge, "12.4"))
    excursion = sent.headers["Location"]
    seen = browser.get(excursion).text
    held = fill_in(browser, excursion, action=f"{excursion}/holds")
    manager = served.logged_in(clinic.manager)
    refused = fill_in(manager, excursion, action=f"{excursion}/decision", reason="", verdict="release")
    decision = {
        "action": f"{excursion}/decision", "verdict": "part", "reason": "by the leaflet",
        "thrown": f"{lot.uid}@{clinic.fridge.uid}",
    }  # fmt: skip
    alone = fill_in(browser, excursion, **decision)
    badge = give_badge(clinic, clinic.practitioner)
    signed = fill_in(browser, excursion, **decision, second_badge=badge)
    log = manager.get(f"/c/{clinic.uid}/temperatures/{clinic.fridge.uid}").text

    assert (
        "WARM1" in seen
        and "in use" in seen
        and "<b>" not in seen.partition("<main")[2].partition("Filler")[2][:6]
    )
    assert held.status_code == 303 and len(rows_of(served.store, ClinicHold)) == 1
    assert (refused.status_code, alone.status_code, signed.status_code) == (422, 403, 303)
    (signature,) = rows_of(served.store, Signature)
    assert (signature.person_name, signature.meaning, signature.way) == (
        "Practitioner Vitosha",
        "decided",
        "badge",
    )
    (row,) = rows_of(served.store, TemperatureExcursion)
    assert (row.verdict, row.reason) == ("dispose", "by the leaflet")
    assert clinic.on_hand(lot) == 0
    assert "by the leaflet" in log and "Practitioner Vitosha" in log and 'class="reading-out"' in log


def test_the_log_leaves_as_pdf_and_as_csv_that_no_spreadsheet_runs(served: Served) -> None:
    clinic = served.clinic
    freezer = clinic.place("=Freezer", LocationKind.FREEZER, None)
    read(clinic, -181, place=freezer, at=now())
    browser = served.logged_in(clinic.auditor)
    page = f"/c/{clinic.uid}/temperatures/{freezer.uid}"

    csv = browser.get(f"{page}/log.csv").text
    pdf = browser.get(f"{page}/log.pdf")
    shown = browser.get(page).text

    assert "-18.1" in csv and "not known" in csv
    assert pdf.data.startswith(b"%PDF")
    assert "-18.1 °C" in shown and "limits not known" in shown
    assert browser.get(f"{page}?month=1999-13").status_code == 200


def test_a_reading_is_put_right_on_its_page(served: Served) -> None:
    clinic = served.clinic
    wrong = read(clinic, 420, at=now()).reading_uids[0]
    browser = served.logged_in(clinic.nurse)
    page = f"/c/{clinic.uid}/readings/{wrong}"

    refused = fill_in(browser, page, now="", reason="a comma")
    done = fill_in(browser, page, now="42,0", lowest="", highest="", reason="a <b>comma</b>")
    old = browser.get(page).text

    assert refused.status_code == 422
    assert done.status_code == 303
    assert "It no longer counts" in old and "Put it right" not in old
    log = browser.get(f"/c/{clinic.uid}/temperatures/{clinic.fridge.uid}/log.csv").text.splitlines()
    marks = [row.rpartition(",")[2] for row in log[1:]]
    assert sum("taken back" in each and "a <b>comma</b> (another line" in each for each in marks) == 1
    assert sum(each == "corrected by Nurse Vitosha: a <b>comma</b>" for each in marks) == 1


def test_the_emergency_box_and_the_room_s_list_stand_on_the_opening(served: Served) -> None:
    clinic = served.clinic
    box = clinic.place("Emergency box", LocationKind.CUPBOARD)
    product = served.house.product("Demo adrenaline", content_quantity=1000)
    manager, at = clinic.manager, now()
    watch = WatchPlace(location_uid=box.uid, is_read=False, limits=None, is_emergency_box=True)
    watch_place(served.store, watch, actor=manager, key=key(), now=at)
    for place in (box, clinic.room):
        par = SetParLevel(product_uid=product.uid, location_uid=place.uid, par_count=3)
        set_par_level(served.store, par, actor=manager, key=key(), now=at)
    clinic.lot_on_shelf(product, "STORE1", presentations=2)
    browser, page = served.logged_in(clinic.nurse), opening(served)

    shown = browser.get(page).text
    refused = fill_in(browser, page, action=f"{page}/boxes/{box.uid}/checks", is_complete="y", seal="S1")
    looked = fill_in(
        browser,
        page,
        action=f"{page}/boxes/{box.uid}/checks",
        is_sealed="y",
        seal="S1",
        note="two are ordered",
    )

    assert "STORE1" in shown and "1 is not in the store" in shown and "not looked at yet" in shown
    assert "STORE1" in browser.get(f"{page}/bring.csv").text
    assert refused.status_code == 422 and 'value="S1"' in refused.text
    assert looked.status_code == 303
    assert [row.missing_count for row in rows_of(served.store, BoxCheck)] == [3]


def test_the_day_is_closed_with_what_is_ticked_and_a_reason_for_the_rest(served: Served) -> None:
    clinic = served.clinic
    single = served.house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(single, "S1")
    vial = open_vial(clinic, single, lot)
    visit(served.house, planned_at=now() - timedelta(hours=1))
    browser, page = served.logged_in(clinic.nurse), f"/c/{clinic.uid}/day-closing"
    ticked = f"{lot.uid}@{vial.uid}"

    shown = browser.get(page).text
    refused = fill_in(browser, page, thrown=ticked)
    form = {**hidden_of(browser, page), "thrown": ticked, "although": "she <b>waits</b>"}
    closed = [browser.client.post(page, data=form) for _ in range(2)]
    after = browser.get(page).text

    assert "Ampoule" in shown and "Vera" not in shown
    assert refused.status_code == 409 and "1 sessions" in refused.text
    assert [each.status_code for each in closed] == [303, 303]
    assert len(rows_of(served.store, DayClosing)) == 1
    assert "she &lt;b&gt;waits&lt;/b&gt;" in after
    assert "she" in browser.get(f"{page}/closed-days.csv").text


def test_a_logger_s_file_is_checked_and_brought_in_once(served: Served) -> None:
    clinic = served.clinic
    page = f"/c/{clinic.uid}/temperatures/{clinic.fridge.uid}/logger-file"
    browser = served.logged_in(clinic.nurse)

    def check(text: str) -> Any:
        form = hidden_of(browser, page, action=page)
        data = {**form, "file": (io.BytesIO(text.encode()), "logger.csv")}
        return browser.client.post(page, data=data, content_type="multipart/form-data")

    bad = check("No;Time;Temperature °C\n1;2026-03-29 03:30;4,2\n2;2026-03-02 08:00;200\n3;later;4,1\n")
    good = check("No;Time;Temperature °C\n1;2026-03-02 08:00;4,2\n2;2026-03-02 08:15;4,3\n")
    (packed,) = re.findall(r'name="content" value="([^"]+)"', good.text)
    bring = {**hidden_of(browser, page, action=page), "content": packed}
    brought = [browser.client.post(f"{page}/acceptance", data={**bring, "key": n}) for n in (key(), key())]
    broken = browser.client.post(f"{page}/acceptance", data={**bring, "content": packed[:-9]})
    assert bad.status_code == 200 and "clocks were put forward" in bad.text and "200" in bad.text
    assert "No faults in 2 lines" in good.text
    assert [each.status_code for each in brought] == [303, 303] and broken.status_code == 422
    assert [row.now_tenths for row in rows_of(served.store, TemperatureReading)] == [42, 43]


def test_another_clinic_and_another_role_see_and_do_nothing_here(served: Served) -> None:
    clinic = served.clinic
    other = served.house.another_clinic()
    wrong = read(other, 120, place=other.fridge, at=now())
    browser, auditor = served.logged_in(clinic.nurse), served.logged_in(clinic.auditor)
    here = f"/c/{clinic.uid}"

    for path in (
        f"temperatures/{other.fridge.uid}",
        f"readings/{wrong.reading_uids[0]}",
        f"excursions/{wrong.excursion_uids[0]}",
    ):
        assert browser.get(f"{here}/{path}").status_code == 404
    assert auditor.get(opening(served)).status_code == 200
    sent = auditor.send(opening(served), opening(served), key=key(), **fields(clinic.fridge, "4"))
    assert sent.status_code == 403
    with served.store.reading() as connection:
        written = select(func.count(TemperatureReading.id)).where(TemperatureReading.clinic_id == clinic.id)
        assert connection.execute(written).scalar_one() == 0
