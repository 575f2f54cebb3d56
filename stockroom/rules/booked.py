"""What must a correction know of a movement in the books?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from stockroom.errors import Refused, extracted
from stockroom.rules.posting import AlreadyReversed, PostedLine
from stockroom.vocabulary import (
    CLOSED_SESSION_STATES,
    PHYSICAL_KINDS,
    LocationKind,
    MovementKind,
    SessionState,
)


@dataclass(eq=False, kw_only=True)
class NotAUse(Refused):
    """The movement took nothing to a patient."""

    code: ClassVar[str] = "not_a_use"
    message: ClassVar[str] = extracted(
        "This movement is no use on a patient. Take it back, and book what really happened."
    )
    movement_uid: str


@dataclass(frozen=True, kw_only=True)
class BookedLine:
    """A line of the books with what a correction must know of it."""

    line_id: int
    n: int
    lot_id: int
    lot_number: str
    content_quantity: int
    from_id: int
    from_kind: LocationKind
    to_id: int
    to_kind: LocationKind
    quantity: int
    session_id: int | None
    session_state: SessionState | None
    patient_id: int | None
    is_reversed: bool

    @property
    def is_in_closed_session(self) -> bool:
        return self.session_state in CLOSED_SESSION_STATES

    @property
    def posted(self) -> PostedLine:
        """As far as a reversal needs it."""
        return PostedLine(
            line_id=self.line_id,
            lot_id=self.lot_id,
            from_id=self.from_id,
            to_id=self.to_id,
            quantity=self.quantity,
            session_id=self.session_id,
            is_reversed=self.is_reversed,
        )


@dataclass(frozen=True, kw_only=True)
class BookedMovement:
    """A movement with its lines, and what it was when it was first booked.

    A correction names the movement in whose place it stands: always the first one, however often it
    was corrected, so that the lines that stand for a movement are found in one step.
    """

    movement_id: int
    uid: str
    kind: MovementKind
    first_id: int
    """The movement in whose place this one stands; its own id when it corrects nothing."""
    first_kind: MovementKind
    occurred_at: datetime
    reason: str
    document_kind: str
    document_uid: str | None
    supplier_id: int | None
    actor_id: int
    """Who booked the first one."""
    lines: tuple[BookedLine, ...]

    @property
    def is_use(self) -> bool:
        return self.first_kind is MovementKind.USE

    @property
    def standing(self) -> BookedMovement:
        """The movement with those of its lines that were not reversed."""
        return replace(self, lines=tuple(line for line in self.lines if not line.is_reversed))

    def standing_use(self) -> BookedMovement:
        """The use as far as it stands, to be put right.  Raises NotAUse, AlreadyReversed."""
        if not self.is_use or self.kind is MovementKind.REVERSE:
            raise NotAUse(movement_uid=self.uid)
        standing = self.standing
        if not any(line.to_kind is LocationKind.PATIENT for line in standing.lines):
            raise AlreadyReversed(movement=self.uid)
        return standing

    @property
    def net(self) -> dict[int, int]:
        """The change of each physical place by all its lines together, whatever the lot."""
        net: dict[int, int] = {}
        for line in self.lines:
            for place, kind, change in (
                (line.from_id, line.from_kind, -line.quantity),
                (line.to_id, line.to_kind, line.quantity),
            ):
                if kind in PHYSICAL_KINDS:
                    net[place] = net.get(place, 0) + change
        return net
