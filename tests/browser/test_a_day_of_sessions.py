"""A day of the demo clinic, session by session on its screens, with what goes wrong on such a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from stockroom import clock
from stockroom.ledger.verify import verify
from stockroom.operations.ask_allergies import AskAllergies, ask_allergies
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from tests.browser.at_bench import (
    actor_at,
    badge_of,
    label_of_open,
    one,
    pack_of,
    shown,
    state_of,
    used_in,
)
from tests.browser.day_of_sessions import Day, journalled, newest_entry, patients, planned, product_of
from tests.browser.shop import Shop
from tests.browser.visiting import Visit
from tests.conftest import SCALE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

WHOLE_DAY = 25
SHORT_DAY = 6
"""Sessions where the suite is not asked to be thorough: every trouble, and one in which nothing goes wrong."""
NEEDLE, THIN_NEEDLE = "Demo Needle 30G 4 mm", "Demo Needle 32G 4 mm"
BOOSTER, OTHER_BOOSTER = "Demo Hydra Booster", "Demo Aqua Booster"
USUAL = {
    "booster": ((BOOSTER, 2_000), (NEEDLE, 5)),
    "revitalising": (("Demo PolyMeso 3 mL", 3_000), (NEEDLE, 5)),
    "solution, from a vial": (("Demo Revita 5 mL", 2_500), (THIN_NEEDLE, 4)),
    "vitamin and panthenol": (("Demo Ascorbin 1 g", 5_000), ("Demo Panthenol", 2_000), (NEEDLE, 5)),
    "cartridge and silica": (("Demo Organic Silica", 5_000), ("Demo Cartridge 12 pins", 1)),
    "peptides, from a vial": (("Demo Peptide Blend", 2_000), (NEEDLE, 5)),
}
COCKTAIL, LIPOLYTIC = "Localised fat", "Demo Lipo PC/DC"


@pytest.fixture
def day(visit: Callable[..., Visit], shop: Shop) -> Day:
    return Day(
        shop=shop, nurse=visit("nurse"), second=visit("practitioner"), badge=badge_of(shop, "practitioner")
    )


def _plan(day: Day, patient_uid: str, *needs: tuple[str, int]) -> str:
    room = f"Room {len(day.played) % 2 + 1}"
    return planned(day.shop, patient_uid, room, [(product_of(day.shop, name), n) for name, n in needs])


def _take(day: Day, name: str) -> str:
    """Scan what is in the hand: the label of a vial that is open, else the pack."""
    return day.take(label_of_open(day.shop, name) or pack_of(day.shop, name).scan)


def _serve(day: Day, uid: str, *needs: tuple[str, int]) -> None:
    """Take what is planned, from a second vial where the first one holds too little."""
    for name, quantity in needs:
        while sum(used for product, used in used_in(day.shop, uid) if product == name) < quantity:
            assert _take(day, name) == "used", name


def _nothing_goes_wrong(day: Day, patient_uid: str, kind: str) -> None:
    needs = USUAL[kind]
    uid = _plan(day, patient_uid, *needs)
    day.nurse.go("today")
    played = day.play(kind, uid)
    day.arrive(uid)
    _serve(day, uid, *needs)
    day.finish()
    day.over(played)
    day.sign(uid)
    day.over(played)
    assert state_of(day.shop, uid) == "signed"


def _she_is_allergic(day: Day, patient_uid: str) -> None:
    """The plan is older than what she says of it: hyaluronic acid is refused, and she goes home with needles unused."""
    uid = _plan(day, patient_uid, (BOOSTER, 2_000), (NEEDLE, 5))
    _has_allergy(day.shop, patient_uid)
    day.nurse.go("today")
    played = day.play("allergy stops the booster", uid)
    day.arrive(uid)
    assert _take(day, NEEDLE) == "used"
    assert _take(day, BOOSTER) == "stop-refused"
    assert "llerg" in day.nurse.page.locator("#bench .stop").inner_text()
    day.put_aside()
    day.finish()
    day.over(played)
    assert used_in(day.shop, uid) == [(NEEDLE, 5)]


def _has_allergy(shop: Shop, patient_uid: str) -> None:
    ingredient = one(shop, "SELECT uid FROM ingredient WHERE slug = 'hyaluronic-acid'")
    command = AskAllergies(patient_uid=patient_uid, ingredient_uids=(shown(ingredient.uid),))
    ask_allergies(shop.store, command, actor=actor_at(shop, "nurse"), key=uuid4().hex, now=clock.now())


def _it_has_expired(day: Day, patient_uid: str) -> None:
    """What lies at hand ran out yesterday: it is refused, and the planned one is taken."""
    uid = _plan(day, patient_uid, *USUAL["booster"])
    old = pack_of(day.shop, OTHER_BOOSTER)
    put_right = CorrectLot(
        lot_uid=old.lot_uid,
        number=old.number,
        expires_on=clock.now().date() - timedelta(days=2),
        reason="The pack says so",
    )
    correct_lot(
        day.shop.store, put_right, actor=actor_at(day.shop, "practitioner"), key=uuid4().hex, now=clock.now()
    )
    day.nurse.go("today")
    played = day.play("an expired syringe", uid)
    day.arrive(uid)
    assert day.take(old.scan) == "stop-refused"
    assert "xpired" in day.nurse.page.locator("#bench .stop").inner_text()
    day.put_aside()
    _serve(day, uid, *USUAL["booster"])
    day.finish()
    day.over(played)
    assert used_in(day.shop, uid) == [(BOOSTER, 2_000), (NEEDLE, 5)]


def _another_one_is_taken(day: Day, patient_uid: str) -> None:
    """Other needles of the same kind stand in for those that were planned, and the record says so."""
    uid = _plan(day, patient_uid, ("Demo PolyMeso 3 mL", 3_000), (NEEDLE, 5))
    day.nurse.go("today")
    played = day.play("other needles instead", uid)
    day.arrive(uid)
    assert _take(day, "Demo PolyMeso 3 mL") == "used"
    assert _take(day, THIN_NEEDLE) == "extra"
    assert "instead of what was planned" in day.nurse.page.locator("#bench .act").inner_text()
    day.finish()
    day.over(played)
    assert [name for name, _ in used_in(day.shop, uid)] == [THIN_NEEDLE, "Demo PolyMeso 3 mL"]


def _she_does_not_stay(day: Day, patient_uid: str) -> None:
    """The cocktail is made and checked, and the session is cancelled: the cocktail is thrown away."""
    uid = _plan(day, patient_uid, (COCKTAIL, 5_000), ("Demo Needle 30G 13 mm", 5))
    day.nurse.go("today")
    played = day.play("cancelled, its cocktail made", uid)
    day.arrive(uid)
    day.mix(pack_of(day.shop, LIPOLYTIC).scan)
    day.call_off(uid)
    day.over(played)
    assert state_of(day.shop, uid) == "cancelled" and used_in(day.shop, uid) == []


def _with_a_cocktail(day: Day, patient_uid: str) -> None:
    uid = _plan(day, patient_uid, (COCKTAIL, 5_000), ("Demo Needle 30G 13 mm", 5))
    day.nurse.go("today")
    played = day.play("cocktail, checked by a second one", uid)
    day.arrive(uid)
    day.mix(pack_of(day.shop, LIPOLYTIC).scan)
    day.use_what_was_made()
    assert _take(day, "Demo Needle 30G 13 mm") == "used"
    day.finish()
    day.over(played)
    day.sign(uid)
    day.over(played)


def _she_reacts(day: Day, patient_uid: str) -> None:
    """Before she leaves, a swelling is written down."""
    needs = USUAL["booster"]
    uid = _plan(day, patient_uid, *needs)
    day.nurse.go("today")
    played = day.play("an adverse reaction", uid)
    day.arrive(uid)
    _serve(day, uid, *needs)
    day.react(uid)
    day.nurse.go(f"sessions/{uid}")
    day.finish()
    day.over(played)
    row = one(
        day.shop,
        "SELECT effect, severity, outcome FROM reaction JOIN treatment_session s ON s.id = session_id"
        " WHERE s.uid = :uid",
        uid=UUID(uid).hex,
    )
    assert tuple(row) == ("swelling", "moderate", "ongoing")


TROUBLES = (_she_is_allergic, _it_has_expired, _another_one_is_taken, _she_does_not_stay, _she_reacts)


def _visits(count: int) -> list[Callable[[Day, str], None]]:
    """What happens in each session: of a whole day every fourth has its trouble, and now and then one a cocktail."""
    kinds = list(USUAL)
    visits: list[Callable[[Day, str], None]] = [
        partial(_nothing_goes_wrong, kind=kinds[n % len(kinds)]) for n in range(count)
    ]
    if count < WHOLE_DAY:
        return [*visits[len(TROUBLES) :], *TROUBLES]
    visits[3::7] = [_with_a_cocktail] * len(visits[3::7])
    visits[1 : 4 * len(TROUBLES) : 4] = TROUBLES
    return visits


def test_a_day_of_sessions_is_played_on_the_screens(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    visits = _visits(WHOLE_DAY if SCALE > 1 else SHORT_DAY)
    since = newest_entry(day.shop)

    for play, patient_uid in zip(visits, patients(day.shop, len(visits)), strict=True):
        play(day, patient_uid)

    kept = journalled(day.shop, since)
    with capsys.disabled():
        print(f"\n{day.table()}\njournal: {kept}")
    assert verify(day.shop.store).ok
    assert kept["session.finished"] == len(visits) - 1 and kept["session.cancelled"] == 1
    assert kept["refusal"] >= 2 and kept["reaction.record"] == 1
