"""Are alerts counted, read, answered and put off on the screen, and jobs seen and asked for?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from stockroom.clock import now
from stockroom.models import Alert, JobRun
from stockroom.notices import AlertKind
from stockroom.operations.raise_alert import RaiseAlert, raise_alert
from stockroom.rules.alerting import Cause
from stockroom.vocabulary import ContainerType, Role, Rule
from tests import cocktails
from tests.builders import key
from tests.serving import Served
from tests.sessions import line, over, patient, session, used
from tests.web.sending import fill_in


@pytest.fixture
def alert_uid(served: Served) -> str:
    """An open alert: a product is low."""
    product = served.house.product("Filler <u>")
    cause = Cause(kind=AlertKind.LOW_STOCK, subject_kind="product", subject_uid=product.uid, period="x")
    raised = raise_alert(
        served.store,
        RaiseAlert(cause=cause),
        actor=served.clinic.system,
        key=key(),
        now=now() - timedelta(hours=1),
    )
    return raised.alert_uid


@pytest.fixture
def path(served: Served) -> str:
    return f"/c/{served.clinic.uid}/alerts"


def _states(served: Served) -> list[str]:
    with served.store.reading() as connection:
        return list(connection.execute(select(Alert.state)).scalars())


def test_an_open_alert_is_counted_on_every_page_and_read_with_what_to_do(
    served: Served, alert_uid: str, path: str
) -> None:
    nurse = served.logged_in(served.clinic.nurse)

    elsewhere = nurse.get(f"/c/{served.clinic.uid}/stock")
    page = nurse.get(path)

    assert "1 open alert" in elsewhere.text
    assert "Filler &lt;u&gt;" in page.text and "Low stock" in page.text and "Order it" in page.text


def test_whoever_sees_to_it_takes_it_off_the_count(served: Served, alert_uid: str, path: str) -> None:
    nurse = served.logged_in(served.clinic.nurse)

    answer = fill_in(nurse, path, action=f"{path}/{alert_uid}/acknowledgement")

    assert answer.status_code == 303
    assert _states(served) == ["acknowledged"]
    assert "Nothing waits for you" in nurse.get(path).text
    assert "sees to it" in nurse.get(f"{path}?all=1").text


def test_it_is_put_off_for_some_days_and_not_for_others(served: Served, alert_uid: str, path: str) -> None:
    nurse = served.logged_in(served.clinic.nurse)

    wrong = fill_in(nurse, path, action=f"{path}/{alert_uid}/snooze", days="999")
    right = fill_in(nurse, path, action=f"{path}/{alert_uid}/snooze", days="7")

    assert wrong.status_code == 422
    assert right.status_code == 303 and _states(served) == ["snoozed"]


def test_an_auditor_reads_and_answers_nothing(served: Served, alert_uid: str, path: str) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    page = auditor.get(path)
    answer = auditor.send(path, f"{path}/{alert_uid}/acknowledgement", key="k")

    assert page.status_code == 200 and "I see to it" not in page.text
    assert answer.status_code == 403


def test_a_decision_waits_for_another_persons_signature(served: Served, path: str) -> None:
    house = served.house
    filler = house.product("Filler", confirmed=False, container_type=ContainerType.NONE)
    lot = served.clinic.lot_on_shelf(filler, "A1")
    used(
        house, session(house, patient(house)), line(lot, filler.content_quantity),
        actor=served.clinic.practitioner, override=over(Rule.PRODUCT_INCOMPLETE),
    )  # fmt: skip
    colleague = served.clinic.employ(Role.PRACTITIONER, name="Second")
    page = served.logged_in(colleague)

    before = page.get(path).text
    action = before.split("/signature")[0].split('action="')[-1] + "/signature"
    answer = fill_in(page, path, action=action)

    assert "product incomplete" in before
    assert answer.status_code == 303
    assert "product incomplete" not in page.get(path).text


def test_a_manager_sees_the_jobs_and_asks_for_a_run(served: Served) -> None:
    jobs = f"/c/{served.clinic.uid}/jobs"
    manager = served.logged_in(served.clinic.manager)

    page = manager.get(jobs)
    answer = fill_in(manager, jobs, action=f"{jobs}/low-stock/runs")

    assert "low-stock" in page.text and "daily at 01:00 UTC" in page.text
    assert answer.status_code == 303
    with served.store.reading() as connection:
        counted = select(func.count()).select_from(JobRun).where(JobRun.job == "low-stock")
        assert connection.execute(counted).scalar_one() == 1


def test_a_job_that_there_is_not_is_said_on_the_page(served: Served) -> None:
    jobs = f"/c/{served.clinic.uid}/jobs"

    answer = served.logged_in(served.clinic.manager).send(jobs, f"{jobs}/flying/runs", key="k")

    assert answer.status_code == 404


def test_a_nurse_runs_no_job(served: Served) -> None:
    assert served.logged_in(served.clinic.nurse).get(f"/c/{served.clinic.uid}/jobs").status_code == 403


def test_an_alert_leads_to_what_it_is_about(served: Served, path: str) -> None:
    clinic = served.clinic
    lot = clinic.lot_on_shelf(served.house.needle(), "N1", presentations=5)
    visit = session(served.house, planned_at=now())
    draft = cocktails.begin(served.house, None, visit, reason="as agreed").preparation_uid
    for kind, subject_kind, subject_uid, facts in (
        (AlertKind.BENCH_RECEIPT_UNMATCHED, "receipt", lot.uid, {"lot": lot.uid, "quantity": 5}),
        (AlertKind.PREPARATION_LEFT_OPEN, "preparation", draft, {}),
    ):
        cause = Cause(kind=kind, subject_kind=subject_kind, subject_uid=subject_uid, period="x", facts=facts)
        raise_alert(served.store, RaiseAlert(cause=cause), actor=clinic.system, key=key(), now=now())

    page = served.logged_in(clinic.nurse).get(path).text

    assert f'href="/c/{clinic.uid}/lots/{lot.uid}"' in page and "lot N1" in page
    assert f'href="/c/{clinic.uid}/prepare/{draft}"' in page
    assert "is not there any more" not in page
