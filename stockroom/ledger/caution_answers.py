"""What was the author asked about before, and how is an answer written down?

A caution is asked about before the act.  In a session the same facts are asked about once of each person; another
flag, another ingredient that one speaks against, or somebody else is another question.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from stockroom.db.built_once import adding
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.encoding import canonical
from stockroom.ledger.named_rows import name_rows
from stockroom.models import CautionAnswer
from stockroom.rules.overriding import Override
from stockroom.rules.usability import Broken, Caution
from stockroom.vocabulary import Rule

_BEFORE = select(CautionAnswer.session_id, CautionAnswer.about).where(
    CautionAnswer.clinic_id == bindparam("clinic"),
    CautionAnswer.session_id.in_(bindparam("sessions", expanding=True)),
    CautionAnswer.answered_by_id == bindparam("person"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about: the word under which it is told, and a keyed digest of the facts behind it."""

    word: str
    about: str


def question(work: Work, word: str, *facts: str | int) -> Question:
    """Make the question about these facts; the same facts are the same question."""
    said = canonical({"word": word, "facts": list(facts)})
    return Question(word=word, about=work.store.keyring.digest("caution", said.encode()))


def answered_before(work: Work, session_ids: Collection[int]) -> frozenset[str]:
    """Give what the author has answered in each of these sessions; one statement, none without a session."""
    if not session_ids:
        return frozenset()
    rows = work.connection.execute(
        _BEFORE,
        {"clinic": work.clinic_id, "sessions": sorted(session_ids), "person": work.actor.person_id},
    ).all()
    by_session: dict[int, set[str]] = {each: set() for each in session_ids}
    for row in rows:
        by_session[row.session_id].add(row.about)
    return frozenset(set.intersection(*by_session.values()))


def write_answers(
    work: Work, questions: Iterable[Question], *, reason: str, session_ids: Collection[int] = ()
) -> None:
    """Write down that the author was asked and went on; the journal names the answers, never what was asked."""
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "session_id": session_id,
            "word": each.word,
            "about": each.about,
            "reason": reason.strip(),
            "answered_at": work.recorded_at,
            "answered_by_id": work.actor.person_id,
        }
        for each in dict.fromkeys(questions)
        for session_id in (session_ids or (None,))
    ]
    if rows:
        work.connection.execute(adding(CautionAnswer), rows)
        name_rows(work, CautionAnswer, [str(row["uid"]) for row in rows])


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What is still to be asked about, and what was answered in the session before."""

    broken: tuple[Broken, ...]
    session_ids: tuple[int, ...] = ()
    before: tuple[Rule, ...] = ()


def still_asked(work: Work, broken: Iterable[Broken], sessions: Callable[[], Collection[int]]) -> Asking:
    """Leave out the cautions that the author has answered in all these sessions; it asks only where one speaks."""
    found = tuple(broken)
    if not any(each.cautions for each in found):
        return Asking(broken=found)
    session_ids = tuple(sessions())
    known = answered_before(work, session_ids)
    left = tuple(
        each
        for each in found
        if not each.cautions or not {caution_question(work, one).about for one in each.cautions} <= known
    )
    return Asking(
        broken=left, session_ids=session_ids, before=() if len(left) == len(found) else (Rule.CAUTION,)
    )


def write_cautions(work: Work, asking: Asking, override: Override | None) -> None:
    """Write down the cautions that were answered with this act, so that they are not asked again there."""
    said = {caution_question(work, one) for each in asking.broken for one in each.cautions}
    if said and override is not None and asking.session_ids:
        ordered = sorted(said, key=lambda each: each.about)
        write_answers(work, ordered, reason=override.reason, session_ids=asking.session_ids)


def caution_question(work: Work, caution: Caution) -> Question:
    """Make the question that a flag asks about: the same of whatever it speaks against for the same cause."""
    says = caution.says
    return question(
        work,
        Rule.CAUTION.value,
        caution.patient_id,
        says.flag,
        says.from_on.isoformat(),
        says.subject_kind.value,
        says.subject,
    )
