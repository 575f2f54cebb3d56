"""How does an answer become JSON quickly?  Each schema is read once, and turned into a few steps for its rows.

The schema stays the only description: what is shown follows from its fields, and whatever this file has no
quick step for is dumped by marshmallow itself.  `tests/http/test_showing.py` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from operator import attrgetter, itemgetter
from typing import Any

import msgspec
from flask.json.provider import DefaultJSONProvider
from flask.wrappers import Response
from marshmallow import Schema, fields
from marshmallow.utils import ensure_text_type

from stockroom.http.fields import Choice, Instant
from stockroom.http.quantities import StockQuantity
from stockroom.units import ShownQuantity, show_quantity
from stockroom.vocabulary import BaseUnit

_Step = Callable[[Any, Any], Any]
"""Gives how a value that is not None is shown; the second argument is the row in which it stands."""
_TEXTS = frozenset({str, type(None)})


class QuickJSON(DefaultJSONProvider):
    """Flask's JSON, whose answers are encoded by msgspec; dates and ids were made texts before, by a schema."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Give an answer that holds one value."""
        value = self._prepare_response_obj(args, kwargs)
        encoded = msgspec.json.encode(value, enc_hook=self.default)
        return Response(encoded + b"\n", mimetype=self.mimetype)


class Dumper:
    """Dumps what one schema describes, as its own `dump` does."""

    def __init__(self, schema: Schema) -> None:
        self._slowly = partial(Schema.dump, schema)
        self._many = schema.many
        self._is_plain = _is_plain(schema)
        names = [field.attribute or name for name, field in schema.dump_fields.items()]
        self._keys = tuple(schema.dump_fields)
        self._of_dict, self._of_object = _getters(names)
        self._has_paths = any("." in name for name in names)
        self._texts = tuple(name for name, field in schema.dump_fields.items() if _is_text(field))
        self._texts_of, _ = _getters(self._texts)
        self._steps = tuple(
            (name, step)
            for name, field in schema.dump_fields.items()
            if name not in self._texts and (step := _step(name, field)) is not None
        )

    def __call__(self, shown: Any, *, many: bool | None = None) -> Any:
        """Give plain dicts, lists, texts and numbers; `many` as in marshmallow."""
        if self._many if many is None else many:
            return None if shown is None else [self.row(each) for each in shown]
        return self.row(shown)

    def row(self, row: Any) -> Any:
        """Give one row: a dict, or an object with attributes."""
        is_dict = type(row) is dict
        if not self._is_plain or (self._has_paths if is_dict else hasattr(row, "__getitem__")):
            return self._slowly(row, many=False)
        try:
            values = self._of_dict(row) if is_dict else self._of_object(row)
        except (KeyError, AttributeError):  # a field that this row has not is left out
            return self._slowly(row, many=False)
        told = dict(zip(self._keys, values, strict=True))
        if not _TEXTS.issuperset(map(type, self._texts_of(told))):
            told.update({name: _as_text(told[name]) for name in self._texts})
        for name, step in self._steps:
            if told[name] is not None:
                told[name] = step(told[name], row)
        return told


def _as_text(value: Any) -> str | None:
    return None if value is None else ensure_text_type(value)


def _getters(names: Sequence[str]) -> tuple[Callable[[Any], Iterable[Any]], Callable[[Any], Iterable[Any]]]:
    """Give what takes all values off a dict, and off an object, at once."""
    if len(names) > 1:
        return itemgetter(*names), attrgetter(*names)
    return (
        lambda row: tuple(row[name] for name in names),
        lambda row: tuple(attrgetter(name)(row) for name in names),
    )


def _is_plain(schema: Schema) -> bool:
    """Whether a row is its fields under their names, with nothing done before or after."""
    hooks: Any = schema._hooks
    return not (hooks["pre_dump"] or hooks["post_dump"]) and all(
        field._CHECK_ATTRIBUTE and field.data_key in (None, name)
        for name, field in schema.dump_fields.items()
    )


def _is_text(field: fields.Field[Any]) -> bool:
    return type(field)._serialize is fields.String._serialize


def _step(name: str, field: fields.Field[Any]) -> _Step | None:
    """Give the quickest step that does what the field does; None where it shows the value itself."""
    kind = type(field)
    if kind._serialize is fields.Field._serialize:
        return None
    if isinstance(field, Instant):
        return _instant
    if isinstance(field, fields.Date) and field.format in (None, "iso"):
        return _civil_date
    if isinstance(field, Choice):
        return _word
    if isinstance(field, StockQuantity) and "." not in field.unit_from:
        return _quantity(field)
    if isinstance(field, fields.Integer) and not field.as_string:
        return _whole
    if isinstance(field, fields.Nested) and not field.many:
        return _nested(field)
    if isinstance(field, fields.List):
        return _list(name, field)
    return lambda value, row: field._serialize(value, name, row)


def _instant(value: datetime, _row: Any) -> str:
    assert value.tzinfo is not None
    at = value if value.tzinfo is UTC else value.astimezone(UTC)
    return f"{at.isoformat()[:-6]}Z"  # without +00:00


def _civil_date(value: date, _row: Any) -> str:
    return date.isoformat(value)


def _word(value: Any, _row: Any) -> str:
    return str(value)


def _whole(value: Any, _row: Any) -> int:
    return int(value)


def _quantity(field: StockQuantity) -> _Step:
    unit_from = field.unit_from
    unit_of = attrgetter(unit_from)

    def step(value: int, row: Any) -> dict[str, str]:
        shown = _shown(value, row[unit_from] if type(row) is dict else unit_of(row))
        return {"quantity": shown.quantity, "unit": shown.unit}

    return step


@lru_cache(maxsize=10_000)
def _shown(base_units: int, base_unit: str) -> ShownQuantity:
    return show_quantity(base_units, BaseUnit(base_unit))


def _nested(field: fields.Nested) -> _Step:
    dump = Dumper(field.schema)
    return lambda value, _row: dump(value)


def _list(name: str, field: fields.List[Any]) -> _Step:
    inner: fields.Field[Any] = field.inner
    if _is_text(inner):
        return lambda value, _row: [
            each if type(each) in _TEXTS else ensure_text_type(each) for each in value
        ]
    step = _step(name, inner)
    if step is None:
        return lambda value, _row: list(value)
    return lambda value, row: [None if each is None else step(each, row) for each in value]
