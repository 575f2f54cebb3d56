"""One thing of a count: which lot, where, how much of it lies there, and what becomes of an earlier count of it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import DateTimeLocalField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.change_find import FindChanged, SayWhy, TakeOffFind, say_why, take_off_find
from stockroom.operations.enter_finds import Again, EnterFinds, FindsEntered, FoundThing, enter_finds
from stockroom.queries.catalogue import product
from stockroom.queries.count_targets import lots_to_count, places_to_count, presentations_in_a_pack
from stockroom.queries.finding_by_text import things_called
from stockroom.queries.stock_counts import (
    CountedThing,
    CountShown,
    ThingNamed,
    lying_elsewhere,
    stock_count,
    thing_at,
)
from stockroom.units import parse_quantity, show_quantity, typed_number
from stockroom.vocabulary import BaseUnit, CountReason
from stockroom.web.count_page import draw_count
from stockroom.web.counted import packs_of
from stockroom.web.formats import zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("count_thing_page", __name__, url_prefix="/c/<clinic_uid>/counts/<count_uid>")
_A = lazy_gettext
_NUMBER_MAX = 1_000_000
_AGAIN = [
    (Again.REPLACE.value, _A("My count takes its place")),
    (Again.ADD.value, _A("It is another part of the same: both are added")),
]


class FoundForm(KeyedForm):
    """How much lies there."""

    packs = IntegerField(_A("Packs"), validators=[Optional(), NumberRange(min=0, max=_NUMBER_MAX)])
    presentations = IntegerField(_A("How many"), validators=[Optional(), NumberRange(min=0, max=_NUMBER_MAX)])
    amount = StringField(_A("How much is in it"), validators=[Length(max=20)])
    counted_at = DateTimeLocalField(
        _A("Counted earlier, at"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[Optional()]
    )
    again = RadioField(_A("What becomes of it?"), choices=_AGAIN, validators=[Optional()])
    seen = StringField(validators=[Length(max=2000)])


class WhyForm(KeyedForm):
    """Why what was found differs."""

    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])
    reason = SelectField(choices=[(each.value, each.value) for each in CountReason])


class TakeOffForm(KeyedForm):
    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The thing that is being counted, and what was counted of it before."""

    shown: CountShown
    named: ThingNamed
    before: CountedThing | None
    in_a_pack: int


@blp.get("/thing")
def thing(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """Which lot, and where, as far as the scan left it open; then how much."""
    lot_uid, place_uid = request.args.get("lot", ""), request.args.get("place", "")
    product_uid = request.args.get("product", "")
    if not lot_uid and not product_uid:
        return redirect(url_for(".by_hand", clinic_uid=clinic_uid, count_uid=count_uid), code=303)
    if not lot_uid:
        return _choose_lot(count_uid, product_uid, place_uid)
    if not place_uid:
        return _choose_place(count_uid, lot_uid)
    return _draw(_look(count_uid, lot_uid, place_uid), FoundForm(formdata=None))


@blp.post("/thing")
def found(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """Write down what lies there."""
    lot_uid, place_uid = request.args.get("lot", ""), request.args.get("place", "")
    looked, form = _look(count_uid, lot_uid, place_uid), FoundForm()
    done = send(form, lambda: _enter(form, looked))
    if isinstance(done, Refusal):
        return _draw(_look(count_uid, lot_uid, place_uid), form, done)
    stays = place_uid if looked.named.container_code is None else None
    return redirect(
        url_for(
            "count_page.count",
            clinic_uid=clinic_uid,
            count_uid=count_uid,
            lot=looked.named.lot_uid,
            at=place_uid,
            place=stays,
        ),
        code=303,
    )


def _enter(form: FoundForm, looked: Looked) -> FindsEntered:
    named = looked.named
    find = FoundThing(
        lot_uid=named.lot_uid,
        location_uid=named.location_uid,
        found_quantity=_quantity(form, looked),
        counted_at=_instant(form.counted_at.data),
    )
    seen = tuple(uid for uid in (form.seen.data or "").split(",") if uid)
    command = EnterFinds(
        count_uid=looked.shown.count.uid,
        finds=(find,),
        again=Again(form.again.data or Again.ASK),
        seen=seen,
    )
    return enter_finds(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _quantity(form: FoundForm, looked: Looked) -> int:
    """What was typed, in base units.  Raises InvalidValue where nothing was."""
    named = looked.named
    if named.is_measured:
        unit = show_quantity(0, BaseUnit(named.base_unit)).unit
        typed = typed_number(form.amount.data)
        if not typed:
            raise InvalidValue(field="amount", problem=gettext("type how much is in it, 0 for nothing"))
        return parse_quantity(typed, unit, base_unit=BaseUnit(named.base_unit), may_be_zero=True)
    if form.packs.data is None and form.presentations.data is None:
        raise InvalidValue(field="presentations", problem=gettext("type how many lie there, 0 for none"))
    whole = (form.packs.data or 0) * looked.in_a_pack + (form.presentations.data or 0)
    return whole * named.content_quantity


def _instant(typed: datetime | None) -> datetime | None:
    return None if typed is None else typed.replace(tzinfo=ZoneInfo(zone_of_page())).astimezone(UTC)


@blp.get("/by-hand")
def by_hand(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """Find what has no code to scan, by the name of its product or the number of its lot."""
    text = request.args.get("q", "").replace("\0", "").strip()[:100]
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        shown = stock_count(connection, clinic_id, uid=count_uid)
        called = things_called(connection, clinic_id, text=text) if text else ()
    kinds = ("lot", "product")
    return render_template(
        "counts/by_hand.html",
        count=shown.count,
        q=text,
        place=request.args.get("place", "")[:36],
        things=[each for each in called if each.kind in kinds],
    )


@blp.post("/finds/<find_uid>/reason")
def why(clinic_uid: str, count_uid: str, find_uid: str) -> ResponseReturnValue:
    """Say why a thing differs from the books."""
    form = WhyForm()

    def do() -> FindChanged:
        command = SayWhy(
            count_uid=count_uid,
            find_uid=find_uid,
            version=form.version.data or 0,
            reason=CountReason(form.reason.data),
        )
        return say_why(installation(), command, actor=acting(), key=form.key.data or "", now=present())

    done = send(form, do)
    if isinstance(done, Refusal):
        return draw_count(count_uid, refusal=done)
    return redirect(
        url_for(
            "count_page.count", clinic_uid=clinic_uid, count_uid=count_uid, place=request.args.get("place")
        ),
        code=303,
    )


@blp.post("/finds/<find_uid>/removal")
def take_off(clinic_uid: str, count_uid: str, find_uid: str) -> ResponseReturnValue:
    """Take off what was entered by mistake."""
    form = TakeOffForm()
    command = TakeOffFind(count_uid=count_uid, find_uid=find_uid, version=form.version.data or 0)
    done = send(
        form,
        lambda: take_off_find(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return draw_count(count_uid, refusal=done)
    say(gettext("It was taken off the count."), loudness="info")
    return redirect(url_for("count_page.count", clinic_uid=clinic_uid, count_uid=count_uid), code=303)


def _look(count_uid: str, lot_uid: str, place_uid: str) -> Looked:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        shown = stock_count(connection, clinic_id, uid=count_uid)
        named = thing_at(connection, clinic_id, lot_uid=lot_uid, location_uid=place_uid)
        in_a_pack = presentations_in_a_pack(connection, product_uid=named.product_uid)
    before = shown.thing(lot_uid, place_uid)
    return Looked(shown=shown, named=named, before=before, in_a_pack=in_a_pack)


def _draw(looked: Looked, form: FoundForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    books: list[object] = []
    if not looked.shown.count.is_blind:
        with installation().reading() as connection:
            books = list(lying_elsewhere(connection, acting().clinic_id, lot_uid=looked.named.lot_uid))
    page = render_template(
        "counts/thing.html",
        count=looked.shown.count,
        named=looked.named,
        before=looked.before,
        seen=",".join(each.uid for each in looked.before.finds) if looked.before else "",
        in_a_pack=looked.in_a_pack,
        packs=packs_of((looked.named,)),
        unit=show_quantity(0, BaseUnit(looked.named.base_unit)).unit,
        books=books,
        form=form,
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200


def _choose_lot(count_uid: str, product_uid: str, place_uid: str) -> ResponseReturnValue:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        shown = stock_count(connection, clinic_id, uid=count_uid)
        which = product(connection, uid=product_uid)
        rows = lots_to_count(connection, clinic_id, product_uid=product_uid)
    return render_template(
        "counts/lot.html", count=shown.count, product=which, lots=rows, place=place_uid[:36]
    )


def _choose_place(count_uid: str, lot_uid: str) -> ResponseReturnValue:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        shown = stock_count(connection, clinic_id, uid=count_uid)
        places = places_to_count(connection, clinic_id, lot_uid=lot_uid)
    if not places:
        return redirect(
            url_for("count_page.count", clinic_uid=acting().clinic_uid, count_uid=count_uid), code=303
        )
    return render_template("counts/place.html", count=shown.count, places=places)
