"""Does a list come in from the terminal, checked first, whole or not at all?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stockroom.cli import main
from tests.importing import as_csv, as_xlsx, product_rows

CLINIC = (
    "--time-zone",
    "Europe/Sofia",
    "--country",
    "BG",
    "--currency",
    "EUR",
    "--books-begin-on",
    "2026-01-01",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for files, beside an installation with one clinic that has a fridge."""
    monkeypatch.setenv("STOCKROOM_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("STOCKROOM_DATABASE_URL", raising=False)
    assert do("db", "upgrade").exit_code == 0
    assert do("clinic", "found", "--name", "Vitosha", *CLINIC).exit_code == 0
    return tmp_path


def do(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_products_are_checked_brought_in_and_then_nothing_is_new(folder: Path) -> None:
    file = folder / "products.csv"
    file.write_bytes(as_csv(*product_rows(3), separator=";", encoding="cp1252"))

    tried = do("import", "products", file, "--dry-run")
    assert (tried.exit_code, "No faults in 3 lines: 3 new" in tried.stdout) == (0, True)
    done = do("import", "products", file)
    assert (done.exit_code, done.stdout) == (0, "Brought in, whole: 3 new, 0 changed, 0 known already.\n")
    assert "Bringing it in" in done.stderr
    again = do("import", "products", file)
    assert (again.exit_code, again.stdout) == (
        0,
        "Nothing new: 0 new, 0 changed, 3 known already. Nothing was changed.\n",
    )


def test_faults_are_a_table_and_the_exit_code_says_so(folder: Path) -> None:
    file = folder / "products.xlsx"
    heads = (
        *product_rows(0)[0],
        "supplier",
        "item code",
        "supplier pack",
        "lead time days",
        "price",
        "currency",
    )
    good = ("Demo Laboratories", "Demo Vial", "", "vial", "5 mL")
    rows = [
        (*good, "Demo Supply", 12345, 0, -1, 5, ""),
        (*good[:1], "Other", *good[2:], "Demo Supply", "00123", 1, 1, 5.5, "EUR"),
    ]
    file.write_bytes(as_xlsx(heads, *rows))

    result = do("import", "products", file)

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["2"] * 4
    for told in (
        "turned this into the number 12345",
        "0 is not a whole number from 1",
        "-1 is not",
        "a price without a currency",
    ):
        assert told in result.stdout
    assert "4 faults in 1 of 2 lines. Nothing was brought in." in result.stderr
    machine = json.loads(do("import", "products", file, "--json").stdout)
    assert (machine["fault_count"], machine["is_brought_in"]) == (4, False)
    assert machine["faults"][0]["line"] == 2


def test_opening_stock_and_patients_come_in_too(folder: Path) -> None:
    products, stock, patients = (folder / name for name in ("p.csv", "s.csv", "q.csv"))
    products.write_bytes(as_csv(*product_rows(1)))
    stock.write_bytes(
        as_csv(
            ("product", "lot", "expiry", "place", "count"),
            ["Demo Vial 1", "00123", "2028-05", "Quarantine", "2"],
        )
    )
    patients.write_bytes(as_csv(("reference", "name"), ["P-1", "Maria Invented"]))

    assert do("import", "products", products).exit_code == 0
    for kind, file in (("stock", stock), ("patients", patients)):
        result = do("import", kind, file, "--clinic", "Vitosha", "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["added"] == 1
        assert "Maria" not in result.output
    assert do("verify").exit_code == 0


def test_sessions_come_in_by_the_numbers_of_another_software(folder: Path) -> None:
    people, agenda = folder / "patients.csv", folder / "sessions.csv"
    people.write_bytes(as_csv(("reference", "name"), ("P-1", "Invented Person")))
    heads = ("reference", "patient", "day", "time", "course")
    agenda.write_bytes(as_csv(heads, ("V-1", "P-1", "2099-03-29", "03:30", "C-1")))
    unknown = do("import", "sessions", agenda)
    assert (unknown.exit_code, "patient" in unknown.stdout, "P-1" in unknown.stdout) == (1, True, False)
    assert do("import", "patients", people).exit_code == 0

    assert "1 new" in do("import", "sessions", agenda, "--dry-run").stdout
    assert "Brought in, whole: 1 new" in do("import", "sessions", agenda).stdout
    assert "Nothing new" in do("import", "sessions", agenda).stdout
    agenda.write_bytes(as_csv(heads, ("V-1", "P-1", "2099-03-30", "10:00", "C-1")))
    assert "0 new, 1 changed" in do("import", "sessions", agenda).stdout


def test_what_is_no_table_and_an_unknown_clinic_are_refused(folder: Path) -> None:
    file = folder / "old.xls"
    file.write_bytes(b"\xd0\xcf\x11\xe0old")

    refused = do("import", "products", file)
    assert (refused.exit_code, "old XLS format" in refused.stderr) == (1, True)
    assert do("import", "products", file, "--clinic", "Nowhere").exit_code == 2
    assert do("clinic", "found", "--name", "Rila", *CLINIC).exit_code == 0
    assert "say which clinic" in do("import", "products", file).stderr


@pytest.mark.parametrize("kind", ["products", "stock", "patients"])
def test_a_template_is_written_and_can_be_sent_back_as_it_is(folder: Path, kind: str) -> None:
    for ending in ("csv", "xlsx"):
        file = folder / f"{kind}.{ending}"
        assert do("import", "template", kind, file).exit_code == 0
        result = do("import", kind, file, "--dry-run")
        assert "there is nothing below the heads" in result.stdout
