"""What does a label need that no other page asks for: which code, which paper, for the how manieth time?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from stockroom.errors import ThingNotFound
from stockroom.models import LabelPrint, Person, Preparation, Product, TradeItem
from stockroom.queries.paging import is_uid
from stockroom.vocabulary import CodeScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRow:
    """One printing of a thing's labels."""

    uid: str
    kind: str
    thing_uid: str
    n: int
    part_count: int
    paper: str
    start: int
    printed_at: datetime
    printed_by: str


def printing(connection: Connection, clinic_id: int, *, uid: str) -> PrintRow:
    """Give one printing of the clinic; one statement.  Raises ThingNotFound."""
    statement = _printings(clinic_id).where(LabelPrint.uid == uid)
    row = connection.execute(statement).first() if is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="printing", uid=uid[:40])
    return PrintRow(**row._mapping)


def printings_of(connection: Connection, clinic_id: int, *, kind: str, uid: str) -> tuple[PrintRow, ...]:
    """Give the printings of one thing, the newest first; one statement."""
    of_thing = _printings(clinic_id).where(LabelPrint.kind == kind, LabelPrint.thing_uid == uid)
    return tuple(
        PrintRow(**row._mapping) for row in connection.execute(of_thing.order_by(LabelPrint.n.desc()))
    )


def usual_paper(connection: Connection, clinic_id: int, *, person_id: int) -> str | None:
    """Give the paper that a person printed on last in this clinic; one statement."""
    mine = select(LabelPrint.paper).where(
        LabelPrint.clinic_id == clinic_id, LabelPrint.printed_by_id == person_id
    )
    return connection.execute(mine.order_by(LabelPrint.id.desc()).limit(1)).scalars().first()


def gtin_of_one(connection: Connection, *, product_uid: str) -> str | None:
    """Give the GTIN of a product's single presentation; one statement."""
    statement = (
        select(TradeItem.code)
        .join(Product, Product.id == TradeItem.product_id)
        .where(
            Product.uid == product_uid,
            TradeItem.scheme == CodeScheme.GTIN,
            TradeItem.presentation_count == 1,
        )
    )
    return connection.execute(statement.order_by(TradeItem.id).limit(1)).scalars().first()


def checker_of(connection: Connection, clinic_id: int, *, preparation_uid: str) -> str | None:
    """Give the name of who checked a cocktail, if anybody did; one statement."""
    statement = (
        select(Person.name)
        .join(Preparation, Preparation.checked_by_id == Person.id)
        .where(Preparation.clinic_id == clinic_id, Preparation.uid == preparation_uid)
    )
    return connection.execute(statement).scalars().first()


def _printings(clinic_id: int) -> Any:
    return (
        select(
            LabelPrint.uid,
            LabelPrint.kind,
            LabelPrint.thing_uid,
            LabelPrint.n,
            LabelPrint.part_count,
            LabelPrint.paper,
            LabelPrint.start,
            LabelPrint.printed_at,
            Person.name.label("printed_by"),
        )
        .join(Person, Person.id == LabelPrint.printed_by_id)
        .where(LabelPrint.clinic_id == clinic_id)
    )
