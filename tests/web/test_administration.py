"""Does the administration say what a clinic has, and what its first day still lacks?"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event

from stockroom.clock import now
from stockroom.db.identifiers import new_uid
from stockroom.operations.note_backup import NoteBackup, note_backup
from stockroom.vocabulary import LocationKind, Role
from tests.builders import key
from tests.serving import Served
from tests.sessions import opened
from tests.web.sending import fill_in, hidden_of, post


def _page(served: Served, below: str = "") -> str:
    return f"/c/{served.clinic.uid}/administration{below}"


def test_a_new_clinic_is_told_what_it_lacks_and_where_to_begin(served: Served) -> None:
    page = served.logged_in(served.clinic.manager).get(_page(served))

    for words in ("No fridge", "No treatment room", "No supplier", "No product", "Nobody may approve"):
        assert words in page.text
    assert _page(served, "/places") in page.text and "/new-product" in page.text
    assert _page(served, "/people") not in page.text, "a manager gives no roles"


def test_what_is_there_is_counted_and_no_longer_lacking(served: Served) -> None:
    house, clinic = served.house, served.clinic
    assert all((clinic.fridge, clinic.room, clinic.practitioner, house.supplier_uid))
    clinic.employ(Role.ADMINISTRATOR)
    house.product("Filler")
    house.product("Serum", confirmed=False)
    served.house.another_clinic()

    text = served.logged_in(clinic.administrator).get(_page(served)).text

    for words in ("No fridge", "No treatment room", "No supplier", "No product", "Nobody may", "two admin"):
        assert words not in text
    for words in ("1 product is not confirmed", "incomplete=1", "No minimum", "1 fridge", "3 log-ins"):
        assert words in text


def test_the_overview_costs_the_same_number_of_statements_for_a_large_clinic(served: Served) -> None:
    browser = served.logged_in(served.clinic.manager)
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    counts = []
    for number in range(2):
        served.house.product(f"Product {number}")
        statements.clear()
        browser.get(_page(served))
        counts.append(len(statements))

    assert counts[0] == counts[1] < 15


def test_the_administration_is_for_managers_and_administrators_of_this_clinic(served: Served) -> None:
    nurse = served.logged_in(served.clinic.nurse)
    stranger = served.logged_in(served.house.another_clinic().administrator)

    for below in ("", "/people", "/places", "/settings", "/clinics"):
        assert nurse.get(_page(served, below)).status_code == 403
        assert stranger.get(_page(served, below)).status_code == 404
    assert served.logged_in(served.clinic.manager).get(_page(served, "/people")).status_code == 403


def test_a_place_is_added_once_with_a_code_for_its_label(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.manager), _page(served, "/places")
    form = {**hidden_of(browser, page), "name": "Fridge <b>", "kind": "fridge", "storage_class": ""}

    empty = browser.get(page).text
    first, again = post(browser, page, form), post(browser, page, form)
    text = browser.get(page).text

    assert "No place yet" in empty and "Quarantine" in empty
    assert first.status_code == again.status_code == 303
    assert text.count('<th scope="row"><a') == 3
    assert "Fridge &lt;b&gt;" in text and "<b>" not in text
    assert "refrigerated</td>" in text


def test_a_place_whose_name_is_taken_keeps_what_was_typed(served: Served) -> None:
    assert served.clinic.fridge.uid
    browser, page = served.logged_in(served.clinic.manager), _page(served, "/places")

    answer = fill_in(browser, page, name="Fridge", kind="room", storage_class="room")
    nonsense = fill_in(browser, page, name="Moon", kind="patient", storage_class="")

    assert answer.status_code == 422
    assert 'id="name-wrong"' in answer.text and 'value="Fridge"' in answer.text
    assert '<option selected value="room">room</option>' in answer.text
    assert nonsense.status_code == 422 and 'id="kind-wrong"' in nonsense.text


def test_a_clinic_is_founded_once_and_its_founder_goes_on_there(served: Served) -> None:
    assert served.clinic.administrator.person_uid
    browser, page = served.logged_in(served.clinic.manager), _page(served, "/clinics")
    form = {**hidden_of(browser, page), "name": "Rila <b>", "time_zone": "Europe/Sofia"}
    form |= {"country": "bg", "currency": "eur", "books_begin_on": "2026-03-01"}

    first, again = post(browser, page, form), post(browser, page, form)
    there = browser.get(first.headers["Location"])

    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    assert there.status_code == 200 and "Start as a copy of" in there.text
    assert browser.get(page).text.count("Rila &lt;b&gt;") == 1


def test_a_clinic_that_cannot_be_is_refused_beside_its_field(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.manager), _page(served, "/clinics")
    good = {"name": "Rila", "time_zone": "Europe/Sofia", "country": "BG", "currency": "EUR"}
    good["books_begin_on"] = "2026-03-01"
    assert 'value="Europe/Sofia"' in browser.get(page).text

    for field, typed in (
        ("name", "Vitosha"), ("name", " "), ("time_zone", "Moon/Sea"), ("country", "B1"), ("currency", "E"),
        ("books_begin_on", "soon"),
    ):  # fmt: skip
        answer = fill_in(browser, page, **{**good, field: typed})
        assert answer.status_code == 422, field
        assert f'id="{field}-wrong"' in answer.text, field


def test_a_place_is_renamed_closed_when_it_is_empty_and_used_again(served: Served) -> None:
    clinic = served.clinic
    filler = served.house.product("Filler", in_use_minutes_room=60, in_use_minutes_refrigerated=600)
    lot = clinic.lot_on_shelf(filler, "A1", presentations=2)
    opened(served.house, lot, now=now())
    browser, page = served.logged_in(clinic.manager), _page(served, f"/places/{clinic.fridge.uid}")
    empty = _page(served, f"/places/{clinic.cupboard.uid}")

    full = fill_in(browser, page, action=f"{page}/closing")
    renamed = fill_in(browser, page, name="Big <b>fridge", storage_class="refrigerated")
    closed = fill_in(browser, empty, action=f"{empty}/closing")
    listed = browser.get(_page(served, "/places")).text
    reopened = fill_in(browser, empty, action=f"{empty}/reopening")

    assert lot.number == "A1"
    assert full.status_code == 409 and "goods lie there" in full.text
    assert renamed.status_code == closed.status_code == reopened.status_code == 303
    assert "Big &lt;b&gt;fridge" in listed and "closed" in listed
    assert "closed" not in browser.get(_page(served, "/places")).text
    fill_in(browser, page, name="Big fridge", storage_class="room")
    assert "1 open vial or cocktail there keeps for less long" in browser.get(_page(served, "/places")).text


def test_a_name_that_another_place_has_is_said_beside_it(served: Served) -> None:
    clinic = served.clinic
    browser, page = served.logged_in(clinic.manager), _page(served, f"/places/{clinic.fridge.uid}")
    assert clinic.cupboard.uid

    answer = fill_in(browser, page, name="Cupboard", storage_class="room")

    assert answer.status_code == 422
    assert 'id="name-wrong"' in answer.text and 'value="Cupboard"' in answer.text


def test_a_place_of_another_clinic_and_an_account_of_the_ledger_are_not_found(served: Served) -> None:
    browser = served.logged_in(served.clinic.manager)
    theirs = served.house.another_clinic().fridge
    patients = served.clinic.location(kind=LocationKind.PATIENT)

    for place in (theirs, patients):
        assert browser.get(_page(served, f"/places/{place.uid}")).status_code == 404


def test_the_clinics_details_are_put_right(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.manager), _page(served, "/clinics")
    here = {
        "this-time_zone": "Europe/Sofia",
        "this-country": "BG",
        "this-currency": "EUR",
        "this-books_begin_on": "2026-01-01",
    }
    served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")

    kept = fill_in(browser, page, action=f"{page}/this", **{**here, "this-name": "V", "this-currency": "USD"})
    done = fill_in(browser, page, action=f"{page}/this", **{**here, "this-name": "Vitosha <b>East"})

    assert kept.status_code == 422 and "its currency stays" in kept.text and 'value="USD"' in kept.text
    assert done.status_code == 303
    assert "Vitosha &lt;b&gt;East" in browser.get(page).text


def test_the_last_proven_backup_is_shown_and_one_that_is_missed_is_marked(served: Served) -> None:
    clinic, page = served.clinic, f"/c/{served.clinic.uid}/administration"
    browser = served.logged_in(clinic.administrator)
    assert "None was made and proven yet" in browser.get(page).text

    def note(name: str, ago: timedelta) -> None:
        at = now() - ago
        command = NoteBackup(
            backup_uid=new_uid(at), made_at=at, verified_at=at, file_name=name, size_bytes=35_360_000
        )
        note_backup(served.store, command, actor=served.house.system, key=key("backup"), now=now())

    note("friday.backup", timedelta(hours=49))
    old = browser.get(page).text
    note("monday.backup", timedelta(hours=1))
    new = browser.get(page).text

    assert "friday.backup" in old and "35.3 MB" in old and ">missed</span>" in old
    assert "monday.backup" in new and ">missed</span>" not in new
