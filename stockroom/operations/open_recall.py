"""How is a recall opened, and how do further notices and lots come to it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue
from stockroom.ledger import recall_holding, recall_notices, recall_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.recall_holding import CaseHeld, CaseNamed
from stockroom.ledger.recall_notices import FileGiven, NoticeGiven
from stockroom.models import Person, RecallCase, RecallNotice, Supplier
from stockroom.reads.clinics import every_clinic
from stockroom.reads.finding import one_by_uid
from stockroom.reads.recall_cases import case_of_notice, open_case
from stockroom.reads.recall_lines import ConfirmedLine, covered_keys, read_lines, refuse_second
from stockroom.vocabulary import Action, RecallFileKind

TITLE_MAX = 200


@dataclass(frozen=True, kw_only=True)
class OpenRecall:
    """A recall as its notice says; without lines the lots come later.  An exercise has no notice."""

    title: str
    notice: NoticeGiven | None
    file: FileGiven | None = None
    lines: tuple[ConfirmedLine, ...] = ()
    is_mock: bool = False


@dataclass(frozen=True, kw_only=True)
class FileNotice:
    """A further notice of a case: it says more, or says it right."""

    case_uid: str
    notice: NoticeGiven
    file: FileGiven | None = None


@dataclass(frozen=True, kw_only=True)
class AddToRecall:
    """Lines of a notice that a person confirmed, to be covered by a case."""

    case_uid: str
    lines: tuple[ConfirmedLine, ...]


@dataclass(frozen=True, kw_only=True)
class RecallOpened:
    """The case, and what its holds stopped, took away, and whom they put on its list."""

    case_uid: str
    number: int
    notice_uid: str | None
    file_uid: str | None
    hold_uids: tuple[str, ...] = ()
    lot_uids: tuple[str, ...] = ()
    prepared_lot_uids: tuple[str, ...] = ()
    lost_allocation_uids: tuple[str, ...] = ()
    session_count: int = 0


@dataclass(frozen=True, kw_only=True)
class NoticeFiled:
    notice_uid: str
    file_uid: str | None


@dataclass(frozen=True, kw_only=True)
class RecallExtended:
    """What further lines stopped, took away, and whom they put on the list."""

    case_uid: str
    hold_uids: tuple[str, ...]
    lot_uids: tuple[str, ...]
    prepared_lot_uids: tuple[str, ...]
    lost_allocation_uids: tuple[str, ...]
    session_count: int


def open_recall(store: Store, command: OpenRecall, *, actor: Actor, key: str, now: datetime) -> RecallOpened:
    """File a notice as a case and stop what it names in every clinic, as one act; nobody may override it.

    1. lock every clinic's journal, so that no use asked for commits after this act (design section 3)
    2. write the case, its notice, its file, and the lines that a person confirmed
    3. hold each number (also one that nobody has received yet), and what was mixed from it
    4. end what was promised of all these lots as lost, each with an alert
    5. put every session with a use of them on the case's list
    No stock moves.  An exercise holds nothing and takes nothing away; its list is made.
    Raises InvalidValue, ThingNotFound, FileTooLarge, PatternMatchesEverything, AlreadyRecalled.
    """
    return perform(
        store,
        Act(kind="recall.open", action=Action.RECALL, filed_in=ORGANISATION, also_locks=every_clinic(store)),
        command=command,
        body=lambda work: _open(work, command),
        answer=RecallOpened,
        actor=actor,
        key=key,
        now=now,
    )


def file_notice(store: Store, command: FileNotice, *, actor: Actor, key: str, now: datetime) -> NoticeFiled:
    """File a further notice of a case that goes on; from now on it is the one that counts.

    Raises InvalidValue, ThingNotFound, RecallClosed, FileTooLarge.
    """
    return perform(
        store,
        Act(kind="recall.notice", action=Action.RECALL, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _file_further(work, command),
        answer=NoticeFiled,
        actor=actor,
        key=key,
        now=now,
    )


def add_to_recall(
    store: Store, command: AddToRecall, *, actor: Actor, key: str, now: datetime
) -> RecallExtended:
    """Let a case cover further lines, which stop in every clinic at once as when it is opened with them.

    Raises InvalidValue, ThingNotFound, RecallClosed, PatternMatchesEverything, AlreadyRecalled.
    """
    return perform(
        store,
        Act(
            kind="recall.extend", action=Action.RECALL, filed_in=ORGANISATION, also_locks=every_clinic(store)
        ),
        command=command,
        body=lambda work: _extend(work, command),
        answer=RecallExtended,
        actor=actor,
        key=key,
        now=now,
    )


def _open(work: Work, command: OpenRecall) -> RecallOpened:
    title = command.title.strip()
    if not title or len(title) > TITLE_MAX or "\0" in title:
        raise InvalidValue(field="title", problem=f"what is recalled, in at most {TITLE_MAX} characters")
    if (command.notice is None) is not command.is_mock:
        raise InvalidValue(field="notice", problem="a recall has a notice; an exercise has none")
    if command.notice is not None:
        recall_notices.check_notice(command.notice, now=work.now)
        said = command.notice.issuer, command.notice.reference
        refuse_second(case_of_notice(work.connection, *said), " ".join(said))
    case, uid = _write_case(work, title, is_mock=command.is_mock)
    notice_id, notice_uid = _file(work, case.id, command.notice)
    file_uid = _keep(work, case.id, command.file, notice_id)
    held = _cover(work, case, command.lines, notice_id) if command.lines else CaseHeld()
    work.payload.update(case=uid, is_mock=command.is_mock)
    return RecallOpened(
        case_uid=uid,
        number=case.number,
        notice_uid=notice_uid,
        file_uid=file_uid,
        hold_uids=held.hold_uids,
        lot_uids=held.lot_uids,
        prepared_lot_uids=held.prepared_lot_uids,
        lost_allocation_uids=held.lost_allocation_uids,
        session_count=held.session_count,
    )


def _write_case(work: Work, title: str, *, is_mock: bool) -> tuple[CaseNamed, str]:
    last = work.connection.execute(select(func.max(RecallCase.number))).scalar()
    number = int(last or 0) + 1
    values = {"number": number, "title": title, "is_mock": is_mock, "opened_at": work.now}
    case_id, uid = recall_rows.write_numbered(work, RecallCase, values)
    return CaseNamed(id=case_id, number=number, title=title, is_mock=is_mock), uid


def _file_further(work: Work, command: FileNotice) -> NoticeFiled:
    case = open_case(work.connection, command.case_uid)
    recall_notices.check_notice(command.notice, now=work.now)
    if case.is_mock:
        raise InvalidValue(field="notice", problem="an exercise has no notice")
    first = case_of_notice(work.connection, command.notice.issuer, command.notice.reference)
    if first is not None and first.uid != case.uid:
        refuse_second(first, f"{command.notice.issuer} {command.notice.reference}")
    notice_id, notice_uid = _file(work, case.id, command.notice)
    assert notice_uid is not None
    file_uid = _keep(work, case.id, command.file, notice_id)
    work.payload.update(case=case.uid)
    return NoticeFiled(notice_uid=notice_uid, file_uid=file_uid)


def _file(work: Work, case_id: int, given: NoticeGiven | None) -> tuple[int | None, str | None]:
    if given is None:
        return None, None
    received_by_id = work.actor.person_id
    if given.received_by_uid is not None:
        received_by_id = one_by_uid(work.connection, Person, given.received_by_uid, thing="person").id
    supplier_id = None
    if given.supplier_uid is not None:
        supplier_id = one_by_uid(work.connection, Supplier, given.supplier_uid, thing="supplier").id
    return recall_notices.file_notice(
        work, case_id, given, received_by_id=received_by_id, supplier_id=supplier_id
    )


def _keep(work: Work, case_id: int, given: FileGiven | None, notice_id: int | None) -> str | None:
    if given is None:
        return None
    return recall_notices.keep_file(work, case_id, given, notice_id=notice_id, what=RecallFileKind.NOTICE)[1]


def _extend(work: Work, command: AddToRecall) -> RecallExtended:
    case = open_case(work.connection, command.case_uid)
    newest = select(func.max(RecallNotice.id)).where(RecallNotice.case_id == case.id)
    notice_id = work.connection.execute(newest).scalar()
    named = CaseNamed(id=case.id, number=case.number, title=case.title, is_mock=case.is_mock)
    held = _cover(work, named, command.lines, notice_id)
    work.payload.update(case=case.uid)
    return RecallExtended(
        case_uid=case.uid,
        hold_uids=held.hold_uids,
        lot_uids=held.lot_uids,
        prepared_lot_uids=held.prepared_lot_uids,
        lost_allocation_uids=held.lost_allocation_uids,
        session_count=held.session_count,
    )


def _cover(work: Work, case: CaseNamed, lines: tuple[ConfirmedLine, ...], notice_id: Any) -> CaseHeld:
    read = read_lines(work.connection, lines, case_id=case.id, is_mock=case.is_mock)
    known = covered_keys(work.connection, case.id)
    new = []
    for each in read:
        scope_id = recall_notices.write_line(
            work,
            case.id,
            each.confirmed.line,
            product_id=each.product_id,
            notice_id=notice_id,
            source=each.confirmed.source,
        )
        new += [(scope_id, key) for key in each.keys if key not in known]
    held = recall_holding.cover(work, case, new)
    work.payload.update(
        holds=held.hold_uids,
        lots=held.lot_uids,
        prepared_lots=held.prepared_lot_uids,
        lost_allocations=held.lost_allocation_uids,
    )
    return held
