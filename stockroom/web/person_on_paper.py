"""Everything that is held of one person, on paper: to be handed to her."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext

from stockroom.outside.record_paper import PaperPart, PaperRow, RecordPaper, record_paper
from stockroom.queries.devices import DeviceUse
from stockroom.queries.disclosures import DisclosureRow
from stockroom.queries.patients import PatientShown
from stockroom.queries.person_data import Change, ClinicHeld, PersonData
from stockroom.queries.recall_contacts import AttemptRow
from stockroom.queries.recalls_of_person import RecallOfPerson
from stockroom.reads.patients import PatientIdentity
from stockroom.web.disclosure_words import (
    disclosed_words,
    page_words,
    person_words,
    purpose_words,
    time_words,
)
from stockroom.web.formats import NOTHING, show_day, show_wall, show_word
from stockroom.web.printed_by import printed_by
from stockroom.web.recall_words import attempt_words
from stockroom.web.record_on_paper import USES_WIDTHS, cocktails_of, use_row, uses_heads, whose
from stockroom.web.record_words import at_wall, device_words, reaction_lines


def person_paper(person: PersonData) -> bytes:
    """Give everything that is held of a person as a PDF."""
    parts = [_record(person.shown.identity), *map(_other, person.merged), _answers(person.shown)]
    for held in person.clinics:
        parts += _clinic(held)
    parts += [_recalls(person.recalls)] if person.recalls else []
    parts += [_changes(person.changes), disclosures_part(person.disclosures)]
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
    if held.courses:
        yield _courses(held)
    yield _sessions(held)
    answers = [
        f"{session.short_code}, {_wall(held, each.answered_at)}: {show_word(each.word)} – {each.reason} "
        f"({each.answered_by})"
        for session in held.sessions
        for each in session.answers
    ]
    if answers:
        yield PaperPart(title=gettext("Asked about, and answered"), is_less=True, lines=tuple(answers))
    rows = [
        use_row(use, _wall(held, use.occurred_at)) for session in held.used.sessions for use in session.uses
    ]
    if rows:
        yield PaperPart(
            title=gettext("What was used"), is_less=True, heads=uses_heads(), widths=USES_WIDTHS, rows=rows
        )
    yield from cocktails_of(held.used.sessions)
    devices = [_device(held, use) for session in held.used.sessions for use in session.devices]
    if devices:
        yield PaperPart(title=gettext("Devices"), is_less=True, lines=tuple(devices))
    if held.reactions:
        yield PaperPart(
            title=gettext("Adverse reactions"), is_less=True, lines=tuple(reaction_lines(held.reactions))
        )


def _device(held: ClinicHeld, use: DeviceUse) -> str:
    said = (
        _wall(held, use.occurred_at),
        use.name,
        use.manufacturer,
        use.udi_di,
        use.serial,
        use.by,
        device_words(use),
    )
    return ", ".join(filter(None, said))


def _recalls(recalls: Sequence[RecallOfPerson]) -> PaperPart:
    rows = [
        PaperRow(
            cells=(
                str(each.number),
                "\n".join(filter(None, (each.title, gettext("an exercise") if each.is_mock else ""))),
                at_wall(each.listed_at),
                "\n".join(_attempt(tried) for tried in each.attempts) or NOTHING,
            )
        )
        for each in recalls
    ]
    return PaperPart(
        title=gettext("Recalls of what was used"),
        heads=(
            gettext("Recall"),
            gettext("Title"),
            gettext("On its list since"),
            gettext("Tried to reach you"),
        ),
        widths=(8, 30, 18, 44),
        rows=rows,
    )


def _attempt(tried: AttemptRow) -> str:
    return ": ".join(filter(None, (attempt_words(tried), tried.note)))


def _wall(held: ClinicHeld, at: datetime | None) -> str:
    return NOTHING if at is None else show_wall(at.astimezone(ZoneInfo(held.time_zone)))


def _courses(held: ClinicHeld) -> PaperPart:
    rows = [
        PaperRow(
            cells=(
                each.name,
                show_word(each.state),
                gettext("%(done)s of %(all)s done", done=each.done_count, all=each.session_count),
                _wall(held, each.next_at),
            )
        )
        for each in held.courses
    ]
    return PaperPart(
        title=gettext("Courses in %(clinic)s", clinic=held.name),
        heads=(gettext("Name"), gettext("State"), gettext("Sessions"), gettext("Next")),
        widths=(40, 20, 20, 20),
        rows=rows,
    )


def _sessions(held: ClinicHeld) -> PaperPart:
    rows = [
        PaperRow(
            cells=(
                each.short_code,
                _wall(held, each.planned_at),
                show_word(each.state),
                each.room,
                each.practitioner,
                ", ".join(dict.fromkeys(tick.instruction for tick in each.ticks if tick.is_done)),
            )
        )
        for each in held.sessions
    ]
    return PaperPart(
        title=gettext("Sessions in %(clinic)s", clinic=held.name),
        heads=(
            gettext("Code"), gettext("Time"), gettext("State"), gettext("Room"), gettext("Practitioner"),
            gettext("Done beforehand"),
        ),
        widths=(10, 18, 14, 14, 20, 24),
        rows=rows,
    )  # fmt: skip


def disclosures_paper(rows: Sequence[DisclosureRow], of: str) -> bytes:
    """Give who was shown something of her as a PDF, to be handed to her; `of` says whose it is."""
    return record_paper(
        RecordPaper(
            title=gettext("Who was shown something of you"),
            below=(of, disclosed_words(), f"{printed_by()}."),
            parts=(disclosures_part(rows, title=""),),
            foot=of,
            is_wide=False,
        )
    )


def disclosures_part(rows: Sequence[DisclosureRow], title: str | None = None) -> PaperPart:
    """The table of who was shown something of her."""
    return PaperPart(
        title=gettext("Who was shown something of you") if title is None else title,
        lines=() if rows else (gettext("Nobody was."),),
        heads=(
            gettext("Time"),
            gettext("By"),
            gettext("Clinic"),
            gettext("What for"),
            gettext("Page"),
        ),
        widths=(18, 28, 18, 16, 20),
        rows=[
            PaperRow(
                cells=(
                    time_words(each),
                    person_words(each),
                    each.clinic,
                    purpose_words(each),
                    page_words(each),
                )
            )
            for each in rows
        ],
    )


def _changes(changes: Sequence[Change]) -> PaperPart:
    return PaperPart(
        title=gettext("Changes of the record"),
        heads=(gettext("Time"), gettext("By"), gettext("What")),
        widths=(20, 40, 40),
        rows=[
            PaperRow(cells=(at_wall(each.at), each.by, show_word(each.what.removeprefix("patient."))))
            for each in changes
        ],
    )
