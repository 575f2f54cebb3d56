"""How is it signed that the clinics have and had none of what a notice names?  With the search as it was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Signing, Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger import recall_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import canonical
from stockroom.models import RecallFinding
from stockroom.reads.recall_cases import open_case
from stockroom.reads.recall_lines import known_lots
from stockroom.rules.recalling import LINES_MAX, KnownLot, Matched, ScopeLine, check_line, match
from stockroom.vocabulary import Action, RecallState, SignatureMeaning, SignOnWay

STATEMENT_MAX = 2_000


@dataclass(eq=False, kw_only=True)
class SomeIsInTheBooks(Conflict):
    """The books know what the notice names."""

    code: ClassVar[str] = "some_is_in_the_books"
    message: ClassVar[str] = extracted(
        "The books know {count} lots that the notice names, the first is {first}. Confirm these lines, so that they "
        "are held; if they are not what is meant, take the line out of the search and say so."
    )
    count: int
    first: str


@dataclass(frozen=True, kw_only=True)
class FindNotAffected:
    """A search that found nothing, and what its signer states."""

    case_uid: str
    lines: tuple[ScopeLine, ...]
    """As the notice names them; without a product where the clinics have none such."""
    statement: str
    way: SignOnWay
    """How the signer proved who it is."""


@dataclass(frozen=True, kw_only=True)
class NotAffected:
    finding_uid: str
    known_lots: int
    """So many lots the search was held against."""


def find_not_affected(
    store: Store, command: FindNotAffected, *, actor: Actor, key: str, now: datetime
) -> NotAffected:
    """Search the books of every clinic for what a notice names, and sign that there is and was none of it.

    The search is made anew under the lock and kept: what was asked, against how many lots, what came near.
    Raises InvalidValue, ThingNotFound, RecallClosed, SomeIsInTheBooks.
    """
    return perform(
        store,
        Act(kind="recall.not_affected", action=Action.RECALL, also_locks=(ORGANISATION,)),
        command=command,
        body=lambda work: _find(work, command),
        answer=NotAffected,
        actor=actor,
        key=key,
        now=now,
    )


def _find(work: Work, command: FindNotAffected) -> NotAffected:
    statement = command.statement.strip()
    if not statement or len(statement) > STATEMENT_MAX:
        raise InvalidValue(
            field="statement", problem=f"what you state, in at most {STATEMENT_MAX} characters"
        )
    if not 0 < len(command.lines) <= LINES_MAX:
        raise InvalidValue(field="lines", problem=f"one line at least and {LINES_MAX} at most")
    for line in command.lines:
        check_line(line)
    case = open_case(work.connection, command.case_uid)
    if case.is_mock or case.state is RecallState.OPEN:
        raise InvalidValue(
            field="case", problem="it covers lots; a recall with lots is closed, not found empty"
        )
    known = known_lots(work.connection)
    found = [match(line, known) for line in command.lines]
    covered = [lot for each in found for lot in each.covered]
    if covered:
        raise SomeIsInTheBooks(count=len({lot.lot_uid for lot in covered}), first=covered[0].number)
    searched = searched_as_kept(found, known)
    uid = recall_rows.write(
        work,
        RecallFinding,
        {
            "case_id": case.id,
            "searched": canonical(searched),
            "searched_through": work.now,
            "statement": statement,
        },
    )
    work.signed.append(
        Signing(
            person_id=work.actor.person_id,
            person_uid=work.actor.person_uid,
            meaning=SignatureMeaning.CHECKED,
            way=command.way,
        )
    )
    work.payload.update(case=case.uid, finding=uid)
    return NotAffected(finding_uid=uid, known_lots=len(known))


def searched_as_kept(found: Iterable[Matched], known: Sequence[KnownLot]) -> dict[str, Any]:
    """The search as it is kept: each line, and what came near it or stands under another product."""
    return {
        "known_lots": len(known),
        "lines": [
            {
                "product": each.line.product_uid,
                "kind": each.line.kind.value,
                "said": each.line.said,
                "numbers_of_product": each.known,
                "near": _named(each.near),
                "elsewhere": _named(each.elsewhere),
            }
            for each in found
        ],
    }


def _named(lots: Iterable[KnownLot]) -> list[list[str]]:
    return [list(pair) for pair in sorted({(lot.product_uid, lot.number) for lot in lots})]
