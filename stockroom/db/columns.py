"""Which column types keep instants, quantities, ids and words honest?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    Uuid,
    literal_column,
)
from sqlalchemy.types import TypeDecorator

Identity = BigInteger().with_variant(Integer(), "sqlite")
"""A key that never leaves the database; INTEGER on SQLite, where only that name numbers itself."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant.  Naive values are refused; what comes back is aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        at = _aware(value)
        return at.replace(tzinfo=None) if at is not None and dialect.name == "sqlite" else at

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Write the text that SQLite keeps in one step."""
        return _text_of_instant if dialect.name == "sqlite" else _aware

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Read the text that SQLite keeps in one step; PostgreSQL gives instants in the session's zone, UTC."""
        return _instant_of_text if dialect.name == "sqlite" else _instant_in_utc


def _aware(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored; give it a zone")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _text_of_instant(at: datetime | None) -> str | None:
    in_utc = _aware(at)
    return None if in_utc is None else in_utc.isoformat(" ", "microseconds")[:-6]  # without its +00:00


def _instant_of_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _instant_in_utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


class Quantity(TypeDecorator[int]):
    """A whole number of base units.  Anything but an int (a bool or a float included) is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is not None and type(value) is not int:
            raise TypeError(f"a quantity is a whole number of base units, not {type(value).__name__}")
        return value


class _Uid(Uuid[str]):
    """A uid kept as 32 digits on SQLite, which has no type for it: dashes are put in, and nothing is parsed.

    On PostgreSQL SQLAlchemy puts the native type in its place.
    """

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(as_uuid=False)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], str | None] | None:
        return _dashed


def _dashed(digits: str | None) -> str | None:
    if digits is None:
        return None
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def Uid() -> Uuid[str]:  # noqa: N802 - reads as the type that it makes
    """A public id (UUIDv7) as text in Python, native in PostgreSQL."""
    return _Uid()


def written(constant: int | StrEnum) -> ColumnElement[Any]:
    """A constant of ours that stands in the statement itself instead of being bound.

    For the conditions of partial indexes: where SQLite has to look at a bound value to know whether such
    an index serves, it plans the statement anew at every run.
    """
    return literal_column(f"'{constant.value}'" if isinstance(constant, StrEnum) else str(int(constant)))


def one_of(column: str, words: type[StrEnum], *, name: str | None = None) -> CheckConstraint:
    """A CHECK that `column` holds one of the words of a vocabulary (or NULL)."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name or f"{column}_is_a_word")
