"""Which recall is this page of, and what do its lots, quantities and patients say now?  Each read when asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import url_for

from stockroom.access.acting import acting, installation
from stockroom.ledger.trace_lines import NEWEST
from stockroom.operations.answer_recall import ReplyLine
from stockroom.queries.clinics import clinics_where
from stockroom.queries.evidence import ROWS_ON_PAPER_MAX
from stockroom.queries.recall_answers import CheckRow, checks, patients_by_clinic
from stockroom.queries.recall_contacts import Contact, contacts_of_case, progress_of
from stockroom.queries.recall_notices import NoticeRow, notices_of_case
from stockroom.queries.recall_quantities import LotEverywhere, RecalledQuantities
from stockroom.queries.recall_reach import Reach, reach_of_case
from stockroom.queries.trace_rows import Use
from stockroom.queries.usual_packs import UsualPack
from stockroom.reads.recall_cases import Case, any_case
from stockroom.rules.contacting import Progress
from stockroom.vocabulary import Action, IdentifiedBy, RecallState
from stockroom.web.counted import packs_of

EVERYBODY = 100
"""The share that is asked for while no level is set, in percent."""


@dataclass(frozen=True, kw_only=True)
class UsesSeen:
    """The uses of what a case covers: how many there are, and those of the clinics that its reader may see."""

    all: int
    by_hand: int
    """For how many, in every clinic, nobody scanned anything."""
    seen: int
    sessions: int
    patients: frozenset[tuple[int, str]]
    """Each record with the clinic where."""
    people: int
    """Merged records are one patient."""
    first: tuple[Use, ...]
    """So many as a paper prints."""


def uses_seen(uses: Iterable[Use], clinics: Collection[int]) -> UsesSeen:
    """Sum up uses of every clinic for a reader of some, and hold the first of them."""
    count = by_hand = seen = 0
    sessions, patients, people, first = set(), set(), set(), []
    for use in uses:
        count += 1
        by_hand += use.identified_by == IdentifiedBy.BY_HAND
        if use.lot.clinic_id not in clinics:
            continue
        seen += 1
        sessions.add(use.session_uid)
        patients.add((use.lot.clinic_id, use.patient_uid))
        people.add(use.patient_id)
        if seen <= ROWS_ON_PAPER_MAX:
            first.append(use)
    return UsesSeen(
        all=count,
        by_hand=by_hand,
        seen=seen,
        sessions=len(sessions),
        patients=frozenset(patients),
        people=len(people),
        first=tuple(first),
    )


class CaseHere:
    """A case with what follows from it: quantities of every clinic, patients of those where the reader may trace."""

    def __init__(self, case: Case, *, with_notes: bool, as_of: datetime) -> None:
        self.case = case
        self.as_of = as_of
        self._with_notes = with_notes

    @property
    def id(self) -> int:
        return self.case.id

    @property
    def uid(self) -> str:
        return self.case.uid

    @property
    def is_mock(self) -> bool:
        return self.case.is_mock

    @property
    def is_open(self) -> bool:
        return self.case.state is not RecallState.CLOSED

    @property
    def code(self) -> str:
        """The number of the case, as people say it."""
        return f"R-{self.case.number}"

    @property
    def name(self) -> str:
        return f"{self.code} {self.case.title}"

    @property
    def address(self) -> str:
        """Of the page of the case, or of the exercise."""
        if self.is_mock:
            return url_for("mock_recalls_page.exercise", clinic_uid=acting().clinic_uid, mock_uid=self.uid)
        return url_for("recall_case_page.case", clinic_uid=acting().clinic_uid, case_uid=self.uid)

    @cached_property
    def notices(self) -> tuple[NoticeRow, ...]:
        with installation().reading() as connection:
            return notices_of_case(connection, case_id=self.id)

    @property
    def issuer(self) -> str:
        return self.notices[0].issuer if self.notices else ""

    @property
    def reference(self) -> str:
        return self.notices[0].reference if self.notices else ""

    @property
    def supplier(self) -> str:
        """To whom the reply goes, where a supplier was named."""
        return (self.notices[0].supplier or "") if self.notices else ""

    @property
    def supplier_uid(self) -> str | None:
        return self.notices[0].supplier_uid if self.notices else None

    @cached_property
    def reach(self) -> Reach:
        with installation().reading() as connection:
            return reach_of_case(connection, self.id, as_of=self.as_of)

    @property
    def numbers(self) -> dict[str, str]:
        """The numbers of the lots on the way, by uid."""
        return {each.lot.uid: each.lot.number for each in self.reach.traced.trace.lots}

    def uses(self) -> Iterator[Use]:
        """Give every use of what it covers, in every clinic, one after another, as the books stood `as_of`."""
        with installation().reading() as connection:
            yield from self.reach.traced.uses(connection)

    @cached_property
    def used(self) -> UsesSeen:
        """What of them the reader may see, summed up in one reading."""
        return uses_seen(self.uses(), self.seen)

    @property
    def quantities(self) -> RecalledQuantities:
        return self.reach.quantities

    @property
    def lots(self) -> tuple[LotEverywhere, ...]:
        """The recalled lots, with the numbers that no clinic ever had."""
        return self.reach.lots

    @cached_property
    def packs(self) -> dict[str, UsualPack]:
        """In which packs people count what it covers, by product."""
        return packs_of((*self.lots, *(each.lot for each in self.quantities.here)))

    @property
    def reply_lines(self) -> tuple[ReplyLine, ...]:
        """What a reply says now."""
        return tuple(
            ReplyLine(product_uid=lot.product_uid, lot_number=lot.number, sums=lot.sums) for lot in self.lots
        )

    @property
    def products(self) -> str:
        """The recalled products, each once."""
        named = (f"{lot.product_name} {lot.strength}".strip() for lot in self.lots)
        return ", ".join(dict.fromkeys(named))

    @cached_property
    def seen(self) -> frozenset[int]:
        """The clinics in which the reader may trace."""
        with installation().reading() as connection:
            return clinics_where(connection, acting().user_id, Action.READ_TRACE)

    @cached_property
    def contacts(self) -> tuple[Contact, ...]:
        store = installation()
        standing = self.reach.session_uids
        with store.reading() as connection:
            return contacts_of_case(
                connection,
                case_id=self.id,
                seen=self.seen,
                standing_sessions=standing,
                keyring=store.keyring if self._with_notes else None,
                as_of=self.as_of,
            )

    @cached_property
    def unseen_patients(self) -> int:
        """How many patients of other clinics the reader is not shown."""
        with installation().reading() as connection:
            by_clinic = patients_by_clinic(connection, case_id=self.id)
        return sum(count for clinic_id, count in by_clinic.items() if clinic_id not in self.seen)

    @cached_property
    def checks(self) -> tuple[CheckRow, ...]:
        with installation().reading() as connection:
            return checks(connection, case_id=self.id)

    @property
    def check(self) -> CheckRow | None:
        """The level that counts; None while nobody has set one."""
        return self.checks[0] if self.checks else None

    @property
    def progress(self) -> Progress:
        share = EVERYBODY if self.check is None else self.check.share
        return progress_of(self.contacts, share=share)


def case_here(case_uid: str, *, with_notes: bool = False, as_of: datetime = NEWEST) -> CaseHere:
    """Give the case of a page; `with_notes` of a page that discloses its patients before it shows them.

    What was recorded after `as_of` does not count for its lots, quantities and contacts.

    Raises ThingNotFound.
    """
    with installation().reading() as connection:
        return CaseHere(any_case(connection, case_uid), with_notes=with_notes, as_of=as_of)
