"""Does a patient's own list of who was shown something of her stand on her page, and leave as a file and on paper?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from stockroom.access.disclosing import disclose
from stockroom.clock import now
from stockroom.db.engine import sqlite_module
from stockroom.errors import Unavailable
from stockroom.models import Patient
from stockroom.outside.pdf_text import text_of
from tests.api.calling import Caller
from tests.patients import register
from tests.serving import Served
from tests.sessions import session


def test_her_list_says_who_when_what_for_and_where_and_stands_on_itself(served: Served) -> None:
    house, here = served.house, f"/c/{served.clinic.uid}"
    hers = register(house, "Vera Invented", reference="K-77").patient_uid
    other = register(house, "Anna Invented").patient_uid
    for uid in (hers, other):
        session(house, uid)
        served.logged_in(served.clinic.nurse).get(f"{here}/patients/{uid}")
    there = f"{here}/patients/{hers}/disclosures"
    manager = served.logged_in(served.clinic.manager)

    assert there in manager.get(f"{here}/patients/{hers}").text
    page = manager.get(there).text
    cells = list(csv.reader(io.StringIO(manager.get(f"{there}/disclosures.csv").text.removeprefix("\ufeff"))))
    paper = manager.get(f"{there}/disclosures.pdf")

    assert "Vera Invented" in page and f"{there}/disclosures.xlsx" in page
    assert [(row[3], row[4]) for row in cells[1:]] == [
        ("records request", "disclosures"),
        ("daily work", "patient"),
        ("daily work", "patient"),
    ]
    assert "(nurse)" in cells[-1][1] and "(manager)" in cells[1][1]
    with manager.client.get(f"{there}/disclosures.xlsx") as sheet:
        assert sheet.status_code == 200
    said = text_of(paper.data)
    assert "Who was shown something of you" in said and "Vera Invented" in said and "daily work" in said


def test_a_nurse_does_not_hand_it_out_and_an_auditor_reads_it_by_reference(served: Served) -> None:
    house, here = served.house, f"/c/{served.clinic.uid}"
    hers = register(house, "Vera Invented", reference="K-77").patient_uid
    session(house, hers)
    there = f"{here}/patients/{hers}/disclosures"

    assert served.logged_in(served.clinic.nurse).get(there).status_code == 403
    assert served.logged_in(served.clinic.administrator).get(there).status_code == 403
    shown = served.logged_in(served.clinic.auditor).get(there).text
    assert "K-77" in shown and "Vera" not in shown
    assert served.logged_in(house.another_clinic().manager).get(there).status_code in (403, 404)


@contextmanager
def _locked(served: Served) -> Iterator[None]:
    """Another process writes, and does not end."""
    with closing(sqlite_module().connect(served.store.engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def _full(served: Served) -> Iterator[None]:
    """Not a page more fits on the disk."""

    def limit(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA max_page_count=1")  # no less than what there is

    event.listen(served.store.writing_engine, "checkout", limit)
    try:
        with pytest.raises(Unavailable):
            for n in range(500):
                disclose(served.store, served.clinic.nurse, _uids(served), purpose=f"purpose {n}", now=now())
        yield
    finally:
        event.remove(served.store.writing_engine, "checkout", limit)
        with served.store.writing_engine.connect() as connection:  # the pool has one, used last and first
            connection.exec_driver_sql("PRAGMA max_page_count=1073741823")


def _uids(served: Served) -> list[str]:
    with served.store.reading() as connection:
        return list(connection.execute(select(Patient.uid)).scalars())


@pytest.mark.parametrize("held_up", [_locked, _full])
def test_nothing_is_shown_while_the_books_are_locked_or_the_disk_is_full(
    served: Served, held_up: Callable[[Served], AbstractContextManager[None]]
) -> None:
    """I-23, on the screen and to a program; it is a matter of time, which the answer says (503)."""
    hers, here = register(served.house, "Vera Invented").patient_uid, f"/c/{served.clinic.uid}"
    session(served.house, hers)
    nurse, api = served.logged_in(served.clinic.nurse), served.api(served.token(served.clinic.nurse))

    def hurry(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA busy_timeout=20")

    event.listen(served.store.writing_engine, "checkout", hurry)
    with held_up(served):
        page = nurse.client.get(f"{here}/patients/{hers}")
        told = api.get(f"/api/v1/patients/{hers}")
    event.remove(served.store.writing_engine, "checkout", hurry)

    assert (page.status_code, told.status_code) == (503, 503)
    assert "Vera" not in page.text + told.text
    assert "Vera Invented" in nurse.get(f"{here}/patients/{hers}").text


def test_a_program_reads_it_for_her_as_well(served: Served) -> None:
    hers = register(served.house, "Vera Invented").patient_uid
    session(served.house, hers)
    manager, nurse = Caller(served, served.clinic.manager), Caller(served, served.clinic.nurse)
    nurse.get(f"/patients/{hers}")

    items = manager.get(f"/patients/{hers}/disclosures")["items"]

    assert [(each["purpose"], each["page"], each["roles"]) for each in items] == [
        ("records_request", "disclosures", ["manager"]),
        ("", "patient", ["nurse"]),
    ]
    nurse.get(f"/patients/{hers}/disclosures", status=403)
    manager.get(f"/patients/{served.clinic.uid}/disclosures", status=404)
