"""What stands on the papers about a patient: the record of products used, the sheet for her, and her aftercare?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext, ngettext

from stockroom.outside.record_paper import PaperPart, PaperRow, RecordPaper, record_paper
from stockroom.queries.aftercare import Aftercare, Instruction
from stockroom.queries.cocktails_used import CocktailUsed, IngredientUsed
from stockroom.queries.devices import DeviceUse
from stockroom.queries.goods_named import GoodsNamed
from stockroom.queries.patients import PatientShown
from stockroom.queries.products_used import ProductsUsed, ProductUse, SessionUsed
from stockroom.queries.reactions import ReactionKnown
from stockroom.queries.signatures import SignatureRow
from stockroom.vocabulary import LotKind
from stockroom.web.clinic_here import clinic_here
from stockroom.web.formats import show_amount, show_day, show_word
from stockroom.web.printed_by import printed_by
from stockroom.web.record_words import (
    at_wall,
    cocktail_words,
    correction_words,
    device_words,
    goods_words,
    how_words,
    reaction_lines,
    span_words,
    unusual_words,
    where_words,
    who_words,
)

USES_WIDTHS = (17, 11, 11, 11, 10, 8, 10, 12, 10)


def record_of(
    record: ProductsUsed, patient: PatientShown | None, reactions: dict[int, tuple[ReactionKnown, ...]]
) -> bytes:
    """Give the record of products used as a PDF, everything that was ever booked on it."""
    parts: list[PaperPart] = []
    for session in record.sessions:
        where = "" if record.of_one_session else session.clinic
        parts += _session(session, where, reactions.get(session.id, ()))
    if not parts:
        parts.append(PaperPart(title="", lines=(gettext("Nothing was used."),)))
    return record_paper(
        RecordPaper(
            title=gettext("Record of products used"),
            below=(*whose(patient), *_elsewhere(record), _printed()),
            parts=tuple(parts),
            foot=_foot(patient),
        )
    )


def sheet_for_patient(record: ProductsUsed, patient: PatientShown | None) -> bytes:
    """Give the short sheet that a patient takes home: what was injected into her, by name, lot and UDI.

    Needles, and other pieces that are consumables, are not on it; threads are (Regulation (EU) 2017/745, article 18).
    """
    parts = []
    for session in record.sessions:
        rows = [PaperRow(cells=row) for use in session.standing for row in _for_patient(use)]
        if rows:
            parts.append(
                PaperPart(
                    title=", ".join(filter(None, (at_wall(_given_at(session)), session.practitioner, session.clinic))),
                    heads=(
                        gettext("Product"), gettext("Manufacturer"), gettext("UDI-DI"),
                        gettext("Lot, serial"), gettext("Amount"), gettext("Area"),
                    ),
                    widths=(24, 17, 17, 15, 12, 15),
                    rows=rows,
                )
            )  # fmt: skip
    if not parts:
        parts.append(PaperPart(title="", lines=(gettext("Nothing was injected."),)))
    keep = gettext(
        "Keep this sheet. Show it to whoever treats you, and when you ask us about your treatment."
    )
    return record_paper(
        RecordPaper(
            title=gettext("What you were given"),
            below=(*whose(patient), keep),
            parts=tuple(parts),
            foot=_foot(patient),
            is_wide=False,
        )
    )


def aftercare_of(said: Aftercare, session: SessionUsed, patient: PatientShown | None) -> bytes:
    """Give the sheet of what a patient does, and leaves, after her session."""
    treated = ": ".join(filter(None, (", ".join(said.techniques), ", ".join(said.areas))))
    had = (gettext("You had: %(what)s.", what=treated),) if treated else ()
    parts = [
        PaperPart(title=_instruction_head(each), lines=(each.text,), are_large=True)
        for each in said.for_patient
    ]
    return record_paper(
        RecordPaper(
            title=gettext("After your session"),
            below=(*whose(patient), at_wall(_given_at(session)), *had),
            parts=tuple(parts),
            foot=_foot(patient),
            is_wide=False,
        )
    )


def _given_at(session: SessionUsed) -> datetime:
    """When she got the first of what stands: on another day than was planned, or written down late."""
    return min((use.occurred_at for use in session.standing), default=session.planned_at)


def _instruction_head(each: Instruction) -> str:
    span = span_words(each)
    return f"{each.name} ({span})" if span else each.name


def whose(patient: PatientShown | None) -> tuple[str, ...]:
    """Say whose a paper is; of an erased patient nothing is known any more."""
    if patient is None:
        return (gettext("Erased record"),)
    who = patient.identity
    born = gettext("born %(day)s", day=show_day(who.born_on)) if who.born_on else ""
    return (" · ".join(filter(None, (who.name, born, who.reference, who.short_code))),)


def _printed() -> str:
    return gettext("%(printed)s. What was taken back is struck through and stays.", printed=printed_by())


def _foot(patient: PatientShown | None) -> str:
    clinic = clinic_here()
    return " · ".join(filter(None, ("" if clinic is None else clinic.name, *whose(patient))))


def _elsewhere(record: ProductsUsed) -> tuple[str, ...]:
    """Say that more of it lies where whoever prints this may not read it; nothing where there is none."""
    if not record.unseen_clinics:
        return ()
    return (
        ngettext(
            "Not on it: what %(num)s other clinic used, where whoever printed this holds no role.",
            "Not on it: what %(num)s other clinics used, where whoever printed this holds no role.",
            record.unseen_clinics,
        ),
    )


def _session(session: SessionUsed, clinic: str, reactions: tuple[ReactionKnown, ...]) -> Iterable[PaperPart]:
    place = ", ".join(filter(None, (clinic, session.room, session.practitioner, show_word(session.state))))
    yield PaperPart(
        title=gettext("Session %(code)s, %(at)s", code=session.short_code, at=at_wall(session.planned_at)),
        lines=(place,) if session.uses else (place, gettext("Nothing was booked.")),
        heads=uses_heads(),
        widths=USES_WIDTHS,
        rows=[use_row(each, at_wall(each.occurred_at)) for each in session.uses],
    )
    yield from cocktails_of([session])
    if session.devices:
        yield _devices(session.devices)
    if session.unusual:
        yield PaperPart(
            title=gettext("Unusual numbers"), is_less=True, lines=tuple(map(unusual_words, session.unusual))
        )
    if session.signatures:
        yield PaperPart(
            title=gettext("Signatures"), is_less=True, lines=tuple(map(_signature, session.signatures))
        )
    if reactions:
        yield PaperPart(
            title=gettext("Adverse reactions"), is_less=True, lines=tuple(reaction_lines(reactions))
        )


def cocktails_of(sessions: Iterable[SessionUsed]) -> Iterable[PaperPart]:
    """What is in each cocktail of these sessions, each cocktail once."""
    used = (use.cocktail for session in sessions for use in session.uses)
    for cocktail in {each.preparation_uid: each for each in used if each is not None}.values():
        yield from _cocktail(cocktail)


def uses_heads() -> tuple[str, ...]:
    """The heads of a table of uses."""
    return (
        gettext("Product"), gettext("Manufacturer"), gettext("UDI-DI"), gettext("Lot, serial"), gettext("Expiry"),
        gettext("Quantity"), gettext("Area"), gettext("Technique, depth"), gettext("Time, by"),
    )  # fmt: skip


def use_row(use: ProductUse, at: str) -> PaperRow:
    """A use in a row of such a table; `at` says when it was."""
    said = goods_words(use.goods, use.serial)
    remark = correction_words(use)
    cells = (
        "\n".join(filter(None, (said.brand, remark))),
        said.manufacturer,
        said.udi_di,
        "\n".join(filter(None, (said.lot, said.serial))),
        said.expiry,
        show_amount(use.quantity, use.goods.base_unit),
        "\n".join(where_words(use)),
        how_words(use),
        "\n".join((at, who_words(use))),
    )
    return PaperRow(cells=cells, is_struck=use.taken_back is not None)


def _cocktail(cocktail: CocktailUsed) -> Iterable[PaperPart]:
    yield PaperPart(
        title=gettext("Cocktail"),
        is_less=True,
        lines=(cocktail_words(cocktail),),
        heads=(
            gettext("Ingredient"), gettext("Manufacturer"), gettext("UDI-DI"), gettext("Lot, serial"),
            gettext("Expiry"), gettext("Quantity"), gettext("From"),
        ),
        widths=(24, 16, 14, 16, 12, 9, 9),
        rows=[_ingredient(each) for each in cocktail.ingredients],
    )  # fmt: skip
    for each in cocktail.ingredients:
        if each.cocktail is not None:
            yield from _cocktail(each.cocktail)


def _ingredient(each: IngredientUsed) -> PaperRow:
    said = goods_words(each.goods, each.serial)
    return PaperRow(
        cells=(
            said.brand,
            said.manufacturer,
            said.udi_di,
            "\n".join(filter(None, (said.lot, said.serial))),
            said.expiry,
            show_amount(each.quantity, each.goods.base_unit),
            each.container_code,
        )
    )


def _devices(uses: tuple[DeviceUse, ...]) -> PaperPart:
    return PaperPart(
        title=gettext("Devices"),
        is_less=True,
        heads=(
            gettext("Device"),
            gettext("Manufacturer"),
            gettext("UDI-DI"),
            gettext("Serial"),
            gettext("Time, by"),
        ),
        widths=(30, 20, 18, 14, 18),
        rows=[
            PaperRow(
                cells=(
                    "\n".join(filter(None, (f"{each.name} ({each.kind_name})", device_words(each)))),
                    each.manufacturer,
                    each.udi_di,
                    each.serial,
                    f"{at_wall(each.occurred_at)}\n{each.by}",
                ),
                is_struck=each.taken_back_at is not None,
            )
            for each in uses
        ],
    )


def _signature(row: SignatureRow) -> str:
    return gettext(
        "%(meaning)s: %(name)s, %(at)s",
        meaning=show_word(row.meaning),
        name=row.person_name,
        at=at_wall(row.signed_at),
    )


def _for_patient(use: ProductUse) -> Iterable[tuple[str, ...]]:
    """The rows of one use on the patient's sheet: of a cocktail each thing that is in it."""
    if not use.goods.may_stay:
        return
    areas = "\n".join(where_words(use))
    if use.goods.kind == LotKind.PREPARED and use.cocktail is not None:
        for each in _in_it(use.cocktail):
            said = goods_words(each.goods, each.serial)
            part = gettext("in a cocktail")
            yield (said.brand, said.manufacturer, said.udi_di, _unit(each.goods, each.serial), part, areas)
        return
    said = goods_words(use.goods, use.serial)
    amount = show_amount(use.quantity, use.goods.base_unit)
    yield (said.brand, said.manufacturer, said.udi_di, _unit(use.goods, use.serial), amount, areas)


def _unit(goods: GoodsNamed, serial: str) -> str:
    return "\n".join(filter(None, (goods.lot_number, serial)))


def _in_it(cocktail: CocktailUsed) -> Iterable[IngredientUsed]:
    for each in cocktail.ingredients:
        if each.cocktail is not None:
            yield from _in_it(each.cocktail)
        else:
            yield each
