"""A session at the bench, as a browser sends its forms."""

from __future__ import annotations

import re
from typing import Any

from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.scan import gs1_elements
from stockroom.clock import now
from stockroom.models import Movement
from tests.builders import FAR, Goods, LotAt, key
from tests.serving import Browser, Served
from tests.sessions import rows


def page_of(served: Served, visit: str) -> str:
    return f"/c/{served.clinic.uid}/sessions/{visit}"


def code(product: Goods, lot: LotAt | str, **more: Any) -> str:
    """What the pack says to a scanner."""
    number = lot if isinstance(lot, str) else lot.number
    given = {"expires_on": FAR, **more}
    return write_element_string(
        gs1_elements(gtin=product.gtin, today=now().date(), lot_number=number, **given)
    )


def scan(browser: Browser, served: Served, visit: str, text: str = "", **more: Any) -> Any:
    page = page_of(served, visit)
    form = {"key": key("scan"), "scan": text, **more}
    return browser.send(page, f"{page}/scan", **form)


def posted(browser: Browser, served: Served, visit: str, act: str, **form: Any) -> Any:
    page = page_of(served, visit)
    return browser.send(page, f"{page}/{act}", **{"key": key(act), **form})


def movements(served: Served, kind: str | None = None) -> list[Any]:
    conditions = {} if kind is None else {"kind": kind}
    return rows(served.store, Movement, **conditions)


def last_of(answer: Any) -> str:
    found = re.search(r"last=([0-9a-f-]{36})", answer.headers["Location"])
    assert found is not None
    return found[1]
