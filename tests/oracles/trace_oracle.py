"""What must a trace say?  Brute force over plain events, without a database and without any code of ours.

A history is a list of events about lots named by words.  `Undo` takes a whole event back (an undone
undo restores it); `Amend` puts another lot in the place of one part of a finished cocktail;
`Renumber` says that a lot was read wrongly and was another one all along.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Receive:
    lot: str
    quantity: int
    delivery: str


@dataclass(frozen=True)
class Open:
    """Some of a lot goes from the shelf into a container."""

    lot: str
    container: str
    quantity: int


@dataclass(frozen=True)
class Compound:
    cocktail: str
    parts: tuple[tuple[str, int], ...]
    quantity: int


@dataclass(frozen=True)
class Use:
    lot: str
    session: str
    quantity: int


@dataclass(frozen=True)
class Dispose:
    lot: str
    quantity: int


@dataclass(frozen=True)
class Send:
    """Some of a lot goes to another clinic, where it is booked under a name of its own."""

    lot: str
    arrives_as: str
    quantity: int


@dataclass(frozen=True)
class Undo:
    event: int


@dataclass(frozen=True)
class Amend:
    event: int
    part: int
    lot: str


@dataclass(frozen=True)
class Renumber:
    lot: str
    becomes: str


Event = Receive | Open | Compound | Use | Dispose | Send | Undo | Amend | Renumber


class Oracle:
    """The truth about one history."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self._undone = self._find_undone()

    def uses_of(self, lot: str) -> dict[tuple[str, str], int]:
        """(session, lot that was used there) → quantity, for everything that `lot` reached."""
        reached = self._closure({self.true_name(lot)}, self._pairs())
        found: dict[tuple[str, str], int] = {}
        for use in self._standing(Use):
            if self.true_name(use.lot) in reached:
                key = (use.session, self.true_name(use.lot))
                found[key] = found.get(key, 0) + use.quantity
        return found

    def used_in(self, session: str) -> dict[str, int]:
        """Lot → quantity, for what was itself used in the session."""
        found: dict[str, int] = {}
        for use in self._standing(Use):
            if use.session == session:
                found[self.true_name(use.lot)] = found.get(self.true_name(use.lot), 0) + use.quantity
        return found

    def lots_behind(self, session: str) -> set[str]:
        """Every lot that was used in the session or went into what was."""
        backwards = {(child, parent) for parent, child in self._pairs()}
        return self._closure(set(self.used_in(session)), backwards)

    def deliveries_behind(self, session: str) -> set[str]:
        """Every delivery that brought one of those lots."""
        lots = self.lots_behind(session)
        return {each.delivery for each in self._standing(Receive) if self.true_name(each.lot) in lots}

    def on_hand(self, lot: str) -> int:
        """What is left of a lot, on shelves and in containers."""
        left = 0
        for event in self._standing(object):
            match event:
                case Receive():
                    left += event.quantity if self.true_name(event.lot) == lot else 0
                case Use() | Dispose():
                    left -= event.quantity if self.true_name(event.lot) == lot else 0
                case Send():
                    left -= event.quantity if self.true_name(event.lot) == lot else 0
                    left += event.quantity if self.true_name(event.arrives_as) == lot else 0
                case Compound():
                    left += event.quantity if self.true_name(event.cocktail) == lot else 0
                    parts = self._parts(self.events.index(event), event)
                    left -= sum(quantity for part, quantity in parts if part == lot)
        return left

    def _find_undone(self) -> set[int]:
        undone: set[int] = set()
        for index in reversed(range(len(self.events))):
            event = self.events[index]
            if isinstance(event, Undo) and index not in undone:
                undone.add(event.event)
        return undone

    def _standing(self, kind):
        return [
            event
            for index, event in enumerate(self.events)
            if index not in self._undone and isinstance(event, kind)
        ]

    def true_name(self, lot: str) -> str:
        """What a lot that was read wrongly turned out to be."""
        for event in self.events:
            if isinstance(event, Renumber) and event.lot == lot:
                return self.true_name(event.becomes)
        return lot

    def _parts(self, index: int, compound: Compound) -> list[tuple[str, int]]:
        parts = list(compound.parts)
        for event in self.events:
            if isinstance(event, Amend) and event.event == index:
                parts[event.part] = (event.lot, parts[event.part][1])
        return [(self.true_name(lot), quantity) for lot, quantity in parts]

    def _pairs(self) -> set[tuple[str, str]]:
        pairs: set[tuple[str, str]] = set()
        for index, event in enumerate(self.events):
            if index in self._undone:
                continue
            if isinstance(event, Compound):
                pairs |= {(lot, self.true_name(event.cocktail)) for lot, _ in self._parts(index, event)}
            if isinstance(event, Send):
                pairs.add((self.true_name(event.lot), self.true_name(event.arrives_as)))
        return pairs

    def _closure(self, reached: set[str], pairs: set[tuple[str, str]]) -> set[str]:
        while True:
            more = {far for near, far in pairs if near in reached} - reached
            if not more:
                return reached
            reached = reached | more
