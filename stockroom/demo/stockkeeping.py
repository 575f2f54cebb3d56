"""How do the demo's shelves fill, vials open, and leftovers go?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import and_, bindparam, func, select

from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.scan import gs1_elements
from stockroom.demo.town import House, Product, Town, Vial
from stockroom.ledger.receipts import Booked
from stockroom.models import Balance, Location, Lot
from stockroom.models import Product as Product_
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.receive import Receive, receive
from stockroom.reads.arrivals import ArrivingLine
from stockroom.reads.in_stock import in_stock
from stockroom.rules.receiving import CostOf
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ArrivalState, CostState, DisposalReason, LocationKind, OrderChoice

DAYS_BETWEEN_DELIVERIES = 21
_SHORT_LIFE_DAYS = 200
_BOUGHT_ONCE, _LASTS_DAYS = "vitamin-c", 730
"""Two recipes take a little of it: one lot goes through the cocktails of all the demo's months."""
_BOOKED_TOO_LITTLE = 4
"""Of a tube a fourth part stands in the books when it is empty."""
_USABLE_TOMORROW = (
    select(Product_.uid, func.sum(Balance.quantity).label("quantity"))
    .join_from(Balance, Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
    .join(Product_, Product_.id == Balance.product_id)
    .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
    .where(
        in_stock(),
        Location.kind.in_([LocationKind.FRIDGE, LocationKind.CUPBOARD]),
        Lot.expires_on > bindparam("tomorrow"),
    )
    .group_by(Product_.uid)
)


def restock(town: Town, house: House, at: datetime) -> None:
    """Have each supplier deliver what is under its target, in one receipt each."""
    for supplier in town.supplier_uids:
        wanted = [
            product
            for product in town.products.values()
            if product.row["supplier"] == supplier and product.row["target"] and _is_low(house, product)
        ]
        if wanted:
            deliver(town, house, supplier, {product.slug: _packs(house, product) for product in wanted}, at)


def deliver(town: Town, house: House, supplier: str, packs: dict[str, int], at: datetime) -> Booked:
    """Receive one delivery by scanning each pack's GS1 code."""
    house.lot_count += 1
    lines = tuple(_line(town, house, town.products[slug], count, at) for slug, count in packs.items())
    command = Receive(
        supplier_uid=town.supplier_uids[supplier],
        delivery_note=f"DEMO-{at:%y%m%d}-{supplier.upper()}",
        arrived_at=at,
        state_on_arrival=ArrivalState.GOOD,
        lines=lines,
    )
    booked: Booked = town.do(receive, command, by=house.actors["nurse"], at=at)
    for slug, count in packs.items():
        house.sealed[slug] = house.sealed.get(slug, 0) + count * town.products[slug].box_of
    return booked


def look_at_shelves(town: Town, house: House, day: date) -> None:
    """Count what may still be used tomorrow, presentation by presentation: one query in the morning."""
    slugs = {product.uid: slug for slug, product in town.products.items()}
    asked = {"clinic": house.actors["nurse"].clinic_id, "tomorrow": day + timedelta(days=1)}
    with town.store.reading() as connection:
        rows = connection.execute(_USABLE_TOMORROW, asked).all()
    counted = {slugs[row.uid]: int(row.quantity) for row in rows if row.uid in slugs}
    house.sealed = {slug: counted.get(slug, 0) // product.content for slug, product in town.products.items()}


def top_up(town: Town, house: House, wanted: dict[str, int], at: datetime) -> None:
    """Have what today needs and is not there delivered first thing in the morning."""
    for supplier in town.supplier_uids:
        missing = {
            slug: _packs(house, town.products[slug])
            for slug, count in wanted.items()
            if town.products[slug].row["supplier"] == supplier and house.sealed.get(slug, 0) < count
        }
        if missing:
            deliver(town, house, supplier, missing, at)


def _is_low(house: House, product: Product) -> bool:
    here = house.sealed.get(product.slug, 0)
    return here < (int(product.row["minimum"]) + int(product.row["target"])) // 2


def _packs(house: House, product: Product) -> int:
    missing = int(product.row["target"]) - house.sealed.get(product.slug, 0)
    return max(1, -(-missing // product.box_of))


def _line(town: Town, house: House, product: Product, packs: int, at: datetime) -> ArrivingLine:
    number = f"{product.slug[:3].upper()}{house.name[12]}{at:%y%m}{house.lot_count:03d}"
    price = product.row["price_minor"]
    cost = (
        CostOf(state=CostState.PRICED, unit_cost_minor=int(price), currency="EUR")
        if price
        else CostOf(state=CostState.FREE_SAMPLE)
    )
    elements = gs1_elements(
        gtin=product.box_gtin if product.box_of > 1 else product.gtin,
        today=at.date(),
        lot_number=number,
        expires_on=expiry_of(town, product, at.date()),
    )
    return ArrivingLine(
        location_uid=house.shelf_for(product).uid,
        scan="]d2" + write_element_string(elements),
        pack_count=packs,
        cost=cost,
        order_choice=OrderChoice.KEEP,
    )


def expiry_of(town: Town, product: Product, on: date) -> date:
    """An expiry between half a year and two years and a half away; cold goods live shorter, but for one."""
    shortest, longest = (_SHORT_LIFE_DAYS, 500) if product.is_cold else (400, 900)
    lives = town.random.randint(shortest, longest)  # drawn in any case: what follows hangs on it
    return on + timedelta(days=_LASTS_DAYS if product.slug == _BOUGHT_ONCE else lives)


def draw_from(town: Town, house: House, product: Product, quantity: int, at: datetime) -> Vial:
    """Give an opened vial that still holds `quantity` and lives on; open a new one where there is none.

    Of a cream more is taken than is booked: its tube is empty before the books say so.
    """
    vial = house.open_vials.get(product.slug)
    margin = timedelta(minutes=30)
    least = quantity + (product.content // _BOOKED_TOO_LITTLE if _is_cream(product) else 0)
    if vial is not None and vial.left >= least and (vial.limit_at is None or at + margin < vial.limit_at):
        vial.left -= quantity
        return vial
    if vial is not None:
        finish(town, house, product, at)
    opened = town.do(
        open_container,
        OpenContainer(thing=ThingName(product_uid=product.uid)),
        by=house.actors["nurse"],
        at=at,
    )
    house.sealed[product.slug] -= 1
    vial = Vial(uid=opened.container_uid, left=product.content - quantity, limit_at=opened.beyond_use_at)
    house.open_vials[product.slug] = vial
    return vial


def finish(town: Town, house: House, product: Product, at: datetime) -> None:
    """Finish an opened vial; what is left in it is thrown away with its reason.

    A head went with its last counted use; of an empty tube the difference is *estimated* by itself.
    """
    vial = house.open_vials.pop(product.slug)
    if product.row["container_type"] == "counted_use" and vial.left == 0:
        return
    is_over = vial.limit_at is not None and at >= vial.limit_at
    is_empty = _is_cream(product) and not is_over
    reason = DisposalReason.BEYOND_USE if is_over else DisposalReason.RESIDUAL
    command = FinishContainer(
        container_uid=vial.uid,
        reason=None if is_empty else reason,
        note="" if vial.left == 0 or is_empty else "demo: left over",
    )
    town.do(finish_container, command, by=house.actors["nurse"], at=at)


def find_tube_empty(town: Town, house: House, at: datetime) -> None:
    """The tube of cream in use turns out to be empty, whatever the books have."""
    if "anaesthetic-cream" in house.open_vials:
        finish(town, house, town.products["anaesthetic-cream"], at)


def _is_cream(product: Product) -> bool:
    return product.row["container_type"] == "multi_use_topical"


def clear_bench(town: Town, house: House, at: datetime) -> None:
    """Throw away the opened vials whose time is over."""
    for slug in sorted(house.open_vials):
        limit_at = house.open_vials[slug].limit_at
        if limit_at is not None and limit_at <= at:
            finish(town, house, town.products[slug], at)
