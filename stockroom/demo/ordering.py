"""What has the demo's clinic ordered?  Something is late, some came in part and one went back, the low is on drafts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from stockroom.demo.stockkeeping import deliver
from stockroom.demo.town import House, Town, minutes
from stockroom.ledger.receipts import Booked
from stockroom.operations.gather_orders import GatherOrders, OrdersGathered, Wanted, gather_orders
from stockroom.operations.place_order import ExpectLine, PlaceOrder, expect_line, place_order
from stockroom.operations.return_to_supplier import ReturnLine, ReturnToSupplier, return_to_supplier
from stockroom.queries.reorder_suggestions import reorder_suggestions
from stockroom.reads.purchase_orders import OrderAt, order_at
from stockroom.vocabulary import ReturnExpects

ORDERED_DAYS_AGO = 7
_EXPECTED_AFTER_DAYS = 4
_NONE_FOR_DAYS = 10
_ORDERED = {
    "east": {"cartridge-12": 5, "syringe-2": 2},
    "south": {"pdrn": 2, "lipolytic": 3},
    "north": {"silica": 4},
}
"""Packs by product and supplier: the first is late, of the second a part comes today, the third is on the table now."""
_CAME = ("pdrn", 1)
_PUT_OFF = "lipolytic"


def is_ordering_day(town: Town, house: House, day: date) -> bool:
    """True on the working day, a week ago, on which the first clinic orders."""
    wanted = town.until.astimezone(house.zone).date() - timedelta(days=ORDERED_DAYS_AGO)
    ordered_on = wanted - timedelta(days=max(wanted.weekday() - 4, 0))
    return house is town.houses[0] and day == ordered_on


def order_a_week_ago(town: Town, house: House, at: datetime) -> None:
    """Write and send an order to each of the suppliers."""
    wanted = tuple(
        Wanted(
            product_uid=town.products[slug].uid,
            supplier_uid=town.supplier_uids[supplier],
            packs=packs,
        )
        for supplier, lines in _ORDERED.items()
        for slug, packs in lines.items()
    )
    gathered = _gather(town, house, wanted, at)
    expected_on = at.astimezone(house.zone).date() + timedelta(days=_EXPECTED_AFTER_DAYS)
    suppliers = {uid: slug for slug, uid in town.supplier_uids.items()}
    for order in gathered.orders:
        slug = suppliers[order.supplier_uid]
        command = PlaceOrder(
            order_uid=order.order_uid,
            version=order.version,
            reference=f"DEMO-{at:%y%m%d}-{slug.upper()}",
            expected_on=expected_on,
        )
        town.do(place_order, command, by=house.actors["manager"], at=at + minutes(1))
        house.order_uids[slug] = order.order_uid


def receive_a_part(town: Town, house: House, at: datetime) -> None:
    """Of one order a pack comes, and its supplier says that it has none of the other product for a while.

    Where a delivery of the week has brought all of the other already, there is nothing to say of it.
    """
    slug, packs = _CAME
    booked = deliver(town, house, "south", {slug: packs}, at)
    order = _order(town, house, "south")
    other = next(each for each in order.lines if each.product_uid == town.products[_PUT_OFF].uid)
    if other.arrived_count < other.pack_count * other.packs_ordered:
        _put_off(town, house, order, other.uid, at)
    _send_one_back(town, house, booked, at + minutes(1))


def _put_off(town: Town, house: House, order: OrderAt, line_uid: str, at: datetime) -> None:
    answer = ExpectLine(
        order_uid=order.row.uid,
        line_uid=line_uid,
        version=order.row.version,
        none_until=at.astimezone(house.zone).date() + timedelta(days=_NONE_FOR_DAYS),
        words="demo: the maker is behind",
    )
    town.do(expect_line, answer, by=house.actors["manager"], at=at + minutes(1))


def _send_one_back(town: Town, house: House, booked: Booked, at: datetime) -> None:
    """One of what came is cracked: it goes back, and a replacement is awaited."""
    product = town.products[_CAME[0]]
    line = ReturnLine(
        lot_uid=booked.lines[0].lot_uid, from_uid=house.shelf_for(product).uid, quantity=product.content
    )
    back = ReturnToSupplier(
        supplier_uid=town.supplier_uids["south"],
        reference=f"DEMO-RMA-{at:%y%m%d}",
        reason="demo: one came cracked",
        lines=(line,),
        expects=ReturnExpects.REPLACEMENT,
        receipt_uid=booked.receipt_uid,
    )
    town.do(return_to_supplier, back, by=house.actors["nurse"], at=at)
    house.sealed[_CAME[0]] -= 1


def put_on_drafts(town: Town, house: House, at: datetime) -> None:
    """The first thing that should be ordered this morning is chosen, and waits to be sent; the others still wait."""
    with town.store.reading() as connection:
        rows = reorder_suggestions(connection, house.actors["manager"].clinic_id, now=at)
    wanted = tuple(
        Wanted(
            product_uid=row.product_uid,
            supplier_uid=row.offer.supplier_uid,
            packs=row.suggestion.pack_count,
            pack_count=row.offer.pack_count,
        )
        for row in rows
        if row.offer is not None and row.suggestion.pack_count
    )
    if wanted:
        _gather(town, house, wanted[:1], at)


def _gather(town: Town, house: House, wanted: tuple[Wanted, ...], at: datetime) -> OrdersGathered:
    gathered: OrdersGathered = town.do(
        gather_orders, GatherOrders(wanted=wanted), by=house.actors["manager"], at=at
    )
    return gathered


def _order(town: Town, house: House, supplier: str) -> OrderAt:
    with town.store.reading() as connection:
        return order_at(connection, house.actors["manager"].clinic_id, house.order_uids[supplier])
