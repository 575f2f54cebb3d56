"""How is stock said as people count it: 3 boxes + 42, or 9 vials + 3.2 mL open?  The one place that decides."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import gettext, ngettext

from stockroom.rules.counting_words import count_as_people_do
from stockroom.web.formats import show_amount


def show_counted(
    sealed_quantity: int,
    *,
    base_unit: str,
    content_quantity: int,
    presentation: str,
    open_quantity: int = 0,
    pack_count: int = 1,
    pack_level: str = "",
) -> str:
    """Say a quantity in packs, whole presentations and what is open; nothing of it is lost.

    What has no container is counted in its base unit unless a pack of several is known.
    """
    said = count_as_people_do(
        sealed_quantity=sealed_quantity,
        open_quantity=open_quantity,
        content_quantity=content_quantity,
        pack_count=pack_count,
    )
    parts = []
    if said.packs:
        parts.append(show_count(said.packs, pack_level))
    if said.presentations or not (said.packs or said.open_quantity):
        is_bare = content_quantity == 1 or bool(said.packs)
        shown = show_amount(said.presentations * content_quantity, base_unit)
        if is_bare:
            parts.append(str(said.presentations) if said.packs else shown)
        else:
            parts.append(show_count(said.presentations, presentation))
    if said.open_quantity:
        parts.append(gettext("%(amount)s open", amount=show_amount(said.open_quantity, base_unit)))
    return " + ".join(parts)


def show_count(count: int, word: str) -> str:
    """A number with the word of a pack or presentation, which the catalogue's own people chose."""
    known = {
        "vial": lambda: ngettext("%(num)s vial", "%(num)s vials", count),
        "ampoule": lambda: ngettext("%(num)s ampoule", "%(num)s ampoules", count),
        "syringe": lambda: ngettext("%(num)s syringe", "%(num)s syringes", count),
        "tube": lambda: ngettext("%(num)s tube", "%(num)s tubes", count),
        "box": lambda: ngettext("%(num)s box", "%(num)s boxes", count),
        "case": lambda: ngettext("%(num)s case", "%(num)s cases", count),
        "bottle": lambda: ngettext("%(num)s bottle", "%(num)s bottles", count),
    }
    return str(known[word]()) if word in known else f"{count} × {word}".removesuffix(" × ")


def show_packs(quantity: int, row: Any) -> str:
    """Say a quantity of what a row is about in whole presentations and a rest, such as 9 vials + 3.2 mL.

    For quantities that were moved, where nothing is said to be open.
    """
    rest = quantity % row.content_quantity
    if rest == quantity:
        return show_amount(quantity, row.base_unit)
    whole = show_counted(
        quantity - rest,
        base_unit=row.base_unit,
        content_quantity=row.content_quantity,
        presentation=row.presentation,
    )
    return f"{whole} + {show_amount(rest, row.base_unit)}" if rest else whole


def register_counted(app: Flask) -> None:
    """Make the counts filters of every template."""
    app.jinja_env.filters.update(counted=show_counted, packs=show_packs)
