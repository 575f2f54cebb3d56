"""How is a delivery in work drawn: the scan field, what was scanned last, its lines, its paper and its booking?"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext
from sqlalchemy import Connection
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.db.identifiers import new_uid
from stockroom.queries.catalogue import suppliers
from stockroom.queries.deliveries import DeliveryLineRow, DeliveryRow, DeliveryShown, delivery
from stockroom.queries.locations import LocationRow, locations
from stockroom.queries.paging import PAGE_ROWS_MAX
from stockroom.rules.receiving import PACKS_MAX
from stockroom.vocabulary import UNUSABLE_KINDS, ArrivalState, DeliveryState
from stockroom.web.changed_meanwhile import VersionedForm
from stockroom.web.forms import AnsweringForm, KeyedForm, Refusal
from stockroom.web.scan_text import ScanField
from stockroom.web.unpacking_words import CONCERNS, FAULTS, LACKS, beyond_said, packs_said

SCAN_LONGEST = 4096
_A = lazy_gettext


class ScanForm(KeyedForm):
    """A pack that is scanned, and where it is put."""

    scan = ScanField(_A("Scan a pack"), validators=[InputRequired(), Length(max=SCAN_LONGEST)])
    location_uid = SelectField(_A("Put into"), validators=[Optional()])


class PaperForm(VersionedForm):
    """Who delivered it, with which paper, when and in which state."""

    read = HiddenField(validators=[Length(max=64)])
    """What the paper said when it was read (`paper_digest`): a pack that was scanned meanwhile changes nothing."""
    supplier_uid = SelectField(_A("Supplier"), validators=[Optional()])
    delivery_note = StringField(_A("Delivery note"), validators=[Length(max=100)])
    arrived_at = DateTimeLocalField(
        _A("Arrived"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[InputRequired()]
    )
    state_on_arrival = SelectField(_A("State on arrival"))


class BookForm(AnsweringForm):
    """The delivery is booked as it was looked through."""

    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])
    late_reason = TextAreaField(_A("Why it is entered late"), validators=[Length(max=500)])
    again_reason = TextAreaField(_A("Why it is booked again"), validators=[Length(max=500)])


class DiscardForm(KeyedForm):
    """The delivery is given up."""

    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])


class FaultForm(KeyedForm):
    """What is wrong with packs of a line, and what becomes of them."""

    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])
    packs = IntegerField(
        _A("How many of its packs"), validators=[InputRequired(), NumberRange(min=0, max=PACKS_MAX)]
    )
    fault = SelectField(
        _A("What is wrong"), choices=[(fault.value, words) for fault, words in FAULTS.items()]
    )
    words = TextAreaField(_A("What you saw"), validators=[Length(max=500)])
    into_uid = SelectField(_A("Put them aside into"), validators=[Optional()])
    stays_owed = BooleanField(_A("The supplier replaces them: they stay owed"))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A delivery in work as it was read, with the places into which packs are put."""

    shown: DeliveryShown
    places: tuple[LocationRow, ...]

    @property
    def is_open(self) -> bool:
        return self.shown.delivery.state == DeliveryState.OPEN

    @property
    def lacking(self) -> int:
        """Lines of which somebody must still say something."""
        return sum(1 for line in self.shown.lines if line.lacks)

    def line(self, uid: str | None) -> DeliveryLineRow | None:
        return next((line for line in self.shown.lines if line.uid == uid), None)


def read_table(connection: Connection, delivery_uid: str) -> Table:
    """Read a delivery in work.  Raises ThingNotFound."""
    clinic_id = acting().clinic_id
    return Table(
        shown=delivery(connection, clinic_id, uid=delivery_uid, now=present()),
        places=tuple(each for each in locations(connection, clinic_id) if each.closed_at is None),
    )


def place_choices(places: tuple[LocationRow, ...], first: Any) -> list[tuple[str, Any]]:
    """The places to choose from; `first` is what is said where none is chosen."""
    return [("", first), *((each.uid, each.name) for each in places)]


def aside_choices(places: tuple[LocationRow, ...]) -> list[tuple[str, Any]]:
    """The places where nothing is usable, quarantine first."""
    found = [each for each in places if each.kind in UNUSABLE_KINDS]
    return [(each.uid, each.name) for each in sorted(found, key=lambda each: each.kind)]


def supplier_choices(connection: Connection) -> list[tuple[str, Any]]:
    """The suppliers to choose from, by name."""
    found = sorted(suppliers(connection, limit=PAGE_ROWS_MAX).items, key=lambda each: each.name.casefold())
    return [("", _A("Not said yet")), *((each.uid, each.name) for each in found)]


def state_choices() -> list[tuple[str, str]]:
    """How a delivery may look when it arrives."""
    return [(state.value, state.value) for state in ArrivalState]


def paper_digest(shown: DeliveryRow) -> str:
    """A short text that is another one when the paper of a delivery is."""
    said = (shown.supplier_uid, shown.delivery_note, shown.arrived_at.isoformat(), shown.state_on_arrival)
    return sha256(repr(said).encode()).hexdigest()


def draw_delivery(
    delivery_uid: str,
    *,
    refusal: Refusal | None = None,
    kept_scan: str = "",
    book: BookForm | None = None,
) -> tuple[str, int]:
    """Draw the page of a delivery in work; a scan that was refused stands in its field again."""
    with installation().reading() as connection:
        table = read_table(connection, delivery_uid)
    scan = ScanForm(formdata=None)
    scan.location_uid.choices = place_choices(table.places, _A("its usual place"))
    scan.location_uid.data = request.values.get("place") or request.values.get("location_uid") or ""
    scan.scan.data = kept_scan
    if book is None:
        book = BookForm(formdata=None)
    elif refusal is not None and refusal.code == "key_reused":
        book.key.data = new_uid(present())
    book.version.data = table.shown.delivery.version
    page = render_template(
        "receive/delivery.html",
        table=table,
        delivery=table.shown.delivery,
        scan=scan,
        last=table.line(request.args.get("line")),
        book=book,
        discard=DiscardForm(formdata=None),
        refusal=refusal,
        kept_scan=kept_scan,
        packs_said=packs_said,
        lacks=LACKS,
        concerns=CONCERNS,
        faults=FAULTS,
        beyond_said=beyond_said,
    )
    return page, refusal.status if refusal else 200
