"""Does a clinic decide for itself on one form, made from the registry of settings?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.queries.settings import clinic_settings_shown
from stockroom.rules.setting_table import SETTINGS, SettingKind
from stockroom.vocabulary import Rule
from tests.serving import Browser, Served
from tests.web.sending import fill_in, hidden_of, post


@pytest.fixture
def manager(served: Served) -> Browser:
    return served.logged_in(served.clinic.manager)


@pytest.fixture
def page(served: Served) -> str:
    return f"/c/{served.clinic.uid}/administration/settings"


def _set(served: Served) -> Any:
    with served.store.reading() as connection:
        return clinic_settings_shown(connection, served.clinic.id).settings


def _typed(served: Served, **changed: Any) -> dict[str, Any]:
    """Every setting as the form sends it back untouched, but for what is `changed`."""
    form: dict[str, Any] = {}
    for setting in SETTINGS:
        value = getattr(_set(served), setting.name)
        if setting.kind is SettingKind.FLAG:
            form |= {setting.name: "y"} if value else {}
        elif setting.kind is SettingKind.NUMBERS:
            form[setting.name] = ", ".join(map(str, value))
        else:
            form[setting.name] = list(value) if isinstance(value, tuple) else str(value)
    return {**form, **changed}


def test_every_setting_is_shown_with_its_sentence_default_and_source(manager: Browser, page: str) -> None:
    text = manager.get(page).text

    for setting in SETTINGS:
        assert f'name="{setting.name}"' in text
        assert setting.says in text
        assert setting.source in text
    assert "By default: 90, 60, 30, 7." in text and "decided here" not in text


def test_what_is_decided_stands_and_is_marked(served: Served, manager: Browser, page: str) -> None:
    form = _typed(
        served,
        second_person_for=["expired", "allergy"],
        bench_receipt_allowed="y",
        alert_days="14 3, 45",
        expiring_soon_days="30",
    )

    done = fill_in(manager, page, **form)

    assert done.status_code == 303
    assert set(_set(served).second_person_for) == {Rule.EXPIRED, Rule.ALLERGY}
    assert _set(served).bench_receipt_allowed is True
    assert (_set(served).alert_days, _set(served).expiring_soon_days) == ((45, 14, 3), 30)
    text = manager.get(page).text
    assert text.count("decided here") == 4 and 'value="45, 14, 3"' in text


def test_a_flag_is_taken_back_by_not_ticking_it(served: Served, manager: Browser, page: str) -> None:
    fill_in(manager, page, **_typed(served, bench_receipt_allowed="y"))
    form = {name: value for name, value in _typed(served).items() if name != "bench_receipt_allowed"}

    fill_in(manager, page, **form)

    assert _set(served).bench_receipt_allowed is False


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("expiring_soon_days", "-1"),
        ("expiring_soon_days", "many"),
        ("sterile_products_max", "0"),
        ("alert_days", "90, soon"),
        ("alert_days", "0"),
        ("second_person_for", "recalled_by_moon"),
    ],
)
def test_what_cannot_be_is_said_beside_its_setting_and_nothing_is_set(
    served: Served, manager: Browser, page: str, field: str, typed: str
) -> None:
    before = _set(served)

    answer = fill_in(manager, page, **_typed(served, **{"short_dated_days": "33", field: typed}))

    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert 'value="33"' in answer.text
    assert _set(served) == before


def test_two_managers_at_once_lose_nothing(served: Served, manager: Browser, page: str) -> None:
    read = hidden_of(manager, page)
    fill_in(manager, page, **_typed(served, expiring_soon_days="30"))

    late = post(manager, page, {**read, **_typed(served), "key": "another-key", "expiring_soon_days": "90"})

    assert late.status_code == 412
    assert "Look at them again" in late.text and 'value="90"' in late.text
    assert _set(served).expiring_soon_days == 30
