"""Do adverse reactions by lot show counts, rates, what stands out and a proposal, to those who may see each?"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.post import post
from stockroom.models import ClinicHold, Patient, Reaction, TreatmentSession, Usage
from stockroom.rules.posting import Draft
from stockroom.rules.posting import Line as Moved
from stockroom.vocabulary import LocationKind, MovementKind
from tests.builders import NOW, LotAt
from tests.serving import Browser, Served, serve

SESSIONS = 30


class Treated:
    """Thirty sessions with each of two lots of a product: ten reacted to the one, none to the other."""

    def __init__(self, served: Served) -> None:
        self.served, self.clinic = served, served.clinic
        filler = served.house.product("Filler <b>", content_quantity=100)
        self.bad = self.clinic.lot_on_shelf(filler, "B1", presentations=40)
        self.good = self.clinic.lot_on_shelf(filler, "G1", presentations=40)
        self.clinic.practitioner, self.clinic.fridge, self.clinic.account(LocationKind.PATIENT)
        self.clinic.act("test.treat", self._treat, now=NOW)
        self.path = f"/c/{self.clinic.uid}/reaction-rates"
        self.days = f"since={NOW:%Y-%m-%d}&until={NOW:%Y-%m-%d}"

    def _treat(self, work: Work) -> None:
        reacted = [self._session(work, self.bad, n) for n in range(SESSIONS)][:10]
        for n in range(SESSIONS):
            self._session(work, self.good, SESSIONS + n)
        said = {
            "clinic_id": self.clinic.id, "effect": "erythema", "severity": "mild", "outcome": "resolved",
            "began_at": NOW, "recorded_at": NOW, "recorded_by_id": self.clinic.practitioner.person_id,
        }  # fmt: skip
        work.connection.execute(
            insert(Reaction), [{**said, "uid": new_uid(NOW), "session_id": each} for each in reacted]
        )

    def _session(self, work: Work, lot: LotAt, n: int) -> int:
        at = {"created_at": NOW, "updated_at": NOW}
        patient = work.connection.execute(
            insert(Patient).values(uid=new_uid(NOW), short_code=f"P{n}", **at).returning(Patient.id)
        ).scalar_one()
        session_id: int = work.connection.execute(
            insert(TreatmentSession)
            .values(
                uid=new_uid(NOW), clinic_id=self.clinic.id, patient_id=patient, state="finished",
                short_code=f"S{n}", planned_at=NOW, version=1, **at,
            )
            .returning(TreatmentSession.id)
        ).scalar_one()  # fmt: skip
        line = Moved(
            lot_id=lot.id, from_id=lot.location_id, to_id=self.clinic.account(LocationKind.PATIENT).id,
            quantity=100, session_id=session_id,
        )  # fmt: skip
        posted = post(work, Draft(kind=MovementKind.USE, lines=(line,), occurred_at=NOW))
        usage = {"identified_by": "scan", "practitioner_id": self.clinic.practitioner.person_id}
        work.connection.execute(
            insert(Usage).values(clinic_id=self.clinic.id, line_id=posted.line_ids[0], **usage)
        )
        return session_id


@pytest.fixture(scope="module")
def treated(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Treated]:
    folder = tmp_path_factory.mktemp("rates")
    shutil.copy(sqlite_template, folder / "rates.sqlite")
    running = serve(f"sqlite:///{folder / 'rates.sqlite'}", folder)
    yield Treated(running)
    running.store.engine.dispose()


def rows(browser: Browser, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get(path).text.removeprefix("\ufeff"))))


def test_a_lot_that_stands_out_says_why_and_leads_to_a_hold_that_somebody_decides(treated: Treated) -> None:
    practitioner = treated.served.logged_in(treated.clinic.practitioner)

    page = practitioner.get(f"{treated.path}?{treated.days}").text

    assert "Filler &lt;b&gt;" in page and "Filler <b>" not in page
    assert (
        "10 of 30 sessions have a reaction (33.3 %; 95 % interval 17.3 % to 52.8 %): 10 of 30 patients."
        in page
    )
    assert "Of the other sessions with this product 0 of 30 have one (0.0 %)." in page
    assert "2 lots could be compared with the rest of their products" in page
    hold = unescape(next(part for part in page.split('href="') if "/hold?" in part).split('"')[0])
    form = practitioner.get(hold).text
    assert "Adverse reactions from" in form and "10 of 30 sessions" in form
    assert '<option selected value="suspicion">' in form
    with treated.served.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ClinicHold)).scalar_one() == 0


@pytest.mark.parametrize("by", ["lot", "product", "recipe", "area"])
def test_each_grouping_is_a_page_and_two_files(treated: Treated, by: str) -> None:
    manager = treated.served.logged_in(treated.clinic.manager)

    assert manager.get(f"{treated.path}?by={by}&{treated.days}").status_code == 200
    told = rows(manager, f"{treated.path}/rates.csv?by={by}&{treated.days}")
    with manager.client.get(f"{treated.path}/rates.xlsx?by={by}") as sheet:
        assert sheet.status_code == 200
    counts = [(each["sessions"], each["sessions_with_reaction"]) for each in told]
    assert counts == {"lot": [("30", "10"), ("30", "0")], "product": [("60", "10")]}.get(by, [])
    if by == "lot":
        assert [told[0][name] for name in ("lot", "rate", "lower")] == ["B1", "0.333333", "0.172874"]


def test_below_thirty_sessions_there_is_no_rate(treated: Treated) -> None:
    later = f"since={NOW + timedelta(days=1):%Y-%m-%d}&until={NOW + timedelta(days=9):%Y-%m-%d}"
    manager = treated.served.logged_in(treated.clinic.manager)

    assert "Nothing was used in this time" in manager.get(f"{treated.path}?{later}").text
    severe = manager.get(f"{treated.path}?{treated.days}&least=severe").text
    assert "No lot does." in severe and "33.3 %" not in severe


def test_the_reactions_of_a_lot_lead_to_their_sessions_and_are_disclosed(treated: Treated) -> None:
    nurse = treated.served.logged_in(treated.clinic.nurse)
    page = nurse.get(f"{treated.path}?{treated.days}").text
    link = unescape(next(part for part in page.split('href="') if "/events?" in part).split('"')[0])

    shown = nurse.get(link).text

    assert shown.count("/reactions") == 10
    assert "10 sessions with a reaction of 30" in shown
    assert nurse.get(f"{treated.path}/events?by=lot&of=nothing").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [("nurse", 403), ("practitioner", 403), ("administrator", 403), ("manager", 200), ("auditor", 200)],
)
def test_by_practitioner_is_for_managers_and_auditors(treated: Treated, role: str, status: int) -> None:
    browser = treated.served.logged_in(getattr(treated.clinic, role))

    for path in ("practitioners", "practitioners.csv"):
        assert browser.client.get(f"{treated.path}/{path}?{treated.days}").status_code == status
    others = browser.client.get(f"{treated.path}?by=practitioner&{treated.days}")
    assert others.status_code == (403 if role == "administrator" else 200)
    assert '<th scope="row">Practitioner Vitosha' not in others.text


def test_the_api_says_the_same(treated: Treated) -> None:
    clinic = treated.clinic
    manager = treated.served.api(treated.served.token(clinic.manager))
    nurse = treated.served.api(treated.served.token(clinic.nurse))
    at = f"/api/v1/reaction-rates?{treated.days}"

    assert [row["name"] for row in manager.get(at).get_json()["rows"]] == ["B1", "G1"]
    signals = nurse.get(at.replace("rates?", "rates/signals?")).get_json()
    assert [each["lot_number"] for each in signals["signals"]] == ["B1"]
    assert signals["compared_count"] == 2
    assert nurse.get(at.replace("rates?", "rates/practitioners?")).status_code == 403
    (row,) = manager.get(at.replace("rates?", "rates/practitioners?")).get_json()["rows"]
    assert (row["exposures"], row["events"], row["rate"]) == (60, 10, "0.166667")
    assert manager.get(f"{at}&by=practitioner").status_code == 422
