"""The worksheet of a cocktail on paper, scaled to its doses: it lies beside the screen, or stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response
from flask_babel import gettext, ngettext

from stockroom.queries.preparation_bench import Advice
from stockroom.queries.preparations import IngredientRow, WantedRow
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit, PreparationState
from stockroom.web.formats import NOTHING, show_amount, show_day, show_wall, zone_of_page
from stockroom.web.preparation_view import Sheet, read_sheet

blp = Blueprint("worksheet_paper_page", __name__, url_prefix="/c/<clinic_uid>/prepare/<preparation_uid>")
EMPTY_ROWS = 3


@blp.get("/worksheet.pdf")
def pdf(clinic_uid: str, preparation_uid: str) -> Response:
    """What goes in, in which order, out of which vial, with blanks for what was drawn and who did it."""
    from stockroom.outside.worksheet_paper import (  # dear to load: not at the start
        WorksheetRow,
        WorksheetWords,
        worksheet_paper,
    )

    read = read_sheet(preparation_uid)
    made = read.sheet.preparation
    words = WorksheetWords(
        title=gettext("Worksheet: %(what)s", what=made.product_name if made.recipe_uid else gettext("Cocktail")),
        short_code=made.short_code,
        facts=tuple(_facts(read)),
        heads=(
            gettext("No"), gettext("Ingredient"), gettext("Amount"), gettext("Take"),
            gettext("Lot"), gettext("Drawn"), gettext("Initials"),
        ),
        signatures=(
            gettext("Came out, in mL, and where it lies"),
            gettext("Prepared by, at"),
            gettext("Checked by, at"),
        ),
    )  # fmt: skip
    rows = [WorksheetRow(**cells) for cells in _rows(read)]
    empty = EMPTY_ROWS if made.state == PreparationState.DRAFT else 0
    answer = Response(worksheet_paper(words, rows, empty_rows=empty), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="worksheet.pdf"'
    return answer


def _facts(read: Sheet) -> Iterator[tuple[str, str]]:
    made, sheet = read.sheet.preparation, read.sheet
    named = [(read.patients.get(each.patient_id), each.short_code) for each in sheet.sessions]
    yield (
        gettext("For"),
        "; ".join(
            f"{who.name}{f', {show_day(who.born_on)}' if who.born_on else ''}"
            if who
            else gettext("session %(code)s", code=code)
            for who, code in named
        )
        or gettext("nobody by name"),
    )
    doses = ngettext("%(num)s dose", "%(num)s doses", made.dose_count)
    volume = show_amount(made.wanted_quantity, "uL") if made.wanted_quantity else ""
    yield gettext("How much"), ", ".join(filter(None, (doses, volume)))
    if made.version_number is not None:
        yield gettext("Recipe"), gettext("version %(number)s", number=made.version_number)
    yield gettext("Why"), "; ".join(filter(None, (made.reason, made.again_reason)))
    yield (
        gettext("Begun"),
        gettext("%(at)s by %(name)s", at=_wall(made.started_at), name=made.started_by),
    )
    yield gettext("Use before"), _until(read)
    if sheet.is_ordered:
        yield gettext("Order"), gettext("one after another, as numbered")
    yield gettext("How it is mixed"), sheet.mixing
    yield gettext("Technique"), sheet.technique


def _until(read: Sheet) -> str:
    """Its limit, or what it will be if nothing that goes in ends sooner."""
    made = read.sheet.preparation
    if made.beyond_use_at is not None:
        return _wall(made.beyond_use_at)
    if made.own_limit is None:
        return ""
    at = _wall(made.own_limit)
    said = gettext("%(at)s, or sooner where something that goes in does not keep so long", at=at)
    if made.life_minutes_refrigerated is None:
        return said
    cold = _wall(made.started_at + timedelta(minutes=made.life_minutes_refrigerated))
    return gettext("%(said)s; put into a fridge at once %(at)s", said=said, at=cold)


def _rows(read: Sheet) -> Iterator[dict[str, str]]:
    """What the recipe asks for, with what should be taken or was; then what is in it beside."""
    inside: dict[int | None, list[IngredientRow]] = {}
    for each in read.sheet.ingredients:
        inside.setdefault(each.component_n, []).append(each)
    for wanted in read.sheet.wanted:
        yield from _wanted(wanted, inside.pop(wanted.n, []), read.bench.advice.get(wanted.n))
    for rest in inside.values():
        for each in rest:
            yield {"n": "", "ingredient": each.product_name, "amount": "", **_drawn(each)}


def _wanted(
    wanted: WantedRow, inside: list[IngredientRow], advice: Advice | None
) -> Iterator[dict[str, str]]:
    name = wanted.name
    if wanted.substitutes:
        name += "\n" + gettext("or: %(names)s", names=", ".join(wanted.substitutes))
    said = {
        "n": str(wanted.n),
        "ingredient": name,
        "amount": show_amount(wanted.wanted_quantity, wanted.base_unit),
    }
    for each in inside:
        yield {**said, **_drawn(each)}
        said = {"n": "", "ingredient": "", "amount": ""}
    if wanted.drawn_quantity < wanted.wanted_quantity:
        yield {**said, "take": _take(advice) if advice is not None else ""}


def _drawn(each: IngredientRow) -> dict[str, str]:
    return {
        "take": "\n".join(filter(None, (each.product_name, each.container_code))),
        "lot": each.lot_number,
        "drawn": str(show_quantity(each.quantity, BaseUnit(each.base_unit))),
    }


def _take(advice: Advice) -> str:
    """Which vial or lot, where it is and until when."""
    if advice.container_code:
        which = gettext(
            "%(code)s, open, lot %(number)s", code=advice.container_code, number=advice.lot_number
        )
    else:
        which = gettext("lot %(number)s", number=advice.lot_number)
    until = (
        show_day(advice.expires_on)
        if advice.expires_on is not None
        else _wall(advice.beyond_use_at or advice.expires_at)
    )
    return (
        f"{advice.product_name}\n{which}\n{gettext('%(place)s, until %(at)s', place=advice.place, at=until)}"
    )


def _wall(at: datetime | None) -> str:
    """An instant on the clinic's wall, with its day: paper is read tomorrow, too."""
    return NOTHING if at is None else show_wall(at.astimezone(ZoneInfo(zone_of_page())))
