"""Is every line of a table of patients read, and nothing personal repeated in a fault?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.tables.patient_lines import PatientLine
from stockroom.tables.words import TableKind
from tests.importing import as_csv, as_xlsx, read, told

HEADS = ("reference", "name", "born on", "contact", "another person")
GOOD = ("P-01", "Invented Person", "31.05.1985", "+359 2 000 0000", "")


def test_a_full_line_says_everything() -> None:
    (line,) = read(as_csv(HEADS, GOOD), TableKind.PATIENTS).lines

    assert line == PatientLine(
        line=2, reference="P-01", name="Invented Person", born_on=date(1985, 5, 31), contact="+359 2 000 0000"
    )


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"reference": "1E5"}, "reference", "looks_like_number"),
        ({"name": ""}, "name", "needed"),
        ({"born on": "31/05/1985"}, "born on", "day_in_doubt"),
        ({"born on": "2030-01-01"}, "born on", "not_born_then"),
        ({"born on": "1700-01-01"}, "born on", "not_born_then"),
        ({"born on": "", "reference": ""}, "reference", "not_to_be_found_again"),
        ({"another person": "Secretly"}, "another person", "not_a_word"),
    ],
)
def test_what_is_wrong_is_named_without_what_was_written(
    changed: dict[str, str], column: str, code: str
) -> None:
    row = dict(zip(HEADS, GOOD, strict=True)) | changed

    reading = read(as_csv(HEADS, list(row.values())), TableKind.PATIENTS)

    assert told(reading) == [(2, column, code)]
    for text in filter(None, changed.values()):
        assert text not in reading.faults[0].sentence + reading.faults[0].advice


def test_a_reference_that_the_spreadsheet_turned_into_a_number_is_refused() -> None:
    assert told(read(as_xlsx(HEADS, [417, "Invented Person"]), TableKind.PATIENTS)) == [
        (2, "reference", "turned_into_number")
    ]


@pytest.mark.parametrize(
    ("separator", "encoding"), [(";", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16"), (",", "utf-8")]
)
def test_the_files_of_spreadsheets_of_several_countries_say_the_same(separator: str, encoding: str) -> None:
    people = (HEADS, ("0417", "Zoë Müßig, erfunden", "31.05.1985", "Straße 1; Köln", "no"))
    heads = ("Reference", "PATIENT", "day", "time", "why_sooner", "cancelled")
    agenda = (heads, ("V-1", "0417", "31.05.2026", "9.05", "Übermorgen, nur; heute", "NO"))

    person = read(as_csv(*people, separator=separator, encoding=encoding), TableKind.PATIENTS)
    visit = read(as_csv(*agenda, separator=separator, encoding=encoding), TableKind.SESSIONS)

    assert (*person.faults, *visit.faults) == ()
    assert (person.lines[0].reference, person.lines[0].name) == ("0417", "Zoë Müßig, erfunden")
    assert (person.lines[0].born_on, person.lines[0].contact) == (date(1985, 5, 31), "Straße 1; Köln")
    assert (visit.lines[0].patient, visit.lines[0].on, visit.lines[0].at) == (
        "0417",
        date(2026, 5, 31),
        "09:05",
    )
    assert visit.lines[0].reason == "Übermorgen, nur; heute"
