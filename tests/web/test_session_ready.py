"""Is a session prepared by scanning until every need is green, and does Today say what is ready, short or expiring?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.keyboards import Layout, typed_on
from stockroom.barcodes.scan import gs1_elements
from stockroom.models import Allocation
from stockroom.operations.add_party import PartyKind
from stockroom.operations.plan_session import NeedOf
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.queries.settings import clinic_settings_shown
from stockroom.vocabulary import Role
from tests.builders import FAR, NOW, Goods, LotAt, key
from tests.patients import flag
from tests.receiving import gs1
from tests.serving import Browser, Served
from tests.sessions import line, opened, patient, rows, session, used
from tests.web.sending import fill_in, hidden_of, post

TODAY = NOW.date()


@pytest.fixture
def nurse(served: Served, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setitem(served.app.extensions, "stockroom_clock", lambda: NOW)
    return served.logged_in(served.clinic.nurse)


def code(product: Goods, lot: LotAt) -> str:
    return write_element_string(
        gs1_elements(gtin=product.gtin, today=TODAY, lot_number=lot.number, expires_on=FAR)
    )


def path_of(served: Served, uid: str) -> str:
    return f"/c/{served.clinic.uid}/sessions/{uid}/ready"


def test_scans_lay_things_out_until_every_need_is_green(served: Served, nurse: Browser) -> None:
    filler, needle = served.house.product("Filler <b>", content_quantity=2_000), served.house.needle()
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=2)
    served.clinic.lot_on_shelf(needle, "N1", presentations=9)
    needs = (NeedOf(product_uid=filler.uid, quantity=2_000), NeedOf(product_uid=needle.uid, quantity=3))
    visit = session(served.house, planned_at=NOW + timedelta(hours=2), needs=needs)
    path = path_of(served, visit)
    assert nurse.get(path).text.count("ready-met") == 0

    form = {**hidden_of(nurse, path, action=f"{path}/scan"), "scan": code(filler, lot)}
    first, again = (post(nurse, f"{path}/scan", form) for _ in range(2))

    assert first.status_code == again.status_code == 303
    assert [each.quantity for each in rows(served.store, Allocation)] == [2_000]
    page = nurse.get(path).text
    assert page.count('ready-need ready-met"') == 1 and "Filler &lt;b&gt;" in page
    needle_need = page.split('name="need_uid" value="')[1].split('"')[0]
    assert fill_in(nurse, path, action=f"{path}/scan", need_uid=needle_need).status_code == 303
    assert "everything is laid out" in nurse.get(path).text
    assert ">ready<" in nurse.get(f"/c/{served.clinic.uid}/today?day={TODAY}").text
    back = fill_in(nurse, path, action=f"{path}/return")
    assert back.status_code == 303 and "everything is laid out" not in nurse.get(path).text


def test_of_two_nurses_who_lay_the_same_out_the_second_is_told_and_asked(
    served: Served, nurse: Browser
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=9)
    wanted = NeedOf(product_uid=needle.uid, quantity=3)
    visit = session(served.house, planned_at=NOW + timedelta(hours=2), needs=(wanted,))
    path = path_of(served, visit)
    second = served.logged_in(served.clinic.employ(Role.NURSE, name="Second Nurse"))
    hers = hidden_of(second, path, action=f"{path}/scan")
    named = nurse.get(path).text.split('name="need_uid" value="')[1].split('"')[0]

    assert fill_in(nurse, path, action=f"{path}/scan", need_uid=named).status_code == 303
    stale = post(second, f"{path}/scan", {**hers, "need_uid": named})
    again = post(second, f"{path}/scan", {**hers, "scan": code(needle, lot)})

    assert stale.status_code == 422 and "all of it is laid out already" in stale.text
    assert again.status_code == 200 and "One more, as an extra?" in again.text
    assert [each.quantity for each in rows(served.store, Allocation)] == [3]
    meant = {**hidden_of(second, path, action=f"{path}/scan"), "scan": code(needle, lot), "is_meant": "y"}
    for _ in range(2):
        assert post(second, f"{path}/scan", meant).status_code == 303
    assert [each.quantity for each in rows(served.store, Allocation)] == [3, 1]


def test_what_no_need_names_is_asked_about_and_shown_as_extra_or_as_standing_in(
    served: Served, nurse: Browser
) -> None:
    group = served.house.party(PartyKind.PRODUCT_GROUP, "Fillers")
    planned, other = (
        served.house.product(name, content_quantity=2_000, group_uid=group) for name in ("One", "Two")
    )
    third = served.house.product("Three", content_quantity=2_000)
    lots = [served.clinic.lot_on_shelf(each, f"L-{n}") for n, each in enumerate((other, third))]
    visit = session(served.house, planned_at=NOW, needs=(NeedOf(product_uid=planned.uid, quantity=2_000),))
    path = path_of(served, visit)

    asked = fill_in(nurse, path, action=f"{path}/scan", scan=code(other, lots[0]))
    assert "Two instead of One?" in asked.text and not rows(served.store, Allocation)
    for product, lot in ((other, lots[0]), (third, lots[1])):
        done = fill_in(nurse, path, action=f"{path}/scan", scan=code(product, lot), is_meant="y")
        assert done.status_code == 303
    page = nurse.get(path).text
    assert "instead of One" in page and ">extra<" in page and "everything is laid out" in page


@pytest.mark.parametrize("layout", [None, Layout.FRENCH], ids=["separator", "separator and keyboard"])
def test_a_scan_is_read_as_the_clinic_s_scanner_meant_it_also_when_it_is_confirmed(
    served: Served, nurse: Browser, layout: Layout | None
) -> None:
    filler, extra = (served.house.product(name, content_quantity=2_000) for name in ("Filler", "Extra"))
    for product, number in ((filler, "A1"), (extra, "B1")):
        served.clinic.lot_on_shelf(product, number)
    visit = session(served.house, planned_at=NOW, needs=(NeedOf(product_uid=filler.uid, quantity=2_000),))
    path = path_of(served, visit)
    with served.store.reading() as connection:
        version = clinic_settings_shown(connection, served.clinic.id).version
    habits = {"scanner_separator": "#", "scanner_layout": layout.value if layout else ""}
    set_settings(
        served.store, SetSettings(values=habits, version=version),
        actor=served.clinic.manager, key=key("habit"), now=NOW,
    )  # fmt: skip

    def typed(product: Goods, number: str) -> str:
        """What arrives; the serial number stands behind the separator."""
        parts = gs1(product.gtin, number, serial="S9").split("\x1d")
        assert len(parts) == 2
        return "#".join(typed_on(layout, each) if layout else each for each in parts)

    done = fill_in(nurse, path, action=f"{path}/scan", scan=typed(filler, "A1"))
    assert done.status_code == 303 and "everything is laid out" in nurse.get(path).text
    asked = fill_in(nurse, path, action=f"{path}/scan", scan=typed(extra, "B1"))
    assert "Extra is not planned" in asked.text
    meant = asked.text.split('type="hidden" name="scan" value="')[1].split('"')[0]
    assert "\x1d" in meant and "#" not in meant
    assert fill_in(nurse, path, action=f"{path}/scan", scan=meant, is_meant="y").status_code == 303
    page = nurse.get(path).text
    assert "lot A1" in page and "lot B1" in page and page.count(">extra<") == 1


def test_today_says_what_is_short_and_what_expires(served: Served, nurse: Browser) -> None:
    filler = served.house.product("Filler", content_quantity=2_000, in_use_minutes=180)
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=1)
    needs = (NeedOf(product_uid=filler.uid, quantity=2_000),)
    ana = patient(served.house)
    first = session(served.house, ana, planned_at=NOW + timedelta(hours=1), needs=needs)
    session(served.house, planned_at=NOW + timedelta(hours=2), needs=needs)
    vial = opened(served.house, lot)
    path, today = path_of(served, first), f"/c/{served.clinic.uid}/today?day={TODAY}"

    assert nurse.get(today).text.count(">short<") == 1
    fill_in(nurse, path, action=f"{path}/scan", scan=vial.short_code)
    page = nurse.get(today).text

    assert "expires 13:00" in page and page.count(">ready<") == page.count(">short<") == 1
    assert (
        "short: not enough is here"
        in nurse.get(f"/c/{served.clinic.uid}/sessions/{_second(served, first)}").text
    )
    flag(served.house, ana, "pregnancy", from_on=TODAY)
    unsuited = nurse.get(today).text
    assert unsuited.count(">unsuitable<") == unsuited.count(">laid out<") == 1 and ">ready<" not in unsuited


def _second(served: Served, first: str) -> str:
    from stockroom.models import TreatmentSession

    return next(each.uid for each in rows(served.store, TreatmentSession) if each.uid != first)


def test_what_stood_in_is_recorded_as_such_and_meets_the_need(served: Served, nurse: Browser) -> None:
    group = served.house.party(PartyKind.PRODUCT_GROUP, "Fillers")
    planned, other = (
        served.house.product(name, content_quantity=2_000, group_uid=group) for name in ("One", "Two")
    )
    lot = served.clinic.lot_on_shelf(other, "L-1")
    visit = session(served.house, planned_at=NOW, needs=(NeedOf(product_uid=planned.uid, quantity=2_000),))

    used(served.house, visit, line(opened(served.house, lot), 2_000))

    page = nurse.get(f"/c/{served.clinic.uid}/sessions/{visit}").text
    assert "instead of what was planned" in page and "need need-done" in page


def test_another_clinic_s_session_is_not_there_and_the_auditor_lays_nothing_out(
    served: Served, nurse: Browser
) -> None:
    visit = session(served.house, planned_at=NOW)
    rila = served.house.another_clinic()
    stranger = served.logged_in(rila.nurse)
    assert stranger.client.get(f"/c/{rila.uid}/sessions/{visit}/ready").status_code == 404
    auditor = served.logged_in(served.clinic.auditor)
    looked = auditor.get(path_of(served, visit)).text
    assert "bench-scan-field" not in looked and "data-scan-field" in looked
    assert nurse.get(path_of(served, visit)).status_code == 200
