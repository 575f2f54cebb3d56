"""How does a body become what its schema loads quickly?  Each schema is read once, and turned into steps for its fields.

The schema stays the only description, and the only judge: a body that is wrong in any way, or a schema that
does more than load its fields one by one, is loaded by marshmallow itself.  `tests/http/test_taking.py` holds
the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, missing
from marshmallow.decorators import POST_LOAD, PRE_LOAD, VALIDATES, VALIDATES_SCHEMA

_Step = Callable[[Any, dict[str, Any]], Any]
"""Gives what a value is loaded as; the second argument is the object in which it stands."""


class _Unusual(Exception):
    """What is here is for marshmallow to judge."""


class Taker:
    """Loads what one schema describes, as the schema's own `load` does."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.is_plain = _is_plain(schema)
        self._ends = bool(_hooks(schema)[POST_LOAD])
        self._steps = [
            (name, _step(name, field), field.load_default) for name, field in schema.load_fields.items()
        ]

    def __call__(self, body: Any) -> Any:
        """Give what the body is loaded as.  Raises ValidationError."""
        try:
            return self.quickly(body)
        except (_Unusual, ValidationError):
            return self._schema.load(body)

    def quickly(self, body: Any) -> Any:
        """Give what the body is loaded as, or raise what says that marshmallow has to look at it."""
        if type(body) is not dict or not self.is_plain:
            raise _Unusual()
        taken: dict[str, Any] = {}
        left_out = 0
        for name, step, default in self._steps:
            if name in body:
                taken[name] = step(body[name], body)
                continue
            left_out += 1
            if default is missing:  # required, or not there at all
                raise _Unusual()
            taken[name] = default() if callable(default) else default
        if len(self._steps) - left_out != len(body):
            raise _Unusual()  # something that the schema does not know
        return self._ended(taken, body) if self._ends else taken

    def _ended(self, taken: dict[str, Any], body: dict[str, Any]) -> Any:
        schema = self._schema
        return schema._invoke_load_processors(
            POST_LOAD, taken, many=False, original_data=body, partial=schema.partial, unknown=schema.unknown
        )


def _hooks(schema: Schema) -> Any:
    return schema._hooks


def _is_plain(schema: Schema) -> bool:
    """Whether the schema loads one object, all of whose fields stand under their names."""
    hooks = _hooks(schema)
    return (
        not (schema.many or schema.partial or hooks[PRE_LOAD] or hooks[VALIDATES] or hooks[VALIDATES_SCHEMA])
        and schema.unknown == RAISE
        and all(
            field.data_key in (None, name) and field.attribute in (None, name) and "." not in name
            for name, field in schema.load_fields.items()
        )
    )


def _step(name: str, field: fields.Field[Any]) -> _Step:
    if type(field) is fields.Nested and not field.many and field.unknown is None and not _is_worked_on(field):
        inside = Taker(field.schema)
        if inside.is_plain:
            return lambda value, _body: _present(field, inside.quickly, value)
    if type(field) is fields.List and not _is_worked_on(field):
        inner = _step(name, field.inner)
        return lambda value, body: _present(field, lambda listed: _each(inner, listed, body), value)
    return lambda value, body: field.deserialize(value, name, body)


def _is_worked_on(field: fields.Field[Any]) -> bool:
    """Whether something is done to the value before or after the field loads it."""
    return bool(field.pre_load or field.post_load)


def _present(field: fields.Field[Any], load: Callable[[Any], Any], value: Any) -> Any:
    """As `Field.deserialize` of a value that is there."""
    if value is None:
        if field.allow_none:
            return None
        raise _Unusual()
    loaded = load(value)
    for validate in field.validators:
        validate(loaded)
    return loaded


def _each(inner: _Step, listed: Any, body: dict[str, Any]) -> list[Any]:
    if type(listed) is not list:
        raise _Unusual()
    return [inner(each, body) for each in listed]
