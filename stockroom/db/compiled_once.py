"""How does a hot path run a statement?  Compiled once for each database, then run on the driver's own cursor.

SQLAlchemy's way from a statement to its rows costs several times what SQLite needs to run it.  Only that way
is left out: the SQL is SQLAlchemy's, each value goes through the type of its column in both directions,
connection and transaction are those that were handed in (a `Glance` has none, and needs none), an error of
the driver is raised as SQLAlchemy raises it, and whoever listens for statements hears of these too.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.sql.visitors import iterate

from stockroom.db.glance import Glance

_PSYCOPG = "psycopg"
LISTED_MAX = 8
"""A longer list of values is run by SQLAlchemy itself: each length is another statement."""

Given = Mapping[str, Any]
_Process = Callable[[Any], Any]


class Once:
    """One statement of a hot path, made with its module; threads may share it.

    Values are given by the names of its bound parameters; for INSERT and UPDATE the names of columns may be
    given too.  What stands for several values (`expanding`, in a SELECT) is given as a list.
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._takes_lists = any(each.expanding for each in _parameters_of(statement))
        self._plans: dict[tuple[object, ...], _Plan] = {}

    def all(self, connection: Connection | Glance, given: Given) -> Sequence[Any]:
        """Run it and give its rows: named tuples, of which a value is read far quicker than off a Row."""
        plan = self._plan(connection.dialect, given)
        if plan is None:
            if isinstance(connection, Connection):
                return self._listed(connection, given)
            plan = _compiled(self.statement, connection.dialect, given, self._row)
        cursor = _run(connection, plan.sql, plan.bound(given))
        found = cursor.fetchall()
        cursor.close()
        return plan.rows(found)

    def first(self, connection: Connection | Glance, given: Given) -> Any | None:
        """Run it and give its first row, None where there is none."""
        rows = self.all(connection, given)
        return rows[0] if rows else None

    def one(self, connection: Connection | Glance, given: Given) -> Any:
        """Run it and give its only row.  Raises NoResultFound, MultipleResultsFound."""
        rows = self.all(connection, given)
        if len(rows) == 1:
            return rows[0]
        raise MultipleResultsFound() if rows else NoResultFound()

    def scalar(self, connection: Connection | Glance, given: Given) -> Any:
        """Run it and give the first value of its only row.  Raises NoResultFound, MultipleResultsFound."""
        return self.one(connection, given)[0]

    def change(self, connection: Connection, given: Given) -> int:
        """Run it for its effect, and give how many rows it touched."""
        plan = self._plan(connection.dialect, given)
        if plan is None:
            return int(connection.execute(self.statement, given).rowcount)
        return _effect(_run(connection, plan.sql, plan.bound(given)))

    def change_each(self, connection: Connection, rows: Sequence[Given]) -> int:
        """Run it once for each row, all of which name the same values; give how many rows it touched."""
        if len(rows) == 1:
            return self.change(connection, rows[0])
        plan = self._plan(connection.dialect, rows[0])
        if plan is None:
            raise ValueError("no list of values is given once for each row")
        return _effect(_run(connection, plan.sql, [plan.bound(row) for row in rows], is_many=True))

    def _listed(self, connection: Connection, given: Given) -> Sequence[Any]:
        found = connection.execute(self.statement, given)
        return list(map(self._row, found))

    @cached_property
    def _row(self) -> Callable[[Any], Any]:
        """Makes one row of its values."""
        names = namedtuple("_Names", self.statement.exported_columns.keys(), rename=True)  # type: ignore[misc]
        mapping = property(lambda row: row._asdict())
        return partial(tuple.__new__, type("Found", (names,), {"__slots__": (), "_mapping": mapping}))

    def _plan(self, dialect: Dialect, given: Given) -> _Plan | None:
        """Give the compiled form for what is given, None where a list is too long to keep one."""
        key: tuple[object, ...] = (dialect.name, *given)
        if self._takes_lists:
            lengths = [len(value) for value in given.values() if type(value) is list]
            if not all(0 < length <= LISTED_MAX for length in lengths):
                return None
            key += tuple(lengths)
        plan = self._plans.get(key)
        if plan is None:  # made twice when two threads come at once, which harms nobody
            plan = self._plans[key] = _compiled(self.statement, dialect, given, self._row)
        return plan


@dataclass(frozen=True, kw_only=True)
class _Given:
    """A value that comes with each run: the parameter, and the place in its list of values or of tuples."""

    name: str
    path: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Slot:
    """Where the value of one mark in the SQL comes from; a constant is bound already."""

    mark: str
    given: _Given | None
    constant: Any
    process: _Process | None


class _Binding:
    """Puts what is given in the order of the marks: all at once, then through the types that change a value."""

    def __init__(self, slots: Sequence[_Slot]) -> None:
        self._constants: dict[str, Any] = {}
        self._deep: list[tuple[int, _Given]] = []
        self._processed: list[tuple[int, _Process]] = []
        names: list[str] = []
        for place, slot in enumerate(slots):
            if slot.given is None:
                names.append(f"constant {slot.mark}")  # no parameter is called so
                self._constants[names[-1]] = slot.constant
                continue
            names.append(slot.given.name)
            if slot.given.path:
                self._deep.append((place, slot.given))
            if slot.process is not None:
                self._processed.append((place, slot.process))
        self._take = _taking(names)

    def __call__(self, given: Given) -> list[Any]:
        values = self._take({**given, **self._constants} if self._constants else given)
        for place, source in self._deep:
            value = values[place]
            for step in source.path:
                value = value[step]
            values[place] = value
        for place, process in self._processed:
            values[place] = process(values[place])
        return values


def _taking(names: Sequence[str]) -> Callable[[Given], list[Any]]:
    """Give what takes the values of these names, in this order."""
    if len(names) > 1:
        take = itemgetter(*names)
        return lambda given: list(take(given))
    return lambda given: [given[name] for name in names]


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is known of a statement once it is compiled."""

    sql: str
    marks: tuple[str, ...]
    """The names of the marks, none where the driver takes values by their place."""
    in_order: _Binding
    rows: Callable[[Sequence[Any]], Sequence[Any]]
    """Makes our rows of the driver's."""

    def bound(self, given: Given) -> Any:
        """Give the values in the form in which the driver takes them."""
        values = self.in_order(given)
        return dict(zip(self.marks, values, strict=True)) if self.marks else tuple(values)


def _compiled(statement: Any, dialect: Dialect, given: Given, row: Callable[[Any], Any]) -> _Plan:
    written = _numbered(dialect) if dialect.driver == _PSYCOPG else dialect
    compiled: Any = statement.compile(dialect=written, column_keys=_columns_of(statement, given))
    if compiled.escaped_bind_names:
        raise ValueError("the name of a parameter is one that this driver cannot take")
    marked = {name: _marked(name, value) for name, value in given.items()}
    state = compiled.construct_expanded_state({**_defaults(compiled), **marked})
    values = state.parameters
    marks = state.positiontup if compiled.positional else values
    return _Plan(
        sql=state.statement,
        marks=() if compiled.positional else tuple(marks),
        in_order=_Binding([_slot(mark, values[mark], compiled, dialect) for mark in marks]),
        rows=_rows_maker(statement, dialect, row),
    )


def _parameters_of(statement: Any) -> Iterator[BindParameter[Any]]:
    return (each for each in iterate(statement) if isinstance(each, BindParameter))


@lru_cache(maxsize=32)
def _numbered(dialect: Any) -> Any:
    """The dialect of psycopg, writing marks as PostgreSQL itself does, so that the driver need not rewrite them."""
    twin = copy(dialect)
    twin.paramstyle, twin.positional = "numeric_dollar", True
    twin.identifier_preparer = twin.preparer(twin)
    return twin


def _columns_of(statement: Any, given: Given) -> list[str] | None:
    return None if isinstance(statement, Select) else list(given)


def _marked(name: str, value: Any) -> Any:
    """Put the place that a value comes from where the value would be."""
    if type(value) is not list:
        return _Given(name=name)
    return [
        tuple(_Given(name=name, path=(n, m)) for m in range(len(each)))
        if isinstance(each, tuple)
        else _Given(name=name, path=(n,))
        for n, each in enumerate(value)
    ]


def _defaults(compiled: Any) -> dict[str, Any]:
    """What columns say that are not given.  Raises ValueError for what is not the same at each run."""
    said = {}
    for column in compiled.insert_prefetch:
        if not column.default.is_scalar:
            raise ValueError(f"{column} is not given, and what it would be is not known beforehand")
        said[column.key] = column.default.arg
    if compiled.update_prefetch:
        raise ValueError("a column that changes by itself is given by hand")
    return said


def _slot(mark: str, value: Any, compiled: Any, dialect: Dialect) -> _Slot:
    source = value if isinstance(value, _Given) else None
    of_type = compiled.binds[source.name if source else _name_of(mark, compiled)].type
    if source is not None and len(source.path) > 1:
        of_type = of_type.types[source.path[-1]]
    process: _Process | None = of_type.dialect_impl(dialect).bind_processor(dialect)
    constant = value if source is not None or process is None else process(value)
    return _Slot(mark=mark, given=source, constant=constant, process=process)


def _name_of(mark: str, compiled: Any) -> str:
    """Give the parameter of a constant; a list of constants has a mark for each, numbered from 1."""
    return mark if mark in compiled.binds else mark.rpartition("_")[0]


def _rows_maker(
    statement: Any, dialect: Dialect, row: Callable[[Any], Any]
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Give what makes named tuples of the driver's rows, column by column: there are few columns to look at."""
    processors = [
        (place, process)
        for place, column in enumerate(statement.exported_columns)
        if (process := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]

    def rows(found: Sequence[Any]) -> Sequence[Any]:
        if not found or not processors:
            return list(map(row, found))
        if len(found) == 1:
            told = list(found[0])
            for place, process in processors:
                if told[place] is not None:  # which is None in every type of ours
                    told[place] = process(told[place])
            return [row(told)]
        columns: list[Any] = list(zip(*found, strict=True))
        for place, process in processors:
            columns[place] = map(process, columns[place])
        return list(map(row, zip(*columns, strict=True)))

    return rows


def _run(connection: Connection | Glance, sql: str, values: Any, *, is_many: bool = False) -> Any:
    """Run it on the cursor of a connection that is in a transaction.  Raises what SQLAlchemy raises."""
    driver: Any = connection.connection.dbapi_connection
    dialect = connection.dialect
    cursor = dialect.loaded_dbapi.RawCursor(driver) if dialect.driver == _PSYCOPG else driver.cursor()
    for listen in connection.engine.dispatch.before_cursor_execute:
        listen(connection, cursor, sql, values, None, is_many)
    try:
        (cursor.executemany if is_many else cursor.execute)(sql, values)
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, driver, cursor)
        cursor.close()
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql,
            values,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=connection.engine.hide_parameters,
            connection_invalidated=lost,
            dialect=dialect,
            ismulti=is_many,
        ) from error
    return cursor


def _effect(cursor: Any) -> int:
    count: int = cursor.rowcount
    cursor.close()
    return count
