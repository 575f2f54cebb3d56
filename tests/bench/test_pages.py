"""Has the bench something to show on every page that it measures, and is whatever was typed inert on all of them?"""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Text
from sqlalchemy.exc import IntegrityError

from bench.databases import sqlite_database
from bench.pages import application, client_of
from bench.pages_filled import fill_pages
from bench.plan import LINES_MIN, Plan, this_month
from stockroom import clock
from stockroom.db.base import Base
from stockroom.ledger.verify import verify
from tests.browser.pages import screens, unresolved

HOSTILE = "<svg id=canary onload=alert(1)>\"'><script id=canary>x</script>{{7*7}}"
AWAKE = ("<svg id=canary", "<script id=canary", "(1)>\"'>")
"""What stands in a page where a sign of it was not written as text."""
OURS = {
    "journal_entry", "disclosure_entry", "organisation_entry", "journal_head", "organisation_head", "user_account",
    "log_in", "job_run", "setting", "patient_index", "api_token", "alert",
}  # fmt: skip
"""Tables in which nobody types: proofs, secrets, and what the machine writes."""
WORDS = {
    "time_zone", "country", "currency", "scanner_separator", "scanner_layout", "outside_authorisation", "slug", "kind",
    "flag", "subject", "document_kind", "roles", "authorised_in", "areas", "technique", "paper", "life_rule",
    "indications", "ingredient_class", "short_code", "detail",
}  # fmt: skip
"""Columns that hold words and codes of ours."""


@pytest.mark.slow
def test_every_page_has_a_thing_to_show_and_a_hostile_text_in_every_column_is_text_on_it() -> None:
    plan = Plan(line_count=LINES_MIN, ends_at=this_month(clock.now().date()))
    with sqlite_database(plan) as database:
        fill_pages(database.store)
        assert unresolved(database.store) == ()
        assert verify(database.store).findings == ()
        pages = screens(database.store)
        with database.store.engine.execution_options(write=True).begin() as connection:
            columns = _poison(connection)
        client = client_of(application(database))
        answers = {page.name: client.get(page.path, buffered=True) for page in pages}

    shown = {name: answer.get_data(as_text=True) for name, answer in answers.items()}
    assert columns > 80 and sum("canary" in page for page in shown.values()) > 80
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code >= 500} == {}
    assert [(name, sign) for name, page in shown.items() for sign in AWAKE if sign in page] == []


def _poison(connection: Connection) -> int:
    """Put the text into each column in which somebody may have typed; give how many there are."""
    triggers = (
        connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    )
    for trigger in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{trigger}"')
    count = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns if table.name not in OURS else ():
            if type(column.type) is Text and column.name not in WORDS:
                count += _poison_column(connection, table.name, column.name)
    return count


def _poison_column(connection: Connection, table: str, column: str) -> bool:
    """Whether anything was written: the database refuses it where it knows every word, or where there is no row."""
    statement = f'UPDATE "{table}" SET "{column}" = ? || rowid WHERE "{column}" IS NOT NULL'
    try:
        with connection.begin_nested():
            return connection.exec_driver_sql(statement, (HOSTILE,)).rowcount > 0
    except IntegrityError:
        return False
