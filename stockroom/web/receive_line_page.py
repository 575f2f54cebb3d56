"""One line of a delivery: what its code does not say is typed, what needs a decision is decided."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.errors import ThingNotFound
from stockroom.operations.add_delivery_line import AddDeliveryLine, DeliveryLineAdded, add_delivery_line
from stockroom.operations.change_delivery_line import (
    ChangeDeliveryLine,
    DeliveryLineChanged,
    RemoveDeliveryLine,
    change_delivery_line,
    remove_delivery_line,
)
from stockroom.operations.set_packs_aside import (
    PacksDecided,
    RefusePacks,
    SetPacksAside,
    refuse_packs,
    set_packs_aside,
)
from stockroom.queries.catalogue import ProductFilter, product, products
from stockroom.queries.deliveries import DeliveryLineRow
from stockroom.reads.delivery_lines import LineSaid
from stockroom.rules.order_matching import Beyond
from stockroom.rules.receiving import NOT_KNOWN_YET, PACKS_MAX, Concern, CostOf
from stockroom.vocabulary import BenchDecision, CostState, Fault, OrderChoice, ProductKind
from stockroom.web.changed_meanwhile import Difference, VersionedForm, differences
from stockroom.web.clinic_here import clinic_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.prices import minor_of, typed_price
from stockroom.web.unpacking_view import FaultForm, Table, aside_choices, place_choices, read_table
from stockroom.web.unpacking_words import CHOICES, CONCERNS, FAULTS, LACKS, beyond_said, packs_said

blp = Blueprint("receive_line_page", __name__, url_prefix="/c/<clinic_uid>/receive/<delivery_uid>")
_A = lazy_gettext
PRODUCTS_SHOWN = 20
_COST_STATES = [
    (CostState.UNKNOWN.value, _A("not known yet")),
    (CostState.PRICED.value, _A("this price")),
    (CostState.FREE_SAMPLE.value, _A("free sample")),
]
_BENCH = [
    (BenchDecision.UNDECIDED.value, _A("not decided yet")),
    (BenchDecision.TAKE_OFF.value, _A("it came with this delivery: book so much less")),
    (BenchDecision.KEEP.value, _A("it came another way: book this line whole")),
]


_SAID = (
    "reading", "lot_number", "expires_on", "serial", "pack_count", "location_uid", "cost_state", "price",
    "decision", "bench", "order_choice",
)  # fmt: skip


class LineForm(VersionedForm):
    """All that is said of a line."""

    reading = RadioField(_A("What is printed on the pack?"), choices=[], validators=[Optional()])
    product_uid = HiddenField(validators=[Length(max=36)])
    lot_number = StringField(_A("Lot number"), validators=[Length(max=100)])
    expires_on = DateField(_A("Expires"), validators=[Optional()])
    serial = StringField(_A("Serial"), validators=[Length(max=100)])
    pack_count = IntegerField(_A("Packs"), validators=[InputRequired(), NumberRange(min=1, max=PACKS_MAX)])
    location_uid = SelectField(_A("Put into"), validators=[Optional()])
    cost_state = SelectField(_A("Cost"), choices=_COST_STATES, default=CostState.UNKNOWN.value)
    price = StringField(_A("Price of one"), validators=[Length(max=20)])
    decision = TextAreaField(_A("Why it is taken in all the same"), validators=[Length(max=500)])
    bench = SelectField(_A("What the bench had received"), choices=_BENCH, default="undecided")
    order_choice = SelectField(
        _A("For the orders"),
        choices=[(choice.value, words) for choice, words in CHOICES.items()],
        default="undecided",
    )

    def said(self) -> LineSaid:
        """What the form says.  Raises InvalidValue for a price that is none."""
        return LineSaid(
            location_uid=self.location_uid.data or None,
            reading=self.reading.data or None,
            product_uid=self.product_uid.data or None,
            lot_number=(self.lot_number.data or "").strip() or None,
            expires_on=self.expires_on.data,
            serial=(self.serial.data or "").strip() or None,
            pack_count=self.pack_count.data,
            cost=self._cost(),
            decision=(self.decision.data or "").strip(),
            bench=BenchDecision(self.bench.data),
            order=OrderChoice(self.order_choice.data),
        )

    def _cost(self) -> CostOf:
        if self.cost_state.data == CostState.FREE_SAMPLE.value:
            return CostOf(state=CostState.FREE_SAMPLE)
        if self.cost_state.data == CostState.UNKNOWN.value and not self.price.data:
            return NOT_KNOWN_YET
        clinic = clinic_here()
        currency = clinic.currency if clinic else ""
        minor = minor_of(self.price.data or "", currency, field="price")
        return CostOf(state=CostState.PRICED, unit_cost_minor=minor, currency=currency)


class RemoveForm(KeyedForm):
    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])


@blp.get("/lines/<line_uid>")
def line(clinic_uid: str, delivery_uid: str, line_uid: str) -> ResponseReturnValue:
    """One line to be completed."""
    table, row = _read(delivery_uid, line_uid)
    return _draw(table, row, _filled(row))


@blp.post("/lines/<line_uid>")
def keep(clinic_uid: str, delivery_uid: str, line_uid: str) -> ResponseReturnValue:
    """Keep what was said of the line."""
    table, row = _read(delivery_uid, line_uid)
    form = LineForm()
    _choices(form, table, row)
    done = send(form, lambda: _change(form, delivery_uid, line_uid))
    if isinstance(done, Refusal):
        return _draw(table, row, form, done)
    return redirect(
        url_for("receive_page.delivery", clinic_uid=clinic_uid, delivery_uid=delivery_uid, line=line_uid),
        code=303,
    )


@blp.post("/lines/<line_uid>/fault")
def find_fault(clinic_uid: str, delivery_uid: str, line_uid: str) -> ResponseReturnValue:
    """Put packs of the line aside, or say that they were refused at the door."""
    table, row = _read(delivery_uid, line_uid)
    form, refused_there = FaultForm(), request.form.get("becomes") == "refused"
    form.into_uid.choices = aside_choices(table.places)
    act = _refuse if refused_there else _set_aside
    done = send(form, lambda: act(form, delivery_uid, line_uid))
    if isinstance(done, Refusal):
        return _draw(table, row, _filled(row), done, fault=form)
    if not refused_there:
        say(gettext("Put aside. It can be sent back once the delivery is booked."), loudness="info")
    elif form.packs.data:
        say(gettext("Refused at the door: it is never taken in, and stays owed."), loudness="info")
    return redirect(
        url_for(
            "receive_page.delivery", clinic_uid=clinic_uid, delivery_uid=delivery_uid, line=done.line_uid
        ),
        code=303,
    )


def _set_aside(form: FaultForm, delivery_uid: str, line_uid: str) -> PacksDecided:
    command = SetPacksAside(
        delivery_uid=delivery_uid,
        line_uid=line_uid,
        version=form.version.data or 0,
        packs=form.packs.data or 0,
        fault=Fault(form.fault.data),
        into_uid=form.into_uid.data or "",
        words=(form.words.data or "").strip(),
        stays_owed=form.stays_owed.data,
    )
    return set_packs_aside(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _refuse(form: FaultForm, delivery_uid: str, line_uid: str) -> PacksDecided:
    command = RefusePacks(
        delivery_uid=delivery_uid,
        line_uid=line_uid,
        version=form.version.data or 0,
        packs=form.packs.data or 0,
        fault=Fault(form.fault.data),
    )
    return refuse_packs(installation(), command, actor=acting(), key=form.key.data or "", now=present())


@blp.post("/lines/<line_uid>/removal")
def remove(clinic_uid: str, delivery_uid: str, line_uid: str) -> ResponseReturnValue:
    """Take the line off the delivery."""
    table, row = _read(delivery_uid, line_uid)
    form = RemoveForm()
    command = RemoveDeliveryLine(delivery_uid=delivery_uid, line_uid=line_uid, version=form.version.data or 0)
    done = send(
        form,
        lambda: remove_delivery_line(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _draw(table, row, _filled(row), done)
    say(gettext("Line %(n)s was taken off.", n=done.n), loudness="info")
    return redirect(
        url_for("receive_page.delivery", clinic_uid=clinic_uid, delivery_uid=delivery_uid), code=303
    )


@blp.get("/by-hand")
def by_hand(clinic_uid: str, delivery_uid: str) -> ResponseReturnValue:
    """A pack without a code that can be scanned: first its product, then what is printed on it."""
    return _by_hand(delivery_uid, LineForm(formdata=None, pack_count=1), request.args.get("product"))


@blp.post("/by-hand")
def add_by_hand(clinic_uid: str, delivery_uid: str) -> ResponseReturnValue:
    """Put what was read by eye onto the delivery."""
    form = LineForm()
    with installation().reading() as connection:
        _choices(form, read_table(connection, delivery_uid), None)
    done = send(form, lambda: _add(form, delivery_uid))
    if isinstance(done, Refusal):
        return _by_hand(delivery_uid, form, form.product_uid.data, done)
    return redirect(
        url_for(
            "receive_page.delivery", clinic_uid=clinic_uid, delivery_uid=delivery_uid, line=done.line_uid
        ),
        code=303,
    )


def _change(form: LineForm, delivery_uid: str, line_uid: str) -> DeliveryLineChanged:
    command = ChangeDeliveryLine(
        delivery_uid=delivery_uid, line_uid=line_uid, version=form.agreed_version, said=form.said()
    )
    return change_delivery_line(
        installation(), command, actor=acting(), key=form.key.data or "", now=present()
    )


def _add(form: LineForm, delivery_uid: str) -> DeliveryLineAdded:
    command = AddDeliveryLine(delivery_uid=delivery_uid, said=form.said())
    return add_delivery_line(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _read(delivery_uid: str, line_uid: str) -> tuple[Table, DeliveryLineRow]:
    with installation().reading() as connection:
        table = read_table(connection, delivery_uid)
    row = table.line(line_uid)
    if row is None:
        raise ThingNotFound(thing="line of this delivery", uid=line_uid[:40])
    return table, row


def _filled(row: DeliveryLineRow) -> LineForm:
    price = ""
    if row.unit_cost_minor is not None and row.currency is not None:
        price = typed_price(row.unit_cost_minor, row.currency)
    return LineForm(
        formdata=None,
        version=row.version,
        reading=row.reading,
        product_uid=row.product_uid if row.code is None else "",
        lot_number=row.lot_number,
        expires_on=row.expires_on,
        serial=row.serial,
        pack_count=row.pack_count,
        location_uid=row.location_uid or row.usual_place_uid or "",
        cost_state=row.cost_state,
        price=price,
        decision=row.decision,
        bench=row.bench_decision,
        order_choice=row.order_choice,
    )


def _choices(form: LineForm, table: Table, row: DeliveryLineRow | None) -> None:
    form.location_uid.choices = place_choices(table.places, _A("not said yet"))
    readings = row.readings if row is not None else ()
    if row is not None and row.reading is not None and row.reading not in readings:
        readings = (row.reading, *readings)
    form.reading.choices = [(reading, reading) for reading in readings]


def _draw(
    table: Table,
    row: DeliveryLineRow,
    form: LineForm,
    refusal: Refusal | None = None,
    *,
    fault: FaultForm | None = None,
) -> tuple[str, int]:
    _choices(form, table, row)
    if fault is None:
        fault = FaultForm(formdata=None, version=row.version, stays_owed=True, **_likely_fault(row))
        fault.into_uid.choices = aside_choices(table.places)
    changed: tuple[Difference, ...] = ()
    if refusal is not None and refusal.code == "delivery_line_stale":
        kept = _filled(row)
        _choices(kept, table, row)
        changed = differences(form, kept, _SAID)
    page = render_template(
        "receive/line.html",
        delivery=table.shown.delivery,
        line=row,
        form=form,
        removal=RemoveForm(formdata=None, version=row.version),
        refusal=refusal,
        changed=changed,
        packs_said=packs_said,
        lacks=LACKS,
        concerns=CONCERNS,
        fault=fault,
        faults=FAULTS,
        beyond_said=beyond_said,
        may_choose_order=bool(table.shown.owed) or row.order_choice != OrderChoice.UNDECIDED,
    )
    return page, refusal.status if refusal else 200


def _likely_fault(row: DeliveryLineRow) -> dict[str, Any]:
    """What is offered to be wrong with packs of a line, and how many of them, by what is known of it."""
    if row.fault is not None:
        return {"fault": row.fault, "packs": row.refused_count or row.pack_count}
    if row.beyond is Beyond.OVER:
        beyond = row.beyond_count // row.presentation_count
        return {"fault": Fault.TOO_MANY.value, "packs": beyond or row.pack_count}
    if row.beyond is Beyond.NOT_ORDERED:
        return {"fault": Fault.WRONG.value, "packs": row.pack_count}
    dated = {Concern.EXPIRED, Concern.SHORT_DATED} & set(row.concerns)
    return {"fault": (Fault.SHORT_DATED if dated else Fault.DAMAGED).value, "packs": row.pack_count}


def _by_hand(
    delivery_uid: str, form: LineForm, product_uid: str | None, refusal: Refusal | None = None
) -> tuple[str, int]:
    text = request.args.get("q", "").strip()[:100]
    chosen: Any = None
    with installation().reading() as connection:
        table = read_table(connection, delivery_uid)
        if product_uid:
            chosen = product(connection, uid=product_uid)
            form.product_uid.data = chosen.uid
        only = ProductFilter(text=text or None, kind=ProductKind.MANUFACTURED)
        found = () if chosen else products(connection, only=only, limit=PRODUCTS_SHOWN).items
    _choices(form, table, None)
    page = render_template(
        "receive/by_hand.html",
        delivery=table.shown.delivery,
        form=form,
        chosen=chosen,
        found=found,
        q=text,
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200
