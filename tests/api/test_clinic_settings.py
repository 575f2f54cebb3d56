"""Are a clinic's settings read and set over HTTP, by whom they may be, and under their version?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from stockroom.rules.setting_table import SETTINGS
from tests.api.asking import Asking, accepted, refused
from tests.builders import Clinic
from tests.serving import Served


def _path(clinic: Clinic) -> str:
    return f"clinics/{clinic.uid}/settings"


def test_a_clinic_begins_with_every_setting_by_default(served: Served) -> None:
    answer = Asking(served, served.clinic.nurse).get(_path(served.clinic))

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    plain = {each.name: each.default for each in SETTINGS}
    assert answer.get_json() == {
        name: list(default) if isinstance(default, tuple) else default for name, default in plain.items()
    }


def test_a_manager_decides_and_the_rest_stays(served: Served) -> None:
    manager, path = Asking(served, served.clinic.manager), _path(served.clinic)
    nurse = Asking(served, served.clinic.nurse)

    told = accepted(manager, nurse, "PUT", path, {"second_person_for": ["held"]}, etag='"1"')

    assert told == {"changed": ["second_person_for"], "version": 2}
    answer = nurse.get(path)
    assert answer.headers["ETag"] == '"2"'
    assert answer.get_json()["second_person_for"] == ["held"]
    assert answer.get_json()["expiring_soon_days"] == 60


def test_a_change_says_which_version_it_changes(served: Served) -> None:
    manager, path = Asking(served, served.clinic.manager), _path(served.clinic)

    assert manager.put(path, {"alert_days": [10]}).status_code == 428
    refused(manager.put(path, {"alert_days": [10]}, etag='"7"'), 412, "settings_changed")
    refused(manager.put(path, {"alert_days": [-1]}, etag='"1"'), 422, "invalid_fields")
    refused(manager.put(path, {"second_person_for": ["recalled"]}, etag='"1"'), 422, "invalid_value")


def test_another_clinics_settings_are_not_found(served: Served) -> None:
    manager, path = Asking(served, served.clinic.manager), _path(served.house.another_clinic())

    refused(manager.get(path), 404, "thing_not_found")
    refused(manager.put(path, {"alert_days": [10]}, etag='"1"'), 404, "thing_not_found")


def test_what_expires_soon_is_what_the_clinic_calls_soon(served: Served) -> None:
    manager = Asking(served, served.clinic.manager)
    soon = (now() + timedelta(days=45)).date()
    served.clinic.lot_on_shelf(served.house.product("Filler"), "A1", expires_on=soon)

    before = manager.get("stock/expiring").get_json()["lots"]
    manager.put(_path(served.clinic), {"expiring_soon_days": 40}, etag='"1"')

    assert [lot["lot_number"] for lot in before] == ["A1"]
    assert manager.get("stock/expiring").get_json()["lots"] == []
    assert len(manager.get("stock/expiring", days=50).get_json()["lots"]) == 1
