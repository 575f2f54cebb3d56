"""What stands on the label of this thing, in words?  Gathered for the preview, every printing and the API alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from flask_babel import gettext

from stockroom.barcodes.elements import write_bracketed
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.barcodes.scan import gs1_elements
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.errors import Refused, ThingNotFound, extracted
from stockroom.http.wording import show_amount, show_day, show_initials, show_wall, show_word
from stockroom.outside.labels.label import Fact, Label
from stockroom.queries import lots
from stockroom.queries.containers import container
from stockroom.queries.devices import device
from stockroom.queries.labels import checker_of, gtin_of_one
from stockroom.queries.locations import account
from stockroom.queries.preparations import Worksheet, worksheet
from stockroom.queries.sharps_boxes import SharpsBoxRow, sharps_box
from stockroom.reads.patients import PatientIdentity
from stockroom.vocabulary import SHELF_KINDS, LabelledKind, PreparationState

SHARPS_DAYS = 91
"""After three months a box goes, however little is in it (domain facts C31)."""


@dataclass(eq=False, kw_only=True)
class LotFitsNoCode(Refused):
    """No GS1 code can hold this lot number."""

    code: ClassVar[str] = "lot_fits_no_code"
    message: ClassVar[str] = extracted(
        "No code can hold lot number {lot_number}: at most 20 Latin letters, digits and signs, without a space. "
        "Write it on the label by hand."
    )
    lot_number: str


@dataclass(frozen=True, kw_only=True)
class LabelAsker:
    """For whom labels are gathered: the clinic, its wall, and how patients are named to this reader."""

    store: Store
    clinic_id: int
    zone: str
    now: datetime
    named: Callable[[Mapping[int, str]], Mapping[int, PatientIdentity]]
    """Names patients, given their uids by key, once that is written down as a disclosure."""

    @property
    def today(self) -> date:
        return civil_date(self.now, self.zone)

    def wall(self, at: datetime) -> str:
        """An instant with its day, always: a label is read tomorrow as well."""
        return show_wall(at.astimezone(ZoneInfo(self.zone)))


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A thing with its label, and the words by which a page names it."""

    kind: LabelledKind
    uid: str
    name: str
    below: str
    label: Label | None
    """None where the thing has no code yet that could be printed."""
    product_uid: str | None = None
    """Of a lot whose product has no code: which product gets one of the house."""


@dataclass(frozen=True, kw_only=True)
class Printing:
    """Which printing of a thing it is: when, and for the how manieth time."""

    n: int
    at: datetime | None
    """None where it is not printed yet, or for the first time."""
    part: int = 1
    part_count: int = 1
    by: str = ""


def labelled(kind: LabelledKind, uid: str, asker: LabelAsker) -> Labelled:
    """Give a thing of the clinic with its label.

    Raises ThingNotFound, and a ScanUnreadable for a lot number that no barcode can carry.
    """
    return _WAYS[kind](uid, asker)


def marked(thing: Labelled, printing: Printing, asker: LabelAsker) -> Label:
    """The label of one syringe among several, and of a printing after the first; each sharps box is a new one."""
    assert thing.label is not None
    marks = []
    if printing.part_count > 1:
        marks.append(gettext("%(part)s of %(count)s", part=printing.part, count=printing.part_count))
    if thing.kind is LabelledKind.SHARPS_BOX and not thing.label.facts:
        return _opened_box(thing.label, printing, asker, marks)
    if printing.n > 1:
        at = printing.at
        marks.append(gettext("Reprint %(at)s", at=asker.wall(at)) if at else gettext("Reprint"))
    return replace(thing.label, mark=" · ".join(marks))


def _container(uid: str, asker: LabelAsker) -> Labelled:
    with asker.store.reading() as connection:
        row = container(connection, asker.clinic_id, uid=uid)
        lot = lots.lot(connection, asker.clinic_id, uid=row.lot_uid)
    facts = [
        Fact(gettext("Opened"), f"{asker.wall(row.opened_at)}, {row.opened_by}"),
        Fact(
            gettext("Until"),
            asker.wall(row.beyond_use_at) if row.beyond_use_at else gettext("no limit"),
            True,
        ),
        Fact(gettext("Lot"), row.lot_number),
    ]
    name = f"{row.product_name} {row.strength}".strip()
    return Labelled(
        kind=LabelledKind.CONTAINER,
        uid=uid,
        name=gettext("Container %(code)s", code=row.short_code),
        below=name,
        label=Label(
            code=write_label(OwnLabel(LabelKind.CONTAINER, row.short_code)),
            large=row.short_code,
            title=name,
            facts=(*facts, *_printed_expiry(lot, asker)),
        ),
    )


def _preparation(uid: str, asker: LabelAsker) -> Labelled:
    """For whom, each ingredient with its amount, who made it, until when: what a label of a mixture must say."""
    with asker.store.reading() as connection:
        sheet = worksheet(connection, asker.clinic_id, uid=uid)
        checker = checker_of(connection, asker.clinic_id, preparation_uid=uid)
    row = sheet.preparation
    people = ", ".join(
        dict.fromkeys((show_initials(row.started_by), show_initials(checker) if checker else ""))
    )
    facts = [
        *_patients(sheet, asker),
        *(
            Fact(f"{each.product_name}:", f"{show_amount(each.quantity, each.base_unit)} · {each.lot_number}")
            for each in sheet.ingredients
        ),
        Fact(gettext("Made"), f"{asker.wall(row.started_at)}, {people.strip(', ')}"),
    ]
    if row.state == PreparationState.FINISHED:
        until = asker.wall(row.beyond_use_at) if row.beyond_use_at else gettext("no limit")
        facts += [Fact(gettext("Use before"), until, True), Fact("", gettext("Not to be stored"))]
    else:
        facts.append(Fact("", gettext("Not finished: not for use"), True))
    return Labelled(
        kind=LabelledKind.PREPARATION,
        uid=uid,
        name=gettext("Cocktail %(code)s", code=row.short_code),
        below=row.product_name,
        label=Label(
            code=write_label(OwnLabel(LabelKind.PREPARATION, row.short_code)),
            large=row.short_code,
            title=row.product_name,
            facts=tuple(facts),
        ),
    )


def _lot(uid: str, asker: LabelAsker) -> Labelled:
    """Date and lot in the code of the product, as the manufacturer would have printed them.  Raises LotFitsNoCode."""
    with asker.store.reading() as connection:
        row = lots.lot(connection, asker.clinic_id, uid=uid)
        gtin = gtin_of_one(connection, product_uid=row.product_uid)
    name = f"{row.product_name} {row.strength}".strip()
    label = None
    if gtin is not None:
        try:
            elements = gs1_elements(
                gtin=gtin, today=asker.today, lot_number=row.number, expires_on=row.expires_on
            )
        except (ScanUnreadable, ValueError):
            raise LotFitsNoCode(lot_number=row.number) from None
        label = Label(
            code=write_bracketed(elements),
            is_gs1=True,
            title=name,
            facts=(Fact(gettext("Lot"), row.number, True), *_printed_expiry(row, asker)),
        )
    return Labelled(
        kind=LabelledKind.LOT,
        uid=uid,
        name=gettext("Lot %(number)s", number=row.number),
        below=name,
        label=label,
        product_uid=row.product_uid,
    )


def _location(uid: str, asker: LabelAsker) -> Labelled:
    with asker.store.reading() as connection:
        row = account(connection, asker.clinic_id, uid=uid)
    return Labelled(
        kind=LabelledKind.LOCATION,
        uid=uid,
        name=row.name,
        below=show_word(row.kind),
        label=Label(
            code=write_label(OwnLabel(LabelKind.LOCATION, row.short_code)),
            large=row.short_code,
            title=row.name,
            facts=(Fact("", show_word(row.storage_class)),) if row.storage_class else (),
        ),
    )


def _sharps_box(uid: str, asker: LabelAsker) -> Labelled:
    """A box that was opened; or of a room its next one, opened when its label is printed.  Either leads to the room."""
    with asker.store.reading() as connection:
        box = sharps_box(connection, asker.clinic_id, uid=uid)
        row = account(connection, asker.clinic_id, uid=box.room_uid if box else uid)
    if box is not None:
        return _box_that_stands(box, row.short_code, asker)
    if row.kind not in SHELF_KINDS:
        raise ThingNotFound(thing="room", uid=uid[:40])
    return Labelled(
        kind=LabelledKind.SHARPS_BOX,
        uid=uid,
        name=gettext("Sharps box of %(room)s", room=row.name),
        below=gettext("Changed at three quarters, or after three months"),
        label=Label(
            code=write_label(OwnLabel(LabelKind.LOCATION, row.short_code)),
            large=gettext("SHARPS"),
            title=row.name,
        ),
    )


def _box_that_stands(box: SharpsBoxRow, room_code: str, asker: LabelAsker) -> Labelled:
    opened = f"{asker.wall(box.opened_at)}, {show_initials(box.opened_by)}"
    change = gettext("¾ full, or %(day)s", day=show_day(box.close_by_on))
    return Labelled(
        kind=LabelledKind.SHARPS_BOX,
        uid=box.uid,
        name=gettext("Sharps box %(code)s", code=box.short_code),
        below=box.room,
        label=Label(
            code=write_label(OwnLabel(LabelKind.LOCATION, room_code)),
            large=box.short_code,
            title=gettext("SHARPS, %(room)s", room=box.room),
            facts=(Fact(gettext("Opened"), opened), Fact(gettext("Change"), change, True)),
        ),
    )


def _device(uid: str, asker: LabelAsker) -> Labelled:
    """What it is, and by which numbers; its service stands on its page, where a new one changes it."""
    with asker.store.reading() as connection:
        row = device(connection, asker.clinic_id, uid=uid, today=asker.today)
    facts = (
        Fact("", row.kind_name),
        Fact(gettext("Serial"), row.serial, True),
        *([Fact(gettext("UDI-DI"), row.udi_di)] if row.udi_di else []),
    )
    return Labelled(
        kind=LabelledKind.DEVICE,
        uid=uid,
        name=row.name,
        below=row.kind_name,
        label=Label(
            code=write_label(OwnLabel(LabelKind.DEVICE, row.short_code)),
            large=row.short_code,
            title=row.name,
            facts=facts,
        ),
    )


def _opened_box(label: Label, printing: Printing, asker: LabelAsker, marks: list[str]) -> Label:
    opened_at = printing.at or asker.now
    day = opened_at.astimezone(ZoneInfo(asker.zone)).date()
    opened = f"{show_day(day)}, {show_initials(printing.by)}".removesuffix(", ")
    change = gettext("¾ full, or %(day)s", day=show_day(day + timedelta(days=SHARPS_DAYS)))
    return replace(
        label,
        mark=" · ".join([gettext("Box %(n)s", n=printing.n), *marks]),
        facts=(Fact(gettext("Opened"), opened), Fact(gettext("Change"), change, True)),
    )


_WAYS = {
    LabelledKind.CONTAINER: _container,
    LabelledKind.PREPARATION: _preparation,
    LabelledKind.LOT: _lot,
    LabelledKind.LOCATION: _location,
    LabelledKind.SHARPS_BOX: _sharps_box,
    LabelledKind.DEVICE: _device,
}


def _patients(sheet: Worksheet, asker: LabelAsker) -> list[Fact]:
    """For whom it is, by name; the label says it, its code does not."""
    uids = {each.patient_id: each.patient_uid for each in sheet.sessions}
    known = asker.named(uids)
    erased = gettext("an erased record")
    names = [f"{known[each].name}, {known[each].short_code}" if each in known else erased for each in uids]
    return [Fact(gettext("For"), name, True) for name in names]


def _printed_expiry(lot: lots.LotRow, asker: LabelAsker) -> list[Fact]:
    if lot.expires_at is not None:
        return [Fact(gettext("Exp"), asker.wall(lot.expires_at))]
    return [Fact(gettext("Exp"), show_day(lot.expires_on))] if lot.expires_on is not None else []
