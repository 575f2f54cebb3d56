"""What do all tables share?  The declarative base, constraint names, and STRICT tables on SQLite."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    event,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase

from stockroom.db.engine import open_engine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of Stockroom; constraints are always named."""

    metadata = MetaData(naming_convention=NAMING)


class Database(SQLAlchemy):
    """Flask-SQLAlchemy on our own engine, so that there is one way in which the database is opened."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        """Open the engine with its pragmas read back; an error never shows the values of a statement."""
        url = options.pop("url")
        return open_engine(url, hide_parameters=True, **options)


db = Database(model_class=Base, add_models_to_shell=False)


def table_of(model: type[Base]) -> Table:
    """The Core table of a model: statements on it skip what only the ORM needs."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


# SQLite checks the type of every value in STRICT tables, which know five type names only
# (sqlite.org/stricttables.html); SQLAlchemy's own names for them would be refused.
@compiles(String, "sqlite")
@compiles(Text, "sqlite")
@compiles(DateTime, "sqlite")
@compiles(Date, "sqlite")
@compiles(Uuid, "sqlite")
def _text_on_sqlite(_type: Any, _compiler: Any, **_options: Any) -> str:
    return "TEXT"


@compiles(BigInteger, "sqlite")
@compiles(Boolean, "sqlite")
def _integer_on_sqlite(_type: Any, _compiler: Any, **_options: Any) -> str:
    return "INTEGER"


@compiles(LargeBinary, "sqlite")
def _blob_on_sqlite(_type: Any, _compiler: Any, **_options: Any) -> str:
    return "BLOB"


@event.listens_for(Table, "after_parent_attach")
def _strict_on_sqlite(table: Table, parent: Any) -> None:
    if parent is Base.metadata:
        table.dialect_kwargs["sqlite_strict"] = True
