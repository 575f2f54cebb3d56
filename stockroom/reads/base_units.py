"""In which unit are a product, and the products of a group, counted?  Asked before an act that names them.

A product's base unit never changes once stock of it exists: nothing is lost by asking outside the lock.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from stockroom.errors import InvalidValue
from stockroom.models import Product, ProductGroup
from stockroom.reads.finding import many_by_uid
from stockroom.reads.recipes import group_units
from stockroom.vocabulary import BaseUnit


def units_of_products(connection: Connection, uids: Iterable[str]) -> dict[str, BaseUnit]:
    """Give the base unit of each product, by uid, in one statement.  Raises ThingNotFound."""
    found = many_by_uid(connection, Product, uids, thing="product")
    return {uid: BaseUnit(row.base_unit) for uid, row in found.items()}


def units_of_groups(connection: Connection, uids: Iterable[str]) -> dict[str, BaseUnit]:
    """Give the one base unit in which each group's products are counted, by uid; two statements.

    Raises ThingNotFound, InvalidValue for a group that has none yet or several.
    """
    groups = many_by_uid(connection, ProductGroup, uids, thing="product group")
    units = group_units(connection, [row.id for row in groups.values()])
    for row in groups.values():
        if len(units.get(row.id, ())) != 1:
            raise InvalidValue(
                field="group_uid", problem="the products of this group are not counted in one unit"
            )
    return {uid: next(iter(units[row.id])) for uid, row in groups.items()}
