"""What is under way when the demo ends?  A treatment, a patient who waits, two cocktails, a delivery, a count, a box."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.scan import gs1_elements
from stockroom.demo.catalogue import demo_gtin
from stockroom.demo.stockkeeping import expiry_of
from stockroom.demo.town import House, Product, Town
from stockroom.demo.troubles import lots_here
from stockroom.demo.visits import TREATMENTS, Booking, Treatment, begin_cocktail, from_shelf, make_cocktail
from stockroom.operations.add_delivery_line import AddDeliveryLine, add_delivery_line
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.enter_finds import EnterFinds, FoundThing, enter_finds
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.print_labels import PrintLabels, print_labels
from stockroom.operations.start_count import StartCount, start_count
from stockroom.operations.start_delivery import StartDelivery, start_delivery
from stockroom.operations.tick_instruction import TickInstructions, tick_instructions
from stockroom.operations.use import Use, use
from stockroom.reads.delivery_lines import LineSaid
from stockroom.rules.using import ThingName
from stockroom.vocabulary import LabelledKind, SessionState

_BY_SLUG = {treatment.slug: treatment for treatment in TREATMENTS}
UNDER_WAY: tuple[Treatment, ...] = tuple(
    _BY_SLUG[slug] for slug in ("booster", "hydration-cocktail", "brightening-cocktail", "solution")
)
"""The sessions in work, in the order in which they are booked."""
NEEDS_MINUTES = 20
"""So long before the present the last thing that is over must be over."""
UNKNOWN_NUMBER = 9001
"""No product of the demo's list has the code of this number."""
_COUNTED = (("amino", 0), ("glutathione", 1))
"""What is counted already, and how many of it are missing."""
_DONE_BEFORE = ("consultation", "clean-area", "stop-blood-thinners")
"""What was seen to when a patient arrived."""
_IN_BOX = "silica"
_IN_DELIVERY = (("poly-meso-b", 3), ("silica", 2))


def leave_under_way(town: Town, house: House, bookings: list[Booking]) -> None:
    """Begin what the present finds begun; `bookings` are those of UNDER_WAY, whose patients have all arrived."""
    in_treatment, made, in_draft = bookings[:3]
    at = town.until - timedelta(minutes=NEEDS_MINUTES)
    _begin_delivery(town, house, at)
    _begin_count(town, house, at)
    _send_box(town, town.houses[1], house, at)
    at += timedelta(seconds=30)
    for booking in bookings:
        _step(town, house, booking, SessionState.ARRIVED, at)
        ticked = TickInstructions(session_uid=booking.session_uid, done=_DONE_BEFORE)
        town.do(tick_instructions, ticked, by=house.actors["nurse"], at=at)
    for booking in (in_treatment, made, in_draft):
        _step(town, house, booking, SessionState.PREPARING, at)
    _open_in_room(town, house, at)
    _use_first(town, house, in_treatment, at + timedelta(minutes=1))
    _step(town, house, in_treatment, SessionState.IN_TREATMENT, at + timedelta(minutes=2))
    make_cocktail(town, house, made, at + timedelta(minutes=3))
    begin_cocktail(town, house, in_draft, at + timedelta(minutes=12), ingredients=2)


def _step(town: Town, house: House, booking: Booking, to: SessionState, at: datetime) -> None:
    step = AdvanceSession(session_uid=booking.session_uid, to=to)
    town.do(advance_session, step, by=house.actors["nurse"], at=at)


def _use_first(town: Town, house: House, booking: Booking, at: datetime) -> None:
    """The first of its needs is used; the others are still to come."""
    slug, quantity = booking.treatment.sealed[0]
    line = from_shelf(town, house, booking.treatment, slug, quantity)
    town.do(use, Use(session_uid=booking.session_uid, lines=(line,)), by=house.actors["nurse"], at=at)


def _open_in_room(town: Town, house: House, at: datetime) -> None:
    """A fresh vial stands in the room with its label: who takes that lot next is asked which one it is.

    A new sharps box stands there too.
    """
    fresh = OpenContainer(
        thing=ThingName(product_uid=town.products["poly-meso-b"].uid),
        stands_in_uid=house.shelves["Room 1"].uid,
    )
    vial = town.do(open_container, fresh, by=house.actors["nurse"], at=at)
    room = house.shelves["Room 1"].uid
    for kind, uid in ((LabelledKind.CONTAINER, vial.container_uid), (LabelledKind.SHARPS_BOX, room)):
        label = PrintLabels(kind=kind, thing_uid=uid, paper="roll-57-32")
        town.do(print_labels, label, by=house.actors["nurse"], at=at)
    house.sealed["poly-meso-b"] -= 1


def _begin_delivery(town: Town, house: House, at: datetime) -> None:
    """Two lines are read, and a pack lies there whose code nobody knows."""
    paper = StartDelivery(
        supplier_uid=town.supplier_uids["north"],
        delivery_note=f"DEMO-{at:%y%m%d}-ON-THE-TABLE",
        arrived_at=at,
    )
    begun = town.do(start_delivery, paper, by=house.actors["nurse"], at=at)
    scans = [_of_box(town, town.products[slug], packs, at) for slug, packs in _IN_DELIVERY]
    scans.append((_scan(demo_gtin(UNKNOWN_NUMBER), "NEW01", 400, at), {"pack_count": 1}))
    for scan, said in scans:
        line = AddDeliveryLine(delivery_uid=begun.delivery_uid, scan=scan, said=LineSaid(**said))
        town.do(add_delivery_line, line, by=house.actors["nurse"], at=at)


def _begin_count(town: Town, house: House, at: datetime) -> None:
    """Two things of the fridge are counted: one is as the books say, of the other one is missing."""
    fridge = house.shelves["Fridge"].uid
    begun = town.do(start_count, StartCount(location_uid=fridge), by=house.actors["nurse"], at=at)
    for slug, missing in _COUNTED:
        lots = [lot for lot in lots_here(town, house, slug) if lot.location_uid == fridge]
        found = tuple(
            FoundThing(
                lot_uid=lot.uid,
                location_uid=fridge,
                found_quantity=lot.quantity - missing * town.products[slug].content,
            )
            for lot in lots[:1]
        )
        if found:
            entered = EnterFinds(count_uid=begun.count_uid, finds=found)
            town.do(enter_finds, entered, by=house.actors["nurse"], at=at)


def _send_box(town: Town, sender: House, receiver: House, at: datetime) -> None:
    """The other clinic has sent two of a product, which wait to be taken in here."""
    content = town.products[_IN_BOX].content
    lots = [lot for lot in lots_here(town, sender, _IN_BOX) if lot.quantity >= 2 * content]
    if not lots:
        return
    line = DispatchLine(lot_uid=lots[0].uid, from_uid=lots[0].location_uid, quantity=2 * content)
    box = DispatchGoods(to_clinic_uid=receiver.uid, lines=(line,))
    town.do(dispatch_goods, box, by=sender.actors["manager"], at=at)
    sender.sealed[_IN_BOX] -= 2


def _of_box(town: Town, product: Product, packs: int, at: datetime) -> tuple[str, dict[str, Any]]:
    days = (expiry_of(town, product, at.date()) - at.date()).days
    return _scan(product.box_gtin, f"{product.slug[:3].upper()}TABLE", days, at), {"pack_count": packs}


def _scan(gtin: str, lot_number: str, days: int, at: datetime) -> str:
    elements = gs1_elements(
        gtin=gtin,
        today=at.date(),
        lot_number=lot_number,
        expires_on=at.date() + timedelta(days=days),
    )
    return "]d2" + write_element_string(elements)
