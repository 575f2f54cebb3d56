"""How are the lines of a draft to a supplier written?  A product stands on an order once, in the supplier's packs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from stockroom.db.base import table_of
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.order_rows import change_order_line_row
from stockroom.models import PurchaseOrderLine, SupplierItem
from stockroom.rules.pricing import check_price
from stockroom.vocabulary import ProductKind

PACKS_MAX = 100_000
LINES_MAX = 500
ITEM_CODE_LONGEST = 100
_CHANGEABLE = ("packs_ordered", "pack_count", "item_code", "price_minor", "currency")


@dataclass(frozen=True, kw_only=True)
class PriceSaid:
    """What one pack costs, in the currency's minor unit; neither: it is not known."""

    minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class LineSaid:
    """What a draft asks for of one product.  What is None stays, or is taken from how the supplier sells it."""

    product_uid: str
    packs: int
    """0 takes it off."""
    pack_count: int | None = None
    """Whole presentations in one pack."""
    item_code: str | None = None
    """The supplier's own."""
    price: PriceSaid | None = None


def set_lines(
    work: Work,
    *,
    order: Row[Any],
    standing: Sequence[Row[Any]],
    said: Sequence[LineSaid],
    products: Mapping[str, Row[Any]],
) -> None:
    """Write what a draft asks for; `standing` are its lines as `reads.purchase_orders` gives them.

    `products` are those that are named, by public id.  Four statements at most, and one for each line that is
    taken off.  Raises InvalidValue.
    """
    for each in said:
        _check(each)
    if len({each.product_uid for each in said}) != len(said):
        raise InvalidValue(field="product_uid", problem="the same product stands there twice")
    sold = _sold(work, order.supplier_id, [products[each.product_uid].id for each in said])
    lines = {line.product_id: line for line in standing}
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for each in said:
        product = products[each.product_uid]
        line = lines.get(product.id)
        if not each.packs:
            if line is not None:
                change_order_line_row(work, line, removed_at=work.recorded_at)
        elif line is None:
            added.append({"product_id": product.id, **_begun(product, each, sold.get(product.id))})
        else:
            changed.append({"its_id": line.id, **_anew(line, each, sold.get(product.id))})
    removed = sum(1 for each in said if not each.packs and products[each.product_uid].id in lines)
    if added and len(standing) + len(added) - removed > LINES_MAX:
        raise InvalidValue(field="lines", problem=f"at most {LINES_MAX} on one order")
    _write(work, order.id, added, changed)


def _check(said: LineSaid) -> None:
    if not 0 <= said.packs <= PACKS_MAX:
        raise InvalidValue(field="packs", problem=f"from 0 to {PACKS_MAX}")
    if said.pack_count is not None and not 0 < said.pack_count <= PACKS_MAX:
        raise InvalidValue(field="pack_count", problem="one presentation or more")
    code = said.item_code or ""
    if len(code) > ITEM_CODE_LONGEST or not code.isprintable():
        raise InvalidValue(
            field="item_code", problem=f"at most {ITEM_CODE_LONGEST} characters that can be printed"
        )
    if said.price is not None:
        check_price(said.price.minor, said.price.currency, field="price_minor")


def _sold(work: Work, supplier_id: int, product_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """How the supplier sells these products, by product."""
    rows: Any = work.connection.execute(
        select(
            SupplierItem.product_id,
            SupplierItem.item_code,
            SupplierItem.pack_count,
            SupplierItem.last_price_minor,
            SupplierItem.currency,
        ).where(SupplierItem.supplier_id == supplier_id, SupplierItem.product_id.in_(tuple(product_ids)))
    )
    return {row.product_id: row for row in rows}


def _begun(product: Row[Any], said: LineSaid, sold: Row[Any] | None) -> dict[str, Any]:
    """The values of a new line."""
    if product.kind != ProductKind.MANUFACTURED:
        raise InvalidValue(field="product_uid", problem="what is made here is not ordered")
    pack_count = said.pack_count or (sold.pack_count if sold else 1)
    return {
        "packs_ordered": said.packs,
        "pack_count": pack_count,
        "item_code": (sold.item_code if sold else "") if said.item_code is None else said.item_code,
        **_price(said, sold, pack_count),
    }


def _anew(line: Row[Any], said: LineSaid, sold: Row[Any] | None) -> dict[str, Any]:
    """The values of a line that stands; the price of another pack is not taken along."""
    pack_count = said.pack_count or line.pack_count
    keeps_price = said.price is None and pack_count == line.pack_count
    price = {"price_minor": line.price_minor, "currency": line.currency}
    return {
        "packs_ordered": said.packs,
        "pack_count": pack_count,
        "item_code": line.item_code if said.item_code is None else said.item_code,
        **(price if keeps_price else _price(said, sold, pack_count)),
        "version": line.version + 1,
    }


def _price(said: LineSaid, sold: Row[Any] | None, pack_count: int) -> dict[str, Any]:
    """What a pack costs: as it is said, else as the supplier last charged for a pack of this size."""
    if said.price is not None:
        return {"price_minor": said.price.minor, "currency": said.price.currency}
    if sold is None or sold.pack_count != pack_count:
        return {"price_minor": None, "currency": None}
    return {"price_minor": sold.last_price_minor, "currency": sold.currency}


def _write(
    work: Work, order_id: int, added: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]]
) -> None:
    table = table_of(PurchaseOrderLine)
    if added:
        highest = select(func.max(table.c.n)).where(
            table.c.clinic_id == work.clinic_id, table.c.purchase_order_id == order_id
        )
        first = (work.connection.execute(highest).scalar_one() or 0) + 1
        of_order = {"clinic_id": work.clinic_id, "purchase_order_id": order_id}
        rows = [{"uid": new_uid(work.now), "n": first + n, **of_order, **row} for n, row in enumerate(added)]
        work.connection.execute(insert(PurchaseOrderLine), rows)
    if changed:
        one = update(table).where(table.c.clinic_id == work.clinic_id, table.c.id == bindparam("its_id"))
        values: dict[str, Any] = {name: bindparam(name) for name in (*_CHANGEABLE, "version")}
        work.connection.execute(one.values(values), list(changed))
