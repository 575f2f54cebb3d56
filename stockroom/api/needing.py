"""How does a request say what a session will take?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema

from stockroom.access.acting import installation
from stockroom.api.things import in_base_units
from stockroom.http.fields import Quantity, Uid
from stockroom.reads.base_units import units_of_groups, units_of_products
from stockroom.rules.planning import NeedOf


class NeedFields(Schema):
    """What the session will take of a product, or of any of a group; it binds no lot."""

    product_uid = Uid(load_default=None)
    group_uid = Uid(load_default=None)
    quantity = Quantity(required=True)


def told_needs(needs: Sequence[dict[str, Any]]) -> tuple[NeedOf, ...]:
    """Give needs of a body in base units; two statements at most.  Raises ThingNotFound, UnitMismatch."""
    with installation().reading() as connection:
        units = units_of_products(connection, [need["product_uid"] for need in needs if need["product_uid"]])
        units |= units_of_groups(connection, [need["group_uid"] for need in needs if need["group_uid"]])
    known = [units.get(need["product_uid"] or need["group_uid"] or "") for need in needs]
    return tuple(
        NeedOf(
            product_uid=need["product_uid"],
            group_uid=need["group_uid"],
            quantity=in_base_units(need["quantity"], unit),
        )
        for need, unit in zip(needs, known, strict=True)
    )
