"""Which patients of a table are new, and which are known already?  Judged by blind tokens: nothing is unsealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stockroom.tables import faults
from stockroom.tables.faults import Fault, fault, in_order
from stockroom.tables.patient_lines import PatientLine


@dataclass(frozen=True, kw_only=True)
class BlindLine:
    """A line with the tokens under which it would be found; empty where the line says nothing."""

    said: PatientLine
    reference: str
    name: str
    born_on: str


@dataclass(frozen=True, kw_only=True)
class KnownPatients:
    """Who is registered already, as far as the table may mean them; merges are followed."""

    by_reference: Mapping[str, int] = field(default_factory=dict)
    """Patient ids by the token of a reference."""
    names: frozenset[tuple[int, str]] = frozenset()
    """Patient id and the token of a name under which he or she is found."""
    births: frozenset[tuple[int, str]] = frozenset()
    """Patient id and the token of a birth date."""
    by_person: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Patient ids by the tokens of name and birth date."""


@dataclass(frozen=True, kw_only=True)
class PatientPlan:
    """Who would be registered; nobody is while there are faults."""

    added: tuple[BlindLine, ...]
    unchanged_count: int
    faults: tuple[Fault, ...]


def plan_patients(lines: Iterable[BlindLine], known: KnownPatients) -> PatientPlan:
    """Judge a table of patients against those who are registered."""
    judge = _Judge(known)
    for line in lines:
        judge.take(line)
    return PatientPlan(
        added=tuple(judge.added), unchanged_count=judge.unchanged_count, faults=in_order(judge.faults)
    )


class _Judge:
    def __init__(self, known: KnownPatients) -> None:
        self.known = known
        self.added: list[BlindLine] = []
        self.unchanged_count = 0
        self.faults: list[Fault] = []
        self._references: dict[str, int] = {}
        self._people: dict[tuple[str, str], tuple[str, int]] = {}

    def take(self, line: BlindLine) -> None:
        other = self._earlier(line)
        if other is not None:
            column = "reference" if line.reference in self._references else "name"
            self._refuse(line, column, faults.SAME_AS_LINE, other=other)
            return
        if line.reference:
            self._references[line.reference] = line.said.line
        if line.born_on:
            self._people.setdefault((line.name, line.born_on), (line.reference, line.said.line))
        by_reference = self.known.by_reference.get(line.reference) if line.reference else None
        if by_reference is not None:
            self._same_person(line, by_reference)
            return
        person = self.known.by_person.get((line.name, line.born_on)) if line.born_on else None
        if person is None or line.said.is_another_person:
            self.added.append(line)
        elif line.reference:
            self._refuse(line, "reference", faults.PATIENT_KNOWN)
        else:
            self.unchanged_count += 1

    def _earlier(self, line: BlindLine) -> int | None:
        """The line above that is the same person, if any."""
        if line.reference in self._references:
            return self._references[line.reference]
        if line.said.is_another_person or not line.born_on:
            return None
        found = self._people.get((line.name, line.born_on))
        return None if found is None else found[1]

    def _same_person(self, line: BlindLine, patient_id: int) -> None:
        """A known reference must be under the same name and birth date, as far as the table says them."""
        same_name = (patient_id, line.name) in self.known.names
        same_birth = not line.born_on or (patient_id, line.born_on) in self.known.births
        if same_name and same_birth:
            self.unchanged_count += 1
        else:
            self._refuse(line, "name" if not same_name else "born on", faults.PATIENT_DIFFERS)

    def _refuse(self, line: BlindLine, column: str, wrong: faults.Wrong, **facts: object) -> None:
        self.faults.append(fault(line.said.line, column, wrong, **facts))
