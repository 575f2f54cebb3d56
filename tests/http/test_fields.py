"""Do the fields take what is meant and refuse what only looks like it?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from marshmallow import Schema, ValidationError
from marshmallow.fields import Field

from stockroom.http.fields import (
    AskedQuantity,
    CivilDate,
    Instant,
    Quantity,
    QueryNumber,
    Uid,
    WholeNumber,
    Words,
)
from stockroom.units import ShownQuantity

UID = "01a20116-1800-752d-9691-926cd9ec78cb"


def _load(field: Field[Any], value: object) -> object:
    return Schema.from_dict({"it": field})().load({"it": value})["it"]


@pytest.mark.parametrize(
    ("field", "given", "meant"),
    [
        (Quantity(), {"quantity": "2.5", "unit": "mL"}, AskedQuantity(quantity="2.5", unit="mL")),
        (Instant(), "2026-03-02T08:30:00+02:00", datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),
        (Instant(), "2026-03-02T08:30:00.5Z", datetime(2026, 3, 2, 8, 30, 0, 500_000, tzinfo=UTC)),
        (CivilDate(), "2026-02-28", date(2026, 2, 28)),
        (Uid(), UID, UID),
        (Words(), "  Cre\u0301me ", "Cr\u00e9me"),
        (Words(lines=True), "one\ntwo", "one\ntwo"),
        (WholeNumber(), 7, 7),
        (QueryNumber(), "7", 7),
    ],
)
def test_what_is_meant_is_taken(field: Field[Any], given: object, meant: object) -> None:
    assert _load(field, given) == meant


@pytest.mark.parametrize(
    ("field", "given"),
    [
        *[(Quantity(), given) for given in ("2.5 mL", 2, None, [], {"quantity": "1"}, {"unit": "mL"})],
        (Quantity(), {"quantity": "1", "unit": "mL", "more": 1}),
        *[
            (Quantity(), {"quantity": given, "unit": "mL"})
            for given in (1, True, "-1", "+1", "1e3", "NaN", " 1", "1,5", ".5", "1.", "٣", "1\n", "")
        ],
        *[(Quantity(), {"quantity": "1", "unit": given}) for given in (1, None, "", "millilitres")],
        *[
            (Instant(), given)
            for given in (
                "2026-03-02T08:30:00",
                "2026-03-02",
                "2026-02-30T08:30:00Z",
                "2026-03-02 08:30:00Z",
                "0001-01-01T00:00:00+23:59",
                "9999-12-31T23:59:59-23:59",
                "2026-03-02T24:30:00Z",
                1772440200,
                None,
            )
        ],
        *[(CivilDate(), given) for given in ("2026-2-3", "20260203", "2026-02-30", "2026-02-03T00:00", 1)],
        *[(Uid(), given) for given in (UID.upper(), UID.replace("-", ""), "{" + UID + "}", "1", 1, "")],
        *[
            (Words(), given)
            for given in ("", "   ", "a\x00b", "a\x1bb", "a\u202eb", "a\u200bb", "a\nb", "x" * 201, 1)
        ],
        *[(WholeNumber(), given) for given in ("1", True, False, None, -1, 2**53)],
        *[
            (QueryNumber(most=200), given)
            for given in ("", "-1", "+1", "1_0", " 1", "1.0", "٣", "01", "201", "9" * 30)
        ],
    ],
)
def test_what_only_looks_like_it_is_refused(field: Field[Any], given: object) -> None:
    with pytest.raises(ValidationError):
        _load(field, given)


def test_quantities_and_instants_are_written_as_they_are_read() -> None:
    schema = Schema.from_dict({"quantity": Quantity(), "at": Instant(), "none": Instant()})()
    at = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)

    shown = schema.dump({"quantity": ShownQuantity("2.5", "mL"), "at": at, "none": None})

    assert shown == {
        "quantity": {"quantity": "2.5", "unit": "mL"},
        "at": "2026-03-02T06:30:00Z",
        "none": None,
    }
