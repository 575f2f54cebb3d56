"""How does a printout say that what it shows was taken back, corrected or amended after it was entered?

One column and one form of words for all of them; `docs/printouts.md` lists the printouts, and how each is marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import gettext

from stockroom.access.acting import acting, installation
from stockroom.queries.changed_since import Changes, Correction, InPlace, changes_of
from stockroom.queries.trace_changes import with_changes
from stockroom.queries.trace_rows import Use
from stockroom.web.record_words import in_place_words, taken_back_words

CHANGED = "changed_since_entry"
"""The head of the column in every file."""


def changed_here(movement_uids: Iterable[str | None]) -> Changes:
    """Read what became of movements of this clinic."""
    with installation().reading() as connection:
        return changes_of(connection, (acting().clinic_id,), movement_uids)


def mark_of_line(changes: Changes, movement_uid: str, n: int) -> str:
    """Say it of a line; empty where it stands as it was entered."""
    return _mark(changes, movement_uid, changes.of_line(movement_uid, n))


def mark_of_goods(
    changes: Changes,
    movement_uid: str,
    lot_uid: str,
    quantity: int | None = None,
    source_uid: str | None = None,
) -> str:
    """Say it of what is told by its lot, and by its quantity and its place where these are said."""
    return _mark(changes, movement_uid, changes.of_goods(movement_uid, lot_uid, quantity, source_uid))


def mark_of_movement(changes: Changes, movement_uid: str | None) -> str:
    """Say it of a movement, or of as much of it as was taken back last."""
    if movement_uid is None:
        return ""
    said, lines = _mark(changes, movement_uid, changes.of_movement(movement_uid)), changes.lines(movement_uid)
    if not lines or len(lines) == lines[0].line_count:
        return said
    return gettext("%(some)s of %(all)s lines: %(said)s", some=len(lines), all=lines[0].line_count, said=said)


def mark_of_standing(changes: Changes, movement_uid: str) -> str:
    """Say it of something that stands for certain: in the place of what, where it was put right."""
    return _mark(changes, movement_uid, None)


def marks_of_uses(uses: Sequence[Use], *, as_of: datetime) -> tuple[str, ...]:
    """Say it of each use of a trace that shows the books as of an instant: what became of it after that."""
    with installation().reading() as connection:
        return tuple(mark_of_told(use) for use in with_changes(connection, uses, as_of=as_of))


def mark_of_told(use: Use) -> str:
    """Say it of a use that tells what became of it."""
    return _words(use.in_place, use.taken_back)


def mark_of_use(changes: Changes, use: Use) -> str:
    """Say it of one of them."""
    return mark_of_goods(changes, use.movement_uid, use.lot.uid, use.quantity, use.container_uid)


def _mark(changes: Changes, movement_uid: str, gone: Correction | None) -> str:
    return _words(changes.in_place.get(movement_uid), gone)


def _words(put_right: InPlace | None, gone: Correction | None) -> str:
    said = [
        in_place_words(put_right.by, put_right.reason) if put_right is not None else "",
        taken_back_words(gone) if gone is not None else "",
    ]
    return "; ".join(filter(None, said))
