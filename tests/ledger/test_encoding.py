"""Does a value always have the same text, and is it the text that any reader of JSON gives it?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.ledger.encoding import canonical
from stockroom.vocabulary import LotKind, Role

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@dataclass(frozen=True)
class _Given:
    """Fields out of their order, as a command has them."""

    zone: str
    lines: tuple[Any, ...]
    at: datetime


@given(_PLAIN)
def test_plain_values_are_written_as_json_with_sorted_keys_and_no_white_space(value: Any) -> None:
    by_the_library = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert canonical(value) == by_the_library


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (LotKind.PREPARED, '"prepared"'),
        ({Role.NURSE: 1, "a": Role.AUDITOR}, '{"a":"auditor","nurse":1}'),
        (datetime(2026, 2, 3, 4, 5, tzinfo=UTC), '"2026-02-03T04:05:00.000000Z"'),
        (datetime(2026, 2, 3, 4, tzinfo=timezone(timedelta(hours=2))), '"2026-02-03T02:00:00.000000Z"'),
        (date(2026, 2, 3), '"2026-02-03"'),
        ({"b", "a"}, '["a","b"]'),
        (frozenset({Role.NURSE, Role.AUDITOR}), '["auditor","nurse"]'),
        ({date(2026, 2, 4), date(2026, 2, 3)}, '["2026-02-03","2026-02-04"]'),
        (
            _Given(zone="ü\n", lines=((1, True), None), at=datetime(2026, 2, 3, tzinfo=UTC)),
            '{"at":"2026-02-03T00:00:00.000000Z","lines":[[1,true],null],"zone":"ü\\n"}',
        ),
    ],
)
def test_what_acts_are_made_of_has_one_text(value: Any, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), Decimal(1), b"1", [1, 2.5], {"a": {"b": 0.1}}, object()]
)
def test_what_has_no_one_text_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="has no canonical form"):
        canonical(value)
