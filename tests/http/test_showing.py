"""Do the quick steps show a row exactly as marshmallow does, for every schema that an answer of the API has?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

import msgspec
import pytest
from flask import Flask
from flask.json.provider import DefaultJSONProvider
from marshmallow import Schema, fields, post_dump

from stockroom.api import RESOURCES, register_api
from stockroom.api.description import SETTINGS
from stockroom.http.celsius import Celsius
from stockroom.http.fields import AskedQuantity, Choice, Instant, Quantity, Uid, WholeNumber
from stockroom.http.quantities import StockQuantity
from stockroom.http.showing import Dumper, QuickJSON
from stockroom.units import ShownQuantity
from stockroom.vocabulary import BaseUnit, LotKind
from tests.serving import Served

LONG_AGO = datetime(2026, 3, 2, 8, 30, 1, 250, tzinfo=UTC)
ELSEWHERE = datetime(2026, 3, 2, 8, 30, tzinfo=timezone(timedelta(hours=-3)))


def dumped(schema: Schema, row: Any) -> Any:
    """What a reader of the JSON sees of a row."""
    return json.loads(msgspec.json.encode(Dumper(schema)(row)))


class Row:
    """An object that has what it was given as attributes."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.__dict__.update(facts)


def answers() -> Iterator[Schema]:
    """Every schema by which a route of the API shows what it answers."""
    from importlib import import_module

    app = Flask(__name__)
    app.config.from_mapping(SETTINGS)
    register_api(app).describe()
    for name in RESOURCES:
        for view in import_module(f"stockroom.api.{name}").blp._docs.values():
            for method in (each for each in view.values() if isinstance(each, dict)):
                for told in method.get("response", {}).get("responses", {}).values():
                    shown = (each.get("schema") for each in told)
                    yield from (each() if isinstance(each, type) else each for each in shown if each)


def example(schema: Schema, build: Callable[[dict[str, Any]], Any], *, n: int) -> Any:
    """A row with a value in every field; the nth one of those that the field may have."""
    facts: dict[str, Any] = {}
    for name, field in schema.dump_fields.items():
        facts[field.attribute or name] = value(field, build, n=n)
        if isinstance(field, StockQuantity):
            facts[field.unit_from] = list(BaseUnit)[n % len(BaseUnit)]
    return grown(facts, build)


def grown(facts: dict[str, Any], build: Callable[[dict[str, Any]], Any]) -> Any:
    """A row of what stands in it by name, and by way of another row, as in `lot.uid`."""
    here = {name: value for name, value in facts.items() if "." not in name}
    others: dict[str, dict[str, Any]] = {}
    for path in facts.keys() - here.keys():
        first, rest = path.split(".", 1)
        others.setdefault(first, {})[rest] = facts[path]
    return build({**here, **{name: grown(other, build) for name, other in others.items()}})


def value(field: fields.Field[Any], build: Callable[[dict[str, Any]], Any], *, n: int) -> Any:
    if n == 1:
        return None
    if isinstance(field, fields.Nested):
        return example(field.schema, build, n=n)
    if isinstance(field, fields.List):
        return tuple(value(field.inner, build, n=each) for each in range(n) if each != 1)
    if isinstance(field, StockQuantity):
        return (0, 0, 2_500, 7, 10**15)[n]
    for kind, values in VALUES.items():
        if isinstance(field, kind):
            return values[n % len(values)]
    raise AssertionError(f"no example of {type(field).__name__}")


VALUES: dict[type[fields.Field[Any]], tuple[Any, ...]] = {
    Quantity: (ShownQuantity("2.5", "mL"), AskedQuantity(quantity="1", unit="piece")),
    Instant: (LONG_AGO, ELSEWHERE),
    fields.Date: (date(2026, 12, 31), date(2024, 2, 29)),
    fields.NaiveDateTime: (datetime(2026, 12, 31, 23, 59),),
    fields.Boolean: (True, False),
    fields.Integer: (0, 5, 2**53 - 1),
    fields.Enum: tuple(LotKind),
    fields.Dict: ({"code": "lot_held"}, {}),
    Celsius: (42, 0, -180),
    fields.String: ("a", "Ärztin", LotKind.PREPARED, 7, b"bytes"),
    fields.Raw: ({"any": [1, None]}, "text"),
}


@pytest.mark.parametrize("build", [dict, Row], ids=["dicts", "objects"])
@pytest.mark.parametrize("n", range(5))
def test_every_answer_is_shown_as_its_schema_describes_it(build: Callable[..., Any], n: int) -> None:
    schemas = list(answers())

    assert len(schemas) > 60
    for schema in schemas:
        row = example(schema, build, n=n)
        assert dumped(schema, row) == Schema.dump(schema, row), type(schema).__name__


@pytest.mark.parametrize("build", [dict, Row], ids=["dicts", "objects"])
def test_a_field_that_a_row_has_not_is_left_out_as_marshmallow_leaves_it_out(
    build: Callable[..., Any],
) -> None:
    schema = Schema.from_dict({"uid": fields.String(), "n": fields.Integer(dump_default=3)})()

    assert (
        dumped(schema, build({"uid": "a"}))
        == Schema.dump(schema, build({"uid": "a"}))
        == {"uid": "a", "n": 3}
    )
    assert dumped(schema, build({})) == {"n": 3}


def test_a_row_of_the_database_is_shown_by_its_columns() -> None:
    class Found(NamedTuple):
        uid: str
        kind: LotKind

    schema = Schema.from_dict({"uid": Uid(), "kind": Choice(LotKind)})()

    assert dumped(schema, Found("a", LotKind.PREPARED)) == {"uid": "a", "kind": "prepared"}


class Renamed(Schema):
    """What has no quick step: another name, a path, a change afterwards."""

    uid = fields.String(data_key="id")
    name = fields.String(attribute="lot.name")

    @post_dump
    def _signed(self, told: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**told, "signed": True}


@pytest.mark.parametrize("build", [dict, Row], ids=["dicts", "objects"])
def test_what_has_no_quick_step_is_left_to_marshmallow(build: Callable[..., Any]) -> None:
    row = build({"uid": "a", "lot": build({"name": "A1"})})

    assert dumped(Renamed(), row) == {"id": "a", "name": "A1", "signed": True}
    assert dumped(Renamed(only=("name",)), row) == {"name": "A1", "signed": True}


def test_many_rows_are_shown_in_their_order() -> None:
    schema = Schema.from_dict({"n": WholeNumber()})(many=True)

    assert dumped(schema, [{"n": 2}, {"n": 1}]) == [{"n": 2}, {"n": 1}]
    assert msgspec.to_builtins(Dumper(schema)({"n": 3}, many=False)) == {"n": 3}


def test_a_naive_instant_is_never_shown() -> None:
    schema = Schema.from_dict({"at": Instant()})()

    with pytest.raises(AssertionError):
        Dumper(schema)({"at": datetime(2026, 3, 2)})


def test_an_answer_is_encoded_as_flask_encodes_it() -> None:
    said = {
        "text": 'a "quoted" ümlaut  ',
        "n": 2**53 - 1,
        "none": None,
        "list": [True, {}],
        "kind": LotKind.PREPARED,
    }
    app = Flask(__name__)
    flask_json = DefaultJSONProvider(app)

    by_flask, quick = flask_json.dumps(said), QuickJSON(app).response(said)

    assert json.loads(quick.get_data()) == json.loads(by_flask)
    assert quick.mimetype == "application/json"


def test_the_application_answers_by_it(served: Served) -> None:
    assert isinstance(served.app.json, QuickJSON)
