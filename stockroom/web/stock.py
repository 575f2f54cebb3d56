"""What is on hand in this clinic, by product, and when does it expire?"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation
from stockroom.clock import now

blp = Blueprint("stock", __name__, url_prefix="/c/<clinic_uid>/stock")


@blp.get("")
def on_hand(clinic_uid: str) -> ResponseReturnValue:
    """Stock on hand by product."""
    from stockroom.queries.stock import stock_by_product

    with installation().reading() as connection:
        rows = stock_by_product(connection, acting().clinic_id, now=now())
    return render_template("stock.html", rows=rows)
