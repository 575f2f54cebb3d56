"""What happens with a scan while a cocktail is made: kept for it, asked about, or refused."""

from __future__ import annotations

from hashlib import sha256

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import format_bracketed, format_scan, parse_scan
from stockroom.errors import InvalidValue
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.operations.add_ingredient import AddIngredient, add_ingredient
from stockroom.operations.open_container import ContainerOpened, OpenContainer, open_container
from stockroom.queries.bench_lots import lots_here, printed_lot, product_of_code, require_lot_said
from stockroom.queries.bench_scans import label_of_short_code
from stockroom.queries.catalogue import ProductFilter, product, products
from stockroom.queries.done_acts import act_done
from stockroom.queries.preparation_bench import PreparationScan, read_for_preparation
from stockroom.queries.preparations import worksheet
from stockroom.reads.asked_things import LotNotNamed, ScanInDoubt
from stockroom.rules.identifying import Printed
from stockroom.rules.scanning import Step
from stockroom.rules.usability import Thing
from stockroom.rules.using import ThingName, is_used_in_one_go
from stockroom.units import parse_quantity, show_quantity, typed_number
from stockroom.vocabulary import IdentifiedBy
from stockroom.web.counted import show_counted, show_left
from stockroom.web.formats import today_here, zone_of_page
from stockroom.web.forms import Refusal, say, send
from stockroom.web.pack_in_hand import LotChoice, lot_choices, lot_of_pack
from stockroom.web.preparation_view import OPEN, AddForm, Stop, VialChoice, draw_preparation
from stockroom.web.room_here import room_here, say_where_from

blp = Blueprint("prepare_scan_page", __name__, url_prefix="/c/<clinic_uid>/prepare/<preparation_uid>")
PRODUCTS_SHOWN = 20


@blp.post("/scan")
def scan(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    """Take one scan, or one answer to what was asked about it."""
    form = AddForm()
    answer = send(form, lambda: _taken(preparation_uid, form))
    if isinstance(answer, Refusal):
        answer = Stop(kind="refused", form=form, refusal=answer, by_hand=_by_hand_of(answer, form))
    if isinstance(answer, Stop):
        return draw_preparation(preparation_uid, stop=answer)
    return redirect(
        url_for("prepare_page.preparation", clinic_uid=clinic_uid, preparation_uid=preparation_uid, n=answer),
        code=303,
    )


@blp.get("/by-hand")
def by_hand(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    """A code that cannot be read: product, then the lots that lie here, then what is printed on the pack."""
    text, clinic_id = request.args.get("q", "").strip()[:100], acting().clinic_id
    product_uid, lot_uid = request.args.get("product"), request.args.get("lot")
    lots: tuple[LotChoice, ...] = ()
    chosen = lot = None
    with installation().reading() as connection:
        sheet = worksheet(connection, clinic_id, uid=preparation_uid)
        only = ProductFilter(text=text or None)
        found = () if product_uid or lot_uid else products(connection, only=only, limit=PRODUCTS_SHOWN).items
        if lot_uid:
            lot = printed_lot(connection, clinic_id, lot_uid=lot_uid)
        elif product_uid:
            chosen = product(connection, uid=product_uid)
            lots = lot_choices(lots_here(connection, clinic_id, product_uid=product_uid))
    return render_template(
        "prepare/by_hand.html",
        preparation=sheet.preparation,
        form=AddForm(formdata=None),
        found=found,
        chosen=chosen,
        lots=lots,
        lot=lot,
        q=text,
    )


def _taken(preparation_uid: str, form: AddForm) -> Stop | int:
    """Keep what is meant for the cocktail, or say what a person is asked first; the number of the ingredient."""
    key, actor = _key(form), acting()
    with installation().reading() as connection:
        if act_done(connection, actor.clinic_id, author_uid=actor.person_uid, key=key) is not None:
            kept = worksheet(connection, actor.clinic_id, uid=preparation_uid).ingredients
            return kept[-1].n if kept else 0
        thing = _pointed(connection, form)
        try:
            quantity = _quantity(connection, preparation_uid, form, thing)
            read = _read(connection, preparation_uid, thing, quantity)
        except ScanInDoubt:
            return Stop(kind="reading", form=form, readings=_readings(form.scan.data or ""))
        except InvalidValue as error:
            field = "amount" if error.field == "quantity" else error.field
            raise InvalidValue(field=field, problem=error.problem) from None
    return _decided(preparation_uid, form, thing, read, quantity, key)


def _read(
    connection: Connection, preparation_uid: str, thing: ThingName, quantity: int | None
) -> PreparationScan:
    return read_for_preparation(
        connection,
        acting().clinic_id,
        preparation_uid,
        thing,
        quantity=quantity,
        now=present(),
        room=room_here(connection),
    )


def _decided(
    preparation_uid: str,
    form: AddForm,
    thing: ThingName,
    read: PreparationScan,
    quantity: int | None,
    key: str,
) -> Stop | int:
    which, answer = read.which, form.vial.data
    if which.step is Step.NOTHING_LEFT:
        raise NotEnoughOnHand(lot_number=_lot_number(form), wanted=1)
    brought = next((each for each in which.places if read.place_uids[each.location_id] == answer), None)
    sealed = brought or (which.sealed if answer == OPEN or _is_plain(read) else None)
    if which.step is Step.USE:
        chosen = read.place_uids[which.vials[0].location_id]
        say_where_from(which.vials[0], read.room)
    elif brought is not None and is_used_in_one_go(brought):
        chosen = str(answer)
    elif sealed is not None:
        opened = _opened(preparation_uid, thing, read.place_uids[sealed.location_id], form, key)
        say_where_from(sealed, read.room)
        chosen = opened.container_uid
        form.vial.data = chosen  # where it is refused now and sent again, the open one is meant
        say(gettext("Opened: write %(code)s on it.", code=opened.short_code), loudness="info")
    elif form.vial.data in {read.place_uids[each.location_id] for each in which.vials}:
        chosen = str(form.vial.data)
    else:
        return _which(form, read)
    return _add(preparation_uid, form, _at(thing, chosen), quantity, key)


def _is_plain(read: PreparationScan) -> bool:
    """Whether it can only be the sealed one, and nothing stops it: the scan says that it is opened for this."""
    sealed = read.which.sealed
    return read.which.step is Step.OPEN and sealed is not None and not read.stopped_by[sealed.location_id]


def _opened(
    preparation_uid: str, thing: ThingName, shelf_uid: str, form: AddForm, key: str
) -> ContainerOpened:
    with installation().reading() as connection:
        sessions = worksheet(connection, acting().clinic_id, uid=preparation_uid).sessions
    command = OpenContainer(
        thing=_at(thing, shelf_uid),
        session_uid=sessions[0].uid if len(sessions) == 1 else None,
        preparation_uid=preparation_uid,
        override=form.override(),
        passing_over=form.passing_over,
    )
    return open_container(installation(), command, actor=acting(), key=f"{key}-open", now=present())


def _add(preparation_uid: str, form: AddForm, thing: ThingName, quantity: int | None, key: str) -> int:
    command = AddIngredient(
        preparation_uid=preparation_uid,
        thing=thing,
        quantity=quantity,
        override=form.override(),
        more_products_reason=(form.more_products_reason.data or "").strip(),
        overfill_reason=form.why_more,
        passing_over=form.passing_over,
        identified_by=IdentifiedBy.CAMERA if form.read_by.data and thing.scan is not None else None,
    )
    return add_ingredient(installation(), command, actor=acting(), key=key, now=present()).n


def _which(form: AddForm, read: PreparationScan) -> Stop:
    which = read.which
    vials = [_choice(each, read, read.place_uids[each.location_id]) for each in which.vials]
    if which.sealed is not None:
        vials.append(_choice(which.sealed, read, OPEN))
    vials += [_choice(each, read, read.place_uids[each.location_id]) for each in which.places]
    title = which.meant[0].product_name
    vials.sort(key=lambda each: bool(each.stopped_by))
    return Stop(kind="which", form=form, title=title, choices=tuple(vials))


def _choice(thing: Thing, read: PreparationScan, value: str) -> VialChoice:
    return VialChoice(
        value=value,
        code=thing.container_code,
        opened_at=thing.opened_at,
        left_words=_left_words(thing, read.presentation),
        until=thing.limit(zone_of_page()),
        place=thing.location_name,
        takes=read.portions[thing.location_id].quantity,
        base_unit=thing.base_unit,
        stopped_by=read.stopped_by[thing.location_id],
    )


def _left_words(thing: Thing, presentation: str) -> str:
    if thing.is_opened:
        return show_left(thing.quantity, thing)
    return show_counted(
        thing.quantity,
        base_unit=thing.base_unit,
        content_quantity=thing.content_quantity,
        presentation=presentation,
    )


def _pointed(connection: Connection, form: AddForm) -> ThingName:
    """What was scanned, or the lot that was chosen by hand and with which its pack agrees."""
    if form.lot_uid.data:
        printed = Printed(lot_tail=form.lot_tail.data or "", expiry=form.expiry.data or "")
        return ThingName(lot_uid=lot_of_pack(connection, lot_uid=form.lot_uid.data, printed=printed).lot_uid)
    text = form.scan.data or ""
    label = label_of_short_code(connection, acting().clinic_id, text)
    if label is None:
        require_lot_said(connection, acting().clinic_id, text, today=today_here())
    return ThingName(scan=label or text)


def _at(thing: ThingName, place_uid: str) -> ThingName:
    return ThingName(scan=thing.scan, lot_uid=thing.lot_uid, location_uid=place_uid)


def _quantity(connection: Connection, preparation_uid: str, form: AddForm, thing: ThingName) -> int | None:
    """The amount that was typed, in the unit in which people measure the product; None for what is lacking."""
    text = typed_number(form.amount.data)
    if not text:
        return None
    base_unit = _read(connection, preparation_uid, thing, 1).base_unit
    if base_unit is None:
        return None
    return parse_quantity(text, show_quantity(1, base_unit).unit, base_unit=base_unit)


def _readings(text: str) -> tuple[dict[str, str], ...]:
    read = parse_scan(text, today=today_here())
    return tuple(
        {"text": format_scan(each), "printed": format_bracketed(each), "lot": each.lot_number or ""}
        for doubt in read.doubts
        for each in doubt.readings
    )


def _lot_number(form: AddForm) -> str:
    if form.lot_uid.data:
        with installation().reading() as connection:
            return printed_lot(connection, acting().clinic_id, lot_uid=form.lot_uid.data).lot_number
    return parse_scan(form.scan.data or "", today=today_here()).lot_number or "?"


def _by_hand_of(refusal: Refusal, form: AddForm) -> str:
    """The product whose lots are offered where its code does not say the lot; empty for another refusal."""
    if not isinstance(refusal.error, LotNotNamed):
        return ""
    code = parse_scan(form.scan.data or "", today=today_here()).item_code or ""
    with installation().reading() as connection:
        product = product_of_code(connection, code=code)
    return product.uid if product else ""


def _key(form: AddForm) -> str:
    """The key of the act: the form's, with what was pointed at and answered, so that another scan is another act."""
    said = {
        **form.pointed,
        "vial": form.vial.data or "",
        "rules": form.override_rules.data or "",
        "passed": form.passed_so_far,
    }
    told = "\x00".join(f"{name}={value}" for name, value in sorted(said.items()))
    return f"{form.key.data}-{sha256(told.encode()).hexdigest()[:16]}"
