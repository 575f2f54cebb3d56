"""What stands on the label of this thing, in words?  Gathered for the preview and for every printing alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext
from markupsafe import Markup

from stockroom.access.acting import acting, installation
from stockroom.barcodes.elements import write_bracketed
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.barcodes.scan import gs1_elements
from stockroom.outside.labels.drawing import Drawing
from stockroom.outside.labels.label import Fact, Label
from stockroom.queries import lots
from stockroom.queries.containers import container
from stockroom.queries.labels import checker_of, gtin_of_one
from stockroom.queries.locations import account
from stockroom.queries.preparations import Worksheet, worksheet
from stockroom.vocabulary import LabelledKind, PreparationState
from stockroom.web.formats import (
    show_amount,
    show_day,
    show_initials,
    show_wall,
    show_word,
    today_here,
    zone_of_page,
)
from stockroom.web.patients_named import named_patients


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A thing with its label, and the words by which the page names it."""

    kind: LabelledKind
    uid: str
    name: str
    below: str
    label: Label | None
    """None where the thing has no code yet that could be printed."""
    product_uid: str | None = None
    """Of a lot whose product has no code: which product gets one of the house."""


def labelled(kind: LabelledKind, uid: str) -> Labelled:
    """Give a thing of the clinic with its label.

    Raises ThingNotFound, and a ScanUnreadable for a lot number that no barcode can carry.
    """
    return _WAYS[kind](uid)


def marked(label: Label, *, n: int, at: datetime | None, part: int, part_count: int) -> Label:
    """The label of one syringe among several, and of a printing after the first."""
    marks = []
    if part_count > 1:
        marks.append(gettext("%(part)s of %(count)s", part=part, count=part_count))
    if n > 1:
        marks.append(gettext("Reprint %(at)s", at=_wall(at)) if at else gettext("Reprint"))
    return replace(label, mark=" · ".join(marks))


def _container(uid: str) -> Labelled:
    with installation().reading() as connection:
        row = container(connection, acting().clinic_id, uid=uid)
        lot = lots.lot(connection, acting().clinic_id, uid=row.lot_uid)
    facts = [
        Fact(gettext("Opened"), f"{_wall(row.opened_at)}, {row.opened_by}"),
        Fact(gettext("Until"), _wall(row.beyond_use_at) if row.beyond_use_at else gettext("no limit"), True),
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
            facts=(*facts, *_printed_expiry(lot)),
        ),
    )


def _preparation(uid: str) -> Labelled:
    """For whom, each ingredient with its amount, who made it, until when: what a label of a mixture must say."""
    with installation().reading() as connection:
        sheet = worksheet(connection, acting().clinic_id, uid=uid)
        checker = checker_of(connection, acting().clinic_id, preparation_uid=uid)
    row = sheet.preparation
    people = ", ".join(
        dict.fromkeys((show_initials(row.started_by), show_initials(checker) if checker else ""))
    )
    facts = [
        *_patients(sheet),
        *(
            Fact(f"{each.product_name}:", f"{show_amount(each.quantity, each.base_unit)} · {each.lot_number}")
            for each in sheet.ingredients
        ),
        Fact(gettext("Made"), f"{_wall(row.started_at)}, {people.strip(', ')}"),
    ]
    if row.state == PreparationState.FINISHED:
        until = _wall(row.beyond_use_at) if row.beyond_use_at else gettext("no limit")
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


def _lot(uid: str) -> Labelled:
    """Date and lot in the code of the product, as the manufacturer would have printed them."""
    with installation().reading() as connection:
        row = lots.lot(connection, acting().clinic_id, uid=uid)
        gtin = gtin_of_one(connection, product_uid=row.product_uid)
    name = f"{row.product_name} {row.strength}".strip()
    label = None
    if gtin is not None:
        elements = gs1_elements(
            gtin=gtin, today=today_here(), lot_number=row.number, expires_on=row.expires_on
        )
        label = Label(
            code=write_bracketed(elements),
            is_gs1=True,
            title=name,
            facts=(Fact(gettext("Lot"), row.number, True), *_printed_expiry(row)),
        )
    return Labelled(
        kind=LabelledKind.LOT,
        uid=uid,
        name=gettext("Lot %(number)s", number=row.number),
        below=name,
        label=label,
        product_uid=row.product_uid,
    )


def _location(uid: str) -> Labelled:
    with installation().reading() as connection:
        row = account(connection, acting().clinic_id, uid=uid)
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


_WAYS = {
    LabelledKind.CONTAINER: _container,
    LabelledKind.PREPARATION: _preparation,
    LabelledKind.LOT: _lot,
    LabelledKind.LOCATION: _location,
}


def _patients(sheet: Worksheet) -> list[Fact]:
    """For whom it is, by name; the label says it, its code does not."""
    uids = {each.patient_id: each.patient_uid for each in sheet.sessions}
    known = named_patients(uids, purpose="label")
    erased = gettext("an erased record")
    names = [f"{known[each].name}, {known[each].short_code}" if each in known else erased for each in uids]
    return [Fact(gettext("For"), name, True) for name in names]


def _printed_expiry(lot: lots.LotRow) -> list[Fact]:
    if lot.expires_at is not None:
        return [Fact(gettext("Exp"), _wall(lot.expires_at))]
    return [Fact(gettext("Exp"), show_day(lot.expires_on))] if lot.expires_on is not None else []


def _wall(at: datetime) -> str:
    """An instant with its day, always: a label is read tomorrow as well."""
    return show_wall(at.astimezone(ZoneInfo(zone_of_page())))


def picture_of(drawing: Drawing, name: str) -> Markup:
    """A label as a picture in a page, with its words for who cannot see it."""
    from stockroom.outside.labels.svg import as_svg

    words = " ".join(text.text for text in drawing.texts)
    spoken = gettext("Label of %(thing)s: %(words)s", thing=name, words=words)
    return Markup(as_svg(drawing, spoken=spoken))  # noqa: S704 - every text in it is escaped there
