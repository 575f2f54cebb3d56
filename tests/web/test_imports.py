"""Is a file checked, shown with what is wrong, and brought in whole, by whoever may?"""

from __future__ import annotations

import io
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, update

from stockroom.ledger import table_imports as kept
from stockroom.ledger.table_imports import SILENT_MAX
from stockroom.models import Patient, Product, TableImport
from stockroom.tables.words import ImportState, TableKind
from stockroom.web import import_work, imports_page
from tests.importing import as_csv, as_xlsx, product_rows
from tests.serving import Browser, Served


def sent(
    browser: Browser, served: Served, content: bytes, *, kind: str = "products", name: str = "list.csv"
) -> Any:
    page = f"/c/{served.clinic.uid}/imports"
    text = browser.get(page).text
    form = {"kind": kind, "key": _key(text), "file": (io.BytesIO(content), name)}
    return browser.client.post(
        page,
        data={"csrf_token": browser.anti_forgery_token(page), **form},
        content_type="multipart/form-data",
    )


def _key(text: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def finished(browser: Browser, path: str) -> str:
    """The page of a file once nothing is at work on it."""
    for _ in range(200):
        if not browser.client.get(f"{path}/progress").json["is_at_work"]:
            return str(browser.get(path).text)
        time.sleep(0.05)
    raise AssertionError("it is at work for ever")


def checked(browser: Browser, served: Served, content: bytes, **more: Any) -> tuple[str, str]:
    answer = sent(browser, served, content, **more)
    assert answer.status_code == 303, answer.text
    return answer.location, finished(browser, answer.location)


def count(served: Served, model: Any) -> int:
    with served.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def test_a_file_is_checked_brought_in_and_then_nothing_of_it_is_new(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    before = count(served, Product)

    path, page = checked(manager, served, as_csv(*product_rows(3), separator=";"))
    assert "No faults in 3 lines" in page
    assert count(served, Product) == before
    answer = manager.send(path, f"{path}/acceptance", key=_key(page))
    assert answer.status_code == 303
    assert "Brought in, whole: 3 new, 0 changed, 0 known already." in finished(manager, path)
    assert count(served, Product) == before + 3

    _, page = checked(manager, served, as_xlsx(*product_rows(3)), name="list.xlsx")
    assert "all 3 are known already" in page
    assert "Bring in</button>" not in page


def test_faults_are_a_table_by_line_and_column_and_leave_as_a_file(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    rows = product_rows(20)
    for line in (3, 12):
        rows[line][4] = "<b>5</b>"

    path, page = checked(manager, served, as_csv(*rows))

    assert "2 faults" in page and "In 2 of 20 lines" in page
    assert "&lt;b&gt;5&lt;/b&gt; is not a quantity with its unit" in page
    assert "such as 2,5 mL" in page
    told = manager.get(f"{path}/faults.csv").text.splitlines()
    assert told[1].startswith("4,content,") and told[2].startswith("13,content,")
    with manager.client.get(f"{path}/faults.xlsx") as answer:
        assert load_workbook(io.BytesIO(answer.data)).active["B2"].value == "content"
    assert manager.send(path, f"{path}/acceptance", key="any-key-1").status_code == 303
    assert "2 faults" in finished(manager, path)


def test_a_tenth_of_wrong_lines_is_told_whole_and_nothing_comes_in(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    before = count(served, Product)
    rows = product_rows(400)
    for line in range(10, 401, 10):
        rows[line][0] = ""

    _, page = checked(manager, served, as_csv(*rows))

    assert "40 faults" in page and "In 40 of 400 lines" in page
    assert page.count("it is empty") == 40
    assert count(served, Product) == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0", "old XLS format"),
        (b"PK\x03\x04broken", "it is damaged"),
        (b"a\x00b", "it is not a text"),
    ],
)
def test_what_is_no_table_is_told_as_a_whole(served: Served, content: bytes, told: str) -> None:
    _, page = checked(served.logged_in(served.clinic.manager), served, content)

    assert told in page and "Nothing was brought in" in page


def test_no_file_an_empty_one_and_a_huge_one_are_refused_at_once(served: Served, monkeypatch: Any) -> None:
    manager = served.logged_in(served.clinic.manager)
    empty = sent(manager, served, b"", name="x.csv")
    assert (empty.status_code, "The file is empty." in empty.text) == (422, True)
    page = f"/c/{served.clinic.uid}/imports"
    missing = manager.send(page, page, kind="products", key="a-key-for-it")
    assert (missing.status_code, "Choose a CSV or XLSX file." in missing.text) == (422, True)
    monkeypatch.setattr(imports_page, "FILE_BYTES_MAX", 1024 * 1024)
    large = sent(manager, served, b"x" * 400_000)
    assert large.status_code == 303
    finished(manager, large.location)
    monkeypatch.setattr(imports_page, "FILE_BYTES_MAX", 300_000)
    huge = sent(manager, served, b"x" * 400_000)
    assert (huge.status_code, "This file has more than" in huge.text) == (422, True)
    body, sort = b"x" * (11 * 1024 * 1024), "multipart/form-data; boundary=x"
    assert manager.client.post(page, data=body, content_type=sort).status_code == 413
    nobody, body = served.browser(), body[: 3 * 1024 * 1024]
    assert nobody.client.post(page, data=body, content_type=sort).status_code == 413
    assert count(served, TableImport) == 1


def test_each_role_brings_in_what_it_may(served: Served) -> None:
    page = f"/c/{served.clinic.uid}/imports"
    manager, nurse = served.logged_in(served.clinic.manager), served.logged_in(served.clinic.nurse)
    auditor, administrator = (
        served.logged_in(served.clinic.auditor),
        served.logged_in(served.clinic.administrator),
    )

    assert auditor.get(page).status_code == 403
    assert "Opening stock" in manager.get(page).text and "kind-patients" not in manager.get(page).text
    assert "kind-patients" in nurse.get(page).text and "kind-products" not in nurse.get(page).text
    assert "kind-stock" not in administrator.get(page).text
    path, _ = checked(manager, served, as_csv(*product_rows(1)))
    assert nurse.get(path).status_code == 403
    stolen = nurse.client.post(
        f"{path}/acceptance", data={"csrf_token": nurse.anti_forgery_token(page), "key": "some-key-1"}
    )
    assert stolen.status_code == 403
    refused = sent(nurse, served, as_csv(*product_rows(1)))
    assert refused.status_code in (403, 422)
    other = served.house.another_clinic("Lozenets")
    elsewhere = served.logged_in(other.manager)
    assert elsewhere.get(path.replace(served.clinic.uid, other.uid)).status_code == 404


def test_patients_come_in_and_no_page_of_the_import_names_one(served: Served) -> None:
    nurse = served.logged_in(served.clinic.nurse)
    heads = ("reference", "name", "born on")
    good = as_csv(heads, ["P-1", "Maria Invented", "1985-05-31"])
    bad = as_csv(heads, ["P-1", "Maria Invented", "31/05/1985"])

    _, page = checked(nurse, served, bad, kind="patients")
    assert "can be read in two ways" in page
    assert "Maria" not in page and "1985/05" not in page and "31/05" not in page
    path, page = checked(nurse, served, good, kind="patients")
    assert "Maria" not in page
    nurse.send(path, f"{path}/acceptance", key=_key(page))
    assert "1 new" in finished(nurse, path)
    assert count(served, Patient) == 1
    with served.store.reading() as connection:
        row = connection.execute(select(TableImport.__table__).order_by(TableImport.id.desc())).first()
    assert row is not None
    assert (row.content, row.data_key) == (None, None)
    assert "Maria" not in row.result


def test_opening_stock_that_comes_too_late_is_told(served: Served) -> None:
    filler = served.house.product("Filler")
    served.clinic.lot_on_shelf(filler, "B1")
    content = as_csv(
        ("product", "lot", "expiry", "place", "count"), ["Filler", "A1", "2028-01-31", "Fridge", "2"]
    )

    _, page = checked(served.logged_in(served.clinic.manager), served, content, kind="stock")

    assert "opening stock is closed" in page


def test_a_file_waits_sealed_is_thrown_away_and_is_forgotten_after_a_day(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    path, page = checked(manager, served, as_csv(*product_rows(2)))
    with served.store.reading() as connection:
        content = connection.execute(select(TableImport.content)).scalar_one()
    assert content is not None and b"Demo" not in content

    manager.send(path, f"{path}/removal", key=_key(page))
    assert "thrown away" in manager.get(path).text
    checked(manager, served, as_csv(*product_rows(2)))
    with served.store.engine.begin() as connection:
        connection.execute(update(TableImport).values(asked_at=_old()))
    checked(manager, served, as_csv(*product_rows(1)))
    with served.store.reading() as connection:
        left = (
            connection.execute(select(TableImport.content.is_not(None)).order_by(TableImport.id))
            .scalars()
            .all()
        )
    assert left == [False, False, True]


def _old() -> Any:
    from stockroom.clock import now

    return now() - timedelta(days=2)


def test_a_file_that_was_left_in_the_middle_is_taken_up_again(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    path, _ = checked(manager, served, as_csv(*product_rows(2)))
    with served.store.engine.begin() as connection:
        connection.execute(update(TableImport).values(state=ImportState.BRINGING_IN))
    at_work = manager.get(path).text
    assert "It is being brought in." in at_work and "<progress" in at_work
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in at_work
    with served.store.engine.begin() as connection:
        connection.execute(update(TableImport).values(updated_at=_old() - SILENT_MAX))
    page = manager.get(path).text
    assert "Check again" in page

    assert manager.send(path, f"{path}/check", key=_key(page)).status_code == 303
    assert "No faults in 2 lines" in finished(manager, path)


def test_templates_are_filled_in_as_they_are_and_their_example_is_not_read(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    folder = f"/c/{served.clinic.uid}/imports/templates"
    for kind in TableKind:
        text = manager.get(f"{folder}/{kind}.csv").text
        assert text.startswith("\ufeff#;") and "EXAMPLE" in text
        with manager.client.get(f"{folder}/{kind}.xlsx") as answer:
            book = load_workbook(io.BytesIO(answer.data))
        assert len(book.sheetnames) == 2
        assert book.worksheets[0]["A2"].value.startswith("EXAMPLE")
        heads = [cell.value for cell in book.worksheets[0][1]][1:]
        assert [row[0].value for row in book.worksheets[1].iter_rows(min_row=2)][: len(heads)] == heads
    assert manager.get(f"{folder}/nothing.csv").status_code == 404
    _, page = checked(manager, served, manager.get(f"{folder}/products.csv").data)
    assert "there is nothing below the heads" in page


def test_a_template_that_is_filled_in_with_its_own_example_is_good(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    with manager.client.get(f"/c/{served.clinic.uid}/imports/templates/products.xlsx") as answer:
        book = load_workbook(io.BytesIO(answer.data))
    sheet = book.worksheets[0]
    sheet["A2"] = ""
    out = io.BytesIO()
    book.save(out)

    _, page = checked(manager, served, out.getvalue(), name="products.xlsx")

    assert "No faults in 1 lines" in page


def test_progress_is_seen_while_it_is_at_work_and_never_goes_back(served: Served, monkeypatch: Any) -> None:
    manager = served.logged_in(served.clinic.manager)
    seen: list[int] = []
    real = kept.progress

    def watch(connection: Any, uid: str, *, done: int, at: Any) -> None:
        seen.append(done)
        real(connection, uid, done=done, at=at)

    monkeypatch.setattr(import_work.kept, "progress", watch)
    monkeypatch.setattr(import_work, "_WRITE_EVERY", 0.0)

    checked(manager, served, as_csv(*product_rows(5_000)))

    assert len(seen) > 3
    assert seen == sorted(seen)
