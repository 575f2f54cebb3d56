"""What happens with a scan in a session: used, opened, asked about or refused, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import Scan, format_bracketed, format_scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import StockroomError, ThingNotFound
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.operations.open_container import ContainerOpened, OpenContainer, open_container
from stockroom.operations.use import Use, Used, use
from stockroom.operations.use_device import UseDevice, use_device
from stockroom.queries.bench_lots import (
    other_clinics_with,
    product_of_code,
    require_lot_said,
)
from stockroom.queries.bench_scans import BenchScan, label_of_short_code, read_at_bench
from stockroom.queries.bench_session import visit_at_bench
from stockroom.queries.devices import DeviceRow, device_scanned
from stockroom.queries.done_acts import act_done
from stockroom.queries.locations import locations
from stockroom.queries.scans import known_here
from stockroom.queries.session_plans import Choice
from stockroom.reads.asked_things import LotNotNamed, ScanInDoubt, ScanNamesNothing
from stockroom.reads.settings import settings_of
from stockroom.rules.identifying import Printed
from stockroom.rules.permissions import may
from stockroom.rules.scanning import Step
from stockroom.rules.usability import Thing
from stockroom.rules.using import ThingName, UseLine, is_used_in_one_go, needs_prescriber
from stockroom.vocabulary import UNUSABLE_KINDS, Action, IdentifiedBy
from stockroom.web.formats import today_here
from stockroom.web.forms import Refusal, say, send
from stockroom.web.pack_in_hand import lot_of_pack
from stockroom.web.room_here import room_here, say_where_from
from stockroom.web.scan_page import page_of
from stockroom.web.session_cocktail import cocktail_begun
from stockroom.web.session_vials import vial_choices
from stockroom.web.session_view import OPEN, ScanForm, Stop, draw_session, stop_refused

blp = Blueprint("session_scan_page", __name__, url_prefix="/c/<clinic_uid>/sessions/<session_uid>")
_ELSEWHERE = (LabelKind.LOCATION, LabelKind.SESSION, LabelKind.PATIENT_CARD)


@blp.post("/scan")
def scan(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Take one scan, or one answer to what was asked about it."""
    form = ScanForm()
    answer = send(form, lambda: take_scan(clinic_uid, session_uid, form))
    if isinstance(answer, Refusal):
        answer = stop_refused(answer, form=form, anew=_anew(form), again=_here(clinic_uid, session_uid))
    if isinstance(answer, Stop):
        return draw_session(clinic_uid, session_uid, stop=answer), answer.status
    return redirect(answer, code=303)


def _here(clinic_uid: str, session_uid: str) -> str:
    return url_for("session_scan_page.scan", clinic_uid=clinic_uid, session_uid=session_uid)


def _anew(form: ScanForm) -> dict[str, str]:
    return {**form.pointed, **({"vial": form.vial.data} if form.vial.data else {})}


def take_scan(clinic_uid: str, session_uid: str, form: ScanForm) -> Stop | str:
    """Book what is meant, or say what stops it; the address to go on at, where something was booked."""
    key, clinic_id = _key(form), acting().clinic_id
    with installation().reading() as connection:
        visit_at_bench(connection, clinic_id, uid=session_uid)
        done = act_done(connection, clinic_id, author_uid=acting().person_uid, key=key)
        if done is not None:
            return _address(clinic_uid, session_uid, done.movement_uid, form)
        try:
            read: BenchScan | Stop | DeviceRow | str = _read(connection, session_uid, form)
        except (ScanInDoubt, LotNotNamed, ThingNotFound, ScanNamesNothing) as error:
            read = _device(connection, form) or _not_read(connection, clinic_uid, session_uid, form, error)
    if isinstance(read, DeviceRow):
        return _device_used(clinic_uid, session_uid, form, read, key)
    if isinstance(read, Stop | str):
        return read
    return _decided(clinic_uid, session_uid, form, read, key)


def _key(form: ScanForm) -> str:
    """The key of the act: the form's, with what was pointed at, so that a form sent again with another scan
    (a browser that went back) is another act.
    """
    pointed = "\x00".join(f"{name}={value}" for name, value in sorted(form.pointed.items()))
    return f"{form.key.data}-{sha256(pointed.encode()).hexdigest()[:16]}"


def _read(connection: Connection, session_uid: str, form: ScanForm) -> BenchScan | Stop:
    clinic_id = acting().clinic_id
    if form.lot_uid.data:
        thing = _chosen_by_hand(connection, form)
    else:
        text = form.scan.data or ""
        label = label_of_short_code(connection, clinic_id, text)
        if label is None and (elsewhere := _elsewhere(connection, text)) is not None:
            return elsewhere
        if label is None:
            require_lot_said(connection, clinic_id, text, today=today_here())
        thing = ThingName(scan=label or text)
    return read_at_bench(connection, clinic_id, session_uid, thing, now=present(), room=room_here(connection))


def _chosen_by_hand(connection: Connection, form: ScanForm) -> ThingName:
    """A lot that was chosen from a list counts only when what its pack says was typed and agrees."""
    printed = Printed(lot_tail=form.lot_tail.data or "", expiry=form.expiry.data or "")
    lot = lot_of_pack(connection, lot_uid=form.lot_uid.data or "", printed=printed)
    return ThingName(lot_uid=lot.lot_uid)


def _elsewhere(connection: Connection, text: str) -> Stop | None:
    """A label of a place, session or patient names nothing that is used: say where it belongs."""
    scanned = parse_scan(text, today=today_here())
    if scanned.label is None or scanned.label.kind not in _ELSEWHERE:
        return None
    known = known_here(connection, acting().clinic_id, scanned).label
    address = "" if known is None else page_of(known.kind, known.uid, clinic_uid=acting().clinic_uid)
    return Stop(kind="elsewhere", scan=scanned, address=address)


def _not_read(
    connection: Connection, clinic_uid: str, session_uid: str, form: ScanForm, error: StockroomError
) -> Stop | str:
    text = form.scan.data or ""
    try:
        scanned = parse_scan(text, today=today_here())
    except ScanUnreadable:
        raise error from None
    if isinstance(error, ScanInDoubt):
        is_mistyped = any(doubt.code == "other_keyboard" for doubt in scanned.doubts)
        return Stop(kind="reading", form=form, readings=tuple(_readings(scanned)), is_mistyped=is_mistyped)
    if isinstance(error, LotNotNamed):
        product = product_of_code(connection, code=scanned.item_code or "")
        return url_for(
            "session_hand_page.by_hand",
            clinic_uid=clinic_uid,
            session_uid=session_uid,
            product=product.uid if product else None,
            **_chosen(form),
        )
    if isinstance(error, ThingNotFound) and error.thing in ("lot", "product code") and scanned.item_code:
        return not_in_books(connection, form, scanned)
    raise error


def _device(connection: Connection, form: ScanForm) -> DeviceRow | None:
    """The device of the clinic that a scan names which is no goods; asked only then."""
    text = form.scan.data or ""
    try:
        scanned = parse_scan(text, today=today_here())
    except ScanUnreadable:
        return None
    label = scanned.label
    if scanned.doubts or form.lot_uid.data or (label is not None and label.kind is not LabelKind.DEVICE):
        return None
    return device_scanned(
        connection,
        acting().clinic_id,
        code=scanned.item_code,
        serial=scanned.serial,
        text=text,
        today=today_here(),
        short_code=None if label is None else label.code,
    )


def _device_used(clinic_uid: str, session_uid: str, form: ScanForm, device: DeviceRow, key: str) -> str:
    command = UseDevice(
        session_uid=session_uid, device_uid=device.uid, scan=form.scan.data, override=form.override()
    )
    use_device(installation(), command, actor=acting(), key=key, now=present())
    say(gettext("%(device)s stands in the session.", device=device.name))
    return _address(clinic_uid, session_uid, None, form)


def _readings(scanned: Scan) -> list[dict[str, object]]:
    return [
        {"lot": reading.lot_number, "printed": format_bracketed(reading), "text": format_scan(reading)}
        for doubt in scanned.doubts
        for reading in doubt.readings
    ]


def not_in_books(
    connection: Connection, form: ScanForm, scanned: Scan, *, refusal: Refusal | None = None
) -> Stop:
    """Say of a pack that is not in the clinic's books whose it is, and what can be done with it here."""
    actor = acting()
    product = product_of_code(connection, code=scanned.item_code or "")
    others: tuple[str, ...] = ()
    if scanned.lot_number is not None:
        others = other_clinics_with(
            connection, actor.clinic_id, code=scanned.item_code or "", lot_number=scanned.lot_number
        )
    allowed = settings_of(connection, actor.clinic_id).bench_receipt_allowed
    may_receive = product is not None and allowed and may(actor.roles, Action.BENCH_RECEIVE)
    shelves = locations(connection, actor.clinic_id) if may_receive else ()
    return Stop(
        kind="not_in_books",
        form=form,
        refusal=refusal,
        scan=scanned,
        product=product,
        other_clinics=others,
        may_receive=may_receive,
        places=tuple(
            Choice(uid=each.uid, name=each.name)
            for each in shelves
            if each.closed_at is None and each.kind not in UNUSABLE_KINDS
        ),
    )


def _decided(clinic_uid: str, session_uid: str, form: ScanForm, found: BenchScan, key: str) -> Stop | str:
    which, answer = found.which, form.vial.data
    if which.step is Step.NOTHING_LEFT:
        return _nothing_left(form, found)
    if not answer and (cocktail := cocktail_begun(clinic_uid, session_uid, form, found, key)) is not None:
        return cocktail
    if not answer and which.step is Step.ASK:
        return Stop(kind="which", form=form, found=found, choices=vial_choices(found))
    brought = next((each for each in which.places if found.place_uids[each.location_id] == answer), None)
    is_new = answer == OPEN or brought is not None or (not answer and which.step is Step.OPEN)
    vial = (brought or which.sealed) if is_new else _vial_meant(found, answer)
    if vial is None and not is_new:  # it ended, or was emptied, while the question stood on the screen
        return Stop(kind="which", form=form, found=found, choices=vial_choices(found))
    if vial is not None and not form.extra.data and found.has_to_be_meant(vial):
        return Stop(kind="not_planned", form=form, found=found, choices=vial_choices(found), meant=vial)
    if vial is None or (is_new and not is_used_in_one_go(vial)):
        if vial is not None and found.once_opened is not None and not found.stopped_by[vial.location_id]:
            return _opened_and_used(clinic_uid, session_uid, form, found, vial, key)
        return _opened(clinic_uid, session_uid, form, found, vial, key)
    return _used(clinic_uid, session_uid, form, found, vial, key)


def _vial_meant(found: BenchScan, answer: str | None) -> Thing | None:
    """The vial that was answered; without an answer the only one."""
    if not answer:
        return found.which.vials[0]
    return next((each for each in found.which.vials if found.place_uids[each.location_id] == answer), None)


def _nothing_left(form: ScanForm, found: BenchScan) -> Stop:
    text = form.scan.data or ""
    scanned = parse_scan(text, today=today_here()) if text and not form.lot_uid.data else None
    if scanned is None or scanned.item_code is None:
        raise NotEnoughOnHand(lot_number=(scanned.lot_number if scanned else None) or text or "?", wanted=1)
    with installation().reading() as connection:
        return not_in_books(connection, form, scanned)


def _opened(
    clinic_uid: str, session_uid: str, form: ScanForm, found: BenchScan, sealed: Thing | None, key: str
) -> str:
    opened = _open(session_uid, form, found, sealed, key)
    return _address(
        clinic_uid, session_uid, opened.movement_uid, form, scan=form.scan.data, read_by=form.read_by.data
    )


def _open(
    session_uid: str, form: ScanForm, found: BenchScan, sealed: Thing | None, key: str
) -> ContainerOpened:
    place_uid = found.place_uids[sealed.location_id] if sealed is not None else None
    command = OpenContainer(
        thing=replace(found.thing, location_uid=place_uid),
        session_uid=session_uid,
        override=form.override(),
        passing_over=form.passing_over,
    )
    opened = open_container(installation(), command, actor=acting(), key=key, now=present())
    say_where_from(sealed, found.room)
    return opened


def _opened_and_used(
    clinic_uid: str, session_uid: str, form: ScanForm, found: BenchScan, sealed: Thing, key: str
) -> str:
    """What the plan asks for is opened and used by one scan; where the use is refused, the vial stays open."""
    opened = _open(session_uid, form, found, sealed, f"{key}-open")
    form.vial.data = opened.container_uid  # sent again with an answer, the open one is meant
    assert found.once_opened is not None
    thing = replace(found.thing, location_uid=opened.container_uid)
    try:
        booked = _use(session_uid, form, sealed, thing, found.once_opened.quantity, key)
    except StockroomError:
        say(gettext("Opened: write %(code)s on it.", code=opened.short_code), loudness="info")
        raise
    return _address(clinic_uid, session_uid, booked.movement_uid, form)


def _used(clinic_uid: str, session_uid: str, form: ScanForm, found: BenchScan, vial: Thing, key: str) -> str:
    thing = found.thing
    if thing.lot_uid is not None or (thing.scan is not None and found.identified_by is IdentifiedBy.SCAN):
        thing = replace(thing, location_uid=found.place_uids[vial.location_id])
    booked = _use(session_uid, form, vial, thing, found.proposals[vial.location_id].quantity, key)
    say_where_from(vial, found.room)
    return _address(clinic_uid, session_uid, booked.movement_uid, form)


def _use(session_uid: str, form: ScanForm, vial: Thing, thing: ThingName, quantity: int, key: str) -> Used:
    line = UseLine(
        thing=thing,
        quantity=quantity,
        prescriber_uid=(form.prescriber_uid.data or None) if needs_prescriber(vial) else None,
        identified_by=IdentifiedBy.CAMERA if form.read_by.data and thing.scan is not None else None,
    )
    command = Use(
        session_uid=session_uid,
        lines=(form.given.on(line, vial.base_unit),),
        override=form.override(),
        overfill_reason=form.why_more,
        passing_over=form.passing_over,
    )
    return use(installation(), command, actor=acting(), key=key, now=present())


def _address(
    clinic_uid: str,
    session_uid: str,
    movement_uid: str | None,
    form: ScanForm,
    *,
    scan: str | None = None,
    read_by: str | None = None,
) -> str:
    return url_for(
        "session_page.session",
        clinic_uid=clinic_uid,
        session_uid=session_uid,
        last=movement_uid,
        scan=scan or None,
        read_by=read_by or None,
        **_chosen(form),
    )


def _chosen(form: ScanForm) -> dict[str, Any]:
    """What is chosen above the scan field, as the next address carries it."""
    return {"area": "", **form.given.words, "prescriber": form.prescriber_uid.data or None}
