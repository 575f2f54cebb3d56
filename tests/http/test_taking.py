"""Do the quick steps load a body exactly as marshmallow does, and refuse what it refuses, in its words?"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate, validates

from stockroom.api.receipts import ReceiptFields
from stockroom.api.session_usages import LateUseFields, UseFields
from stockroom.http.taking import Taker

UID = "0198f0c4-9b1e-7c3a-8d2e-5f6a7b8c9d0e"
PIECE = {"quantity": "1", "unit": "piece"}
LINE = {"thing": {"lot_uid": UID}, "quantity": PIECE, "areas": [{"area": "face", "quantity": PIECE}]}
BODIES: list[tuple[type[Schema], dict[str, Any]]] = [
    (UseFields, {"lines": [LINE], "override": None}),
    (UseFields, {"lines": [LINE, {**LINE, "technique": "nappage"}]}),
    (UseFields, {"lines": [LINE], "override": {"rules": ["expired"], "reason": "Nothing else is here"}}),
    (LateUseFields, {"lines": [LINE], "occurred_at": "2026-03-02T08:30:00+02:00", "reason": " Busy "}),
]
_OTHER = st.sampled_from([None, "", "x", 0, 1.5, True, [], {}, [None], {"x": 1}, UID, "2026-03-02", [[LINE]]])


def outcome(load: Any, body: Any) -> Any:
    try:
        return load(copy.deepcopy(body))
    except ValidationError as refused:
        return "refused", refused.messages


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a body, however deep."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for name, each in inside for place in places(each, (*at, name)))]


@pytest.mark.parametrize(("schema", "body"), BODIES)
def test_a_right_body_is_loaded_by_steps_and_alike(schema: type[Schema], body: dict[str, Any]) -> None:
    taker = Taker(schema())

    assert taker.quickly(body) == schema().load(body)
    assert taker(body) == schema().load(body)


@given(st.data())
def test_a_body_in_which_something_is_wrong_is_judged_by_marshmallow(data: st.DataObject) -> None:
    schema, right = data.draw(st.sampled_from(BODIES))
    body: Any = copy.deepcopy(right)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(places(body)))
        what = data.draw(st.sampled_from(["changed", "left out", "added"]))
        holder = body
        for step in place[:-1]:
            holder = holder[step]
        if not place:
            body = body if what == "left out" else copy.deepcopy(data.draw(_OTHER))
        elif what == "left out":
            del holder[place[-1]]
        elif what == "added" and isinstance(holder, dict):
            holder["unheard_of"] = copy.deepcopy(data.draw(_OTHER))
        else:
            holder[place[-1]] = copy.deepcopy(data.draw(_OTHER))

    assert outcome(Taker(schema()), body) == outcome(schema().load, body)


class _Inner(Schema):
    n = fields.Integer(required=True, validate=validate.Range(min=1))


class _Hooked(Schema):
    n = fields.Integer(load_default=3)
    inner = fields.List(fields.Nested(_Inner), load_default=list)

    @post_load
    def _ended(self, said: dict[str, Any], **_: Any) -> tuple[Any, ...]:
        if said["n"] == 7:
            raise ValidationError("not seven", "n")
        return tuple(said.items())


class _Before(_Inner):
    @pre_load
    def _begun(self, said: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"n": said.get("m", 1)}


class _Judged(_Inner):
    @validates("n")
    def _is_even(self, n: int, **_: Any) -> None:
        if n % 2:
            raise ValidationError("odd")


class _Lenient(_Inner):
    class Meta:
        unknown = EXCLUDE


class _Renamed(Schema):
    n = fields.Integer(data_key="N", required=True)


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        (_Hooked, {}),
        (_Hooked, {"n": 7}),
        (_Hooked, {"inner": [{"n": 1}, {"n": 0}]}),
        (_Before, {"m": 4}),
        (_Judged, {"n": 3}),
        (_Judged, {"n": 4}),
        (_Lenient, {"n": 1, "m": 2}),
        (_Renamed, {"N": 1}),
        (_Renamed, {"n": 1}),
        (_Inner, []),
    ],
)
def test_a_schema_that_does_more_than_load_its_fields_is_left_to_marshmallow(
    schema: type[Schema], body: Any
) -> None:
    assert outcome(Taker(schema()), body) == outcome(schema().load, body)


def test_what_is_loaded_by_steps_keeps_nothing_of_one_body_for_the_next() -> None:
    taker = Taker(_Hooked())

    assert dict(taker({}))["inner"] is not dict(taker({}))["inner"]
    assert Taker(ReceiptFields()).is_plain
