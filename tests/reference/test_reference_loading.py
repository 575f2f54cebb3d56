"""Is a fault in a reference file refused, with the file and the line?"""

from __future__ import annotations

import dataclasses
from importlib.resources import files
from pathlib import Path

import pytest

from stockroom.reference import load
from stockroom.reference.faults import (
    DuplicateSlug,
    FileNotReadable,
    MissingColumn,
    MissingSource,
    MissingValue,
    ReferenceDataFault,
    ReversedRange,
    UnknownColumn,
    UnknownIndication,
    UnknownIngredient,
    UnknownSource,
    UnreadableValue,
    WrongCellCount,
)

AREAS = "slug,name,detail,sources,note\n"
INGREDIENTS = "slug,name,ingredient_class,purpose,scope,use,is_allergen,sources,note\n"
INCOMPATIBILITIES = "slug,name,description,ingredients,sources,note\n"
PATTERNS = "slug,name,purpose,components,indications,sources,note\n"
AFTERCARE = "slug,name,instruction,audience,duration_from,duration_to,duration_unit,sources,note\n"
PROTOCOLS = (
    "slug,name,purpose,indications,sessions_from,sessions_to,interval_from,interval_to,"
    "interval_unit,maintenance_from,maintenance_to,maintenance_unit,maintenance,sources,note\n"
)

FAULTS = {
    "unknown column": ("areas.csv", "slug,name,detail,sources,note,size\n", UnknownColumn, 1),
    "column twice": ("areas.csv", "slug,name,detail,sources,note,note\n", UnknownColumn, 1),
    "missing column": ("areas.csv", "slug,name,sources,note\n", MissingColumn, 1),
    "empty file": ("areas.csv", "", MissingColumn, 1),
    "cell too many": ("areas.csv", AREAS + "face,Face,,000,,x\n", WrongCellCount, 2),
    "cell too few": ("areas.csv", AREAS + "face,Face,,000\n", WrongCellCount, 2),
    "blank line": ("areas.csv", AREAS + "\nface,Face,,000,\n", WrongCellCount, 2),
    "slug twice": ("areas.csv", AREAS + "face,Face,,000,\nface,F,,001,\n", DuplicateSlug, 3),
    "slug shape": ("areas.csv", AREAS + "The Face,Face,,000,\n", UnreadableValue, 2),
    "no slug": ("areas.csv", AREAS + ",Face,,000,\n", MissingValue, 2),
    "no name": ("areas.csv", AREAS + "face,,,000,\n", MissingValue, 2),
    "no source": ("areas.csv", AREAS + "face,Face,,,\n", MissingSource, 2),
    "unknown source": ("areas.csv", AREAS + "face,Face,,000;999,\n", UnknownSource, 2),
    "source twice": ("areas.csv", AREAS + "face,Face,,000;000,\n", DuplicateSlug, 2),
    "empty source part": ("areas.csv", AREAS + "face,Face,,000;,\n", UnreadableValue, 2),
    "blanks around": ("areas.csv", AREAS + "face, Face,,000,\n", UnreadableValue, 2),
    "open quote": ("areas.csv", AREAS + 'face,"Face,,000,\n', FileNotReadable, 2),
    "source key twice": (
        "sources.csv",
        "key,title,kind,note\n000,A,text,\n000,B,text,\n",
        DuplicateSlug,
        3,
    ),
    "unknown scope": (
        "ingredients.csv",
        INGREDIENTS + "zinc,Zinc,metal,None known,pair,injected,,000,\n",
        UnreadableValue,
        2,
    ),
    "allergen neither yes nor empty": (
        "ingredients.csv",
        INGREDIENTS + "zinc,Zinc,metal,None known,substance,injected,no,000,\n",
        UnreadableValue,
        2,
    ),
    "unknown component": (
        "cocktail_patterns.csv",
        PATTERNS + "a,A,Test,zinc,,000,\nb,B,Test,zinc;moon-dust,,000,\n",
        UnknownIngredient,
        3,
    ),
    "component twice": (
        "cocktail_patterns.csv",
        PATTERNS + "a,A,Test,zinc;zinc,,000,\n",
        DuplicateSlug,
        2,
    ),
    "no component": ("cocktail_patterns.csv", PATTERNS + "a,A,Test,,,000,\n", MissingValue, 2),
    "one alone that must not be mixed": (
        "incompatibilities.csv",
        INCOMPATIBILITIES + "a,A,Test,zinc,000,\n",
        MissingValue,
        2,
    ),
    "an unknown ingredient that must not be mixed": (
        "incompatibilities.csv",
        INCOMPATIBILITIES + "a,A,Test,zinc;moon-dust,000,\n",
        UnknownIngredient,
        2,
    ),
    "pattern for an unknown indication": (
        "cocktail_patterns.csv",
        PATTERNS + "a,A,Test,zinc,boredom,000,\n",
        UnknownIndication,
        2,
    ),
    "protocol for an unknown indication": (
        "protocols.csv",
        PROTOCOLS + "a,A,Test,boredom,,,,,,,,,,000,\n",
        UnknownIndication,
        2,
    ),
    "reversed sessions": (
        "protocols.csv",
        PROTOCOLS + "a,A,Test,,6,3,,,,,,,,000,\n",
        ReversedRange,
        2,
    ),
    "upper end alone": (
        "protocols.csv",
        PROTOCOLS + "a,A,Test,,,3,,,,,,,,000,\n",
        ReversedRange,
        2,
    ),
    "interval in days": (
        "protocols.csv",
        PROTOCOLS + "a,A,Test,,,,3,4,days,,,,,000,\n",
        UnreadableValue,
        2,
    ),
    "interval without unit": (
        "protocols.csv",
        PROTOCOLS + "a,A,Test,,,,3,4,,,,,,000,\n",
        MissingValue,
        2,
    ),
    "unit without numbers": (
        "aftercare.csv",
        AFTERCARE + "rest,Rest,Rest.,patient,,,days,000,\n",
        UnreadableValue,
        2,
    ),
    "fraction": (
        "aftercare.csv",
        AFTERCARE + "rest,Rest,Rest.,patient,1.5,2,days,000,\n",
        UnreadableValue,
        2,
    ),
    "zero": (
        "aftercare.csv",
        AFTERCARE + "rest,Rest,Rest.,patient,0,2,days,000,\n",
        UnreadableValue,
        2,
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files that ship, to be spoilt one at a time."""
    for file in files("stockroom.reference").iterdir():
        if file.name.endswith(".csv"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_a_copy_of_the_files_loads_to_the_same_reference(folder: Path) -> None:
    assert load(folder) == load()


def test_the_reference_is_frozen() -> None:
    reference = load()

    with pytest.raises(dataclasses.FrozenInstanceError):
        reference.areas = ()  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        reference.areas[0].name = "Elsewhere"  # type: ignore[misc]


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_refused_with_its_file_and_line(folder: Path, case: str) -> None:
    file, text, fault, line = FAULTS[case]
    (folder / file).write_text(text, encoding="utf-8")

    with pytest.raises(ReferenceDataFault) as caught:
        load(folder)

    assert (type(caught.value), caught.value.file, caught.value.line) == (fault, file, line)
    assert str(caught.value).startswith(f"{file}, line {line}: ")


def test_a_missing_file_is_refused_by_name(folder: Path) -> None:
    (folder / "areas.csv").unlink()

    with pytest.raises(FileNotReadable, match=r"areas\.csv"):
        load(folder)


def test_a_file_that_is_not_utf_8_is_refused_by_name(folder: Path) -> None:
    (folder / "areas.csv").write_bytes("slug,näme\n".encode("latin-1"))

    with pytest.raises(FileNotReadable, match=r"areas\.csv"):
        load(folder)


def test_a_quoted_line_break_does_not_shift_the_line_that_is_named(folder: Path) -> None:
    rows = 'face,Face,"Two\nlines",000,\nneck,,,000,\n'
    (folder / "areas.csv").write_text(AREAS + rows, encoding="utf-8")

    with pytest.raises(MissingValue) as caught:
        load(folder)

    assert caught.value.line == 4
