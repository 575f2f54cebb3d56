"""The form for late entry, as a browser sends it: lines by their kind and what was typed into them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.builders import key
from tests.page_inspection import elements_in, page_of
from tests.serving import Browser, Served

WHY = "Power cut from 9 to 11"


def page_of_late(served: Served) -> str:
    return f"/c/{served.clinic.uid}/late"


def wall(served: Served, at: datetime) -> dict[str, str]:
    """Day and time of an instant on the clinic's wall, as the fields of a line."""
    here = at.astimezone(ZoneInfo(served.clinic.zone))
    return {"on": here.date().isoformat(), "at": here.strftime("%H:%M")}


def said(*lines: dict[str, Any], reason: str = WHY, **more: str) -> dict[str, str]:
    """The fields of the form; `parts` of a line are pairs of thing and amount."""
    fields = {"reason": reason, "key": key("late"), **more}
    for n, line in enumerate(lines):
        values = {"key": key(f"line{n}"), **line}
        for m, (thing, amount) in enumerate(values.pop("parts", ())):
            fields[f"lines-{n}-parts-{m}-thing"] = thing
            fields[f"lines-{n}-parts-{m}-amount"] = amount
        fields |= {f"lines-{n}-{name}": str(value) for name, value in values.items()}
    return fields


def sent(browser: Browser, served: Served, act: str, fields: dict[str, str]) -> Any:
    page = page_of_late(served)
    return browser.send(page, page, act=act, **fields)


def form_on(page: Any) -> dict[str, str]:
    """Every field of the form as the page shows it, to be sent again."""
    fields: dict[str, str] = {}
    for form in page_of(page.text).named("form"):
        if "late" not in (form.attrs.get("class") or ""):
            continue
        for each in elements_in(form):
            name = each.attrs.get("name")
            if each.name == "input" and name and name != "csrf_token":
                fields[name] = each.attrs.get("value") or ""
            if each.name == "select" and name:
                chosen = [o for o in elements_in(each) if o.name == "option" and "selected" in o.attrs]
                fields[name] = (chosen[0].attrs.get("value") or "") if chosen else ""
    return fields


def lines_on(page: Any) -> int:
    return len(re.findall(r'<fieldset class="card-plain late-line"', page.text))
