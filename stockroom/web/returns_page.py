"""Return to supplier: what goes back from a lot, a place or a receipt, under which reference, and what is owed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.return_to_supplier import (
    GoodsReturned,
    ReturnLine,
    ReturnToSupplier,
    return_to_supplier,
)
from stockroom.operations.settle_return import SettleReturn, settle_return
from stockroom.queries.locations import locations
from stockroom.queries.lot_origins import origins_of_lot
from stockroom.queries.paging import is_uid
from stockroom.queries.receipts import receipt
from stockroom.queries.stock import LotHere, lots_in_stock, stock_of_lots
from stockroom.queries.supplier_returns import (
    return_count,
    returns_listed,
    supplier_return,
)
from stockroom.vocabulary import UNUSABLE_KINDS, LocationKind, ReturnExpects
from stockroom.web.changed_since import CHANGED, changed_here, mark_of_movement
from stockroom.web.counted import packs_of
from stockroom.web.csv_file import csv_file
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.goods_here import COUNT_MAX
from stockroom.web.listing import ROWS, Listing, asked_listing
from stockroom.web.unpacking_view import supplier_choices

blp = Blueprint("returns_page", __name__, url_prefix="/c/<clinic_uid>/returns")
_A = lazy_gettext
EXPORT_ROWS = 20_000
LINES_MAX = 200
EXPECTS = {
    ReturnExpects.REPLACEMENT: _A("a replacement"),
    ReturnExpects.CREDIT: _A("a credit note"),
    ReturnExpects.NOTHING: _A("nothing"),
}


class BackForm(Form):
    """How many of a lot go back from one place."""

    lot_uid = HiddenField(validators=[Length(max=36)])
    from_uid = HiddenField(validators=[Length(max=36)])
    whole = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(min=1)])
    """Base units of one that is counted, as it was seen: a presentation, or all that is in an opened container."""
    count = IntegerField(
        _A("How many"),
        validators=[Optional(), NumberRange(min=0, max=COUNT_MAX, message=_A("One or more, or empty."))],
    )


class ReturnForm(KeyedForm):
    """What goes back, to whom, under which reference."""

    supplier_uid = SelectField(_A("Supplier"), validators=[InputRequired(message=_A("Choose the supplier."))])
    reference = StringField(_A("The supplier's number of the return"), validators=[Length(max=100)])
    reason = TextAreaField(_A("Why it goes back"), validators=[Length(max=500)])
    expects = SelectField(
        _A("What is expected for it"), choices=[(each.value, words) for each, words in EXPECTS.items()]
    )
    receipt_uid = HiddenField(validators=[Length(max=36)])
    lines = FieldList(FormField(BackForm), max_entries=LINES_MAX)


class SettleForm(KeyedForm):
    paper = StringField(_A("Number of the credit note or delivery note"), validators=[Length(max=100)])


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A lot at a place that may go back, with its part of the form."""

    part: Any
    here: LotHere

    @property
    def is_opened(self) -> bool:
        """An opened container goes back whole or not at all."""
        return self.here.container_code is not None

    @property
    def there(self) -> int:
        """Whole presentations at the place; an opened container is one."""
        return 1 if self.is_opened else self.here.quantity // self.here.content_quantity


@blp.get("", endpoint="returns")
def listed(clinic_uid: str) -> ResponseReturnValue:
    """What went back, the newest first."""
    listing, clinic_id = _listing(), acting().clinic_id
    awaited = listing.narrowed.get("awaited") == "1"
    with installation().reading() as connection:
        count = return_count(connection, clinic_id, text=listing.q, awaited_only=awaited)
        rows = returns_listed(
            connection,
            clinic_id,
            text=listing.q,
            awaited_only=awaited,
            offset=listing.offset,
            limit=ROWS,
        )
    return render_template("returns/list.html", listing=listing, count=count, rows=rows, expects=EXPECTS)


@blp.get("/returns.csv")
def returns_csv(clinic_uid: str) -> Response:
    """The same as a file."""
    listing = _listing()
    with installation().reading() as connection:
        rows = returns_listed(
            connection,
            acting().clinic_id,
            text=listing.q,
            awaited_only=listing.narrowed.get("awaited") == "1",
            limit=EXPORT_ROWS,
        )
    heads = (
        "return", "returned_at", "returned_by", "supplier", "reference", "reason", "lines", "delivery_note",
        "expects", "settled_at", "settled_by_paper", "taken_back", CHANGED,
    )  # fmt: skip
    changes = changed_here(row.movement_uid for row in rows)
    return csv_file(
        "returns",
        heads,
        (
            (
                row.uid, row.returned_at, row.returned_by, row.supplier, row.reference, row.reason,
                row.line_count, row.delivery_note, row.expects, row.settled_at, row.settled_by_paper,
                "yes" if row.is_taken_back else "no", mark_of_movement(changes, row.movement_uid),
            )
            for row in rows
        ),
    )  # fmt: skip


@blp.get("/new")
def new(clinic_uid: str) -> ResponseReturnValue:
    """Say what goes back: of a lot, of a place, of a receipt, or what waits in quarantine and returns."""
    asked = request.args
    supplier_uid, receipt_uid = "", ""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        if is_uid(asked.get("receipt", "")):
            shown = receipt(connection, clinic_id, uid=asked["receipt"])
            supplier_uid, receipt_uid = shown.receipt.supplier_uid or "", shown.receipt.uid
            uids = {line.lot_uid for line in shown.lines}
            here = stock_of_lots(connection, clinic_id, now=present(), lot_uids=uids)
        elif is_uid(asked.get("lot", "")):
            here = lots_in_stock(connection, clinic_id, now=present(), lot_uid=asked["lot"])
            origins = origins_of_lot(connection, clinic_id, lot_uid=asked["lot"])
            supplier_uid = next((each.supplier_uid for each in origins if each.supplier_uid), "")
        elif is_uid(asked.get("place", "")):
            here = lots_in_stock(connection, clinic_id, now=present(), location_uid=asked["place"])
        else:
            here = _set_apart(connection, clinic_id)
    form = ReturnForm(
        formdata=None,
        supplier_uid=supplier_uid,
        receipt_uid=receipt_uid,
        expects=ReturnExpects.CREDIT.value,
        lines=[
            {
                "lot_uid": each.lot_uid,
                "from_uid": each.location_uid,
                "whole": each.quantity if each.container_code else each.content_quantity,
                "count": None,
            }
            for each in sorted(here, key=_turn)[:LINES_MAX]
        ],
    )
    return _page(form, here)


def _set_apart(connection: Any, clinic_id: int) -> tuple[LotHere, ...]:
    """What lies where nothing is usable."""
    return tuple(
        each
        for place in locations(connection, clinic_id)
        if place.kind in UNUSABLE_KINDS
        for each in lots_in_stock(connection, clinic_id, now=present(), location_uid=place.uid)
    )


def _turn(each: LotHere) -> tuple[bool, str, str]:
    """What is set apart first, then by product and lot."""
    kinds = (LocationKind.QUARANTINE, LocationKind.RETURNS)
    return each.location_kind not in kinds, each.product_name, each.lot_number


@blp.post("/new")
def send_back(clinic_uid: str) -> ResponseReturnValue:
    """Book what goes back."""
    form = ReturnForm()
    uids = {line.form.lot_uid.data or "" for line in form.lines}
    with installation().reading() as connection:
        here = stock_of_lots(
            connection, acting().clinic_id, now=present(), lot_uids={uid for uid in uids if is_uid(uid)}
        )
        form.supplier_uid.choices = supplier_choices(connection)
    done = send(form, lambda: _sent_back(form))
    if isinstance(done, Refusal):
        return _page(form, here, done)
    say(gettext("It went back: it is no longer in the stock."))
    return redirect(url_for(".shown", clinic_uid=clinic_uid, return_uid=done.return_uid), code=303)


def _sent_back(form: ReturnForm) -> GoodsReturned:
    lines = [
        ReturnLine(
            lot_uid=part.form.lot_uid.data or "",
            from_uid=part.form.from_uid.data or "",
            quantity=part.form.count.data * (part.form.whole.data or 1),
        )
        for part in form.lines
        if part.form.count.data
    ]
    if not lines:
        raise InvalidValue(
            field=gettext("How many"), problem=gettext("say of one lot at least how many go back")
        )
    command = ReturnToSupplier(
        supplier_uid=form.supplier_uid.data,
        reference=(form.reference.data or "").strip(),
        reason=(form.reason.data or "").strip(),
        lines=tuple(lines),
        expects=ReturnExpects(form.expects.data),
        receipt_uid=form.receipt_uid.data or None,
    )
    return return_to_supplier(installation(), command, actor=acting(), key=form.key.data or "", now=present())


@blp.get("/<return_uid>")
def shown(clinic_uid: str, return_uid: str) -> ResponseReturnValue:
    """One return: what went back, and what is expected for it."""
    return _shown(return_uid, SettleForm(formdata=None))


@blp.post("/<return_uid>/settlement")
def settle(clinic_uid: str, return_uid: str) -> ResponseReturnValue:
    """Write down by which paper the replacement or the credit came."""
    form = SettleForm()
    command = SettleReturn(return_uid=return_uid, paper=(form.paper.data or "").strip())
    done = send(
        form,
        lambda: settle_return(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _shown(return_uid, form, done)
    say(gettext("It is settled: nothing more is expected for it."))
    return redirect(url_for(".shown", clinic_uid=clinic_uid, return_uid=return_uid), code=303)


def _shown(return_uid: str, form: SettleForm, refusal: Refusal | None = None) -> tuple[str, int]:
    with installation().reading() as connection:
        found = supplier_return(connection, acting().clinic_id, uid=return_uid)
    page = render_template(
        "returns/return.html",
        paper=found.paper,
        lines=found.lines,
        packs=packs_of(found.lines),
        form=form,
        expects=EXPECTS,
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200


def _page(form: ReturnForm, here: Sequence[LotHere], refusal: Refusal | None = None) -> ResponseReturnValue:
    with installation().reading() as connection:
        form.supplier_uid.choices = supplier_choices(connection)
    lying = {(each.lot_uid, each.location_uid): each for each in here}
    rows = [
        Offered(part=line.form, here=lying[line.form.lot_uid.data, line.form.from_uid.data])
        for line in form.lines
        if (line.form.lot_uid.data, line.form.from_uid.data) in lying
    ]
    page = render_template("returns/new.html", form=form, rows=rows, refusal=refusal)
    return page, refusal.status if refusal else 200


def _listing() -> Listing:
    return asked_listing(columns=("newest",), usual="newest", filters=("awaited",))
