"""What goes wrong in the demo, and is put right?  Breakage, expiry, a warm fridge, a wrong entry, a loan, a power cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, bindparam, select

from stockroom.demo.town import House, Loan, Town, minutes
from stockroom.models import Balance, Location, Lot, Product
from stockroom.operations.arrive_goods import ArrivedLine, ArriveGoods, arrive_goods
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.release_hold import ReleaseHold, release_hold
from stockroom.operations.reverse import Reverse, reverse
from stockroom.reads.in_stock import in_stock
from stockroom.rules.using import ThingName
from stockroom.vocabulary import DisposalReason, HoldReason, LocationKind


@dataclass(frozen=True, kw_only=True)
class LotHere:
    """A sealed lot at a shelf of a clinic."""

    uid: str
    product_uid: str
    location_uid: str
    quantity: int
    expires_on: date | None


_SEALED = (
    select(
        Lot.uid,
        Product.uid.label("product_uid"),
        Location.uid.label("location_uid"),
        Balance.quantity,
        Lot.expires_on,
    )
    .join_from(Balance, Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
    .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
    .join(Product, Product.id == Balance.product_id)
    .where(
        in_stock(),
        Balance.quantity > Balance.allocated,
        Location.kind != LocationKind.CONTAINER,
    )
    .order_by(Lot.expires_on, Lot.number)
)
_OF_PRODUCT = _SEALED.where(Product.uid == bindparam("product"))
_EXPIRED = _SEALED.where(Lot.expires_on < bindparam("expired_by"))


def trouble_of(town: Town, house: House, day: date, at: datetime) -> None:
    """Have the trouble that belongs to a day, if any: each kind comes round at its own interval."""
    number = day.toordinal()
    if day.weekday() == 4:
        throw_away_expired(town, house, at)
    if number % 13 == 4:
        break_one(town, house, "vitamin-c", at + minutes(5), undo=False)
    if number % 37 == 6:
        break_one(town, house, "tranexamic", at + minutes(10), undo=True)
    if number % 91 == 10:
        warm_fridge(town, house, at + minutes(15))
    if number % 47 == 12 and house is town.houses[0]:
        lend(town, "poly-meso", 2, at + minutes(20))
    if number % 29 == 3:
        power_cut(town, house, "vitamin-c", at + minutes(30))
    for loan in house.loans:
        take_in(town, house, loan, at + minutes(50))
    house.loans.clear()


def lots_here(town: Town, house: House, slug: str) -> list[LotHere]:
    """The sealed lots of a product that lie at the clinic's shelves, first expired first."""
    return _lots(town, house, product=town.products[slug].uid)


def throw_away_expired(town: Town, house: House, at: datetime) -> None:
    """Dispose of every sealed lot whose date is over."""
    products = {product.uid: product for product in town.products.values()}
    for lot in _lots(town, house, expired_by=at.date()):
        thing = ThingName(lot_uid=lot.uid, location_uid=lot.location_uid)
        gone = Dispose(lines=(DisposalOf(thing=thing, quantity=lot.quantity),), reason=DisposalReason.EXPIRED)
        town.do(dispose, gone, by=house.actors["nurse"], at=at)
        product = products[lot.product_uid]
        house.sealed[product.slug] -= lot.quantity // product.content


def _lots(town: Town, house: House, **asked: str | date) -> list[LotHere]:
    statement = _OF_PRODUCT if "product" in asked else _EXPIRED
    clinic_id = house.actors["nurse"].clinic_id
    with town.store.reading() as connection:
        rows = connection.execute(statement, {"clinic": clinic_id, **asked}).all()
    return [LotHere(**row._mapping) for row in rows]


def break_one(town: Town, house: House, slug: str, at: datetime, *, undo: bool) -> None:
    """Book one broken presentation; with `undo` it was another product, and the entry is taken back."""
    lots = lots_here(town, house, slug)
    if not lots:
        return
    thing = ThingName(lot_uid=lots[0].uid, location_uid=lots[0].location_uid)
    broken = Dispose(
        lines=(DisposalOf(thing=thing, quantity=town.products[slug].content),), reason=DisposalReason.BROKEN
    )
    posted = town.do(dispose, broken, by=house.actors["nurse"], at=at)
    if undo:
        back = Reverse(movement_uid=posted.movement_uid, reason="demo: booked the wrong product")
        town.do(reverse, back, by=house.actors["nurse"], at=at + minutes(2))
    else:
        house.sealed[slug] -= 1


def power_cut(town: Town, house: House, slug: str, at: datetime) -> None:
    """Enter in the evening what fell in the morning, while nothing could be reached."""
    lots = lots_here(town, house, slug)
    if not lots:
        return
    thing = ThingName(lot_uid=lots[0].uid, location_uid=lots[0].location_uid)
    fell = Dispose(
        lines=(DisposalOf(thing=thing, quantity=town.products[slug].content),),
        reason=DisposalReason.BROKEN,
        happened_at=at - minutes(8 * 60),
        late_reason="demo: power cut from 9 to 11",
    )
    town.do(dispose, fell, by=house.actors["nurse"], at=at)
    house.sealed[slug] -= 1


def warm_fridge(town: Town, house: House, at: datetime) -> None:
    """Hold what lies in the fridge over night's doubt, and release it after the log was looked at."""
    hold = PlaceHold(
        reason=HoldReason.TEMPERATURE,
        note="demo: the fridge door stood open",
        location_uid=house.shelves["Fridge"].uid,
    )
    placed = town.do(place_hold, hold, by=house.actors["nurse"], at=at)
    cleared = ReleaseHold(hold_uid=placed.hold_uid, note="demo: the log shows 7 degrees at most")
    town.do(release_hold, cleared, by=house.actors["manager"], at=at + minutes(40))


def lend(town: Town, slug: str, presentations: int, at: datetime) -> None:
    """Send some presentations from the first clinic to the second, where they arrive the same evening."""
    here, there = town.houses[0], town.houses[1]
    product = town.products[slug]
    wanted = presentations * product.content
    lots = [lot for lot in lots_here(town, here, slug) if lot.quantity >= wanted]
    if not lots:
        return
    sent = DispatchGoods(
        to_clinic_uid=there.uid,
        lines=(DispatchLine(lot_uid=lots[-1].uid, from_uid=lots[-1].location_uid, quantity=wanted),),
    )
    dispatched = town.do(dispatch_goods, sent, by=here.actors["manager"], at=at)
    there.loans.append(Loan(transfer_uid=dispatched.transfer_uid, slug=slug, quantity=wanted))
    here.sealed[slug] -= presentations


def take_in(town: Town, house: House, loan: Loan, at: datetime) -> None:
    """Book what arrives from the other clinic; one presentation is broken now and then."""
    product = town.products[loan.slug]
    broken = product.content if town.random.randrange(3) == 0 else 0
    arrival = ArriveGoods(
        transfer_uid=loan.transfer_uid,
        arrived_at=at,
        lines=(
            ArrivedLine(
                number=1,
                location_uid=house.shelf_for(product).uid,
                arrived_quantity=loan.quantity - broken,
                broken_quantity=broken,
            ),
        ),
        breakage_reason="demo: broken on the way" if broken else "",
    )
    town.do(arrive_goods, arrival, by=house.actors["nurse"], at=at)
    arrived = (loan.quantity - broken) // product.content
    house.sealed[loan.slug] = house.sealed.get(loan.slug, 0) + arrived
