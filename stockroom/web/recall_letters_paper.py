"""What stands on a recall's letters and on its call list?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from stockroom.outside.letter_paper import Letter, letter_paper
from stockroom.outside.record_paper import PaperPart, PaperRow, RecordPaper, record_paper
from stockroom.queries.recall_contacts import Contact
from stockroom.reads.patients import PatientIdentity
from stockroom.rules.recall_letters import filled
from stockroom.web.formats import show_day, show_word, today_here
from stockroom.web.recall_words import attempts_words, day_of, next_words, session_words


@dataclass(frozen=True, kw_only=True)
class LetterWords:
    """What every letter of a case says, whoever gets it."""

    clinic: str
    """Where the letters are written."""
    case: str
    issuer: str
    products: str
    subject: str
    body: str


def usual_subject() -> str:
    """The subject of a letter that nobody has worded yet."""
    return gettext("Important: about your treatment at {clinic}")


def usual_body() -> str:
    """The text of a letter that nobody has worded yet."""
    return gettext(
        "Dear {name},\n\n"
        "You were treated at {clinic} on: {sessions}.\n\n"
        "{issuer} has since recalled a product that was used in your treatment: {products}.\n\n"
        "Please call us as soon as you can, so that we can tell you what this means for you and answer your "
        "questions. If you feel unwell, tell a doctor at once and show this letter.\n\n"
        "Our number of this recall is {case}. Have this letter at hand when you call.\n\n"
        "Yours sincerely\n{clinic}"
    )


def letters_pdf(words: LetterWords, contacts: Sequence[Contact], who: Mapping[int, PatientIdentity]) -> bytes:
    """Give the letters, a page a patient; who was erased gets none."""
    known = [each for each in contacts if each.patient_id in who]
    letters = (_letter(words, each, who[each.patient_id]) for each in known)
    return letter_paper(letters, title=gettext("Letters: %(case)s", case=words.case))


def _letter(words: LetterWords, contact: Contact, patient: PatientIdentity) -> Letter:
    standing = [each for each in contact.sessions if each.stands]
    values = {
        "name": patient.name,
        "reference": patient.reference or patient.short_code,
        "clinic": ", ".join(dict.fromkeys(each.clinic_name for each in standing)) or words.clinic,
        "products": words.products,
        "sessions": ", ".join(dict.fromkeys(day_of(each.at) for each in standing)),
        "case": words.case,
        "issuer": words.issuer,
        "today": show_day(today_here()),
    }
    return Letter(
        to="\n".join(filter(None, (patient.name, patient.contact.replace(", ", "\n")))),
        sender=words.clinic,
        day=show_day(today_here()),
        subject=filled(words.subject, values),
        body=filled(words.body, values),
    )


def call_list_pdf(
    contacts: Sequence[Contact], who: Mapping[int, PatientIdentity], *, case: str, printed: str
) -> bytes:
    """Give the call list: whom to reach where, what was tried, and room to write."""
    rows = [PaperRow(cells=_cells(each, who.get(each.patient_id))) for each in contacts]
    part = PaperPart(
        title="",
        lines=() if rows else (gettext("Nobody is left to be reached."),),
        heads=(
            gettext("Patient"), gettext("Contact"), gettext("Treated"), gettext("Tried so far"),
            gettext("Next"), gettext("Reached? When, by whom"),
        ),
        widths=(17, 17, 16, 22, 12, 16),
        rows=rows,
    )  # fmt: skip
    return record_paper(
        RecordPaper(
            title=gettext("Call list: %(case)s", case=case), below=(printed,), parts=(part,), foot=case
        )
    )


def _cells(contact: Contact, patient: PatientIdentity | None) -> tuple[str, ...]:
    if patient is None:
        name = gettext("Erased record")
        where = ""
    else:
        born = gettext("born %(day)s", day=show_day(patient.born_on)) if patient.born_on else ""
        name = "\n".join(filter(None, (patient.name, born, patient.reference or patient.short_code)))
        where = patient.contact
    return (
        name, where, session_words(contact),
        attempts_words(contact.standing) or show_word(contact.state), next_words(contact), "",
    )  # fmt: skip
