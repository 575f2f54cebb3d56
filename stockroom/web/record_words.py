"""How does a record of products used say what was used, line by line, on screen and on paper?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from stockroom.queries.aftercare import Instruction
from stockroom.queries.changed_since import Correction
from stockroom.queries.cocktails_used import CocktailUsed
from stockroom.queries.devices import DeviceUse
from stockroom.queries.goods_named import GoodsNamed, LotBefore
from stockroom.queries.instructions import InstructionRow
from stockroom.queries.lots import FormerName
from stockroom.queries.products_used import ProductUse
from stockroom.queries.reactions import ReactionKnown, ReactionRow
from stockroom.queries.unusual_numbers import UnusualNumber
from stockroom.vocabulary import LotKind
from stockroom.web.formats import (
    NOTHING,
    show_amount,
    show_day,
    show_depth,
    show_wall,
    show_word,
    zone_of_page,
)


@dataclass(frozen=True, kw_only=True)
class GoodsWords:
    """A lot in the words of the record."""

    brand: str
    manufacturer: str
    udi_di: str
    lot: str
    serial: str
    expiry: str


def at_wall(at: datetime | None) -> str:
    """An instant with its day, as a paper needs it that is read tomorrow."""
    return NOTHING if at is None else show_wall(at.astimezone(ZoneInfo(zone_of_page())))


def goods_words(goods: GoodsNamed, serial: str) -> GoodsWords:
    """Say by what a lot is known; what was put right of it stands beside what is true."""
    return GoodsWords(
        brand=" ".join(filter(None, (goods.brand, goods.strength, goods.presentation))),
        manufacturer=goods.manufacturer or gettext("prepared here"),
        udi_di=goods.udi_di,
        lot="\n".join((_lot(goods), *_before(goods))),
        serial=serial,
        expiry=_expiry(goods),
    )


def _lot(goods: GoodsNamed) -> str:
    is_ours = goods.number_is_ours and goods.kind == LotKind.MANUFACTURED
    return gettext("%(lot)s (our number)", lot=goods.lot_number) if is_ours else goods.lot_number


def _before(goods: GoodsNamed) -> Iterable[str]:
    return map(before_words, goods.before)


def before_words(each: LotBefore | FormerName) -> str:
    """Say under what a lot was booked until it was put right."""
    return gettext(
        "until %(day)s in the books as %(lot)s, %(expiry)s: %(reason)s",
        day=at_wall(each.corrected_at if isinstance(each, LotBefore) else each.recorded_at),
        lot=each.number,
        expiry=at_wall(each.expires_at) if each.expires_at else show_day(each.expires_on),
        reason=each.reason,
    )


def _expiry(goods: GoodsNamed) -> str:
    if goods.beyond_use_at is not None:
        return gettext("use by %(limit)s", limit=at_wall(goods.beyond_use_at))
    if goods.expires_at is not None:
        return at_wall(goods.expires_at)
    return show_day(goods.expires_on)


def where_words(use: ProductUse) -> tuple[str, ...]:
    """Say into which areas a use went, each with its amount where there are several."""
    if len(use.areas) == 1:
        return (use.areas[0].name,)
    unit = use.goods.base_unit
    return tuple(f"{each.name} {show_amount(each.quantity, unit)}" for each in use.areas)


def how_words(use: ProductUse) -> str:
    """Say by which technique, how deep and what for."""
    depth = show_depth(use.depth_um) if use.depth_um is not None else ""
    return ", ".join(filter(None, (use.technique, depth, use.indication)))


def who_words(use: ProductUse) -> str:
    """Say who gave it and who prescribed it."""
    said = [use.practitioner or use.booked_by]
    if use.prescriber:
        said.append(gettext("prescribed by %(name)s", name=use.prescriber))
    return "\n".join(said)


def taken_back_words(gone: Correction) -> str:
    """Say when, by whom and why something was taken back, and that another stands in its place, where it does."""
    said = gettext("taken back %(at)s by %(by)s", at=at_wall(gone.at), by=gone.by)
    said += f": {gone.reason}" if gone.reason else ""
    return said + (f" {gettext('(another line stands in its place)')}" if gone.replaced else "")


def in_place_words(by: str, reason: str) -> str:
    """Say of something that stands in the place of what was taken back who put it right, and why."""
    return gettext("corrected by %(by)s: %(reason)s", by=by, reason=reason)


def correction_words(use: ProductUse) -> str:
    """Say what became of a line, or that it stands in the place of another or was written down late; empty for neither.

    What stands in the place of another is always late, and was written down when that was taken back.
    """
    if use.taken_back is not None:
        return taken_back_words(use.taken_back)
    if use.replaces:
        return in_place_words(use.booked_by, use.reason)
    if use.is_late:
        return gettext(
            "written down late, %(at)s: %(reason)s", at=at_wall(use.recorded_at), reason=use.reason
        )
    return ""


def cocktail_words(cocktail: CocktailUsed) -> str:
    """Say after which recipe a cocktail was made, by whom, checked by whom, and how long it could be used."""
    name = gettext("mixture without a recipe: %(reason)s", reason=cocktail.reason)
    if cocktail.recipe:
        name = gettext(
            "%(recipe)s, version %(number)s", recipe=cocktail.recipe, number=cocktail.version_number
        )
    made = gettext(
        "prepared by %(by)s, %(at)s",
        by=cocktail.prepared_by,
        at=at_wall(cocktail.ended_at or cocktail.started_at),
    )
    checked = (
        gettext("checked by %(name)s", name=cocktail.checked_by)
        if cocktail.checked_by
        else gettext("nobody checked it")
    )
    until = gettext("beyond use from %(limit)s", limit=at_wall(cocktail.beyond_use_at))
    return " · ".join((f"{cocktail.short_code}: {name}", made, checked, until))


def device_words(use: DeviceUse) -> str:
    """Say what became of a device's use; empty where it stands."""
    if use.taken_back_at is None:
        return ""
    return gettext("taken back %(at)s by %(by)s", at=at_wall(use.taken_back_at), by=use.taken_back_by)


def unusual_words(each: UnusualNumber) -> str:
    """Say what was unusual, and what was answered."""
    return gettext(
        "%(what)s: %(counted)s booked, %(usual)s usual. %(answer)s (%(by)s, %(at)s)",
        what=show_word(each.kind),
        counted=each.counted,
        usual=each.usual,
        answer=each.answer,
        by=each.answered_by,
        at=at_wall(each.answered_at),
    )


def note_words(row: ReactionRow) -> str:
    """The note of a reaction; that there is one, to whoever may not read it."""
    return gettext("a note, open for a stated purpose") if row.is_note_closed else row.note


def reaction_words(row: ReactionRow) -> str:
    """Say what was known of a reaction in one line."""
    said = [
        row.effect_name,
        show_word(row.severity),
        gettext("began %(at)s", at=at_wall(row.began_at)),
        show_word(row.outcome),
    ]
    if row.is_withdrawn:
        said.append(gettext("written down by mistake"))
    if note := note_words(row):
        said.append(note)
    written = gettext("(%(by)s, %(at)s)", by=row.recorded_by, at=at_wall(row.recorded_at))
    return f"{', '.join(said)} {written}"


def reaction_lines(reactions: Iterable[ReactionKnown]) -> Iterable[str]:
    """Say each reaction as it is known now, and below it what was known before."""
    for each in reactions:
        yield reaction_words(each.now)
        for earlier in each.before:
            yield gettext("   before: %(said)s", said=reaction_words(earlier))


def span_words(each: Instruction | InstructionRow) -> str:
    """Say how long an instruction holds; empty where no source says it."""
    if each.lasts_from is None:
        return ""
    if each.lasts_to is None:
        return gettext("at least %(span)s", span=_units(each.lasts_from, each.lasts_unit))
    if each.lasts_to == each.lasts_from:
        return _units(each.lasts_from, each.lasts_unit)
    return gettext("%(n)s to %(span)s", n=each.lasts_from, span=_units(each.lasts_to, each.lasts_unit))


def _units(number: int, unit: str) -> str:
    if unit == "hours":
        return ngettext("%(num)s hour", "%(num)s hours", number)
    if unit == "days":
        return ngettext("%(num)s day", "%(num)s days", number)
    if unit == "weeks":
        return ngettext("%(num)s week", "%(num)s weeks", number)
    return ngettext("%(num)s month", "%(num)s months", number)
