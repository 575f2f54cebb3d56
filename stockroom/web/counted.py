"""How is stock said as people count it: 3 boxes + 42, or 9 vials + 3.2 mL open?  The one place that decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext, ngettext

from stockroom.access.acting import installation
from stockroom.queries.usual_packs import UsualPack, usual_packs
from stockroom.rules.counting_words import count_as_people_do
from stockroom.vocabulary import BaseUnit
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
        part = _part(said.open_quantity, base_unit=base_unit, content_quantity=content_quantity)
        parts.append(gettext("%(amount)s open", amount=part))
    return " + ".join(parts)


def _part(quantity: int, *, base_unit: str, content_quantity: int) -> str:
    """Part of a presentation: what is measured with its unit, uses or pieces as so many of the whole."""
    if base_unit == BaseUnit.PIECE and quantity < content_quantity:
        return gettext("%(part)s of %(whole)s", part=quantity, whole=content_quantity)
    return show_amount(quantity, base_unit)


def show_count(count: int, word: str) -> str:
    """A number with the word of a pack or presentation, which the catalogue's own people chose.

    A word that nobody here knows in the plural stands as it was written: 2 × cassette.
    """
    known = _WORDS.get(word.strip().casefold())
    return known(count) if known is not None else f"{count} × {word}".removesuffix(" × ")


_WORDS: dict[str, Callable[[int], str]] = {
    "ampoule": lambda n: ngettext("%(num)s ampoule", "%(num)s ampoules", n),
    "bag": lambda n: ngettext("%(num)s bag", "%(num)s bags", n),
    "blister": lambda n: ngettext("%(num)s blister", "%(num)s blisters", n),
    "bottle": lambda n: ngettext("%(num)s bottle", "%(num)s bottles", n),
    "box": lambda n: ngettext("%(num)s box", "%(num)s boxes", n),
    "bulk package": lambda n: ngettext("%(num)s bulk package", "%(num)s bulk packages", n),
    "cannula": lambda n: ngettext("%(num)s cannula", "%(num)s cannulas", n),
    "carpule": lambda n: ngettext("%(num)s carpule", "%(num)s carpules", n),
    "carton": lambda n: ngettext("%(num)s carton", "%(num)s cartons", n),
    "cartridge": lambda n: ngettext("%(num)s cartridge", "%(num)s cartridges", n),
    "case": lambda n: ngettext("%(num)s case", "%(num)s cases", n),
    "compress": lambda n: ngettext("%(num)s compress", "%(num)s compresses", n),
    "glove": lambda n: ngettext("%(num)s glove", "%(num)s gloves", n),
    "head": lambda n: ngettext("%(num)s head", "%(num)s heads", n),
    "jar": lambda n: ngettext("%(num)s jar", "%(num)s jars", n),
    "kit": lambda n: ngettext("%(num)s kit", "%(num)s kits", n),
    "mask": lambda n: ngettext("%(num)s mask", "%(num)s masks", n),
    "needle": lambda n: ngettext("%(num)s needle", "%(num)s needles", n),
    "pack": lambda n: ngettext("%(num)s pack", "%(num)s packs", n),
    "package": lambda n: ngettext("%(num)s package", "%(num)s packages", n),
    "pair": lambda n: ngettext("%(num)s pair", "%(num)s pairs", n),
    "patch": lambda n: ngettext("%(num)s patch", "%(num)s patches", n),
    "pen": lambda n: ngettext("%(num)s pen", "%(num)s pens", n),
    "piece": lambda n: ngettext("%(num)s piece", "%(num)s pieces", n),
    "pot": lambda n: ngettext("%(num)s pot", "%(num)s pots", n),
    "roll": lambda n: ngettext("%(num)s roll", "%(num)s rolls", n),
    "roller": lambda n: ngettext("%(num)s roller", "%(num)s rollers", n),
    "sachet": lambda n: ngettext("%(num)s sachet", "%(num)s sachets", n),
    "swab": lambda n: ngettext("%(num)s swab", "%(num)s swabs", n),
    "syringe": lambda n: ngettext("%(num)s syringe", "%(num)s syringes", n),
    "tip": lambda n: ngettext("%(num)s tip", "%(num)s tips", n),
    "tray": lambda n: ngettext("%(num)s tray", "%(num)s trays", n),
    "tube": lambda n: ngettext("%(num)s tube", "%(num)s tubes", n),
    "unit": lambda n: ngettext("%(num)s unit", "%(num)s units", n),
    "vial": lambda n: ngettext("%(num)s vial", "%(num)s vials", n),
}
"""Presentations and packs that catalogues speak of, as they are counted."""


def show_packs(quantity: int, row: Any, packs: Mapping[str, UsualPack] | None = None) -> str:
    """Say a quantity of what a row is about in whole presentations and a rest, such as 9 vials + 3.2 mL.

    For quantities that were moved, where nothing is said to be open; in `packs` where the row's product is one.
    """
    if quantity < 0:
        words = show_packs(-quantity, row, packs)
        return f"−({words})" if " + " in words else f"−{words}"
    if packs and row.product_uid in packs:
        return _in_packs(quantity, row, packs, open_quantity=0)
    rest = quantity % row.content_quantity
    if rest == quantity:
        return show_amount(quantity, row.base_unit)
    whole = show_counted(
        quantity - rest,
        base_unit=row.base_unit,
        content_quantity=row.content_quantity,
        presentation=row.presentation,
    )
    if not rest:
        return whole
    part = _part(rest, base_unit=row.base_unit, content_quantity=row.content_quantity)
    return f"{whole} + {part}"


def packs_of(rows: Iterable[Any]) -> dict[str, UsualPack]:
    """Give the packs in which people count what these rows are about; at most one statement."""
    product_uids = {row.product_uid for row in rows}
    if not product_uids:
        return {}
    with installation().reading() as connection:
        return usual_packs(connection, product_uids)


def show_after(line: Any, row: Any, packs: Mapping[str, UsualPack]) -> str:
    """Say what was there after a line of a row's history: 9 vials + 3.2 mL open; of a cocktail its amount."""
    if not row.presentation:
        return show_amount(line.on_hand_after, row.base_unit)
    sealed = line.on_hand_after - line.opened_after
    return _in_packs(sealed, row, packs, open_quantity=line.opened_after)


def show_on_hand(row: Any, packs: Mapping[str, UsualPack] | None = None, opened: int | None = None) -> str:
    """Say what a row has on hand as people count it: 3 boxes + 42, or 9 vials + 3.2 mL open.

    `opened` is how much of it lies in opened containers, where the row does not say it.
    """
    open_quantity = row.opened if opened is None else opened
    return _in_packs(row.on_hand - open_quantity, row, packs or {}, open_quantity=open_quantity)


def _in_packs(sealed: int, row: Any, packs: Mapping[str, UsualPack], *, open_quantity: int) -> str:
    pack = packs.get(row.product_uid)
    return show_counted(
        sealed,
        open_quantity=open_quantity,
        base_unit=row.base_unit,
        content_quantity=row.content_quantity,
        presentation=row.presentation,
        pack_count=1 if pack is None else pack.count,
        pack_level="" if pack is None else pack.level,
    )


def show_left(quantity: int, row: Any) -> str:
    """Say what an opened container still holds: 3.2 mL, or 4 of 50 uses."""
    return _part(quantity, base_unit=row.base_unit, content_quantity=row.content_quantity)


def show_many(word: str) -> str:
    """The word of a pack or presentation for several of it, such as vials, behind a field that asks how many."""
    return show_count(2, word).removeprefix("2 ").removeprefix("× ")


def register_counted(app: Flask) -> None:
    """Make the counts filters of every template."""
    app.jinja_env.filters.update(
        counted=show_counted,
        packs=show_packs,
        left=show_left,
        many=show_many,
        on_hand=show_on_hand,
        after=show_after,
    )
