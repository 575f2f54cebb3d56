"""How does an answer become JSON quickly?  Each schema is read once, and turned into a few steps for its rows.

The schema stays the only description: what is shown follows from its fields, and whatever this file has no
quick step for is dumped by marshmallow itself.  `tests/http/test_showing.py` holds the two against each other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from operator import attrgetter, itemgetter
from typing import Any

import msgspec
from flask.json.provider import DefaultJSONProvider
from flask.wrappers import Response
from marshmallow import Schema, fields
from marshmallow.utils import ensure_text_type, get_value

from stockroom.http.fields import Choice, Instant
from stockroom.http.quantities import StockQuantity
from stockroom.units import ShownQuantity, show_quantity
from stockroom.vocabulary import BaseUnit

_Step = Callable[[Any, Any], Any]
"""Gives what is encoded as a value is shown; the second argument is the row in which it stands."""
_TEXTS = frozenset({str, type(None)})
_SHOWN_ITSELF: dict[Any, type] = {fields.String._serialize: str, fields.Boolean._serialize: bool}
_ROWS_AT_ONCE = 200
_KINDS_MAX = 1_000
"""So many combinations of types are remembered of one schema; there are a handful."""


class QuickJSON(DefaultJSONProvider):
    """Flask's JSON, whose answers are encoded by msgspec: instants in UTC, with Z."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Give an answer that holds one value."""
        value = self._prepare_response_obj(args, kwargs)
        encoded = msgspec.json.encode(value, enc_hook=self.default)
        return Response(encoded + b"\n", mimetype=self.mimetype)


class Dumper:
    """Dumps what one schema describes, so that it is encoded as what the schema's own `dump` gives."""

    def __init__(self, schema: Schema) -> None:
        self._slowly = partial(Schema.dump, schema)
        self._many = schema.many
        self._is_plain = _is_plain(schema)
        self._fields = tuple(schema.dump_fields.items())
        names = [field.attribute or name for name, field in self._fields]
        self._of_dict, self._of_object = _getters(names)
        self._has_paths = any("." in name for name in names)
        self._shown = msgspec.defstruct("Shown", tuple(schema.dump_fields), gc=False)
        self._steps: dict[tuple[type, ...], tuple[tuple[int, _Step], ...]] = {}
        """By the types of a row's values: which of them are not shown as they are, and how."""

    def __call__(self, shown: Any, *, many: bool | None = None) -> Any:
        """Give what is encoded as one JSON object, or as a list of them; `many` as in marshmallow."""
        if self._many if many is None else many:
            return None if shown is None else [self.row(each) for each in shown]
        return self.row(shown)

    def row(self, row: Any) -> Any:
        """Give one row: a dict, or an object with attributes."""
        is_dict = type(row) is dict
        if not self._is_plain or (self._has_paths if is_dict else _is_looked_into(row)):
            return self._slowly(row, many=False)
        try:
            values = self._of_dict(row) if is_dict else self._of_object(row)
        except (KeyError, AttributeError):  # a field that this row has not is left out
            return self._slowly(row, many=False)
        steps = self._steps_for(tuple(map(type, values)))
        if not steps:
            return self._shown(*values)
        told = list(values)
        for place, step in steps:
            told[place] = step(told[place], row)
        return self._shown(*told)

    def _steps_for(self, kinds: tuple[type, ...]) -> tuple[tuple[int, _Step], ...]:
        found = self._steps.get(kinds)
        if found is None:
            found = tuple(
                (place, step)
                for place, ((name, field), kind) in enumerate(zip(self._fields, kinds, strict=True))
                if kind is not type(None) and (step := _step(name, field, kind)) is not None
            )
            if len(self._steps) < _KINDS_MAX:
                self._steps[kinds] = found
        return found


def streamed(schema: Dumper, value: Any, *, name: str, row: Dumper, rows: Iterable[Any]) -> Iterator[bytes]:
    """Give the text of one JSON object bit by bit, whose field `name` is a list of `rows` that are dumped as taken.

    `value` has that field empty.  What is held at a time is the rest of the object and some rows.
    """
    encode = msgspec.json.Encoder(enc_hook=DefaultJSONProvider.default).encode
    shown = msgspec.structs.asdict(told) if isinstance(told := schema.row(value), msgspec.Struct) else told
    opening = b"{"
    for field, each in shown.items():
        yield opening + encode(field) + b":"
        opening = b","
        if field != name:
            yield encode(each)
            continue
        between, waiting = b"[", iter(rows)
        while several := [encode(row.row(one)) for one in itertools.islice(waiting, _ROWS_AT_ONCE)]:
            yield between + b",".join(several)
            between = b","
        yield b"[]" if between == b"[" else b"]"
    yield b"}\n"


def _is_looked_into(row: Any) -> bool:
    """Whether marshmallow takes a row's values by `row[name]`; of a named tuple it takes attributes."""
    return hasattr(row, "__getitem__") and not isinstance(row, tuple)


def _as_text(value: Any, _row: Any) -> str:
    return str(ensure_text_type(value))


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


def _step(name: str, field: fields.Field[Any], kind: type) -> _Step | None:
    """Give the quickest step that does what the field does; None where a value of this type is shown itself."""
    of_field = type(field)
    if of_field._serialize is fields.Field._serialize or _SHOWN_ITSELF.get(of_field._serialize) is kind:
        return None
    if _is_text(field):
        return _as_text
    if isinstance(field, Instant):
        return _instant
    if isinstance(field, fields.Date) and field.format in (None, "iso"):
        return None if kind is date else _civil_date
    if isinstance(field, Choice):
        return None if kind is str else _word
    if isinstance(field, StockQuantity):
        return _quantity(field)
    if isinstance(field, fields.Integer) and not field.as_string:
        return None if kind is int else _whole
    if isinstance(field, fields.Nested) and not field.many:
        return _nested(field)
    if isinstance(field, fields.List):
        return _list(name, field)
    return lambda value, row: field._serialize(value, name, row)


def _instant(value: datetime, _row: Any) -> datetime:
    assert value.tzinfo is not None
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _civil_date(value: date, _row: Any) -> str:
    return date.isoformat(value)


def _word(value: Any, _row: Any) -> str:
    return str(value)


def _whole(value: Any, _row: Any) -> int:
    return int(value)


def _quantity(field: StockQuantity) -> _Step:
    unit_of = attrgetter(field.unit_from)

    def step(value: int, row: Any) -> ShownQuantity:
        return _shown(value, get_value(row, field.unit_from) if type(row) is dict else unit_of(row))

    return step


@lru_cache(maxsize=10_000)
def _shown(base_units: int, base_unit: str) -> ShownQuantity:
    return show_quantity(base_units, BaseUnit(base_unit))


def _nested(field: fields.Nested) -> _Step:
    row = Dumper(field.schema).row
    return lambda value, _row: row(value)


def _list(name: str, field: fields.List[Any]) -> _Step:
    inner: fields.Field[Any] = field.inner
    if _is_text(inner):
        return lambda value, _row: [
            each if type(each) in _TEXTS else ensure_text_type(each) for each in value
        ]
    if isinstance(inner, fields.Nested) and not inner.many:
        row = Dumper(inner.schema).row
        return lambda value, _row: [None if each is None else row(each) for each in value]
    return lambda value, row: [_by_itself(name, inner, each, row) for each in value]


def _by_itself(name: str, field: fields.Field[Any], value: Any, row: Any) -> Any:
    step = None if value is None else _step(name, field, type(value))
    return value if step is None else step(value, row)
