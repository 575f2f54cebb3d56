"""How is a receipt drawn: what came in, where it was put, what it cost, and what is still to be priced?"""

from __future__ import annotations

from flask import render_template
from flask_babel import lazy_gettext
from wtforms import TextAreaField
from wtforms.validators import Length

from stockroom.access.acting import acting, installation
from stockroom.queries.receipt_orders import orders_of_receipt
from stockroom.queries.receipts import receipt
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action, CostState
from stockroom.web.counted import packs_of
from stockroom.web.forms import KeyedForm, Refusal
from stockroom.web.unpacking_words import FAULTS


class CostsForm(KeyedForm):
    """What lines of a receipt cost; one field a line, named `price-` and the line's uid."""

    reason = TextAreaField(lazy_gettext("Why a known cost is changed"), validators=[Length(max=500)])


def draw_receipt(
    receipt_uid: str,
    *,
    form: CostsForm | None = None,
    refusal: Refusal | None = None,
    typed: dict[str, str] | None = None,
) -> tuple[str, int]:
    """Draw a receipt; prices that were refused stand in their fields again.  Raises ThingNotFound."""
    actor = acting()
    with installation().reading() as connection:
        shown = receipt(connection, actor.clinic_id, uid=receipt_uid)
        orders = orders_of_receipt(connection, actor.clinic_id, receipt_uid=receipt_uid)
    unpriced = [line for line in shown.lines if line.cost_state == CostState.UNKNOWN]
    page = render_template(
        "receive/receipt.html",
        receipt=shown.receipt,
        lines=shown.lines,
        packs=packs_of(shown.lines),
        orders=orders,
        faults=FAULTS,
        unpriced=unpriced if may(actor.roles, Action.COMPLETE_COST) else [],
        form=form or CostsForm(formdata=None),
        typed=typed or {},
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200
