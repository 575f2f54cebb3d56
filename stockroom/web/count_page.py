"""Counts: those in work and the past ones; one in work is scanned into, thing after thing, by several people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.operations.start_count import GiveUpCount, StartCount, give_up_count, start_count
from stockroom.queries.catalogue import product
from stockroom.queries.count_suggestions import count_suggestions
from stockroom.queries.count_targets import Target, target_of
from stockroom.queries.locations import account, locations
from stockroom.queries.lots import lot
from stockroom.queries.stock_counts import CountShown, stock_count, stock_counts
from stockroom.queries.stocktakes import stocktake
from stockroom.vocabulary import CountReason, CountState
from stockroom.web.count_words import TROUBLES
from stockroom.web.counted import packs_of
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.scan_text import ScanField

blp = Blueprint("count_page", __name__, url_prefix="/c/<clinic_uid>/counts")
_A = lazy_gettext
PAST_SHOWN = 20
SCAN_LONGEST = 4096


class StartForm(KeyedForm):
    """What is to be counted, and whether the books are hidden meanwhile."""

    product = HiddenField(validators=[Length(max=36)])
    lot = HiddenField(validators=[Length(max=36)])
    place = HiddenField(validators=[Length(max=36)])
    is_blind = BooleanField(_A("Show what the books say only after something was counted"))


class BeginForm(KeyedForm):
    """What is to be counted, by a scan."""

    scan = ScanField(_A("Scan what you count"), validators=[InputRequired(), Length(max=SCAN_LONGEST)])


class ScanForm(BeginForm):
    """A thing that is counted next, and where."""

    place = SelectField(_A("Where you count"), validators=[Optional()])


class GiveUpForm(KeyedForm):
    """The count is given up."""

    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])


@blp.get("", endpoint="counts")
def every(clinic_uid: str) -> ResponseReturnValue:
    """What is being counted, and what was."""
    return _list()


def _list(refusal: Refusal | None = None, text: str = "") -> ResponseReturnValue:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        open_ones = stock_counts(connection, clinic_id, is_open=True)
        past = stock_counts(connection, clinic_id, is_open=False, limit=PAST_SHOWN)
        missed = count_suggestions(connection, clinic_id)
        places = [each for each in locations(connection, clinic_id) if each.closed_at is None]
    page = render_template(
        "counts/list.html",
        open_ones=open_ones.items,
        past=past.items,
        missed=missed,
        packs=packs_of(missed),
        places=places,
        form=KeyedForm(formdata=None),
        refusal=refusal,
        text=text,
    )
    return page, refusal.status if refusal else 200


@blp.post("/scan")
def scan_to_begin(clinic_uid: str) -> ResponseReturnValue:
    """Say by a scan what is to be counted; nothing is written."""
    form = BeginForm()
    done = send(form, lambda: _target(form.scan.data or ""))
    if isinstance(done, Refusal):
        return _list(done, (form.scan.data or "").replace("\0", ""))
    if done.is_container:
        done = Target(lot_uid=done.lot_uid)
    asked: dict[str, Any] = {"product": done.product_uid}
    if done.lot_uid or done.location_uid:
        asked = {"place": done.location_uid, "lot": done.lot_uid}
    return redirect(url_for(".new", clinic_uid=clinic_uid, **asked), code=303)


@blp.get("/new")
def new(clinic_uid: str) -> ResponseReturnValue:
    """What is to be counted, before it begins."""
    asked = {name: request.args.get(name, "")[:36] for name in ("product", "lot", "place")}
    return _new(StartForm(formdata=None, is_blind=True, **asked))


@blp.post("/new")
def start(clinic_uid: str) -> ResponseReturnValue:
    """Begin to count."""
    form = StartForm()
    command = StartCount(
        product_uid=form.product.data or None,
        lot_uid=form.lot.data or None,
        location_uid=form.place.data or None,
        is_blind=bool(form.is_blind.data),
    )
    done = send(
        form,
        lambda: start_count(installation(), command, actor=acting(), key=form.key.data or "", now=present()),
    )
    if isinstance(done, Refusal):
        return _new(form, done)
    return redirect(url_for(".count", clinic_uid=clinic_uid, count_uid=done.count_uid), code=303)


def _new(form: StartForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    clinic_id, scope = acting().clinic_id, ""
    with installation().reading() as connection:
        if form.product.data:
            found = product(connection, uid=form.product.data)
            scope = f"{found.name} {found.strength}".strip()
        elif form.lot.data:
            row = lot(connection, clinic_id, uid=form.lot.data)
            scope = gettext("Lot %(number)s, %(product)s", number=row.number, product=row.product_name)
        elif form.place.data:
            scope = account(connection, clinic_id, uid=form.place.data).name
    page = render_template("counts/new.html", form=form, scope=scope, refusal=refusal)
    return page, refusal.status if refusal else 200


@blp.get("/<count_uid>")
def count(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """One count: scan and say what lies there; once it is booked, what came of it."""
    return draw_count(count_uid)


@blp.post("/<count_uid>/scan")
def scan(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """Go to what was scanned, to say how much of it lies there; a place says where the next things lie."""
    form = ScanForm()
    with installation().reading() as connection:
        shown = stock_count(connection, acting().clinic_id, uid=count_uid)
        form.place.choices = place_choices()
    text = form.scan.data or ""
    done = send(form, lambda: _target(text))
    if isinstance(done, Refusal):
        return draw_count(count_uid, refusal=done, kept_scan=text.replace("\0", ""))
    here = done.location_uid or form.place.data or shown.count.location_uid
    if done.lot_uid is None and done.product_uid is None:
        return redirect(url_for(".count", clinic_uid=clinic_uid, count_uid=count_uid, place=here), code=303)
    asked: dict[str, Any] = {
        "lot": done.lot_uid,
        "place": here,
        "product": None if done.lot_uid else done.product_uid,
    }
    return redirect(
        url_for("count_thing_page.thing", clinic_uid=clinic_uid, count_uid=count_uid, **asked), code=303
    )


@blp.post("/<count_uid>/giving-up")
def give_up(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """Give the count up: nothing of it is booked."""
    form = GiveUpForm()
    command = GiveUpCount(count_uid=count_uid, version=form.version.data or 0)
    done = send(
        form,
        lambda: give_up_count(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return draw_count(count_uid, refusal=done)
    say(gettext("The count was given up. Nothing of it was booked."), loudness="info")
    return redirect(url_for(".counts", clinic_uid=clinic_uid), code=303)


def _target(text: str) -> Target:
    with installation().reading() as connection:
        return target_of(connection, acting().clinic_id, text, today=today_here())


def place_choices() -> list[tuple[str, object]]:
    """Where things are counted; first: nobody has said it."""
    with installation().reading() as connection:
        found = locations(connection, acting().clinic_id)
    return [("", _A("not said")), *((each.uid, each.name) for each in found if each.closed_at is None)]


def draw_count(count_uid: str, *, refusal: Refusal | None = None, kept_scan: str = "") -> ResponseReturnValue:
    """Draw the page of a count; a scan that was refused stands in its field again."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        shown = stock_count(connection, clinic_id, uid=count_uid)
        uid = shown.count.stocktake_uid
        booked = None if uid is None else stocktake(connection, clinic_id, uid=uid)
    if shown.count.state != CountState.OPEN:
        page = render_template(
            "counts/over.html",
            count=shown.count,
            booked=booked,
            packs=packs_of(booked.lines if booked is not None else ()),
            refusal=refusal,
        )
        return page, refusal.status if refusal else 200
    form = ScanForm(formdata=None)
    form.place.choices = place_choices()
    form.place.data = request.values.get("place") or shown.count.location_uid or ""
    form.scan.data = kept_scan
    page = render_template(
        "counts/count.html",
        shown=shown,
        packs=packs_of([*(each.named for each in shown.counted), *(each.named for each in shown.uncounted)]),
        count=shown.count,
        form=form,
        last=_last(shown),
        give_up=GiveUpForm(formdata=None),
        why=KeyedForm(formdata=None),
        reasons=tuple(CountReason),
        troubles=TROUBLES,
        refusal=refusal,
        kept_scan=kept_scan,
    )
    return page, refusal.status if refusal else 200


def _last(shown: CountShown) -> object:
    """What was counted just now, by the address."""
    return shown.thing(request.args.get("lot"), request.args.get("at"))
