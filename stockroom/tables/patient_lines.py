"""What does each line of a table of patients say?  Nothing of it is repeated in a fault: it is personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from stockroom.tables import faults
from stockroom.tables.cells import NamedRow
from stockroom.tables.columns import Column, explained
from stockroom.tables.faults import Fault
from stockroom.tables.reader import Reader

BORN_FIRST = date(1880, 1, 1)
PATIENT_COLUMNS: tuple[Column, ...] = (
    Column(
        name="reference",
        says=explained(
            "The patient's number in your own software, as it stands there. By it the patient is known again."
        ),
        example="P-000417",
        is_text=True,
    ),
    Column(name="name", says=explained("The whole name."), example="Invented Person", is_needed=True),
    Column(
        name="born on",
        says=explained("1985-05-31 or 31.05.1985; needed where there is no reference."),
        example="1985-05-31",
        is_text=True,
    ),
    Column(
        name="contact",
        says=explained("How she is reached; of a patient who is known already it stays as it is."),
        example="+359 2 000 0000",
        is_text=True,
    ),
    Column(
        name="another person",
        says=explained(
            "yes: somebody has looked, and this is not the patient of the same name and birth date."
        ),
    ),
)
"""Allergies are no column: they are asked for, of the patient, by somebody who answers for it."""


@dataclass(frozen=True, kw_only=True)
class PatientLine:
    """One good line of a table of patients."""

    line: int
    reference: str
    name: str
    born_on: date | None
    contact: str
    is_another_person: bool = False


def patient_line(row: NamedRow, *, today: date) -> PatientLine | tuple[Fault, ...]:
    """Give what a line says, or everything that is wrong with it; facts of a fault never hold a cell's text."""
    reader = Reader(row)
    reference = reader.code("reference")
    name = reader.text("name", needed=True)
    born_on = reader.day("born on")
    contact = reader.text("contact", longest=500)
    another = reader.flag("another person")
    if born_on is not None and not BORN_FIRST <= born_on <= today:
        reader.refuse("born on", faults.NOT_BORN_THEN)
    if not reader.says("reference") and not reader.says("born on"):
        reader.refuse("reference", faults.NOT_TO_BE_FOUND_AGAIN)
    if not reader.is_good:
        return tuple(map(_without_text, reader.faults))
    return PatientLine(
        line=reader.line,
        reference=reference,
        name=name,
        born_on=born_on,
        contact=contact,
        is_another_person=another or False,
    )


def _without_text(found: Fault) -> Fault:
    kept = {name: "…" if name == "text" else fact for name, fact in found.facts.items()}
    return Fault(
        line=found.line,
        column=found.column,
        code=found.code,
        says=found.says,
        instead=found.instead,
        facts=kept,
    )
