"""What stands in the evidence pack of a recall, part by part, in the order in which an auditor asks?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flask_babel import gettext, ngettext

from stockroom.outside.record_paper import PaperPart, PaperRow
from stockroom.queries.recall_answers import ReplyRow
from stockroom.queries.recall_contacts import Contact
from stockroom.queries.recall_notices import NoticeRow
from stockroom.queries.recall_story import ScopeRow, StepRow
from stockroom.queries.trace_rows import Use
from stockroom.vocabulary import ContactState, RecallClass
from stockroom.web.changed_since import marks_of_uses
from stockroom.web.counted import show_packs
from stockroom.web.formats import NOTHING, show_amount, show_day, show_word
from stockroom.web.recall_story_here import RecallStory
from stockroom.web.recall_words import (
    answers,
    attempts_words,
    books_cells,
    books_heads,
    filled_columns,
    product_words,
    session_words,
    sums_cells,
    sums_heads,
)
from stockroom.web.record_words import at_wall
from stockroom.web.trace_on_paper import first_of
from stockroom.web.trace_shown import through_of

Named = Mapping[str, str]
"""By which word each patient stands on the paper, by uid: a reference or a code, or a name where that was opened."""


def recall_parts(story: RecallStory, named: Named, *, annex: str, rows_max: int) -> Iterator[PaperPart]:
    """Give the parts of the pack; `named` are the patients of the clinics that its reader may see.

    Of uses and of patients no more than `rows_max` are printed each; the `annex` holds all of them.
    """
    yield _limits(story)
    yield from _notices(story)
    yield from _scope(story)
    yield _holds(story)
    yield _completeness(story)
    yield _clinics(story)
    yield _returned(story)
    yield _uses(story, named, annex, rows_max)
    if story.mock is not None:
        yield _list(story, named, annex, rows_max)
    else:
        yield _contacts(story, named, annex, rows_max)
        yield _replies(story.replies)
    yield _steps(story)


def _part(
    title: str, heads: tuple[str, ...], widths: tuple[int, ...], rows: Iterable[tuple[str, ...]], none: str
) -> PaperPart:
    cells = [PaperRow(cells=row) for row in rows]
    return PaperPart(title=title, heads=heads, widths=widths, rows=cells, lines=() if cells else (none,))


def _limits(story: RecallStory) -> PaperPart:
    """What the books cannot say; first, so that nobody reads the rest without it."""
    here = story.here
    kept = "; ".join(f"{each.clinic_name}: {show_day(each.books_begin_on)}" for each in story.books)
    forward = [
        f"{each.lot_number}, {each.clinic_name}, {at_wall(each.arrived_at)}" for each in story.brought_forward
    ]
    gone = [each.short_code for each in here.contacts if each.state is ContactState.UNREACHABLE]
    lines = [
        gettext("Books are kept since: %(clinics)s.", clinics=kept),
        gettext("Brought forward without history: %(lots)s.", lots="; ".join(forward) or gettext("nothing")),
        ngettext(
            "Booked by hand, not by a scan: %(num)s of the uses below, which says so.",
            "Booked by hand, not by a scan: %(num)s of the uses below, each of which says so.",
            story.here.used.by_hand,
        ),
        gettext("Patients who cannot be reached: %(codes)s.", codes=", ".join(gone) or gettext("none")),
    ]
    if story.unseen_patients:
        lines.append(
            ngettext(
                "%(num)s patient of a clinic in which the reader may not trace is counted and not shown.",
                "%(num)s patients of clinics in which the reader may not trace are counted and not shown.",
                story.unseen_patients,
            )
        )
    if story.mock is not None and story.mock.listed_after_ms is not None:
        lines.insert(
            0,
            gettext(
                "This is an exercise: nothing was held, and nobody was told anything. From the lot to the complete "
                "list: %(seconds)s seconds.",
                seconds=f"{story.mock.listed_after_ms / 1000:.1f}",
            ),
        )
    return PaperPart(title=gettext("What this pack rests on"), lines=tuple(lines))


def _notices(story: RecallStory) -> Iterator[PaperPart]:
    for each in story.notices:
        said = (
            gettext("%(issuer)s, %(reference)s, class %(recall_class)s.", issuer=each.issuer,
                    reference=each.reference, recall_class=_class_words(each)),
            gettext("Received %(at)s by %(who)s (%(how)s); filed %(filed)s by %(by)s.", at=at_wall(each.received_at),
                    who=each.received_by, how=show_word(each.received_how), filed=at_wall(each.filed_at),
                    by=each.filed_by),
            gettext("To be answered by: %(at)s.", at=at_wall(each.answer_by)) if each.answer_by else "",
            gettext("Asked: %(what)s", what=each.asked) if each.asked else "",
            each.note,
        )  # fmt: skip
        yield PaperPart(
            title=gettext("Notice %(n)s", n=each.number), lines=tuple(line for line in said if line)
        )
    if story.files:
        rows = (
            (
                each.file_name,
                show_word(each.what),
                f"{each.size:,}",
                each.sha256,
                f"{at_wall(each.filed_at)}\n{each.filed_by}",
            )
            for each in story.files
        )
        heads = (gettext("File"), gettext("What"), gettext("Bytes"), gettext("SHA-256"), gettext("Filed"))
        yield _part(gettext("Files"), heads, (22, 10, 9, 42, 17), rows, "")


def _class_words(each: NoticeRow) -> str:
    return gettext("not said") if each.recall_class == RecallClass.UNKNOWN else each.recall_class


def _scope(story: RecallStory) -> Iterator[PaperPart]:
    yield _part(
        gettext("What it covers"),
        (gettext("Product"), gettext("Lots"), gettext("Read from"), gettext("Confirmed")),
        (34, 30, 12, 24),
        (
            (
                f"{each.product_name} {each.strength}".strip(), _scope_words(each), show_word(each.source),
                f"{at_wall(each.confirmed_at)}\n{each.confirmed_by}",
            )
            for each in story.scopes
        ),
        gettext("No lot was confirmed."),
    )  # fmt: skip
    for each in story.findings:
        yield PaperPart(
            title=gettext("Not affected"),
            is_less=True,
            lines=(
                each.statement,
                gettext("Signed %(at)s by %(who)s; the books were searched as they stood %(through)s.",
                        at=at_wall(each.signed_at), who=each.signed_by, through=at_wall(each.searched_through)),
                gettext("The search, as it was kept: %(search)s", search=_search_words(each.searched)),
            ),
        )  # fmt: skip


def _scope_words(row: ScopeRow) -> str:
    if row.kind == "range":
        return gettext("%(first)s to %(last)s", first=row.first, last=row.last)
    return row.first or row.pattern or gettext("all of it")


def _search_words(searched: str) -> str:
    """The kept search as its canonical text, on one line."""
    return json.dumps(json.loads(searched), ensure_ascii=False)


def _holds(story: RecallStory) -> PaperPart:
    return _part(
        gettext("What was held, from when until when"),
        (gettext("Product, lot"), gettext("Where"), gettext("Held"), gettext("Released")),
        (34, 18, 24, 24),
        (
            (
                f"{each.product_name}\n{each.lot_number or gettext('all of it')}",
                each.clinic_name or gettext("every clinic"),
                f"{at_wall(each.placed_at)}\n{each.placed_by}",
                f"{at_wall(each.released_at)}\n{each.released_by}\n{each.release_note}"
                if each.released_at
                else gettext("held still"),
            )
            for each in story.holds
        ),
        gettext("Nothing was held."),
    )


def _completeness(story: RecallStory) -> PaperPart:
    here = story.here
    said = (
        gettext("Complete: received and found = held + on the way + used + made into cocktails + returned + "
                "destroyed + missing by counts, to the last base unit, for every lot.")
        if here.quantities.is_complete
        else gettext("NOT COMPLETE: the books do not say where everything is.")
    )  # fmt: skip
    rows = [
        PaperRow(
            cells=(
                product_words(each),
                each.number,
                "\n".join(answers(each.sums)),
                *(cell or NOTHING for cell in sums_cells(each, here.packs)),
            )
        )
        for each in here.lots
    ]
    return PaperPart(
        title=gettext("Statement of completeness, over all clinics"),
        lines=(said,),
        heads=(gettext("Product"), gettext("Lot"), gettext("Answer"), *sums_heads()),
        widths=(20, 12, 11, *([9] * len(sums_heads()))),
        rows=rows,
    )


def _clinics(story: RecallStory) -> PaperPart:
    """Each clinic's share; a column in which nothing stands anywhere is left out."""
    shares = story.here.quantities.here
    heads, cells = filled_columns(books_heads(), [books_cells(each, story.here.packs) for each in shares])
    return _part(
        gettext("Clinic by clinic, with what was made with it"),
        (gettext("Product, lot"), gettext("Clinic"), *heads),
        (26, 16, *([10] * len(heads))),
        (
            (
                f"{product_words(each)}\n{each.lot.number}",
                each.lot.clinic_name,
                *(cell or NOTHING for cell in row),
            )
            for each, row in zip(shares, cells, strict=True)
        ),
        gettext("No clinic had any of it."),
    )


def _returned(story: RecallStory) -> PaperPart:
    return _part(
        gettext("Returned to suppliers"),
        (
            gettext("Reference"), gettext("Supplier"), gettext("Lot"), gettext("Quantity"),
            gettext("Clinic"), gettext("When"),
        ),
        (20, 22, 16, 12, 14, 16),
        (
            (
                each.reference, each.supplier, each.lot_number, show_packs(each.quantity, each, story.here.packs),
                each.clinic_name, at_wall(each.returned_at),
            )
            for each in story.here.quantities.went_back
        ),
        gettext("Nothing went back."),
    )  # fmt: skip


def _uses(story: RecallStory, named: Named, annex: str, rows_max: int) -> PaperPart:
    numbers, used = story.here.numbers, story.here.used
    some = used.first[:rows_max]
    marks = marks_of_uses(some, as_of=story.here.as_of)
    part = _part(
        gettext("Affected sessions and patients"),
        (
            gettext("When"), gettext("Patient"), gettext("What was used"), gettext("Quantity"), gettext("Through"),
            gettext("Practitioner"), gettext("Identified by"), gettext("Clinic"), gettext("Entry"),
        ),
        (14, 12, 18, 9, 14, 13, 9, 10, 6),
        (_use(use, named, numbers, mark) for use, mark in zip(some, marks, strict=True)),
        gettext("Nobody got any of it."),
    )  # fmt: skip
    counted = gettext(
        "%(people)s in %(sessions)s.",
        people=ngettext("%(num)s patient", "%(num)s patients", used.people),
        sessions=ngettext("%(num)s session", "%(num)s sessions", used.sessions),
    )
    return replace(part, lines=(*part.lines, counted, *first_of(len(some), used.seen, annex)))


def _use(use: Use, named: Named, numbers: Mapping[str, str], mark: str) -> tuple[str, ...]:
    return (
        at_wall(use.occurred_at) + (f"\n{gettext('recorded late')}" if use.is_late else ""),
        named.get(use.patient_uid, NOTHING),
        "\n".join(filter(None, (use.lot.product_name, use.lot.number, mark))),
        show_amount(use.quantity, use.lot.base_unit), through_of(use, numbers),
        use.practitioner or "", show_word(use.identified_by) if use.identified_by else "", use.lot.clinic_name,
        str(use.seq),
    )  # fmt: skip


def _contacts(story: RecallStory, named: Named, annex: str, rows_max: int) -> PaperPart:
    progress = story.here.progress
    said = [
        gettext(
            "%(patients)s patients; tried %(tried)s (%(tried_percent)s %%) in %(attempts)s attempts, "
            "reached %(reached)s (%(reached_percent)s %%), refused %(refused)s, "
            "cannot be reached %(unreachable)s, still open %(open)s.",
            patients=progress.patients, tried=progress.tried, tried_percent=progress.tried_percent,
            attempts=progress.attempts,
            reached=progress.reached, reached_percent=progress.reached_percent, refused=progress.refused,
            unreachable=progress.unreachable, open=progress.open,
        )
    ]  # fmt: skip
    said += [
        gettext("Effectiveness check, %(at)s, %(who)s: level %(level)s (%(share)s %%), %(tried)s tried, "
                "%(reached)s reached. %(note)s",
                at=at_wall(each.written_at), who=each.written_by, level=each.level, share=each.share,
                tried=each.tried, reached=each.reached, note=each.note)
        for each in story.checks
    ]  # fmt: skip
    some = story.here.contacts[:rows_max]
    rows = [PaperRow(cells=_contact(each, named)) for each in some]
    return PaperPart(
        title=gettext("Who was told"),
        lines=(*said, *first_of(len(some), len(story.here.contacts), annex)),
        heads=(gettext("Patient"), gettext("Clinic"), gettext("State"), gettext("What was tried")),
        widths=(18, 18, 14, 50),
        rows=rows,
    )


def _list(story: RecallStory, named: Named, annex: str, rows_max: int) -> PaperPart:
    """Of an exercise, which tells nobody anything: whom a recall would have to tell."""
    some = story.here.contacts[:rows_max]
    part = _part(
        gettext("Complete list of patients"),
        (gettext("Patient"), gettext("Treated")),
        (18, 82),
        ((named.get(each.patient_uid, each.short_code), session_words(each)) for each in some),
        gettext("Nobody got any of it."),
    )
    return replace(part, lines=(*part.lines, *first_of(len(some), len(story.here.contacts), annex)))


def _contact(contact: Contact, named: Named) -> tuple[str, ...]:
    state = show_word(contact.state)
    if not contact.is_concerned:
        state += "\n" + gettext("taken back since")
    if contact.is_erased:
        state += "\n" + gettext("the record was erased")
    return (
        named.get(contact.patient_uid, contact.short_code), ", ".join(contact.clinics), state,
        attempts_words(contact.attempts) or NOTHING,
    )  # fmt: skip


def _replies(found: tuple[ReplyRow, ...]) -> PaperPart:
    def cells(each: ReplyRow) -> tuple[str, ...]:
        said = "\n".join(f"{line.number}: {', '.join(answers(line.sums))}" for line in each.lines)
        return (
            str(each.number), f"{at_wall(each.sent_at)}\n{each.sent_by}", f"{each.sent_to}\n{show_word(each.sent_how)}",
            each.reference, said or gettext("none"), each.note,
        )  # fmt: skip

    return _part(
        gettext("Replies to the issuer"),
        (
            gettext("Reply"), gettext("Sent"), gettext("To, how"), gettext("Their number"), gettext("What it said"),
            gettext("Note"),
        ),
        (8, 18, 22, 14, 24, 14),
        map(cells, found),
        gettext("Nothing was answered."),
    )  # fmt: skip


def _steps(story: RecallStory) -> PaperPart:
    opened = (at_wall(story.here.case.opened_at), gettext("opened"), story.opened_by, "")
    return _part(
        gettext("Course and closing"),
        (gettext("When"), gettext("What"), gettext("By"), gettext("Why")),
        (18, 16, 20, 46),
        (opened, *map(_step, story.steps)),
        "",
    )


def _step(each: StepRow) -> tuple[str, ...]:
    counted = ""
    if each.patients is not None:
        counted = gettext(
            "%(patients)s patients, %(uncontacted)s not told",
            patients=each.patients,
            uncontacted=each.uncontacted,
        )
    why = "\n".join(filter(None, (each.reason, counted, each.uncontacted_reason, each.unaccounted_reason)))
    return (at_wall(each.done_at), show_word(each.kind), each.done_by, why)
