"""How does a statement name many things at once?  By one parameter that holds them all, however many they are.

The SQL is then the same for one as for ten thousand, so that it is compiled once and the database knows it
again: on PostgreSQL the parameter is an array, on SQLite a list in JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Listed(TypeDecorator[Any]):
    """A tuple of values of one type; never a column."""

    impl = String
    cache_ok = True

    def __init__(self, each: TypeEngine[Any]) -> None:
        super().__init__()
        self.each = each

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.each) if dialect.name == "postgresql" else String())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        process = self.each.dialect_impl(dialect).bind_processor(dialect)
        whole: Callable[[Any], Any] = list if dialect.name == "postgresql" else json.dumps
        if process is None:
            return lambda values: whole(tuple(values))
        return lambda values: whole([process(value) for value in values])


class _Among(FunctionElement[bool]):
    """`column IN (…)` over a parameter that holds a list."""

    type = Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True  # else SQLite is asked whether it `= 1`, for which no index serves


def among(column: Any, name: str) -> ColumnElement[bool]:
    """The condition that a column is one of the values of the parameter `name`, given as a tuple."""
    return _Among(column, bindparam(name, type_=Listed(column.type)))


@compiles(_Among, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - of names and marks


@compiles(_Among)
def _on_postgres(element: Any, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({values})"
