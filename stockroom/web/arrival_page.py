"""How does a transfer arrive: by scan or from the list, with what is short and what is broken?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    DateTimeLocalField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import Scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import Refused, extracted
from stockroom.operations.arrive_goods import ArrivedLine, ArriveGoods, GoodsArrived, arrive_goods
from stockroom.queries.packs import PackKnown, pack_here
from stockroom.queries.transfers import TransferLineRow, TransferShown
from stockroom.queries.transfers import transfer as transfer_of
from stockroom.vocabulary import TransferState
from stockroom.web.counted import packs_of
from stockroom.web.formats import today_here, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, refused, say, send
from stockroom.web.goods_here import COUNT_MAX, places_to_choose
from stockroom.web.scan_text import ScanField

blp = Blueprint("arrival_page", __name__, url_prefix="/c/<clinic_uid>/transfers/<transfer_uid>/arrival")
_COUNT = (Optional(), NumberRange(min=0, max=COUNT_MAX, message=lazy_gettext("Zero or more.")))


@dataclass(eq=False, kw_only=True)
class PackNotExpected(Refused):
    """A scanned pack of which nothing is on the transfer document."""

    code: ClassVar[str] = "pack_not_expected"
    message: ClassVar[str] = extracted(
        "{what} is not on this transfer. Put it aside and ask the clinic that sent it."
    )
    what: str


@dataclass(eq=False, kw_only=True)
class PackNamesSeveral(Refused):
    """A scanned pack that does not say its lot, where several lots of its product were sent."""

    code: ClassVar[str] = "pack_names_several"
    message: ClassVar[str] = extracted(
        "This code does not say the lot, and several were sent: {lot_numbers}. Type what you count of each."
    )
    lot_numbers: tuple[str, ...]


class LineForm(Form):
    """What became of one line of the document, in whole presentations."""

    number = HiddenField()
    arrived = IntegerField(lazy_gettext("Arrived"), validators=_COUNT, default=0)
    short = IntegerField(lazy_gettext("Missing"), validators=_COUNT, default=0)
    broken = IntegerField(lazy_gettext("Broken"), validators=_COUNT, default=0)
    place = SelectField(lazy_gettext("Put into"))


class ArrivalForm(KeyedForm):
    arrived_at = DateTimeLocalField(
        lazy_gettext("When it arrived"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(message=lazy_gettext("Say when it arrived."))],
    )
    scan = ScanField(lazy_gettext("Scan what is in the box"), validators=[Length(max=4096)])
    lines = FieldList(FormField(LineForm))
    shortage_reason = StringField(lazy_gettext("Why something is missing"), validators=[Length(max=2000)])
    breakage_reason = StringField(lazy_gettext("How something broke"), validators=[Length(max=2000)])
    late_reason = StringField(
        lazy_gettext("Why it is entered although that day is closed"), validators=[Length(max=2000)]
    )


@blp.get("")
def arrival(clinic_uid: str, transfer_uid: str) -> ResponseReturnValue:
    """The list of what was sent, to be counted."""
    shown = _shown(transfer_uid)
    if shown.transfer.state != TransferState.DISPATCHED or shown.transfer.to_clinic_uid != clinic_uid:
        return _to_transfer(clinic_uid, transfer_uid)
    form = _form(shown)
    form.arrived_at.process_data(present().astimezone(ZoneInfo(zone_of_page())).replace(tzinfo=None))
    return _page(shown, form)


@blp.post("")
def count(clinic_uid: str, transfer_uid: str) -> ResponseReturnValue:
    """Count a scanned pack, take all as sent or the rest as missing, or book the arrival; only the last writes."""
    shown = _shown(transfer_uid)
    form = _form(shown)
    if request.form.get("act") == "all":
        for line, sub in zip(shown.lines, form.lines, strict=True):
            _set(sub.form.arrived, line.dispatched_quantity // line.content_quantity)
        return _page(shown, form)
    if (form.scan.data or "").strip():
        return _scanned(shown, form)
    if request.form.get("act") == "rest":
        return _page(shown, _rest_missing(shown, form))
    if request.form.get("act") == "scan":
        return _page(shown, form)
    done = send(form, lambda: _arrived(form, shown))
    if isinstance(done, Refusal):
        return _page(shown, form, done)
    say(gettext("Arrived: it is in the books of this clinic."))
    return _to_transfer(clinic_uid, transfer_uid)


def _to_transfer(clinic_uid: str, transfer_uid: str) -> ResponseReturnValue:
    there = url_for("transfers_page.transfer", clinic_uid=clinic_uid, transfer_uid=transfer_uid)
    return redirect(there, code=303)


def _shown(uid: str) -> TransferShown:
    with installation().reading() as connection:
        return transfer_of(connection, acting().clinic_id, uid=uid)


def _form(shown: TransferShown) -> ArrivalForm:
    """The form with a part for each line of the document, whatever was sent to us."""
    form = ArrivalForm()
    while len(form.lines) > len(shown.lines):
        form.lines.pop_entry()
    while len(form.lines) < len(shown.lines):
        form.lines.append_entry()
    places = places_to_choose()
    for line, sub in zip(shown.lines, form.lines, strict=True):
        sub.form.number.data = str(line.number)
        sub.form.place.choices = places
    return form


def _set(field: IntegerField, value: int) -> None:
    field.raw_data = None
    field.data = value


def _rest_missing(shown: TransferShown, form: ArrivalForm) -> ArrivalForm:
    """The form in which everything that did not arrive, whole or broken, is missing."""
    for line, sub in zip(shown.lines, form.lines, strict=True):
        came = (sub.form.arrived.data or 0) + (sub.form.broken.data or 0)
        _set(sub.form.short, max(line.dispatched_quantity // line.content_quantity - came, 0))
    return form


def _scanned(shown: TransferShown, form: ArrivalForm) -> ResponseReturnValue:
    """Count the pack that was scanned into its line; nothing is written."""
    text = form.scan.data or ""
    try:
        scan = parse_scan(text, today=today_here())
        line, packs = _line_of(scan, shown)
    except (ScanUnreadable, PackNotExpected, PackNamesSeveral) as error:
        return _page(shown, form, refused(error))
    field = form.lines[shown.lines.index(line)].form.arrived
    _set(field, (field.data or 0) + packs)
    form.scan.raw_data, form.scan.data = None, ""
    counted = gettext("%(packs)s of lot %(number)s counted.", packs=packs, number=line.lot_number)
    return _page(shown, form, counted=counted)


def _line_of(scan: Scan, shown: TransferShown) -> tuple[TransferLineRow, int]:
    """Give the line that a scan names, and how many presentations its pack holds.

    Raises PackNotExpected, PackNamesSeveral.
    """
    pack = _pack(scan)
    if pack is None:
        raise PackNotExpected(what=scan.item_code or scan.raw.strip()[:60])
    of_product = [line for line in shown.lines if line.product_uid == pack.product_uid]
    named = [line for line in of_product if scan.lot_number in (None, line.lot_number)]
    if not named:
        raise PackNotExpected(what=" ".join(filter(None, (pack.product_name, scan.lot_number))))
    if len(named) > 1:
        raise PackNamesSeveral(lot_numbers=tuple(line.lot_number for line in named))
    return named[0], pack.presentation_count * (scan.quantity or 1)


def _pack(scan: Scan) -> PackKnown | None:
    code = scan.item_code or scan.raw.strip()
    with installation().reading() as connection:
        return pack_here(connection, acting().clinic_id, code=code, number=scan.lot_number).pack


def _arrived(form: ArrivalForm, shown: TransferShown) -> GoodsArrived:
    lines = []
    for line, sub in zip(shown.lines, form.lines, strict=True):
        said, content = sub.form, line.content_quantity
        arrived = (said.arrived.data or 0) * content
        lines.append(
            ArrivedLine(
                number=line.number,
                location_uid=said.place.data if arrived else None,
                arrived_quantity=arrived,
                short_quantity=(said.short.data or 0) * content,
                broken_quantity=(said.broken.data or 0) * content,
            )
        )
    command = ArriveGoods(
        transfer_uid=shown.transfer.uid,
        arrived_at=_instant(form.arrived_at.data, shown.transfer.dispatched_at),
        lines=tuple(lines),
        shortage_reason=form.shortage_reason.data or "",
        breakage_reason=form.breakage_reason.data or "",
        late_reason=form.late_reason.data or "",
    )
    return arrive_goods(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _instant(on_the_wall: datetime, sent_at: datetime) -> datetime:
    """The instant of a time on the clinic's wall, which shows minutes: never before it was sent that minute."""
    at = on_the_wall.replace(tzinfo=ZoneInfo(zone_of_page())).astimezone(UTC)
    same_minute = at.replace(second=0, microsecond=0) == sent_at.replace(second=0, microsecond=0)
    return max(at, sent_at) if same_minute else at


def _page(
    shown: TransferShown, form: ArrivalForm, refusal: Refusal | None = None, *, counted: str = ""
) -> ResponseReturnValue:
    drawn = render_template(
        "transfer/arrival.html",
        row=shown.transfer,
        rows=list(zip(shown.lines, form.lines, strict=True)),
        packs=packs_of(shown.lines),
        form=form,
        refusal=refusal,
        counted=counted,
        asks_late=refusal is not None and refusal.code == "period_closed",
    )
    return (drawn, refusal.status) if refusal is not None else drawn
