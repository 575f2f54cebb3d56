"""What should be ordered, product by product, each with its arithmetic?  Nothing is ordered from here by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from stockroom.access.acting import acting, installation, present
from stockroom.db.identifiers import new_uid
from stockroom.errors import InvalidValue
from stockroom.operations.gather_orders import GatherOrders, OrdersGathered, Wanted, gather_orders
from stockroom.operations.set_levels import SetStockLevel, set_stock_level
from stockroom.queries.clinics import clinics_where
from stockroom.queries.reorder_suggestions import ClinicReorder, Reorder, reorder_of_clinics
from stockroom.rules.permissions import may
from stockroom.units import show_quantity
from stockroom.vocabulary import Action, BaseUnit
from stockroom.web.clinic_here import own_clinics
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.listing import ROWS, Listing, asked_listing
from stockroom.web.reorder_words import explained

blp = Blueprint("reorder_page", __name__, url_prefix="/c/<clinic_uid>/reorder")
ALL = "all"
TO_ORDER, WITHOUT_MINIMUM = "order", "none"
_FILTERS = ("part", "clinics")
_PACKS_LONGEST = 6


class GatherForm(KeyedForm):
    """What was chosen; the packs of each product stand beside it, by its id."""


class MinimumForm(KeyedForm):
    """A proposal that is taken as it was read."""

    product_uid = HiddenField()
    minimum_count = IntegerField(validators=[InputRequired(), NumberRange(min=0)])
    target_count = IntegerField(validators=[InputRequired(), NumberRange(min=0)])


@dataclass(frozen=True, kw_only=True)
class Line:
    """A product as a row of the page."""

    row: Reorder
    is_taken: bool
    packs: str
    """As it stands in its field."""
    minimum_key: str
    """The one-time key of its proposal."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The rows of one clinic."""

    clinic: Any
    lines: tuple[Line, ...]
    count: int
    """How many there are in all; not all of them may be shown."""
    to_order: int
    without_minimum: int
    key: str
    """The one-time key of its form."""


@blp.get("")
def reorder(clinic_uid: str) -> ResponseReturnValue:
    """What is to be ordered first, then what has no minimum, then the rest; in one clinic, or in all of hers."""
    return _page()


@blp.get("/reorder.csv")
def reorder_csv(clinic_uid: str) -> ResponseReturnValue:
    """The same for a spreadsheet."""
    heads = (
        "clinic", "product", "strength", "supplier", "item_code", "pack", "usable", "promised", "on_order",
        "due_on", "minimum", "target", "used_90_days", "surplus_elsewhere", "opened", "opened_unit", "suggested",
        "suggested_packs", "on_drafts", "proposed_minimum", "proposed_target", "because",
    )  # fmt: skip
    parts = _suggested(_listing())
    rows = (_cells(part.clinic.name, row) for part in parts for row in part.rows)
    return csv_file("reorder", heads, rows)


@blp.post("/orders")
def gather(clinic_uid: str) -> ResponseReturnValue:
    """Put what was chosen onto one draft for each supplier of this clinic, and go there."""
    form = GatherForm()
    done = send(form, lambda: _gathered(form))
    if isinstance(done, Refusal):
        return _page(refusal=done, typed=form), done.status
    count = sum(each.line_count for each in done.orders)
    say(
        ngettext(
            "%(num)s line stands on a draft now. Nothing was sent yet.",
            "%(num)s lines stand on drafts now. Nothing was sent yet.",
            count,
        )
    )
    if request.form.get("clinics") == ALL:
        return redirect(_address(clinic_uid), code=303)
    if len(done.orders) == 1:
        there = url_for("orders_page.order", clinic_uid=clinic_uid, order_uid=done.orders[0].order_uid)
        return redirect(there, code=303)
    return redirect(url_for("orders_page.orders", clinic_uid=clinic_uid), code=303)


@blp.post("/minimums")
def take_minimum(clinic_uid: str) -> ResponseReturnValue:
    """Set the minimum and target that were proposed, unless somebody has set others meanwhile."""
    form = MinimumForm()
    done = send(
        form,
        lambda: set_stock_level(
            installation(),
            SetStockLevel(
                product_uid=form.product_uid.data or "",
                minimum_count=form.minimum_count.data or 0,
                target_count=form.target_count.data or 0,
                version=0,
            ),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return _page(refusal=done), done.status
    say(
        gettext(
            "The minimum is %(minimum)s now, and the target %(target)s.",
            minimum=form.minimum_count.data,
            target=form.target_count.data,
        )
    )
    return redirect(_address(clinic_uid), code=303)


def _gathered(form: GatherForm) -> OrdersGathered:
    wanted = tuple(
        Wanted(
            product_uid=uid,
            supplier_uid=request.form.get(f"supplier-{uid}", ""),
            packs=_count(f"packs-{uid}"),
            pack_count=_count(f"pack-{uid}"),
        )
        for uid in request.form.getlist("taken")
    )
    if not wanted:
        raise InvalidValue(field="taken", problem=gettext("choose at least one line"))
    return gather_orders(
        installation(), GatherOrders(wanted=wanted), actor=acting(), key=form.key.data or "", now=present()
    )


def _count(name: str) -> int:
    text = request.form.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= _PACKS_LONGEST):
        raise InvalidValue(
            field="packs", problem=gettext("a whole number of packs for each line that is chosen")
        )
    return int(text)


def _address(clinic_uid: str) -> str:
    """The list as it was looked at, by what the form took along."""
    asked: dict[str, Any] = {name: request.form.get(name) or None for name in ("q", "page", *_FILTERS)}
    return url_for("reorder_page.reorder", clinic_uid=clinic_uid, **asked)


def _listing() -> Listing:
    return asked_listing(
        columns=("urgency",), usual="urgency", filters=_FILTERS, endpoint="reorder_page.reorder"
    )


def _page(*, refusal: Refusal | None = None, typed: GatherForm | None = None) -> str:
    listing = _listing()
    is_all = listing.narrowed.get("clinics") == ALL
    parts = tuple(_part(each, listing, typed) for each in _suggested(listing))
    return render_template(
        "orders/reorder.html",
        parts=parts,
        listing=listing,
        is_all=is_all,
        has_others=len(own_clinics()) > 1,
        rows_shown=ROWS,
        explained=explained,
        refusal=refusal,
    )


def _part(found: ClinicReorder, listing: Listing, typed: GatherForm | None) -> Part:
    rows = list(_narrowed(found.rows, listing))
    is_all = listing.narrowed.get("clinics") == ALL
    start = 0 if is_all else listing.offset
    is_typed = typed is not None and found.clinic.uid == acting().clinic_uid
    return Part(
        clinic=found.clinic,
        lines=tuple(_line(row, is_typed=is_typed) for row in rows[start : start + ROWS]),
        count=len(rows),
        to_order=sum(1 for row in found.rows if row.suggestion.suggested_count),
        without_minimum=sum(1 for row in found.rows if not row.suggestion.has_minimum),
        key=(typed.key.data or "") if typed is not None and is_typed else new_uid(present()),
    )


def _narrowed(rows: Sequence[Reorder], listing: Listing) -> Iterator[Reorder]:
    part = listing.narrowed.get("part")
    for row in rows:
        if listing.q.casefold() not in f"{row.name} {row.strength}".casefold():
            continue
        if part == TO_ORDER and not row.suggestion.suggested_count:
            continue
        if part == WITHOUT_MINIMUM and row.suggestion.has_minimum:
            continue
        yield row


def _line(row: Reorder, *, is_typed: bool) -> Line:
    """What is suggested and stands on no draft is ticked; a draft's packs stand in the field where there is one."""
    packs = max(row.suggestion.pack_count, sum(each.packs for each in row.drafted))
    usual = str(packs) if packs else ""
    return Line(
        row=row,
        is_taken=row.product_uid in request.form.getlist("taken")
        if is_typed
        else bool(row.suggestion.suggested_count and not row.drafted),
        packs=request.form.get(f"packs-{row.product_uid}", usual)[:_PACKS_LONGEST] if is_typed else usual,
        minimum_key=new_uid(present()),
    )


def _suggested(listing: Listing) -> tuple[ClinicReorder, ...]:
    """What this clinic should order; or each in which she may do what she may here, where all are asked for."""
    actor = acting()
    user_id, at = actor.user_id or 0, present()
    with installation().reading() as connection:
        seen = clinics_where(connection, user_id, Action.READ_STOCK)
        asked = {actor.clinic_id}
        if listing.narrowed.get("clinics") == ALL:
            action = Action.ORDER if may(actor.roles, Action.ORDER) else Action.READ_STOCK
            asked |= clinics_where(connection, user_id, action)
        return reorder_of_clinics(connection, sorted(asked), now=at, sister_ids=sorted(seen))


def _cells(clinic: str, row: Reorder) -> tuple[Cell, ...]:
    found, shelf = row.suggestion, row.suggestion.shelf
    opened = show_quantity(shelf.opened_quantity, BaseUnit(row.base_unit))
    offer = row.offer
    return (
        clinic, row.name, row.strength, offer.supplier if offer else "", offer.item_code if offer else "",
        found.pack.count, shelf.usable_count, shelf.promised_count, found.on_order_count, found.due_on,
        shelf.minimum_count, shelf.target_count, shelf.used_count, shelf.surplus_elsewhere_count,
        opened.quantity, opened.unit, found.suggested_count, found.pack_count,
        sum(each.count for each in row.drafted), found.proposed_minimum_count, found.proposed_target_count,
        explained(found, row.presentation),
    )  # fmt: skip
