"""Where does a scan lead that was made on no page of its own?  To what it names, or to what may be done with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation
from stockroom.barcodes.scan import Scan, format_bracketed, format_scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.queries.devices import device_scanned
from stockroom.queries.finding_by_text import FoundThing, things_called
from stockroom.queries.scans import known_here
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action
from stockroom.web.formats import today_here
from stockroom.web.forms import refused
from stockroom.web.scan_text import as_meant

blp = Blueprint("scan_page", __name__, url_prefix="/c/<clinic_uid>/scan")

PAGES: dict[str, tuple[str, str]] = {
    "container": ("container_page.container", "container_uid"),
    "preparation": ("prepare_page.preparation", "preparation_uid"),
    "location": ("location_page.location", "location_uid"),
    "session": ("session_page.session", "session_uid"),
    "patient_card": ("patients_page.patient", "patient_uid"),
    "lot": ("lot_page.lot", "lot_uid"),
    "product": ("products_page.product", "product_uid"),
    "device": ("devices_page.look", "device_uid"),
}
"""The page of each kind of thing: its endpoint, and what its uid is called there."""


def page_of(kind: str, uid: str, *, clinic_uid: str) -> str:
    """The address of the page of a thing."""
    endpoint, called = PAGES[kind]
    values: dict[str, Any] = {"clinic_uid": clinic_uid, called: uid}
    return url_for(endpoint, **values)


@blp.post("")
def follow(clinic_uid: str) -> ResponseReturnValue:
    """Go where a scan, or a typed code, number or name, leads.  Nothing is written."""
    text = as_meant(request.form.get("scan", ""))
    if not text.strip():
        return redirect(url_for("navigation.clinic_page", clinic_uid=clinic_uid), code=303)
    try:
        scan = parse_scan(text, today=today_here())
    except ScanUnreadable as error:
        refusal = refused(error)
        return render_template("scan.html", refusal=refusal, text=_echoed(text)), refusal.status
    if scan.doubts:
        is_mistyped = any(doubt.code == "other_keyboard" for doubt in scan.doubts)
        return render_template("scan.html", readings=_readings(scan), text=text, is_mistyped=is_mistyped)
    return followed(scan, text, clinic_uid)


def _echoed(text: str) -> str:
    """What was sent, without NUL, which no page may hold."""
    return text.replace("\0", "")


def followed(scan: Scan, text: str, clinic_uid: str) -> ResponseReturnValue:
    """Lead to what a clear reading names, or say what is known of it."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        known = known_here(connection, clinic_id, scan)
        found: tuple[FoundThing, ...] = ()
        device = None
        if known.label is None and known.lot is None and (scan.serial or scan.scheme == "unknown"):
            device = device_scanned(
                connection,
                clinic_id,
                code=scan.item_code,
                serial=scan.serial,
                text=text,
                today=today_here(),
            )
        if scan.scheme == "unknown":
            found = things_called(connection, clinic_id, text=text.strip()[:100])
    if not may(acting().roles, Action.READ_PATIENTS):
        found = tuple(each for each in found if each.kind != "session")
    if known.label is not None:
        return redirect(page_of(known.label.kind, known.label.uid, clinic_uid=clinic_uid), code=303)
    if known.lot is not None:
        return redirect(page_of("lot", known.lot.lot_uid, clinic_uid=clinic_uid), code=303)
    if device is not None:
        return redirect(page_of("device", device.uid, clinic_uid=clinic_uid), code=303)
    if len(found) == 1:
        return redirect(page_of(found[0].kind, found[0].uid, clinic_uid=clinic_uid), code=303)
    addresses = {thing.uid: page_of(thing.kind, thing.uid, clinic_uid=clinic_uid) for thing in found}
    return render_template(
        "scan.html", scan=scan, printed=format_bracketed(scan), pack=known.pack, found=found,
        addresses=addresses, text=text,
    )  # fmt: skip


def _readings(scan: Scan) -> list[dict[str, object]]:
    """What the text may say, each with the text that says it without doubt."""
    return [
        {"scan": reading, "printed": format_bracketed(reading), "text": format_scan(reading)}
        for doubt in scan.doubts
        for reading in doubt.readings
    ]
