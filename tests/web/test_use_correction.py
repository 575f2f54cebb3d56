"""Is a use put right on its page: another session, another amount, another area, in one act?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from stockroom.models import Deviation, UsageArea
from stockroom.rules.using import AreaUse
from tests.builders import LotAt
from tests.serving import Served
from tests.sessions import finish, line, opened, patient, rows, session, used
from tests.web.sending import fill_in, hidden_of, post

TWO = (AreaUse(area="face", quantity=400), AreaUse(area="neck", quantity=300))


def _vial(served: Served) -> LotAt:
    goods = served.house.product("Filler <b>", ingredients=("hyaluronic-acid",))
    return served.clinic.lot_on_shelf(goods, "A1")


def _booked(served: Served, *areas: AreaUse) -> tuple[str, str]:
    """A finished session in which 0.7 mL was used; its uid, and the path of the page that puts that right."""
    vial = opened(served.house, _vial(served), now=now())
    visit = session(served.house, planned_at=now())
    movement = used(served.house, visit, line(vial, 700, areas=areas), now=now())
    finish(served.house, visit, now=now())
    return visit, f"/c/{served.clinic.uid}/uses/{movement.movement_uid}/correction"


def _as_it_was(*areas: AreaUse) -> dict[str, str]:
    form = {"session_uid": "", "lines-0-amount": "0.7", "lines-0-areas-0-area": ""}
    for n, each in enumerate(areas):
        form[f"lines-0-areas-{n}-area"] = each.area
        form[f"lines-0-areas-{n}-amount"] = f"0.{each.quantity // 100}"
    return form


def test_the_practitioner_books_it_for_the_right_patient_in_one_act(served: Served) -> None:
    visit, path = _booked(served)
    right = session(served.house, patient(served.house, asked=False), planned_at=now() - timedelta(hours=1))
    doctor = served.logged_in(served.house.practitioner)
    form = {**hidden_of(doctor, path), **_as_it_was(), "session_uid": right, "reason": "wrong room <b>"}

    page = doctor.get(f"/c/{served.clinic.uid}/sessions/{visit}").text
    first, again = post(doctor, path, form), post(doctor, path, form)
    shown = doctor.get(first.location).text

    assert path in page, "the finished session leads to it"
    assert (first.status_code, again.status_code) == (303, 303) and first.location == again.location
    assert "Put right. What was booked before stays beside it." in shown and "wrong room &lt;b&gt;" in shown
    assert right in shown and "A second person signs it" in shown
    assert [row.rule for row in rows(served.house.store, Deviation)] == ["allergy_not_asked"]
    assert doctor.get(path).status_code == 409, "what was turned round is not put right once more"


def test_a_single_area_follows_the_amount_and_becomes_another(served: Served) -> None:
    _visit, path = _booked(served, AreaUse(area="face", quantity=700))
    form = {
        **_as_it_was(),
        "lines-0-amount": "0,5",
        "lines-0-areas-0-area": "neck",
        "reason": "misread",
    }

    answer = fill_in(served.logged_in(served.house.practitioner), path, **form)

    assert answer.status_code == 303
    said = [(row.area, row.quantity) for row in rows(served.house.store, UsageArea)]
    assert said == [("face", 700), ("neck", 500)]


def test_of_several_areas_each_has_its_amount(served: Served) -> None:
    _visit, path = _booked(served, *TWO)
    doctor = served.logged_in(served.house.practitioner)
    form = {**_as_it_was(*TWO), "reason": "less on the neck"}

    too_much = fill_in(doctor, path, **{**form, "lines-0-areas-1-amount": "0.5"})
    done = fill_in(doctor, path, **{**form, "lines-0-amount": "0.6", "lines-0-areas-1-amount": "0.2"})

    assert too_much.status_code == 422 and "say how much went into each" in too_much.text
    assert done.status_code == 303
    said = sorted((row.area, row.quantity) for row in rows(served.house.store, UsageArea))
    assert said == [("face", 400), ("face", 400), ("neck", 200), ("neck", 300)]


def test_what_cannot_be_read_or_changes_nothing_books_nothing(served: Served) -> None:
    _visit, path = _booked(served)
    doctor = served.logged_in(served.house.practitioner)
    form = {**_as_it_was(), "reason": "misread"}

    nothing = fill_in(doctor, path, **form)
    silent = fill_in(doctor, path, **{**form, "lines-0-amount": "0.5", "reason": ""})
    letters = fill_in(doctor, path, **{**form, "lines-0-amount": "half"})
    elsewhere = fill_in(doctor, path, **{**form, "session_uid": "no such"})
    lineless = fill_in(doctor, path, session_uid="", reason="misread")

    codes = [each.status_code for each in (nothing, silent, letters, elsewhere, lineless)]
    assert codes == [422] * 5
    assert "nothing was changed above" in nothing.text and "Say what was wrong." in silent.text
    assert 'value="half"' in letters.text and "is-invalid" in letters.text
    assert doctor.get(path).status_code == 200


def test_more_than_the_vial_held_asks_why(served: Served) -> None:
    _visit, path = _booked(served)
    doctor = served.logged_in(served.house.practitioner)
    form = {**_as_it_was(), "lines-0-amount": "5.4", "reason": "misread"}

    asked = fill_in(doctor, path, **form)
    told = fill_in(doctor, path, **form, overfill_reason="The vial held more than its label says")

    assert asked.status_code == 409 and 'name="overfill_reason"' in asked.text
    assert told.status_code == 303


def test_a_nurse_puts_right_what_she_booked_until_the_session_is_over(served: Served) -> None:
    vial = opened(served.house, _vial(served), now=now())
    visit = session(served.house, planned_at=now())
    movement = used(served.house, visit, line(vial, 700), now=now()).movement_uid
    path = f"/c/{served.clinic.uid}/uses/{movement}/correction"
    nurse = served.logged_in(served.house.nurse)
    form = {**_as_it_was(), "lines-0-amount": "0.5", "reason": "misread"}

    done = fill_in(nurse, path, **form)
    led = path.replace(movement, done.location.rsplit("/", 1)[1])
    linked = nurse.get(done.location).text
    finish(served.house, visit, now=now())
    late = fill_in(nurse, led, **{**form, "lines-0-amount": "0.6"})

    assert done.status_code == 303 and led in linked
    assert late.status_code == 403
