"""Receive: deliveries on the table, scan after scan, booked whole; and the receipts that came of them."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.operations.add_delivery_line import AddDeliveryLine, add_delivery_line
from stockroom.operations.post_delivery import (
    DiscardDelivery,
    PostDelivery,
    discard_delivery,
    post_delivery,
)
from stockroom.operations.start_delivery import (
    ChangeDelivery,
    StartDelivery,
    change_delivery,
    start_delivery,
)
from stockroom.queries.bench_receipts import unmatched_bench_receipts
from stockroom.queries.deliveries import DeliveryRow, deliveries
from stockroom.queries.paging import is_uid
from stockroom.queries.receipts import receipt_count, receipts_listed
from stockroom.queries.scans import known_here
from stockroom.queries.suppliers import supplier as supplier_of
from stockroom.reads.delivery_lines import LineSaid
from stockroom.vocabulary import ArrivalState, DeliveryState
from stockroom.web.changed_meanwhile import Difference, differences
from stockroom.web.changed_since import CHANGED, changed_here, mark_of_movement
from stockroom.web.counted import packs_of
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import today_here, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.receipt_view import draw_receipt
from stockroom.web.unpacking_view import (
    BookForm,
    DiscardForm,
    PaperForm,
    ScanForm,
    draw_delivery,
    paper_digest,
    place_choices,
    read_table,
    state_choices,
    supplier_choices,
)

blp = Blueprint("receive_page", __name__, url_prefix="/c/<clinic_uid>/receive")
RECEIPTS_SHOWN = 10
EXPORT_ROWS = 20_000
_PAPER = ("supplier_uid", "delivery_note", "arrived_at", "state_on_arrival")


@blp.get("", endpoint="deliveries")
def table(clinic_uid: str) -> ResponseReturnValue:
    """What is on the table, what the bench received without its delivery, and what was booked last."""
    return _list()


def _list(refusal: Refusal | None = None) -> ResponseReturnValue:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        open_ones = deliveries(connection, clinic_id, state=DeliveryState.OPEN)
        at_bench = unmatched_bench_receipts(connection, clinic_id)
        booked = receipts_listed(connection, clinic_id, offset=0, limit=RECEIPTS_SHOWN)
        count = receipt_count(connection, clinic_id)
        asked = request.args.get("supplier", "")
        supplier = supplier_of(connection, uid=asked) if is_uid(asked) else None
    page = render_template(
        "receive/deliveries.html",
        supplier=supplier,
        deliveries=open_ones.items,
        at_bench=at_bench.items,
        packs=packs_of(at_bench.items),
        receipts=booked,
        receipt_count=count,
        form=KeyedForm(formdata=None),
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200


@blp.post("")
def start(clinic_uid: str) -> ResponseReturnValue:
    """Put a delivery on the table: one tap, its paper may follow; from an order its supplier is said."""
    form = KeyedForm()
    command = StartDelivery(supplier_uid=request.form.get("supplier_uid") or None)
    done = send(
        form,
        lambda: start_delivery(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _list(done)
    return _to(clinic_uid, done.delivery_uid)


@blp.get("/<delivery_uid>")
def delivery(clinic_uid: str, delivery_uid: str) -> ResponseReturnValue:
    """One delivery: scan, complete, book."""
    return draw_delivery(delivery_uid)


@blp.post("/<delivery_uid>/scan")
def scan(clinic_uid: str, delivery_uid: str) -> ResponseReturnValue:
    """Put a scanned pack onto the delivery; a label of a place says where the next packs are put."""
    form = ScanForm()
    with installation().reading() as connection:
        form.location_uid.choices = place_choices(read_table(connection, delivery_uid).places, "")
    text = form.scan.data or ""
    place_uid = _place_named(text)
    if place_uid is not None:
        return redirect(
            url_for(".delivery", clinic_uid=clinic_uid, delivery_uid=delivery_uid, place=place_uid), code=303
        )
    said = LineSaid(location_uid=form.location_uid.data or None)
    command = AddDeliveryLine(delivery_uid=delivery_uid, scan=text, said=said)
    done = send(
        form,
        lambda: add_delivery_line(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return draw_delivery(delivery_uid, refusal=done, kept_scan=text)
    return _to(clinic_uid, delivery_uid, line=done.line_uid, place=form.location_uid.data or None)


def _place_named(text: str) -> str | None:
    """The place whose label was scanned; None for anything else."""
    try:
        read = parse_scan(text, today=today_here())
    except ScanUnreadable:
        return None
    if read.label is None or read.label.kind is not LabelKind.LOCATION:
        return None
    with installation().reading() as connection:
        found = known_here(connection, acting().clinic_id, read).label
    return found.uid if found else None


@blp.get("/<delivery_uid>/paper")
def paper(clinic_uid: str, delivery_uid: str) -> ResponseReturnValue:
    """Supplier, delivery note, arrival and state, to be completed."""
    with installation().reading() as connection:
        shown = read_table(connection, delivery_uid).shown.delivery
    return _paper(_paper_kept(shown), shown)


def _paper_kept(shown: DeliveryRow) -> PaperForm:
    """The form filled with what is kept."""
    here = shown.arrived_at.astimezone(ZoneInfo(zone_of_page())).replace(tzinfo=None, second=0, microsecond=0)
    return PaperForm(
        formdata=None,
        version=shown.version,
        read=paper_digest(shown),
        supplier_uid=shown.supplier_uid or "",
        delivery_note=shown.delivery_note,
        arrived_at=here,
        state_on_arrival=shown.state_on_arrival,
    )


@blp.post("/<delivery_uid>/paper")
def keep_paper(clinic_uid: str, delivery_uid: str) -> ResponseReturnValue:
    """Keep what the paper says."""
    form = PaperForm()
    with installation().reading() as connection:
        shown = read_table(connection, delivery_uid).shown.delivery
        form.supplier_uid.choices = supplier_choices(connection)
    form.state_on_arrival.choices = state_choices()
    done = send(
        form,
        lambda: change_delivery(
            installation(),
            ChangeDelivery(delivery_uid=delivery_uid, version=_version(form, shown), paper=_paper_of(form)),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return _paper(form, shown, done)
    say(gettext("The paper was kept."))
    return _to(clinic_uid, delivery_uid)


def _version(form: PaperForm, shown: DeliveryRow) -> int:
    """The version that is written over: that of now while nobody wrote another paper, else the one agreed on."""
    return shown.version if form.read.data == paper_digest(shown) else form.agreed_version


def _paper_of(form: PaperForm) -> StartDelivery:
    arrived_at = form.arrived_at.data
    assert arrived_at is not None
    return StartDelivery(
        supplier_uid=form.supplier_uid.data or None,
        delivery_note=(form.delivery_note.data or "").strip(),
        arrived_at=arrived_at.replace(tzinfo=ZoneInfo(zone_of_page())).astimezone(UTC),
        state_on_arrival=ArrivalState(form.state_on_arrival.data),
    )


def _paper(form: PaperForm, shown: DeliveryRow, refusal: Refusal | None = None) -> tuple[str, int]:
    with installation().reading() as connection:
        form.supplier_uid.choices = supplier_choices(connection)
    form.state_on_arrival.choices = state_choices()
    changed: tuple[Difference, ...] = ()
    if refusal is not None and refusal.code == "delivery_changed":
        changed = differences(form, _paper_kept(shown), _PAPER)
    page = render_template("receive/paper.html", form=form, delivery=shown, refusal=refusal, changed=changed)
    return page, refusal.status if refusal else 200


@blp.post("/<delivery_uid>/booking")
def book(clinic_uid: str, delivery_uid: str) -> ResponseReturnValue:
    """Book the delivery whole, and show its receipt."""
    form = BookForm()
    done = send(
        form,
        lambda: post_delivery(
            installation(),
            PostDelivery(
                delivery_uid=delivery_uid,
                version=form.version.data or 0,
                late_reason=(form.late_reason.data or "").strip(),
                again_reason=(form.again_reason.data or "").strip(),
                override=form.answer(),
            ),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return draw_delivery(delivery_uid, refusal=done, book=form)
    count = len(done.lines)
    say(
        ngettext(
            "The delivery is in the books: %(num)s line.",
            "The delivery is in the books: %(num)s lines.",
            count,
        )
    )
    return redirect(url_for(".receipt", clinic_uid=clinic_uid, receipt_uid=done.receipt_uid), code=303)


@blp.post("/<delivery_uid>/discarding")
def discard(clinic_uid: str, delivery_uid: str) -> ResponseReturnValue:
    """Give the delivery up: nothing of it is booked."""
    form = DiscardForm()
    done = send(
        form,
        lambda: discard_delivery(
            installation(),
            DiscardDelivery(delivery_uid=delivery_uid, version=form.version.data or 0),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return draw_delivery(delivery_uid, refusal=done)
    say(gettext("The delivery was given up. Nothing of it was booked."), loudness="info")
    return redirect(url_for(".deliveries", clinic_uid=clinic_uid), code=303)


@blp.get("/receipts")
def receipts(clinic_uid: str) -> ResponseReturnValue:
    """Everything that came in, the newest first, page by page."""
    listing, clinic_id = asked_listing(columns=("newest",), usual="newest"), acting().clinic_id
    with installation().reading() as connection:
        count = receipt_count(connection, clinic_id, text=listing.q)
        rows = receipts_listed(connection, clinic_id, text=listing.q, offset=listing.offset, limit=ROWS)
    return render_template("receive/receipts.html", listing=listing, count=count, receipts=rows)


@blp.get("/receipts.csv")
def receipts_csv(clinic_uid: str) -> ResponseReturnValue:
    """The same as a file."""
    listing = asked_listing(columns=("newest",), usual="newest")
    with installation().reading() as connection:
        rows = receipts_listed(connection, acting().clinic_id, text=listing.q, offset=0, limit=EXPORT_ROWS)
    heads = (
        "receipt",
        "arrived_at",
        "supplier",
        "delivery_note",
        "state_on_arrival",
        "received_by",
        "at_bench",
        CHANGED,
    )
    changes = changed_here(row.movement_uid for row in rows)
    return csv_file(
        "receipts",
        heads,
        (
            (
                row.uid, row.arrived_at, row.supplier, row.delivery_note, row.state_on_arrival,
                row.received_by, "yes" if row.at_bench else "no",
                mark_of_movement(changes, row.movement_uid),
            )
            for row in rows
        ),
    )  # fmt: skip


@blp.get("/receipts/<receipt_uid>")
def receipt(clinic_uid: str, receipt_uid: str) -> ResponseReturnValue:
    """What came in with one delivery, at the bench, or as opening stock."""
    return draw_receipt(receipt_uid)


def _to(clinic_uid: str, delivery_uid: str, **asked: str | None) -> ResponseReturnValue:
    address = url_for(".delivery", clinic_uid=clinic_uid, delivery_uid=delivery_uid, **asked)  # type: ignore[arg-type]
    return redirect(address, code=303)
