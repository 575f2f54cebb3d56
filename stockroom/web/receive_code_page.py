"""A code that nobody knows: which product is it on?  A likely one, any other, or a new one; the scan waits."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.product_rows import CodeOf, RuleOf
from stockroom.operations.add_party import AddParty, PartyKind, add_party
from stockroom.operations.add_product import AddProduct, ProductAdded, add_product
from stockroom.operations.attach_code import AttachCode, CodeAttached, attach_code
from stockroom.operations.change_delivery_line import ChangeDeliveryLine, change_delivery_line
from stockroom.queries.catalogue import ProductFilter, manufacturers, product, products
from stockroom.queries.deliveries import DeliveryLineRow
from stockroom.queries.likely_products import likely_products
from stockroom.queries.paging import PAGE_ROWS_MAX
from stockroom.reads.delivery_lines import LineSaid
from stockroom.rules.receiving import CostOf
from stockroom.units import base_unit_of, parse_quantity, typed_number
from stockroom.vocabulary import BenchDecision, CodeScheme, CostState, ProductKind
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.unpacking_view import Table, read_table
from stockroom.web.unpacking_words import WHY

blp = Blueprint(
    "receive_code_page",
    __name__,
    url_prefix="/c/<clinic_uid>/receive/<delivery_uid>/lines/<line_uid>/product",
)
_A = lazy_gettext
PRODUCTS_SHOWN = 20
_UNITS = [("mL", "mL"), ("piece", _A("pieces")), ("mg", "mg"), ("IU", "IU")]


class CodeForm(KeyedForm):
    """At which pack level the code stands."""

    pack_level = StringField(_A("The code is on a"), validators=[InputRequired(), Length(max=40)])
    presentation_count = IntegerField(
        _A("How many are in it"), validators=[InputRequired(), NumberRange(min=1, max=100_000)]
    )


class ProductForm(CodeForm):
    """What is known of a new product on the day on which its first pack arrives."""

    name = StringField(_A("Name on the pack"), validators=[InputRequired(), Length(max=200)])
    strength = StringField(_A("Strength"), validators=[Length(max=100)])
    manufacturer_uid = SelectField(_A("Manufacturer"))
    manufacturer_name = StringField(_A("or a new manufacturer"), validators=[Length(max=200)])
    presentation = StringField(
        _A("One of it is a (vial, ampoule, syringe, needle …)"), validators=[InputRequired(), Length(max=60)]
    )
    content_amount = StringField(_A("One holds"), validators=[InputRequired(), Length(max=20)])
    unit = SelectField(_A("Unit"), choices=_UNITS)


@blp.get("")
def ask(clinic_uid: str, delivery_uid: str, line_uid: str) -> ResponseReturnValue:
    """Offer likely products, any other by its name, or a new one."""
    product_uid = request.args.get("product")
    form = CodeForm(formdata=None, presentation_count=1)
    return _draw(delivery_uid, line_uid, form, product_uid)


@blp.post("/<product_uid>")
def attach(clinic_uid: str, delivery_uid: str, line_uid: str, product_uid: str) -> ResponseReturnValue:
    """Add the code of the line's pack to a product: every line that carries it is resolved."""
    form = CodeForm()
    _, row = _read(delivery_uid, line_uid)
    done = send(form, lambda: _attach(form, row, product_uid))
    if isinstance(done, Refusal):
        return _draw(delivery_uid, line_uid, form, product_uid, done)
    say(gettext("The code was added to the product."))
    return _back(clinic_uid, delivery_uid, line_uid)


@blp.post("/<product_uid>/this-pack")
def choose(clinic_uid: str, delivery_uid: str, line_uid: str, product_uid: str) -> ResponseReturnValue:
    """Say what this pack is, where its code is none that names a product in the world."""
    form = KeyedForm()
    _, row = _read(delivery_uid, line_uid)
    command = ChangeDeliveryLine(
        delivery_uid=delivery_uid,
        line_uid=line_uid,
        version=row.version,
        said=_said(row, product_uid),
    )
    done = send(
        form,
        lambda: change_delivery_line(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _draw(delivery_uid, line_uid, CodeForm(formdata=None), product_uid, done)
    return _back(clinic_uid, delivery_uid, line_uid)


def _said(row: DeliveryLineRow, product_uid: str) -> LineSaid:
    """What was said of the line before, and the product."""
    cost = CostOf(state=CostState(row.cost_state), unit_cost_minor=row.unit_cost_minor, currency=row.currency)
    return LineSaid(
        location_uid=row.location_uid,
        reading=row.reading,
        product_uid=product_uid,
        lot_number=row.lot_number,
        expires_on=row.expires_on,
        expires_at=row.expires_at,
        serial=row.serial,
        pack_count=row.pack_count,
        cost=cost,
        decision=row.decision,
        bench=BenchDecision(row.bench_decision),
    )


@blp.get("/new")
def new(clinic_uid: str, delivery_uid: str, line_uid: str) -> ResponseReturnValue:
    """A product that nobody has entered yet."""
    return _draw_new(delivery_uid, line_uid, ProductForm(formdata=None, presentation_count=1))


@blp.post("/new")
def add(clinic_uid: str, delivery_uid: str, line_uid: str) -> ResponseReturnValue:
    """Enter a new product with the code of the line's pack."""
    form = ProductForm()
    _, row = _read(delivery_uid, line_uid)
    form.manufacturer_uid.choices = _manufacturers()
    done = send(form, lambda: _add(form, row))
    if isinstance(done, Refusal):
        return _draw_new(delivery_uid, line_uid, form, done)
    say(gettext("The product was entered. Until somebody confirms its rule it is received, but not used."))
    return _back(clinic_uid, delivery_uid, line_uid)


def _attach(form: CodeForm, row: DeliveryLineRow, product_uid: str) -> CodeAttached:
    command = AttachCode(product_uid=product_uid, code=_code(form, row))
    return attach_code(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _add(form: ProductForm, row: DeliveryLineRow) -> ProductAdded:
    unit = base_unit_of(form.unit.data or "")
    amount = typed_number(form.content_amount.data)
    content = parse_quantity(amount, form.unit.data or "", base_unit=unit)
    command = AddProduct(
        manufacturer_uid=_manufacturer(form),
        name=(form.name.data or "").strip(),
        strength=(form.strength.data or "").strip(),
        presentation=(form.presentation.data or "").strip(),
        base_unit=unit,
        content_quantity=content,
        rule=RuleOf(),
        codes=(_code(form, row),),
    )
    return add_product(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _manufacturer(form: ProductForm) -> str:
    """The manufacturer that was chosen or goes by the name; a new one is entered first, under a key of its own."""
    if form.manufacturer_uid.data:
        return str(form.manufacturer_uid.data)
    name = (form.manufacturer_name.data or "").strip()
    if not name:
        raise InvalidValue(field="manufacturer_uid", problem=gettext("choose one, or enter a new one"))
    known = {word.casefold(): uid for uid, word in _manufacturers() if uid}
    if name.casefold() in known:
        return known[name.casefold()]
    command = AddParty(kind=PartyKind.MANUFACTURER, name=name)
    key = f"{(form.key.data or '')[:150]}-{sha256(name.encode()).hexdigest()[:32]}"
    return add_party(installation(), command, actor=acting(), key=key, now=present()).uid


def _code(form: CodeForm, row: DeliveryLineRow) -> CodeOf:
    code = row.code or ""
    return CodeOf(
        scheme=_scheme(row),
        item_code=code,
        pack_level=(form.pack_level.data or "").strip(),
        presentation_count=form.presentation_count.data or 0,
    )


def _scheme(row: DeliveryLineRow) -> CodeScheme:
    """Who gave the code its meaning: one of the issuing agencies, or nobody but the supplier."""
    try:
        scan = parse_scan(row.raw_scan or "", today=today_here())
    except ScanUnreadable:  # a reading that a person chose of a scan that was in doubt
        return CodeScheme.GTIN
    schemes = {"hibc": CodeScheme.HIBC, "ppn": CodeScheme.PPN, "unknown": CodeScheme.OWN}
    return schemes.get(scan.scheme, CodeScheme.GTIN)


def _read(delivery_uid: str, line_uid: str) -> tuple[Table, DeliveryLineRow]:
    with installation().reading() as connection:
        table = read_table(connection, delivery_uid)
    row = table.line(line_uid)
    if row is None or row.code is None:
        raise ThingNotFound(thing="line of this delivery with a code", uid=line_uid[:40])
    return table, row


def _draw(
    delivery_uid: str,
    line_uid: str,
    form: CodeForm,
    product_uid: str | None,
    refusal: Refusal | None = None,
) -> tuple[str, int]:
    table, row = _read(delivery_uid, line_uid)
    text = request.args.get("q", "").strip()[:100]
    chosen: Any = None
    with installation().reading() as connection:
        likely = likely_products(
            connection,
            gtin=row.code if _scheme(row) is CodeScheme.GTIN else None,
            supplier_uid=table.shown.delivery.supplier_uid,
        )
        if product_uid:
            chosen = product(connection, uid=product_uid)
        only = ProductFilter(text=text or None, kind=ProductKind.MANUFACTURED)
        found = products(connection, only=only, limit=PRODUCTS_SHOWN).items if text else ()
    if chosen is not None and not form.pack_level.data:
        form.pack_level.data = chosen.presentation
    page = render_template(
        "receive/code.html",
        delivery=table.shown.delivery,
        line=row,
        form=form,
        likely=likely,
        chosen=chosen,
        found=found,
        q=text,
        why=WHY,
        is_unique=_scheme(row) is not CodeScheme.OWN,
        choosing=KeyedForm(formdata=None),
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200


def _draw_new(
    delivery_uid: str, line_uid: str, form: ProductForm, refusal: Refusal | None = None
) -> tuple[str, int]:
    table, row = _read(delivery_uid, line_uid)
    form.manufacturer_uid.choices = _manufacturers()
    page = render_template(
        "receive/new_product.html",
        delivery=table.shown.delivery,
        line=row,
        form=form,
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200


def _manufacturers() -> list[tuple[str, Any]]:
    with installation().reading() as connection:
        found = manufacturers(connection, limit=PAGE_ROWS_MAX).items
    return [
        ("", _A("choose")),
        *((each.uid, each.name) for each in sorted(found, key=lambda each: each.name.casefold())),
    ]


def _back(clinic_uid: str, delivery_uid: str, line_uid: str) -> ResponseReturnValue:
    return redirect(
        url_for("receive_page.delivery", clinic_uid=clinic_uid, delivery_uid=delivery_uid, line=line_uid),
        code=303,
    )
