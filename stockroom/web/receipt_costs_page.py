"""What did a delivery cost?  Prices that were not known when it was unpacked are completed from the invoice."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.complete_cost import CompleteCost, CostCompleted, LineCost, complete_cost
from stockroom.queries.receipts import receipt
from stockroom.rules.receiving import CostOf
from stockroom.vocabulary import CostState
from stockroom.web.clinic_here import clinic_here
from stockroom.web.forms import Refusal, say, send
from stockroom.web.prices import minor_of
from stockroom.web.receipt_view import CostsForm, draw_receipt

blp = Blueprint("receipt_costs_page", __name__, url_prefix="/c/<clinic_uid>/receive/receipts/<receipt_uid>")
_PRICE = "price-"


@blp.post("/costs")
def keep(clinic_uid: str, receipt_uid: str) -> ResponseReturnValue:
    """Keep the prices that were typed; a field left empty stays not known."""
    form = CostsForm()
    typed = {
        name.removeprefix(_PRICE): text.strip()
        for name, text in request.form.items()
        if name.startswith(_PRICE) and text.strip()
    }
    done = send(form, lambda: _complete(form, receipt_uid, typed))
    if isinstance(done, Refusal):
        return draw_receipt(receipt_uid, form=form, refusal=done, typed=typed)
    say(gettext("The prices were kept."))
    return redirect(url_for("receive_page.receipt", clinic_uid=clinic_uid, receipt_uid=receipt_uid), code=303)


def _complete(form: CostsForm, receipt_uid: str, typed: dict[str, str]) -> CostCompleted:
    with installation().reading() as connection:
        known = receipt(connection, acting().clinic_id, uid=receipt_uid).lines
    clinic = clinic_here()
    currency = clinic.currency if clinic else ""
    lines = tuple(
        LineCost(
            receipt_line_uid=line.uid,
            cost=CostOf(
                state=CostState.PRICED,
                unit_cost_minor=minor_of(typed[line.uid], currency, field=line.lot_number),
                currency=currency,
            ),
        )
        for line in known
        if line.uid in typed
    )
    if not lines:
        raise InvalidValue(field=gettext("Prices"), problem=gettext("enter one at least"))
    command = CompleteCost(lines=lines, reason=(form.reason.data or "").strip())
    return complete_cost(installation(), command, actor=acting(), key=form.key.data or "", now=present())
