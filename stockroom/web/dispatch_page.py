"""How are several lots sent to another clinic in one box?  Scan after scan; nothing is written until it is sent.

The box in work stands in the address: a page that is loaded again, or opened on another tablet, has it still.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import FieldList, Form, FormField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, Length, NumberRange

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import Scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import InvalidValue, Refused, ThingNotFound, extracted
from stockroom.http.keys import PATTERN
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, GoodsDispatched, dispatch_goods
from stockroom.queries.clinics import other_clinics
from stockroom.queries.finding_by_text import things_called
from stockroom.queries.lots import contents_of_lots
from stockroom.queries.scans import known_here
from stockroom.queries.stock import LotHere, lots_in_stock, stock_of_lots
from stockroom.vocabulary import LocationKind
from stockroom.web.formats import today_here
from stockroom.web.forms import OverridingForm, Refusal, refused, say, send
from stockroom.web.goods_here import COUNT_MAX
from stockroom.web.scan_text import ScanField

blp = Blueprint("dispatch_page", __name__, url_prefix="/c/<clinic_uid>/transfers/new")
LINES_MAX = 100
_UID = r"[0-9a-f-]{36}"
_KEPT = re.compile(rf"({_UID})\.([0-9]{{1,9}})\.({_UID})")
"""A line of the box in the address: the lot, how many, from where."""


@dataclass(eq=False, kw_only=True)
class PackOfSeveralLots(Refused):
    """A scanned code without a lot, where several lots of its product lie here."""

    code: ClassVar[str] = "pack_of_several_lots"
    message: ClassVar[str] = extracted(
        "This code does not say the lot, and several lie here: {lot_numbers}. Type the number on the pack."
    )
    lot_numbers: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class NothingToSend(Refused):
    """A scanned pack of which nothing sealed lies here."""

    code: ClassVar[str] = "nothing_to_send"
    message: ClassVar[str] = extracted("Nothing sealed of {what} lies here by the books.")
    what: str


class LineForm(Form):
    """How much of a lot goes, and from which place."""

    lot_uid = HiddenField(validators=[Length(max=36)])
    count = IntegerField(
        lazy_gettext("How many"),
        validators=[
            InputRequired(message=lazy_gettext("Say how many, in digits.")),
            NumberRange(min=1, max=COUNT_MAX, message=lazy_gettext("One or more.")),
        ],
    )
    place = SelectField(lazy_gettext("From"), validate_choice=False)


class DispatchForm(OverridingForm):
    scan = ScanField(lazy_gettext("Scan what you put into the box"), validators=[Length(max=4096)])
    to_clinic = SelectField(lazy_gettext("To which clinic"))
    lines = FieldList(FormField(LineForm), max_entries=LINES_MAX)


@dataclass(frozen=True, kw_only=True)
class BoxLine:
    """A line of the box as it is drawn: its part of the form, and where the lot lies."""

    part: Any
    here: tuple[LotHere, ...]

    @property
    def lot(self) -> LotHere:
        return self.here[0]

    @property
    def there(self) -> int:
        """Whole presentations at the place that is chosen."""
        chosen = [each for each in self.here if each.location_uid == self.part.place.data]
        return sum(each.quantity // each.content_quantity for each in chosen)


@blp.get("")
def begin(clinic_uid: str) -> ResponseReturnValue:
    """The box as its address has it; an empty one without."""
    form = _form()
    _fill(form, _kept(request.args.getlist("box")[:LINES_MAX]))
    form.to_clinic.process_data(request.args.get("to"))
    if re.fullmatch(PATTERN, request.args.get("key", "")):
        form.key.data = request.args["key"]
    return _page(form)


def _kept(written: Sequence[str]) -> list[dict[str, Any]]:
    """Read the lines of a box from its address; what makes no sense there is left out."""
    read = [found for each in written if (found := _KEPT.fullmatch(each)) is not None]
    return [{"lot_uid": each[1], "count": int(each[2]), "place": each[3]} for each in read]


def _again(clinic_uid: str, form: DispatchForm) -> ResponseReturnValue:
    """Go on at the address that has the box; with a number that makes no sense it stays in its form."""
    box = [f"{line.form.lot_uid.data}.{line.form.count.data}.{line.form.place.data}" for line in form.lines]
    if len(_kept(box)) < len(box):
        return _page(form)
    here = url_for(
        "dispatch_page.begin",
        clinic_uid=clinic_uid,
        box=box,
        to=form.to_clinic.data or None,
        key=form.key.data,
    )
    return redirect(here, code=303)


@blp.post("")
def pack(clinic_uid: str) -> ResponseReturnValue:
    """Put a scanned pack into the box, take a line out, or send the box; only the last writes."""
    form, act = _form(), request.form.get("act", "")
    if act.startswith("out-"):
        return _again(clinic_uid, _without(form, act.removeprefix("out-")))
    if (form.scan.data or "").strip():
        return _scanned(clinic_uid, form)
    if act == "scan":
        return _again(clinic_uid, form)
    if not form.lines.entries:
        nothing = InvalidValue(field=gettext("Box"), problem=gettext("Put something into it first."))
        return _page(form, refused(nothing))
    done = send(form, lambda: _sent(form))
    if isinstance(done, Refusal):
        return _page(form, done)
    say(gettext("On its way. It is in the books of the other clinic once its arrival is booked there."))
    there = url_for("transfers_page.transfer", clinic_uid=clinic_uid, transfer_uid=done.transfer_uid)
    return redirect(there, code=303)


def _form() -> DispatchForm:
    form = DispatchForm()
    with installation().reading() as connection:
        clinics = other_clinics(connection, acting().clinic_id)
    form.to_clinic.choices = [(clinic.uid, clinic.name) for clinic in clinics]
    return form


def _without(form: DispatchForm, lot_uid: str) -> DispatchForm:
    """The form without the lines of a lot."""
    kept = [each.data for each in form.lines if each.form.lot_uid.data != lot_uid]
    _fill(form, kept)
    return form


def _fill(form: DispatchForm, lines: Sequence[dict[str, Any]]) -> None:
    while form.lines.entries:
        form.lines.pop_entry()
    form.lines.last_index = -1
    for line in lines:
        form.lines.append_entry(line)


def _scanned(clinic_uid: str, form: DispatchForm) -> ResponseReturnValue:
    """Count the pack that was scanned into its line, or begin one; nothing is written."""
    text = form.scan.data or ""
    try:
        here, packs = _meant(text.strip(" "))
        line = _line_of(form, here)
    except (ScanUnreadable, ThingNotFound, PackOfSeveralLots, NothingToSend, InvalidValue) as error:
        return _page(form, refused(error))
    line.form.count.raw_data = None
    line.form.count.data = (line.form.count.data or 0) + packs
    say(gettext("%(packs)s of lot %(number)s put in.", packs=packs, number=here.lot_number))
    return _again(clinic_uid, form)


def _line_of(form: DispatchForm, here: LotHere) -> Any:
    for line in form.lines:
        if line.form.lot_uid.data == here.lot_uid:
            return line
    if len(form.lines) >= LINES_MAX:
        raise InvalidValue(
            field=gettext("Lines"), problem=gettext("Send this box first: it has as many as fit.")
        )
    return form.lines.append_entry({"lot_uid": here.lot_uid, "count": 0, "place": here.location_uid})


def _meant(text: str) -> tuple[LotHere, int]:
    """Give the lot that a scan or a typed number names, at its fullest place, and how many its pack holds.

    Raises ScanUnreadable, ThingNotFound, PackOfSeveralLots, NothingToSend.
    """
    scan = parse_scan(text, today=today_here())
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        known = known_here(connection, clinic_id, scan)
        if known.lot is not None:
            named = {known.lot.lot_uid}
        elif known.pack is not None and scan.lot_number is None:
            stock = lots_in_stock(connection, clinic_id, now=present(), product_uid=known.pack.product_uid)
            named = {each.lot_uid for each in _sealed(stock)}
        else:
            called = things_called(connection, clinic_id, text=(scan.lot_number or text)[:100])
            named = {thing.uid for thing in called if thing.kind == "lot"} if known.pack is None else set()
        here = _sealed(stock_of_lots(connection, clinic_id, now=present(), lot_uids=named))
    return _only(here, scan, text), 1 if known.pack is None else known.pack.presentation_count * (
        scan.quantity or 1
    )


def _only(here: Sequence[LotHere], scan: Scan, text: str) -> LotHere:
    numbers = sorted({each.lot_number for each in here})
    if not here:
        raise NothingToSend(what=(scan.lot_number or text)[:60])
    if len({each.lot_uid for each in here}) > 1:
        raise PackOfSeveralLots(lot_numbers=tuple(numbers))
    return max(here, key=lambda each: (each.is_usable, each.quantity))


def _sealed(stock: Sequence[LotHere]) -> tuple[LotHere, ...]:
    return tuple(each for each in stock if each.location_kind != LocationKind.CONTAINER)


def _sent(form: DispatchForm) -> GoodsDispatched:
    uids = {line.form.lot_uid.data or "" for line in form.lines}
    with installation().reading() as connection:
        lots = contents_of_lots(connection, acting().clinic_id, lot_uids=uids)
    lines = []
    for line in form.lines:
        said = line.form
        if said.lot_uid.data not in lots:
            raise ThingNotFound(thing="lot", uid=(said.lot_uid.data or "")[:40])
        quantity = (said.count.data or 0) * lots[said.lot_uid.data]
        lines.append(
            DispatchLine(lot_uid=said.lot_uid.data, from_uid=said.place.data or "", quantity=quantity)
        )
    command = DispatchGoods(to_clinic_uid=form.to_clinic.data, lines=tuple(lines), override=form.override())
    return dispatch_goods(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _drawn(form: DispatchForm) -> list[BoxLine]:
    """The lines whose lot is still known here, with where it lies."""
    uids = {line.form.lot_uid.data or "" for line in form.lines}
    with installation().reading() as connection:
        stock = stock_of_lots(connection, acting().clinic_id, now=present(), lot_uids=uids)
    drawn = []
    for line in form.lines:
        here = tuple(each for each in _sealed(stock) if each.lot_uid == line.form.lot_uid.data)
        if here:
            line.form.place.choices = [(each.location_uid, each.location_name) for each in here]
            drawn.append(BoxLine(part=line.form, here=here))
    return drawn


def _page(form: DispatchForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    drawn = render_template("transfer/dispatch.html", form=form, rows=_drawn(form), refusal=refusal)
    return (drawn, refusal.status) if refusal is not None else drawn
