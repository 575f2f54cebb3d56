"""What was moved?  One movement with its lines, the statement of a lot or a place, pages in the books' order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Location, Lot, Movement, Person, Product, Supplier, TreatmentSession
from stockroom.queries.paging import PAGE_ROWS, CursorUnreadable, Page, Shown, is_uid, page_of
from stockroom.reads.finding import one_by_uid

_source = aliased(Location, name="source")
_target = aliased(Location, name="target")
_reversal = aliased(Line, name="reversal")
_placed = aliased(Line, name="placed")
_earlier = aliased(Movement, name="earlier")
_replaced = aliased(Movement, name="replaced")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """A movement as a list shows it."""

    uid: str
    seq: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    is_late: bool
    reason: str
    document_kind: str
    document_uid: str | None
    supplier: str | None
    actor: str
    roles: str
    device: str
    reverses_uid: str | None
    replaces_uid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A line, from where to where."""

    movement_uid: str
    movement_kind: str
    seq: int
    occurred_at: datetime
    recorded_at: datetime
    n: int
    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    presentation: str
    base_unit: str
    content_quantity: int
    source_uid: str
    source_name: str
    source_kind: str
    target_uid: str
    target_name: str
    target_kind: str
    quantity: int
    session_uid: str | None
    is_reversed: bool
    is_reversal: bool


@dataclass(frozen=True, kw_only=True)
class MovementShown:
    """A movement with its lines."""

    movement: MovementRow
    lines: tuple[LineRow, ...]


def movement_shown(connection: Connection, clinic_id: int, *, uid: str) -> MovementShown:
    """Give a movement of the clinic with its lines; three statements.  Raises ThingNotFound."""
    found = one_by_uid(connection, Movement, uid, thing="movement", clinic_id=clinic_id)
    header = connection.execute(_movements(clinic_id).where(Movement.id == found.id)).one()
    lines = connection.execute(_lines(clinic_id).where(Line.movement_id == found.id).order_by(Line.n))
    return MovementShown(movement=_movement(header), lines=tuple(_line(row) for row in lines))


def movements(
    connection: Connection,
    clinic_id: int,
    *,
    kind: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[MovementRow]:
    """Give the movements of the clinic, the newest first; one statement.  Raises CursorUnreadable."""
    statement = _movements(clinic_id)
    if kind is not None:
        statement = statement.where(Movement.kind == kind)
    return page_of(connection, statement, Movement, _movement, after=after, limit=limit, newest_first=True)


def movements_with_lines(
    connection: Connection,
    clinic_id: int,
    *,
    kind: str,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[MovementShown]:
    """Give the movements of one kind with their lines, the newest first; two statements.  Raises CursorUnreadable."""
    page = movements(connection, clinic_id, kind=kind, after=after, limit=limit)
    lines: dict[str, list[LineRow]] = {row.uid: [] for row in page.items}
    named = select(Movement.id).where(Movement.clinic_id == clinic_id, Movement.uid.in_(list(lines)))
    found = _lines(clinic_id).where(Line.movement_id.in_(named)).order_by(Line.id)
    for row in connection.execute(found) if lines else ():
        lines[row.movement_uid].append(_line(row))
    shown = tuple(MovementShown(movement=row, lines=tuple(lines[row.uid])) for row in page.items)
    return Page(items=shown, next_cursor=page.next_cursor)


def statement_of_lot(connection: Connection, clinic_id: int, *, lot_uid: str) -> tuple[LineRow, ...]:
    """Give every line of a lot in the order of the books; two statements.  Raises ThingNotFound."""
    lot = one_by_uid(connection, Lot, lot_uid, thing="lot", clinic_id=clinic_id)
    rows = connection.execute(_lines(clinic_id).where(Line.lot_id == lot.id).order_by(Line.id))
    return tuple(_line(row) for row in rows)


def statement_page(
    connection: Connection, clinic_id: int, *, lot_uid: str, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[LineRow]:
    """Give one page of a lot's lines in the order of the books; two statements.

    Raises ThingNotFound, CursorUnreadable.
    """
    lot = one_by_uid(connection, Lot, lot_uid, thing="lot", clinic_id=clinic_id)
    statement = _lines(clinic_id).where(Line.lot_id == lot.id)
    if after is not None:
        statement = statement.where(Line.id > place_of_line(clinic_id, after))
    rows = connection.execute(statement.order_by(Line.id).limit(limit + 1)).all()
    return page_of_lines(rows, _line, limit=limit)


def page_of_lines(rows: Sequence[Row[Any]], show: Callable[[Row[Any]], Shown], *, limit: int) -> Page[Shown]:
    """Make a page of at most `limit` of the rows, which hold `movement_uid` and `n`.

    A line has no id of its own; its place in a list is its movement and number.
    """
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=tuple(show(row) for row in rows[:limit]),
        next_cursor=None if last is None else f"{last.movement_uid}.{last.n}",
    )


def place_of_line(clinic_id: int, cursor: str) -> Any:
    """Give the place in the books of the line that a cursor names.  Raises CursorUnreadable."""
    uid, _, n = cursor.partition(".")
    if not is_uid(uid) or re.fullmatch(r"[1-9][0-9]{0,8}", n, re.ASCII) is None:
        raise CursorUnreadable(cursor=cursor[:40])
    return (
        select(_placed.id)
        .join(Movement, and_(Movement.clinic_id == _placed.clinic_id, Movement.id == _placed.movement_id))
        .where(_placed.clinic_id == clinic_id, Movement.uid == uid, _placed.n == int(n))
        .scalar_subquery()
    )


def statement_of_place(
    connection: Connection, clinic_id: int, *, location_uid: str, since: datetime
) -> tuple[LineRow, ...]:
    """Give every line into or out of a place recorded since an instant; two statements.

    Raises ThingNotFound.
    """
    place = one_by_uid(connection, Location, location_uid, thing="place", clinic_id=clinic_id)
    rows = connection.execute(
        _lines(clinic_id)
        .where(or_(Line.from_id == place.id, Line.to_id == place.id), Movement.recorded_at >= since)
        .order_by(Line.id)
    )
    return tuple(_line(row) for row in rows)


def _movements(clinic_id: int) -> Any:
    return (
        select(
            Movement.uid,
            Movement.seq,
            Movement.kind,
            Movement.occurred_at,
            Movement.recorded_at,
            Movement.is_late,
            Movement.reason,
            Movement.document_kind,
            Movement.document_uid,
            Supplier.name.label("supplier"),
            Person.name.label("actor"),
            Movement.roles,
            Movement.device,
            _earlier.uid.label("reverses_uid"),
            _replaced.uid.label("replaces_uid"),
        )
        .select_from(Movement)
        .outerjoin(Person, Person.id == Movement.actor_id)
        .outerjoin(Supplier, Supplier.id == Movement.supplier_id)
        .outerjoin(_earlier, _earlier.id == Movement.reverses_movement_id)
        .outerjoin(_replaced, _replaced.id == Movement.replaces_movement_id)
        .where(Movement.clinic_id == clinic_id)
    )


def _lines(clinic_id: int) -> Any:
    return (
        select(
            Movement.uid.label("movement_uid"),
            Movement.kind.label("movement_kind"),
            Movement.seq,
            Movement.occurred_at,
            Movement.recorded_at,
            Line.n,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            _source.uid.label("source_uid"),
            _source.name.label("source_name"),
            _source.kind.label("source_kind"),
            _target.uid.label("target_uid"),
            _target.name.label("target_name"),
            _target.kind.label("target_kind"),
            Line.quantity,
            TreatmentSession.uid.label("session_uid"),
            _reversal.id.is_not(None).label("is_reversed"),
            Line.reverses_line_id.is_not(None).label("is_reversal"),
        )
        .select_from(Line)
        .outerjoin(Movement, Movement.id == Line.movement_id)
        .outerjoin(Lot, Lot.id == Line.lot_id)
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(_source, _source.id == Line.from_id)
        .outerjoin(_target, _target.id == Line.to_id)
        .outerjoin(TreatmentSession, TreatmentSession.id == Line.session_id)
        .outerjoin(
            _reversal, and_(_reversal.clinic_id == Line.clinic_id, _reversal.reverses_line_id == Line.id)
        )
        .where(Line.clinic_id == clinic_id)
    )


def _movement(row: Row[Any]) -> MovementRow:
    return MovementRow(**row._mapping)


def _line(row: Row[Any]) -> LineRow:
    return LineRow(**row._mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """A later movement that takes lines of one back."""

    uid: str
    kind: str
    recorded_at: datetime
    actor: str
    reason: str
    line_count: int


def answers_to(connection: Connection, clinic_id: int, *, uid: str) -> tuple[AnswerRow, ...]:
    """Give what was booked to take lines of a movement back, in the order of the books; one statement."""
    original = aliased(Line, name="original")
    of_it = and_(_reversal.clinic_id == original.clinic_id, _reversal.reverses_line_id == original.id)
    answer = and_(Movement.clinic_id == _reversal.clinic_id, Movement.id == _reversal.movement_id)
    asked = select(Movement.id).where(Movement.clinic_id == clinic_id, Movement.uid == uid).scalar_subquery()
    rows = connection.execute(
        select(
            Movement.uid,
            Movement.kind,
            Movement.recorded_at,
            Person.name.label("actor"),
            Movement.reason,
            func.count().label("line_count"),
        )
        .select_from(original)
        .join(_reversal, of_it)
        .join(Movement, answer)
        .join(Person, Person.id == Movement.actor_id)
        .where(original.clinic_id == clinic_id, original.movement_id == asked)
        .group_by(Movement.id, Person.name)
        .order_by(Movement.id)
    )
    return tuple(AnswerRow(**row._mapping) for row in rows)
