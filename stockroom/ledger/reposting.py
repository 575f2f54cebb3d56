"""How is everything of a lot booked again under the right one?  One reversal, and each movement as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stockroom.db.transaction import Work
from stockroom.ledger.lost_promises import Standing
from stockroom.ledger.lot_followers import hand_over_containers
from stockroom.ledger.post import Posted, post
from stockroom.ledger.usages import UsageOf, write_usages
from stockroom.rules.booked import BookedLine, BookedMovement
from stockroom.rules.posting import Draft, Line, reversal_lines
from stockroom.rules.reposting import groups_in_order
from stockroom.vocabulary import MovementKind


@dataclass(frozen=True, kw_only=True)
class WrongLot:
    """The lot under which things were booked, and the one under which they should have been."""

    lot_id: int
    lot_uid: str
    right_id: int


@dataclass(frozen=True, kw_only=True)
class Reposted:
    """What was posted again, and what the lines became."""

    reversal_uid: str | None = None
    movement_uids: tuple[str, ...] = ()
    line_ids: Mapping[int, int] = field(default_factory=dict)
    """From each line that was reversed to the one that stands in its place."""
    promises: tuple[Standing, ...] = ()
    """What was promised of the wrong lot, released and to be promised anew."""


NOTHING_REPOSTED = Reposted()


def repost(
    work: Work,
    standing: Sequence[BookedMovement],
    wrong: WrongLot,
    *,
    usages: Mapping[int, UsageOf],
    reason: str,
) -> Reposted:
    """Reverse these lines of the wrong lot by one movement, and post each movement again under the right one.

    `standing` holds the movements of the wrong lot with those of its lines that stand, in the order of
    the books; nothing of the lot is promised any more.  Each new movement keeps kind of document,
    supplier and the instant at which it occurred, and names the one in whose place it stands; the
    usages (by line) are written again beside the new lines.  The containers are the right lot's from now on.
    """
    reversal_uid = None
    if standing:
        turned = reversal_lines(wrong.lot_uid, [line.posted for each in standing for line in each.lines])
        back = Draft(
            kind=MovementKind.REVERSE,
            lines=turned,
            occurred_at=work.now,
            document_kind="lot",
            document_uid=wrong.lot_uid,
            reason=reason,
            moves_goods=False,
        )
        reversal_uid = post(work, back).uid
    hand_over_containers(work, old_id=wrong.lot_id, new_id=wrong.right_id)
    movement_uids: list[str] = []
    line_ids: dict[int, int] = {}
    for group in groups_in_order([each.net for each in standing]):
        movements = [standing[index] for index in group]
        lines = [line for each in movements for line in each.lines]
        posted = post(work, _again(movements[0], lines, wrong.right_id, reason))
        movement_uids.append(posted.uid)
        became = {line.line_id: line_id for line, line_id in zip(lines, posted.line_ids, strict=True)}
        line_ids.update(became)
        _copy_usages(work, posted, became, usages)
    return Reposted(reversal_uid=reversal_uid, movement_uids=tuple(movement_uids), line_ids=line_ids)


def _again(first: BookedMovement, lines: Sequence[BookedLine], lot_id: int, reason: str) -> Draft:
    return Draft(
        kind=MovementKind.CORRECT,
        lines=tuple(
            Line(
                lot_id=lot_id,
                from_id=line.from_id,
                to_id=line.to_id,
                quantity=line.quantity,
                session_id=line.session_id,
            )
            for line in lines
        ),
        occurred_at=first.occurred_at,
        document_kind=first.document_kind,
        document_uid=first.document_uid,
        supplier_id=first.supplier_id,
        reason=reason,
        replaces_movement_id=first.first_id,
        is_recorded_late=True,
        moves_goods=False,
    )


def _copy_usages(
    work: Work, posted: Posted, became: Mapping[int, int], usages: Mapping[int, UsageOf]
) -> None:
    used = [line_id for line_id in became if line_id in usages]
    if used:
        write_usages(work, posted, [became[each] for each in used], [usages[each] for each in used])
