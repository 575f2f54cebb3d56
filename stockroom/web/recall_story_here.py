"""What does the evidence of a recall hold, as of an instant?  Everything of the case, and what its digest is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from stockroom.access.acting import installation
from stockroom.queries.evidence import SignedRow, digest_of
from stockroom.queries.recall_answers import CheckRow, MockRow, ReplyRow, checks, mock_recall, replies
from stockroom.queries.recall_cases import case_row
from stockroom.queries.recall_contacts import Contact, contacts_of_case
from stockroom.queries.recall_notices import NoticeRow, notices_of_case
from stockroom.queries.recall_story import (
    BooksOf,
    FileRow,
    FindingRow,
    HoldOfCase,
    ScopeRow,
    StepRow,
    books_of_clinics,
    files_of_case,
    findings_of_case,
    holds_of_case,
    scopes_of_case,
    steps_of_case,
)
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_rows import Origin
from stockroom.web.recall_here import CaseHere


@dataclass(frozen=True, kw_only=True)
class RecallStory:
    """A case as its books stood; the contacts of every clinic, of whom a paper shows those that its reader may see."""

    here: CaseHere
    opened_by: str
    notices: tuple[NoticeRow, ...]
    files: tuple[FileRow, ...]
    scopes: tuple[ScopeRow, ...]
    findings: tuple[FindingRow, ...]
    holds: tuple[HoldOfCase, ...]
    steps: tuple[StepRow, ...]
    checks: tuple[CheckRow, ...]
    replies: tuple[ReplyRow, ...]
    contacts: tuple[Contact, ...]
    records: tuple[Contact, ...]
    """The same as they were written, for the digest: nothing that is merged or erased later changes it."""
    books: tuple[BooksOf, ...]
    brought_forward: tuple[Origin, ...]
    """Receipts without a supplier: opening stock, of which nothing earlier is known."""
    mock: MockRow | None

    @property
    def unseen_patients(self) -> int:
        """Of clinics in which the reader may not trace."""
        return len(self.contacts) - len(self.here.contacts)

    @cached_property
    def digest(self) -> str:
        return digest_of(row.said for row in self.signed_rows())

    def signed_rows(self) -> Iterator[SignedRow]:
        """What is signed: uids, numbers and instants of everything that the paper says, and no name."""
        here = self.here
        yield from (SignedRow(said=said) for said in self._of_case())
        for use in here.uses():
            yield SignedRow(
                said=["use", use.lot.uid, use.session_uid, use.patient_uid, use.quantity, use.seq, use.via],
                use=use,
                patient_uid=use.patient_uid,
                is_seen=use.lot.clinic_id in here.seen,
            )
        for contact in self.records:
            sessions = sorted(each.uid for each in contact.sessions)
            attempts = sorted([each.uid, each.outcome, each.is_withdrawn] for each in contact.attempts)
            yield SignedRow(
                said=["contact", contact.patient_uid, sessions, attempts],
                patient_uid=contact.patient_uid,
                is_seen=bool(contact.sessions)
                and all(each.clinic_id in here.seen for each in contact.sessions),
            )
        for book in self.books:
            yield SignedRow(said=["books", book.clinic_name, book.books_begin_on])
        for origin in self.brought_forward:
            yield SignedRow(said=["forward", origin.receipt_uid, origin.lot_uid, origin.quantity])

    def _of_case(self) -> Iterator[list[Any]]:
        """What was written of the case, and of the quantities that it covers."""
        here = self.here
        yield ["case", here.uid, here.case.number, here.case.opened_at, here.is_mock]
        yield from (["notice", each.uid] for each in self.notices)
        yield from (["file", each.uid, each.sha256] for each in self.files)
        yield from (["scope", each.uid] for each in self.scopes)
        yield from (["finding", each.uid] for each in self.findings)
        yield from (["hold", each.uid, each.placed_at, each.released_at] for each in self.holds)
        yield from (["step", each.uid] for each in self.steps)
        yield from (["check", each.level, each.share, each.written_at] for each in self.checks)
        yield from (["reply", each.uid] for each in self.replies)
        for lot in here.quantities.here:
            yield ["lot", lot.lot.uid, lot.is_made_with_it, lot.books]
        for row in here.lots:
            yield ["everywhere", row.product_uid, row.number, row.sums]


def story_of(here: CaseHere) -> RecallStory:
    """Read everything of a case as of `here.as_of`; what was recorded later is left out."""
    as_of, case_id = here.as_of, here.id
    with installation().reading() as connection:
        books = books_of_clinics(connection)
        every = {each.clinic_id for each in books}
        lot_ids = [each.lot.lot_id for each in here.reach.traced.trace.lots]
        origins = origins_of(connection, every, lot_ids, as_of=as_of)
        listed = partial(
            contacts_of_case, connection, case_id=case_id, seen=every, standing_sessions=here.reach.session_uids,
            as_of=as_of,
        )  # fmt: skip
        return RecallStory(
            here=here,
            opened_by=case_row(connection, here.uid).opened_by,
            notices=tuple(
                each for each in notices_of_case(connection, case_id=case_id) if each.filed_at <= as_of
            ),
            files=tuple(
                each for each in files_of_case(connection, case_id=case_id) if each.filed_at <= as_of
            ),
            scopes=tuple(
                each for each in scopes_of_case(connection, case_id=case_id) if each.confirmed_at <= as_of
            ),
            findings=tuple(
                each for each in findings_of_case(connection, case_id=case_id) if each.signed_at <= as_of
            ),
            holds=tuple(
                each.known_at(as_of)
                for each in holds_of_case(connection, case_id=case_id)
                if each.placed_at <= as_of
            ),
            steps=tuple(each for each in steps_of_case(connection, case_id=case_id) if each.done_at <= as_of),
            checks=tuple(each for each in checks(connection, case_id=case_id) if each.written_at <= as_of),
            replies=tuple(each for each in replies(connection, case_id=case_id) if each.recorded_at <= as_of),
            contacts=listed(),
            records=listed(as_booked=True),
            books=books,
            brought_forward=tuple(each for each in origins if each.supplier_uid is None),
            mock=mock_recall(connection, case_uid=here.uid) if here.is_mock else None,
        )
