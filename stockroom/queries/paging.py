"""How is a long list read?  A page at a time, from after the last row that was shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select

from stockroom.errors import Unreadable, extracted

PAGE_ROWS = 50
PAGE_ROWS_MAX = 1_000
Shown = TypeVar("Shown")


@dataclass(eq=False, kw_only=True)
class CursorUnreadable(Unreadable):
    """The cursor is not one that a page was given with."""

    code: ClassVar[str] = "cursor_unreadable"
    message: ClassVar[str] = extracted("This list has no place {cursor}. Begin at its first page.")
    cursor: str


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Shown]):
    """Some rows of a list, and where the next page begins; None at the end."""

    items: tuple[Shown, ...]
    next_cursor: str | None


def is_uid(text: str) -> bool:
    """Whether the text is a public id, written as we write them."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def part_of(found: Sequence[Shown], *, after: str | None, limit: int, by: str = "uid") -> Page[Shown]:
    """Give one page of rows that were read whole because they are few: what is open, held or low.

    `by` names the public id that is a row's place in the list; a place that no row has gives an empty page.
    """
    places: list[str] = [getattr(row, by) for row in found]
    start = 0
    if after is not None:
        start = places.index(after) + 1 if after in places else len(places)
    end = start + limit
    return Page(items=tuple(found[start:end]), next_cursor=places[end - 1] if end < len(places) else None)


def page_of(
    connection: Connection,
    statement: Select[Any],
    model: Any,
    show: Callable[[Row[Any]], Shown],
    *,
    after: str | None,
    limit: int,
    newest_first: bool = False,
    asked: Mapping[str, Any] | None = None,
) -> Page[Shown]:
    """Read one page of a statement over `model` in the order in which its rows were made; one statement.

    The statement gives each row's `uid`, which is its place in the list; `asked` are the values of its
    named parameters.  Raises CursorUnreadable
    (a place that no row has gives an empty page), ValueError for a limit outside 1 to 1,000.
    """
    check_place(after, limit)
    if after is not None:
        place = select(model.id).where(model.uid == after).scalar_subquery()
        statement = statement.where(model.id < place if newest_first else model.id > place)
    ordered = statement.order_by(model.id.desc() if newest_first else model.id).limit(limit + 1)
    return page_from(connection.execute(ordered, asked or {}).all(), show, limit=limit)


def check_place(after: str | None, limit: int) -> None:
    """Refuse what is no place in a list.  Raises CursorUnreadable, ValueError for a limit outside 1 to 1,000."""
    if not 0 < limit <= PAGE_ROWS_MAX:
        raise ValueError(f"a page has 1 to {PAGE_ROWS_MAX} rows")
    if after is not None and not is_uid(after):
        raise CursorUnreadable(cursor=after[:40])


def page_from(rows: Sequence[Any], show: Callable[[Any], Shown], *, limit: int) -> Page[Shown]:
    """Give the page that begins with these rows; one more than `limit` was asked for, to see whether there is one."""
    more = len(rows) > limit
    return Page(
        items=tuple(show(row) for row in rows[:limit]), next_cursor=rows[limit - 1].uid if more else None
    )


def whole(page: Callable[[str | None], Page[Shown]]) -> Iterator[Shown]:
    """Every row of a list that is asked for page by page."""
    after: str | None = None
    while True:
        found = page(after)
        yield from found.items
        after = found.next_cursor
        if after is None:
            return
