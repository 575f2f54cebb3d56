"""Which things does a request point at?  Scans are read before the transaction; the rest is looked up under its lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy import Connection, select

from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import Scan, parse_scan
from stockroom.errors import Refused, ThingNotFound, extracted
from stockroom.models import Lot
from stockroom.reads.named import Family, Found, Name, Named, required
from stockroom.reads.things import Asker, Where, things
from stockroom.rules.usability import Thing
from stockroom.rules.using import ThingName
from stockroom.vocabulary import IdentifiedBy, LocationKind


@dataclass(eq=False, kw_only=True)
class ScanInDoubt(Refused):
    """The scan has several readings; a person chooses one."""

    code: ClassVar[str] = "scan_in_doubt"
    message: ClassVar[str] = extracted(
        "The code can be read in several ways. Choose the lot as it is printed on the pack: {readings}."
    )
    readings: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class ScanNamesNothing(Refused):
    """The scan is readable and says nothing that can be taken here."""

    code: ClassVar[str] = "scan_names_nothing"
    message: ClassVar[str] = extracted(
        "This code names neither a lot nor a container or cocktail of ours. Scan the code on the pack."
    )
    scheme: str


@dataclass(eq=False, kw_only=True)
class CardAnswersNothing(Refused):
    """A command card was scanned where no button of a screen waits for it."""

    code: ClassVar[str] = "card_answers_nothing"
    message: ClassVar[str] = extracted(
        "This is the command card {card}. It presses a button of the screen, and none waits for it here: press it there."
    )
    card: str


@dataclass(eq=False, kw_only=True)
class LotNotNamed(Refused):
    """The code names a product of which several lots are here."""

    code: ClassVar[str] = "lot_not_named"
    message: ClassVar[str] = extracted(
        "This code does not say the lot, and several are here: {lot_numbers}. Choose the one on the pack."
    )
    lot_numbers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How one line points at its thing, its scan read."""

    thing: ThingName
    scan: Scan | None
    names: tuple[Name, ...]
    """What must be looked up to know which thing it is."""

    @property
    def identified_by(self) -> IdentifiedBy:
        """How the thing was recognised, as far as the request shows."""
        if self.scan is None:
            return IdentifiedBy.BY_HAND
        return IdentifiedBy.OUR_LABEL if self.scan.label is not None else IdentifiedBy.SCAN

    @property
    def unit(self) -> dict[str, str]:
        """The serial and code of the unit, as far as a scan of its pack says them."""
        said = (("serial", self.scan.serial), ("code", self.scan.item_code)) if self.scan is not None else ()
        return {name: value for name, value in said if value is not None}


def read_asked(thing: ThingName, *, today: date) -> Asked:
    """Read the scan of a name, if it has one; `today` places two-digit years.

    Raises ScanUnreadable, ScanInDoubt, and for what is no thing that can be taken CardAnswersNothing, ScanNamesNothing.
    """
    names = []
    scan = None
    if thing.scan is not None:
        scan = parse_scan(thing.scan, today=today)
        names.append(_scanned_name(scan))
    for family, uid in (
        (Family.LOT, thing.lot_uid),
        (Family.PLACE, thing.location_uid),
        (Family.PRODUCT, thing.product_uid),
    ):
        if uid is not None:
            names.append(Name(family=family, text=uid))
    return Asked(thing=thing, scan=scan, names=tuple(names))


def _scanned_name(scan: Scan) -> Name:
    if scan.doubts:
        lots = dict.fromkeys(each.lot_number or each.raw for doubt in scan.doubts for each in doubt.readings)
        raise ScanInDoubt(readings=tuple(lots))
    if scan.label is not None and scan.label.kind is LabelKind.CONTAINER:
        return Name(family=Family.CONTAINER, text=scan.label.code)
    if scan.label is not None and scan.label.kind is LabelKind.PREPARATION:
        return Name(family=Family.PREPARATION, text=scan.label.code)
    if scan.command is not None:
        raise CardAnswersNothing(card=scan.command.value)
    if scan.item_code is None:
        raise ScanNamesNothing(scheme=scan.scheme)
    return Name(family=Family.PACK, text=scan.item_code)


def trade_item_of(asked: Asked, found: Found) -> int | None:
    """Give the trade item of the pack that was scanned; None where no pack was."""
    codes = (name for name in asked.names if name.family is Family.PACK)
    return next((found[name][0].id for name in codes), None)


def lay_out(
    connection: Connection,
    clinic_id: int,
    asked: Iterable[Asked],
    found: Found,
    *,
    asker: Asker,
    only_first: bool = False,
) -> tuple[Thing, ...]:
    """Give everything that the request may mean and what lies beside it, for `choices` and for FEFO.

    That is: all that is in stock of the products named, and the containers named, emptied ones
    included; with `only_first`, of the one product that is asked for what is taken first.
    One statement, two where a cocktail is among it.  Raises ThingNotFound.
    """
    products, places, lots = set[int](), set[int](), set[int]()
    for each in asked:
        for name in each.names:
            row = required(found, name)
            if name.family in (Family.PACK, Family.LOT):
                products.add(row.other_id or 0)
            elif name.family is Family.PRODUCT:
                products.add(row.id)
            elif name.family is Family.PREPARATION:
                lots.add(row.id)
            elif name.family is Family.CONTAINER:
                places.add(row.id)
            elif _stands_alone(each):
                _require_container(name, row)
                places.add(row.id)
    where = Where(product_ids=products, location_ids=places, lot_ids=lots, only_first=only_first)
    return things(connection, clinic_id, where, asker=asker, with_empty=True)


def _stands_alone(asked: Asked) -> bool:
    return asked.scan is None and asked.thing.lot_uid is None


def _require_container(name: Name, row: Named) -> None:
    """A shelf holds many lots; only an opened container says by itself which one is meant."""
    if row.says != LocationKind.CONTAINER:
        raise ThingNotFound(thing=Family.CONTAINER.value, uid=name.text)


def choices(
    connection: Connection, clinic_id: int, asked: Asked, found: Found, laid_out: Sequence[Thing]
) -> tuple[Thing, ...]:
    """Give the places at which the one lot that was pointed at lies; for a product, all its things.

    Raises LotNotNamed, and ThingNotFound for a lot that has never been here.  Empty when the lot is
    known and nothing of it is left (or nothing of the product).
    """
    here = [each for each in laid_out if _fits(each, asked, found)]
    if asked.thing.product_uid is not None:
        return tuple(here)
    numbers = tuple(dict.fromkeys(each.lot_number for each in here))
    if len(numbers) > 1:
        raise LotNotNamed(lot_numbers=numbers)
    if not here and asked.scan is not None and asked.scan.lot_number is not None:
        require_known_lot(connection, clinic_id, asked, found)
    return tuple(here)


def require_known_lot(connection: Connection, clinic_id: int, asked: Asked, found: Found) -> None:
    """Raise ThingNotFound when the scanned lot was never booked in this clinic."""
    assert asked.scan is not None and asked.scan.lot_number is not None
    known = select(Lot.id).where(
        Lot.clinic_id == clinic_id,
        Lot.product_id == (required(found, asked.names[0]).other_id or 0),
        Lot.number == asked.scan.lot_number,
    )
    if connection.execute(known).first() is None:
        raise ThingNotFound(thing="lot", uid=asked.scan.lot_number)


def _fits(thing: Thing, asked: Asked, found: Found) -> bool:
    for name in asked.names:
        row = required(found, name)
        if name.family is Family.PACK and thing.product_id != row.other_id:
            return False
        if name.family in (Family.LOT, Family.PREPARATION) and thing.lot_id != row.id:
            return False
        if name.family in (Family.PLACE, Family.CONTAINER) and thing.location_id != row.id:
            return False
        if name.family is Family.PRODUCT and thing.product_id != row.id:
            return False
    number = asked.scan.lot_number if asked.scan is not None else None
    return number is None or thing.lot_number == number
