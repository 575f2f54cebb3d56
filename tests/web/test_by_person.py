"""Do managers and auditors, and nobody else, see what people wrote off, corrected, overrode and booked by hand?"""

from __future__ import annotations

import csv
import io

import pytest

from tests.queries.test_staff_acts import Acts
from tests.serving import Browser, Served

DAYS = "since=2026-03-02&until=2026-03-02"


@pytest.fixture
def acts(served: Served) -> Acts:
    return Acts(served.house)


def rows(browser: Browser, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get(path).text.removeprefix("\ufeff"))))


def test_the_report_is_a_page_files_and_an_answer_for_managers_and_auditors(
    served: Served, acts: Acts
) -> None:
    manager, here = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/by-person"

    page = manager.get(f"{here}?{DAYS}").text
    assert "Nurse Vitosha" in page and "€10.00" in page
    for by in ("product", "day"):
        assert manager.get(f"{here}?{DAYS}&by={by}").status_code == 200
    one = manager.get(f"{here}?{DAYS}&by=day&person={acts.nurse.person_uid}").text
    assert "Every act" in one and "broken" in one and "another vial" not in one
    sums = rows(manager, f"{here}/sums.csv?{DAYS}")
    assert {(row["person"], row["what"], row["worth"]) for row in sums} >= {
        ("Nurse Vitosha", "write_off", "10.00"), ("Practitioner Vitosha", "override", "10.00"),
    }  # fmt: skip
    told = rows(manager, f"{here}/acts.csv?{DAYS}")
    assert len(told) == 5
    assert {row["unit"] for row in told} == {"mL"} and " mL</td>" in one and " uL" not in one, (
        "as people measure it"
    )
    with manager.client.get(f"{here}/acts.xlsx?{DAYS}") as sheet:
        assert sheet.status_code == 200
    assert "Nothing of this kind" in manager.get(f"{here}?since=2025-01-01&until=2025-01-02").text

    api = served.api(served.token(served.clinic.manager))
    answer = api.get(f"/api/v1/staff-acts?{DAYS}&by=person").get_json()
    assert [group["name"] for group in answer["groups"]][1] == "Nurse Vitosha"
    assert {each["kind"]: each["count"] for each in answer["total"]["kinds"]} == {
        "write_off": 1, "correction": 1, "override": 1, "count_difference": 1, "by_hand": 1,
    }  # fmt: skip

    assert served.logged_in(served.clinic.auditor).get(f"{here}?{DAYS}").status_code == 200
    for role in ("nurse", "practitioner", "administrator"):
        browser = served.logged_in(getattr(served.clinic, role))
        assert browser.client.get(here).status_code == 403
        assert browser.client.get(f"{here}/acts.csv").status_code == 403
