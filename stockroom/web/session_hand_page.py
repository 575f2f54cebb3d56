"""What when the code cannot be read, or the pack is in no book?  Product, lot, what the pack says; or received now."""

from __future__ import annotations

from dataclasses import fields

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import DateField, IntegerField, StringField
from wtforms.validators import Length, NumberRange, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import parse_scan
from stockroom.operations.bench_receive import BenchReceive, bench_receive
from stockroom.queries.bench_lots import PrintedLot, lots_here, printed_lot
from stockroom.queries.bench_session import session_bench, visit_at_bench
from stockroom.queries.catalogue import ProductRow, product
from stockroom.queries.session_plans import Needable, planned_products, prescribers, products_here
from stockroom.reads.arrivals import ArrivingLine
from stockroom.web.formats import today_here
from stockroom.web.forms import Refusal, send
from stockroom.web.pack_in_hand import LotChoice, lot_choices
from stockroom.web.patients_named import whole_patient
from stockroom.web.session_given import Given, given_now
from stockroom.web.session_scan_page import not_in_books
from stockroom.web.session_view import UID, ScanForm, draw_session
from stockroom.web.session_words import STATE_LOUDNESS

blp = Blueprint("session_hand_page", __name__, url_prefix="/c/<clinic_uid>/sessions/<session_uid>")


CARRIED = ("prescriber", *(each.name for each in fields(Given)))
"""What was chosen above the scan field, as the address carries it from step to step."""


class ReceiveForm(ScanForm):
    """A pack that is taken in where it is needed."""

    location_uid = StringField(lazy_gettext("Where it lies"), validators=[Regexp(UID)])
    pack_count = IntegerField(
        lazy_gettext("Packs"), default=1, validators=[Optional(), NumberRange(min=1, max=10_000)]
    )
    expires_on = DateField(lazy_gettext("Expiry, where the code does not say it"), validators=[Optional()])
    lot_number = StringField(
        lazy_gettext("Lot number, where the code does not say it"), validators=[Length(max=90)]
    )
    decision = StringField(
        lazy_gettext("Why it is taken although it expires soon"), validators=[Length(max=500)]
    )


@blp.get("/by-hand")
def by_hand(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Choose the product, then the lot that lies here, then type what the pack says."""
    actor = acting()
    asked_product, asked_lot = request.args.get("product"), request.args.get("lot")
    text = request.args.get("q", "").strip()[:100]
    chosen: ProductRow | None = None
    lot: PrintedLot | None = None
    lots: tuple[LotChoice, ...] = ()
    found: tuple[Needable, ...] = ()
    planned: frozenset[str] = frozenset()
    with installation().reading() as connection:
        visit = visit_at_bench(connection, actor.clinic_id, uid=session_uid)
        if asked_lot:
            lot = printed_lot(connection, actor.clinic_id, lot_uid=asked_lot)
        elif asked_product:
            chosen = product(connection, uid=asked_product)
            lots = lot_choices(lots_here(connection, actor.clinic_id, product_uid=asked_product))
        else:
            planned = planned_products(connection, actor.clinic_id, visit.id)
            found = products_here(connection, actor.clinic_id, text=text, first=planned)
        known = {each.uid for each in prescribers(connection, actor.clinic_id, today=today_here())}
        is_chosen = lot is not None or "area" in request.args
        given = (
            given_now(connection, session_bench(connection, actor.clinic_id, visit)) if is_chosen else Given()
        )
    prescribed_by = request.args.get("prescriber") or visit.practitioner_uid or ""
    return render_template(
        "session/by_hand.html",
        visit=visit,
        patient=whole_patient(visit.patient_uid, page="session"),
        loudness=STATE_LOUDNESS,
        text=text,
        products=found,
        planned=planned,
        product=chosen,
        lots=lots,
        lot=lot,
        form=ScanForm(),
        hidden={
            "prescriber_uid": prescribed_by if prescribed_by in known else "",
            **given.words,
        },
        carried={name: request.args[name] for name in CARRIED if name in request.args},
    )


@blp.post("/receive")
def receive(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Take a pack into the books at the bench, and go on with its scan."""
    form = ReceiveForm()
    done = send(form, lambda: _received(form))
    if isinstance(done, Refusal):
        with installation().reading() as connection:
            scanned = parse_scan(form.scan.data or "?", today=today_here())
            stop = not_in_books(connection, form, scanned, refusal=done)
        return draw_session(clinic_uid, session_uid, stop=stop), done.status
    # 307: the scan that waited is sent on as it came, with its key.
    return redirect(
        url_for("session_scan_page.scan", clinic_uid=clinic_uid, session_uid=session_uid), code=307
    )


def _received(form: ReceiveForm) -> object:
    pack = ArrivingLine(
        location_uid=form.location_uid.data or "",
        scan=form.scan.data,
        pack_count=form.pack_count.data,
        expires_on=form.expires_on.data,
        lot_number=form.lot_number.data or None,
        decision=form.decision.data or "",
    )
    return bench_receive(
        installation(),
        BenchReceive(pack=pack, override=form.answer()),
        actor=acting(),
        key=f"{form.key.data}-in",
        now=present(),
    )
