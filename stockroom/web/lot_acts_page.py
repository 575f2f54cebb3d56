"""How is some of a lot moved, thrown away, sent to another clinic or opened, from where one stands?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import AnyOf, InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.queries.clinics import other_clinics
from stockroom.queries.thrown_away_as import thrown_away_as
from stockroom.rules.using import ThingName
from stockroom.units import typed_number
from stockroom.vocabulary import DisposalReason, Rule
from stockroom.web.coming_back import back_to, came_from
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm, OverridingForm, Refusal, say, send
from stockroom.web.goods_here import (
    GoodsHere,
    amount_of,
    count_field,
    goods_here,
    places_to_choose,
    typed_amount,
)

blp = Blueprint("lot_acts_page", __name__, url_prefix="/c/<clinic_uid>/lots/<lot_uid>")
TEXT_MAX = 2000
_WHY_STOPPED = {
    Rule.RECALLED: DisposalReason.RECALLED,
    Rule.EXPIRED: DisposalReason.EXPIRED,
    Rule.BEYOND_USE: DisposalReason.BEYOND_USE,
}


class MoveForm(KeyedForm):
    count = count_field()
    amount = StringField(lazy_gettext("How much"), validators=[Length(max=40)])
    """Instead of a number of whole ones, of what was mixed."""
    to = SelectField(lazy_gettext("To"))
    reason = StringField(
        lazy_gettext("Why (if there is something to say)"), validators=[Length(max=TEXT_MAX)]
    )


class DisposalForm(KeyedForm):
    amount = StringField(lazy_gettext("How much"), validators=[Length(max=40)])
    counted_in = HiddenField(validators=[AnyOf(("presentations", "units"))])
    """Whole presentations of a shelf; what was in an opened container in the product's unit."""
    reason = SelectField(lazy_gettext("Why"), validators=[InputRequired(lazy_gettext("Say why."))])
    note = StringField(lazy_gettext("Note"), validators=[Length(max=TEXT_MAX)])


class DispatchForm(OverridingForm):
    count = count_field()
    to_clinic = SelectField(lazy_gettext("To which clinic"))


class OpeningForm(OverridingForm):
    stands_in = SelectField(lazy_gettext("Where is it put?"))


def _page(act: str, goods: GoodsHere, form: Any, refusal: Refusal | None = None) -> ResponseReturnValue:
    """The form of an act, or first the choice of the place; with the status of a refusal."""
    shown = render_template(
        f"lot/{act}.html",
        goods=goods,
        form=form,
        refusal=refusal,
        act=f"lot_acts_page.{act}",
        came_from=came_from(),
        thrown_as=_thrown_as(goods) if act == "disposal" else "",
    )
    return (shown, refusal.status) if refusal is not None else shown


def _thrown_as(goods: GoodsHere) -> str:
    """Into what it is thrown away, as its product says; empty where nobody said it, or no place is chosen yet."""
    if goods.chosen is None:
        return ""
    with installation().reading() as connection:
        said = thrown_away_as(connection, acting().clinic_id, (goods.lot.uid,))
    return said.get((goods.lot.uid, goods.chosen.container_code), "")


def _to_lot(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    usual = url_for("lot_page.lot", clinic_uid=clinic_uid, lot_uid=lot_uid)
    return redirect(back_to(usual, clinic_uid=clinic_uid), code=303)


def _move_form(goods: GoodsHere) -> MoveForm:
    form = MoveForm()
    form.to.choices = places_to_choose(but=goods.place_uid)
    if goods.is_mixed:
        del form.count
    if not form.is_submitted():
        if not goods.is_mixed:
            form.count.process_data(goods.count_here)
        elif goods.chosen is not None:
            form.amount.process_data(_all_of(goods))
    return form


@blp.get("/move")
def move(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Ask what goes where."""
    goods = goods_here(lot_uid)
    return _page("move", goods, _move_form(goods))


@blp.post("/move")
def book_move(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Move whole presentations of the lot to another place of the clinic."""
    goods = goods_here(lot_uid)
    form = _move_form(goods)
    if not goods.place_uid:
        return _page("move", goods, form)
    done = send(form, lambda: _moved(form, goods))
    if isinstance(done, Refusal):
        return _page("move", goods, form, done)
    said = f"{typed_number(form.amount.data)} {goods.unit_word}" if goods.is_mixed else form.count.data
    say(gettext("Moved %(count)s of lot %(number)s.", count=said, number=goods.lot.number))
    if done.lost_allocation_uids:
        say(gettext("What sessions were promised of it is lost: look at the alerts."), loudness="warning")
    if done.shortened:
        say(
            gettext("It left the fridge and keeps for less long: write the new time on its label."),
            loudness="warning",
        )
    return _to_lot(clinic_uid, lot_uid)


def _moved(form: MoveForm, goods: GoodsHere) -> Any:
    if goods.is_mixed:
        quantity = amount_of(form.amount.data, goods.lot.base_unit)
    else:
        quantity = (form.count.data or 0) * goods.lot.content_quantity
    line = MoveLine(lot_uid=goods.lot.uid, from_uid=goods.place_uid, quantity=quantity)
    command = MoveGoods(to_uid=form.to.data, lines=(line,), reason=form.reason.data or "")
    return move_goods(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _disposal_form(goods: GoodsHere) -> DisposalForm:
    form = DisposalForm()
    form.reason.choices = [("", "–"), *((each.value, show_word(each.value)) for each in DisposalReason)]
    return form


def _why(goods: GoodsHere) -> str:
    """The reason that the address names, else what stops the goods; empty where somebody has to say it."""
    if request.args.get("why") in list(DisposalReason):
        return request.args["why"]
    standing = goods.stops.get(goods.place_uid)
    rules = standing.rules if standing is not None else ()
    return next((_WHY_STOPPED[rule].value for rule in rules if rule in _WHY_STOPPED), "")


@blp.get("/disposal")
def disposal(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Ask how much is thrown away, and why."""
    goods = goods_here(lot_uid, sealed_only=False)
    form = _disposal_form(goods)
    if goods.chosen is not None:
        form.amount.process_data(_all_of(goods))
        form.counted_in.process_data("units" if goods.is_measured else "presentations")
        form.reason.process_data(_why(goods))
    return _page("disposal", goods, form)


@blp.post("/disposal")
def book_disposal(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Throw some of the lot away; never refused for a rule."""
    goods = goods_here(lot_uid, sealed_only=False)
    form = _disposal_form(goods)
    if not goods.place_uid:
        return _page("disposal", goods, form)
    done = send(form, lambda: _disposed(form, goods))
    if isinstance(done, Refusal):
        return _page("disposal", goods, form, done)
    amount = typed_number(form.amount.data)
    if form.counted_in.data == "units":
        amount = f"{amount} {goods.unit_word}"
    say(gettext("Thrown away: %(amount)s of lot %(number)s.", amount=amount, number=goods.lot.number))
    if done.promises_lost:
        say(gettext("What sessions were promised of it is lost: look at the alerts."), loudness="warning")
    return _to_lot(clinic_uid, lot_uid)


def _all_of(goods: GoodsHere) -> str:
    if goods.chosen is not None and goods.is_measured:
        return typed_amount(goods.chosen.quantity, goods.lot.base_unit)
    return str(goods.count_here)


def _disposed(form: DisposalForm, goods: GoodsHere) -> Any:
    if form.counted_in.data == "units":
        quantity = amount_of(form.amount.data, goods.lot.base_unit)
    else:
        quantity = amount_of(form.amount.data, "piece") * goods.lot.content_quantity
    thing = ThingName(lot_uid=goods.lot.uid, location_uid=goods.place_uid)
    command = Dispose(
        lines=(DisposalOf(thing=thing, quantity=quantity),),
        reason=DisposalReason(form.reason.data),
        note=form.note.data or "",
    )
    return dispose(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _dispatch_form() -> DispatchForm:
    form = DispatchForm()
    with installation().reading() as connection:
        clinics = other_clinics(connection, acting().clinic_id)
    form.to_clinic.choices = [(clinic.uid, clinic.name) for clinic in clinics]
    return form


@blp.get("/dispatch")
def dispatch(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Ask how much goes to which clinic."""
    return _page("dispatch", goods_here(lot_uid), _dispatch_form())


@blp.post("/dispatch")
def book_dispatch(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Send whole presentations of the lot to another clinic, on a transfer document."""
    goods, form = goods_here(lot_uid), _dispatch_form()
    if not goods.place_uid:
        return _page("dispatch", goods, form)
    done = send(form, lambda: _dispatched(form, goods))
    if isinstance(done, Refusal):
        return _page("dispatch", goods, form, done)
    say(gettext("On its way. It is in the books of the other clinic once its arrival is booked there."))
    there = url_for("transfers_page.transfer", clinic_uid=clinic_uid, transfer_uid=done.transfer_uid)
    return redirect(there, code=303)


def _dispatched(form: DispatchForm, goods: GoodsHere) -> Any:
    line = DispatchLine(
        lot_uid=goods.lot.uid,
        from_uid=goods.place_uid,
        quantity=(form.count.data or 0) * goods.lot.content_quantity,
    )
    command = DispatchGoods(to_clinic_uid=form.to_clinic.data, lines=(line,), override=form.override())
    return dispatch_goods(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _opening_form(goods: GoodsHere) -> OpeningForm:
    form = OpeningForm()
    form.stands_in.choices = places_to_choose()
    if goods.chosen is not None and not form.is_submitted():
        form.stands_in.process_data(goods.chosen.location_uid)
    return form


@blp.get("/opening")
def opening(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Ask where the vial is put that is to be opened."""
    goods = goods_here(lot_uid)
    return _page("opening", goods, _opening_form(goods))


@blp.post("/opening")
def book_opening(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Open one presentation of the lot; its own page shows the code to write on it."""
    goods = goods_here(lot_uid)
    form = _opening_form(goods)
    if not goods.place_uid:
        return _page("opening", goods, form)
    done = send(form, lambda: _opened(form, goods))
    if isinstance(done, Refusal):
        return _page("opening", goods, form, done)
    say(gettext("Open. Write %(code)s on it.", code=done.short_code))
    there = url_for("container_page.container", clinic_uid=clinic_uid, container_uid=done.container_uid)
    return redirect(there, code=303)


def _opened(form: OpeningForm, goods: GoodsHere) -> Any:
    command = OpenContainer(
        thing=ThingName(lot_uid=goods.lot.uid, location_uid=goods.place_uid),
        stands_in_uid=form.stands_in.data,
        override=form.override(),
    )
    return open_container(installation(), command, actor=acting(), key=form.key.data or "", now=present())
