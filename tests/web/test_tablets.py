"""Are tablets, badges and PINs looked after on their pages, and signatures given where the acts are done?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from stockroom.clock import now
from stockroom.models import Badge, Deviation, LabelPrint, Movement, Signature
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.rules.overriding import Override
from stockroom.vocabulary import ContainerType, HoldReason, Role, Rule
from tests.builders import Goods, LotAt, Place, key
from tests.serving import PASSWORD, Browser, Served
from tests.sessions import hold, line, rows, session, used
from tests.tableting import PIN, at_tablet, give_badge, give_pin, register, sign_on
from tests.web.benching import code, page_of, scan
from tests.web.sending import fill_in


def _tablet(served: Served) -> Browser:
    """The tablet of Room 1, with the nurse signed on; the practitioner has a PIN."""
    give_pin(served.store, served.clinic.practitioner)
    browser = at_tablet(served)
    sign_on(browser, badge=give_badge(served.clinic, served.clinic.nurse))
    return browser


def _signatures(served: Served) -> list[tuple[str, str, str]]:
    return [(row.person_name, row.meaning, row.way) for row in rows(served.store, Signature)]


def _page(served: Served, path: str) -> str:
    return f"/c/{served.clinic.uid}/{path}"


def test_the_page_of_tablets_lists_them_and_revokes_one(served: Served) -> None:
    uid = register(served.clinic, name="Tablet <b>")
    browser, page = served.logged_in(served.clinic.manager), _page(served, "administration/tablets")
    shown = browser.get(page).text

    done = fill_in(browser, page, action=f"{page}/{uid}/revocation")

    assert "Tablet &lt;b&gt;" in shown and "Room 1" in shown and "Manager Vitosha" in shown
    assert done.status_code == 303 and "revoked" in browser.get(page).text
    assert served.logged_in(served.clinic.nurse).get(page).status_code == 403
    other = served.house.another_clinic()
    assert served.logged_in(other.manager).get(page).status_code == 404


def test_a_name_that_is_taken_is_said_beside_its_field_and_nothing_is_registered(served: Served) -> None:
    register(served.clinic)
    browser, page = served.logged_in(served.clinic.manager), _page(served, "administration/tablets")

    refused = fill_in(browser, page, name="Tablet 1", room_uid=served.clinic.room.uid)

    assert refused.status_code == 422 and "another tablet here is called so" in refused.text
    assert "Set-Cookie" not in refused.headers or "stockroom-tablet" not in refused.headers["Set-Cookie"]


def test_a_badge_is_shown_once_and_printed_while_it_is_fresh(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse = served.clinic.nurse
    browser = served.logged_in(served.clinic.administrator)
    page = _page(served, f"administration/people/{nurse.person_uid}")

    given = fill_in(browser, page, action=f"{page}/badge")
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', given.text)
    printed = re.search(rf'action="{page}/badge/label.pdf".*?name="key" value="([^"]+)"', given.text, re.S)
    assert csrf is not None and printed is not None
    form = {"csrf_token": csrf[1], "key": printed[1]}
    kinds = {
        kind: browser.client.post(f"{page}/badge/label.{kind}", data=form)
        for kind in ("pdf", "png", "zpl", "exe")
    }
    wrong = browser.client.post(f"{page}/badge/label.pdf", data={**form, "key": "another"})
    later = now() + timedelta(minutes=16)
    monkeypatch.setitem(served.app.extensions, "stockroom_clock", lambda: later)
    too_late = browser.client.post(f"{page}/badge/label.pdf", data=form)

    assert given.status_code == 200 and "shown this once" in given.text and "<svg" in given.text
    assert [answer.status_code for answer in kinds.values()] == [200, 200, 200, 404]
    assert kinds["pdf"].data.startswith(b"%PDF")
    badge = re.search(rb"SRB:([A-Z0-9]{12})", kinds["zpl"].data)
    assert (wrong.status_code, too_late.status_code) == (404, 404)
    assert "shown this once" not in browser.get(page).text
    (kept,) = rows(served.store, Badge)
    assert badge is None or badge[1].decode() not in str(kept)
    assert rows(served.store, LabelPrint) == []


def test_a_lost_badge_and_a_forgotten_pin_are_taken_away(served: Served) -> None:
    nurse = served.clinic.nurse
    badge = give_badge(served.clinic, nurse)
    give_pin(served.store, nurse)
    browser = served.logged_in(served.clinic.administrator)
    page = _page(served, f"administration/people/{nurse.person_uid}")

    answers = [fill_in(browser, page, action=f"{page}/{act}") for act in ("badge/revocation", "pin/removal")]

    assert [answer.status_code for answer in answers] == [303, 303]
    tablet = at_tablet(served)
    assert sign_on(tablet, badge=badge).status_code == 403
    assert sign_on(tablet, person_uid=nurse.person_uid, pin=PIN).status_code == 403


def test_a_pin_is_set_with_the_password_and_a_weak_one_is_refused(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)

    def send(**typed: str) -> Any:
        form = {"current_password": PASSWORD, "new_pin": PIN, "new_pin_again": PIN, **typed}
        return browser.send("/account/pin", "/account/pin", **form)

    refused = [
        send(current_password="another password"),
        send(new_pin="1234", new_pin_again="1234"),
        send(new_pin_again="271829"),
    ]
    done = send()

    assert [answer.status_code for answer in refused] == [422, 422, 422]
    assert "guessed first" in refused[1].text and "do not agree" in refused[2].text
    assert done.status_code == 303
    assert sign_on(at_tablet(served), person_uid=served.clinic.nurse.person_uid, pin=PIN).status_code == 303


def test_at_a_tablet_a_session_is_made_for_its_room(served: Served) -> None:
    tablet = _tablet(served)
    page = tablet.get(_page(served, "sessions/new")).text
    assert re.search(rf'<option selected value="{served.clinic.room.uid}"', page)


def _needle(served: Served) -> tuple[Goods, LotAt, Place]:
    """A needle, its lot in the fridge, and the cupboard; the room is empty."""
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    return needle, lot, served.clinic.cupboard


def test_a_scan_at_a_tablet_takes_what_lies_in_its_room(served: Served) -> None:
    needle, lot, _ = _needle(served)
    _move(served, lot, served.clinic.room, 2)
    visit, tablet = session(served.house, planned_at=now()), _tablet(served)

    scan(tablet, served, visit, code(needle, lot))

    assert (served.clinic.on_hand(lot), served.clinic.on_hand(lot, served.clinic.room)) == (3, 1)
    (movement,) = rows(served.store, Movement, kind="use")
    assert movement.device == "tablet Tablet 1"


def test_what_was_brought_from_one_other_place_is_booked_from_there_and_said(served: Served) -> None:
    needle, lot, _ = _needle(served)
    visit, tablet = session(served.house, planned_at=now()), _tablet(served)

    done = scan(tablet, served, visit, code(needle, lot))

    assert done.status_code == 303 and served.clinic.on_hand(lot) == 4
    assert "Booked from Fridge: nothing of this lot lies in Room 1." in tablet.get(done.location).text


def test_of_several_other_places_somebody_says_which(served: Served) -> None:
    needle, lot, cupboard = _needle(served)
    _move(served, lot, cupboard, 2)
    visit, tablet = session(served.house, planned_at=now()), _tablet(served)

    asked = scan(tablet, served, visit, code(needle, lot))
    done = scan(tablet, served, visit, code(needle, lot), vial=cupboard.uid)

    assert asked.status_code == 200 and 'data-stop="which"' in asked.text
    assert "Fridge" in asked.text and "Cupboard" in asked.text
    assert done.status_code == 303
    assert (served.clinic.on_hand(lot), served.clinic.on_hand(lot, cupboard)) == (3, 1)


def test_a_pin_is_the_second_persons_signature_under_an_override(served: Served) -> None:
    house, clinic = served.house, served.clinic
    dose = house.product("Dose", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(dose, "A1", presentations=5, at=clinic.room)
    hold(house, lot, HoldReason.SUSPICION)
    _wants_second(served, Rule.HELD)
    give_pin(served.store, clinic.practitioner)
    other = clinic.employ(Role.PRACTITIONER, name="Other Doctor")
    tablet = at_tablet(served)
    sign_on(tablet, badge=give_badge(clinic, other))
    visit = session(house, planned_at=now())
    answer = {"override_rules": "held", "override_reason": "Seen"}

    asked = scan(tablet, served, visit, code(dose, lot), **answer)
    person = {"second_person": clinic.practitioner.person_uid}
    wrong = scan(tablet, served, visit, code(dose, lot), **answer, **person, second_pin="999999")
    before = _signatures(served)
    done = scan(tablet, served, visit, code(dose, lot), **answer, **person, second_pin=PIN)

    assert "badge" in asked.text and 'name="second_pin"' in asked.text and asked.status_code == 422
    assert wrong.status_code == 403 and "PIN is not right" in wrong.text and "999999" not in wrong.text
    assert (before, done.status_code) == ([], 303)
    assert _signatures(served) == [("Practitioner Vitosha", "checked", "pin")]
    (movement,) = rows(served.store, Movement, kind="use")
    shown = tablet.get(_page(served, f"movements/{movement.uid}")).text
    assert "Signed: checked" in shown and "Practitioner Vitosha" in shown


def test_a_pin_signs_nothing_where_no_tablet_is_registered_and_a_badge_does(served: Served) -> None:
    clinic, visit = served.clinic, session(served.house, planned_at=now())
    needle = served.house.needle()
    used(served.house, visit, line(clinic.lot_on_shelf(needle, "N1", presentations=5)))
    give_pin(served.store, clinic.practitioner)
    badge = give_badge(clinic, clinic.practitioner)
    browser = served.logged_in(clinic.employ(Role.NURSE, authorised=()))
    page = f"{page_of(served, visit)}/signature"

    assert 'name="second_pin"' not in browser.get(page).text
    ignored = fill_in(
        browser, page, meaning="injected", second_person=clinic.practitioner.person_uid, second_pin=PIN
    )
    done = fill_in(browser, page, meaning="injected", second_badge=badge)

    assert ignored.status_code == 403  # the nurse's own signature, who is not authorised to inject
    assert done.status_code == 303
    assert _signatures(served) == [("Practitioner Vitosha", "injected", "badge")]
    shown = browser.get(page).text
    assert "Injected" in shown and "Practitioner Vitosha" in shown


def test_the_colleague_signs_a_session_at_the_tablet_and_the_nurse_stays_signed_on(served: Served) -> None:
    tablet, visit = _tablet(served), session(served.house, planned_at=now())
    page = f"{page_of(served, visit)}/signature"
    nothing = tablet.get(page).text
    used(served.house, visit, line(served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=5)))

    own = fill_in(tablet, page, meaning="checked")
    person = served.clinic.practitioner.person_uid
    done = fill_in(tablet, page, meaning="checked", second_person=person, second_pin=PIN)

    assert "Nothing yet" in nothing
    assert own.status_code == 403 and "somebody else has to check" in own.text
    assert done.status_code == 303 and _signatures(served) == [("Practitioner Vitosha", "checked", "pin")]
    assert 'data-person-name="Nurse Vitosha"' in tablet.get(page).text


def test_a_deviation_is_signed_at_the_tablet_by_a_colleagues_pin(served: Served) -> None:
    house, clinic = served.house, served.clinic
    lot = clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    hold(house, lot, HoldReason.SUSPICION)
    doctor = clinic.employ(Role.PRACTITIONER, name="Other Doctor")
    override = Override(rules=frozenset({Rule.HELD}), reason="Seen")
    used(house, session(house), line(lot), actor=doctor, override=override)
    tablet, alerts = _tablet(served), _page(served, "alerts")
    (deviation,) = rows(served.store, Deviation)

    asked = tablet.get(f"{alerts}?sign={deviation.uid}").text
    action = f"{alerts}/deviations/{deviation.uid}/signature"
    own = fill_in(tablet, f"{alerts}?sign={deviation.uid}", action=action)
    person = clinic.practitioner.person_uid
    done = fill_in(
        tablet, f"{alerts}?sign={deviation.uid}", action=action, second_person=person, second_pin=PIN
    )

    assert "A colleague signs" in asked and own.status_code == 403 and done.status_code == 303
    assert _signatures(served) == [("Practitioner Vitosha", "checked", "pin")]
    (signed,) = rows(served.store, Deviation)
    assert signed.signed_by_id == clinic.practitioner.person_id


def _move(served: Served, lot: LotAt, place: Place, quantity: int) -> None:
    moved = MoveLine(lot_uid=lot.uid, from_uid=served.clinic.fridge.uid, quantity=quantity)
    command = MoveGoods(to_uid=place.uid, lines=(moved,))
    move_goods(served.store, command, actor=served.clinic.nurse, key=key("move"), now=now())


def _wants_second(served: Served, rule: Rule) -> None:
    command = SetSettings(values={"second_person_for": [rule.value]}, version=1)
    set_settings(served.store, command, actor=served.clinic.manager, key=key("set"), now=now())
