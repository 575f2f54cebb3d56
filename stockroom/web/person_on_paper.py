"""Everything that is held of one person, on paper: to be handed to her."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext

from stockroom.outside.record_paper import PaperPart, PaperRow, RecordPaper, record_paper
from stockroom.queries.patients import PatientShown
from stockroom.queries.person_data import ClinicHeld, Look, PersonData
from stockroom.reads.patients import PatientIdentity
from stockroom.web.formats import NOTHING, show_amount, show_day, show_wall, show_word
from stockroom.web.printed_by import printed_by
from stockroom.web.record_on_paper import whose
from stockroom.web.record_words import at_wall, goods_words, reaction_lines


def person_paper(person: PersonData) -> bytes:
    """Give everything that is held of a person as a PDF."""
    parts = [_record(person.shown.identity), *map(_other, person.merged), _answers(person.shown)]
    for held in person.clinics:
        parts += _clinic(held)
    parts.append(_looks(gettext("Changes of the record"), person.changes))
    parts.append(_looks(gettext("Who was shown something of you"), person.disclosures))
    return record_paper(
        RecordPaper(
            title=gettext("What is held of you"),
            below=(*whose(person.shown), f"{printed_by()}."),
            parts=tuple(parts),
            foot=" · ".join(whose(person.shown)),
        )
    )


def _record(who: PatientIdentity) -> PaperPart:
    return PaperPart(title=gettext("Record"), lines=tuple(_lines(who)))


def _other(who: PatientIdentity) -> PaperPart:
    return PaperPart(
        title=gettext("Another record of yours, joined with it"), is_less=True, lines=tuple(_lines(who))
    )


def _lines(who: PatientIdentity) -> Iterator[str]:
    said = (
        (gettext("Name"), who.name),
        (gettext("Birth date"), show_day(who.born_on) if who.born_on else ""),
        (gettext("Contact"), who.contact),
        (gettext("Number in the clinic's own software"), who.reference),
        (gettext("Card code"), who.short_code),
    )
    for word, value in said:
        yield f"{word}: {value or NOTHING}"


def _answers(shown: PatientShown) -> PaperPart:
    asked = at_wall(shown.allergies_asked_at) if shown.allergies_asked_at else gettext("never")
    rows = [
        PaperRow(cells=(gettext("allergy"), each.name, at_wall(each.recorded_at), ""))
        for each in shown.allergies
    ]
    rows += [
        PaperRow(cells=(gettext("allergy to a class"), each.ingredient_class, at_wall(each.recorded_at), ""))
        for each in shown.classes
    ]
    rows += [
        PaperRow(
            cells=(
                gettext("flag"),
                each.name,
                show_day(each.from_on),
                show_day(each.until_on) if each.until_on else NOTHING,
            )
        )
        for each in shown.flags
    ]
    return PaperPart(
        title=gettext("Allergies and flags"),
        lines=(gettext("Last asked: %(when)s", when=asked),),
        heads=(gettext("What"), gettext("Name"), gettext("From"), gettext("Until")),
        widths=(15, 45, 20, 20),
        rows=rows,
    )


def _clinic(held: ClinicHeld) -> Iterator[PaperPart]:
    def wall(at: datetime | None) -> str:
        return NOTHING if at is None else show_wall(at.astimezone(ZoneInfo(held.time_zone)))

    yield PaperPart(
        title=gettext("Sessions in %(clinic)s", clinic=held.name),
        heads=(
            gettext("Code"), gettext("Time"), gettext("State"), gettext("Room"), gettext("Practitioner"),
            gettext("Done beforehand"),
        ),
        widths=(10, 18, 14, 14, 20, 24),
        rows=[
            PaperRow(
                cells=(
                    each.short_code,
                    wall(each.planned_at),
                    show_word(each.state),
                    each.room,
                    each.practitioner,
                    ", ".join(dict.fromkeys(tick.instruction for tick in each.ticks if tick.is_done)),
                )
            )
            for each in held.sessions
        ],
    )  # fmt: skip
    rows = []
    for session in held.used.sessions:
        for use in session.uses:
            said = goods_words(use.goods, use.serial)
            cells = (
                wall(use.occurred_at),
                said.brand,
                said.manufacturer,
                said.lot,
                show_amount(use.quantity, use.goods.base_unit),
                ", ".join(area.name for area in use.areas),
                use.practitioner,
            )
            rows.append(PaperRow(cells=cells, is_struck=use.taken_back is not None))
    if rows:
        yield PaperPart(
            title=gettext("What was used"),
            is_less=True,
            heads=(
                gettext("Time"), gettext("Product"), gettext("Manufacturer"), gettext("Lot"),
                gettext("Quantity"), gettext("Area"), gettext("Practitioner"),
            ),
            widths=(15, 24, 16, 13, 9, 10, 13),
            rows=rows,
        )  # fmt: skip
    if held.reactions:
        yield PaperPart(
            title=gettext("Adverse reactions"), is_less=True, lines=tuple(reaction_lines(held.reactions))
        )


def _looks(title: str, looks: tuple[Look, ...]) -> PaperPart:
    return PaperPart(
        title=title,
        heads=(gettext("Time"), gettext("By"), gettext("Clinic"), gettext("What")),
        widths=(20, 30, 25, 25),
        rows=[
            PaperRow(
                cells=(at_wall(each.at), each.by, each.clinic, show_word(each.what.removeprefix("patient.")))
            )
            for each in looks
        ],
    )
