"""Random small histories of a few lots over two clinics: physically possible, otherwise unruly."""

from __future__ import annotations

from random import Random

from tests.oracles.trace_oracle import (
    Amend,
    Compound,
    Dispose,
    Event,
    Open,
    Receive,
    Renumber,
    Send,
    Undo,
    Use,
)

SESSIONS = ("s0", "s1", "s2")
HERE, THERE = 0, 1


class History:
    """A history in the making; `events` is what the oracle and the ledger are given."""

    def __init__(self, seed: int, *, length: int | None = None) -> None:
        self.random = Random(seed)
        self.events: list[Event] = []
        self.stock: dict[str, int] = {}
        self.clinic: dict[str, int] = {}
        self.cocktails: set[str] = set()
        self.opened: set[str] = set()
        self.bound: set[str] = set()
        """Lots that may not be renumbered any more: opened, sent, or part of something undone."""
        self.settled: set[int] = set()
        """Events that may not be undone or amended any more."""
        steps = (
            [self.receive] * 3 + [self.open_vial] + [self.compound] * 4 + [self.use] * 6
            + [self.dispose] + [self.send] + [self.undo] * 3 + [self.amend] * 2 + [self.renumber]
        )  # fmt: skip
        self.receive()
        for _ in range(length or self.random.randint(4, 16)):
            self.random.choice(steps)()

    def receive(self) -> None:
        fresh = self.random.random() < 0.7 or not self.stock
        manufactured = sorted(lot for lot in self.stock if lot not in self.cocktails)
        lot = f"l{len(self.events)}" if fresh or not manufactured else self.random.choice(manufactured)
        if lot in self.opened:
            return
        self.clinic.setdefault(lot, self.random.choice((HERE, HERE, THERE)))
        self._add(Receive(lot, self.random.randint(5, 40), f"d{len(self.events)}"))

    def open_vial(self) -> None:
        """Everything that is left of a lot goes into a container; what happened before it stays as it is."""
        lot = self._some(lambda each: each not in self.cocktails | self.opened)
        if lot is None:
            return
        self.bound.add(lot)
        self.opened.add(lot)
        self.settled |= {index for index in range(len(self.events)) if lot in self._changes(index)}
        self._add(Open(lot, f"c{len(self.events)}", self.stock[lot]))

    def compound(self) -> None:
        first = self._some()
        if first is None:
            return
        parts = [(first, self._part(first))]
        second = self._some(lambda lot: lot != first and self.clinic[lot] == self.clinic[first])
        if second is not None and self.random.random() < 0.7:
            parts.append((second, self._part(second)))
        cocktail = f"p{len(self.events)}"
        self.clinic[cocktail] = self.clinic[first]
        self.cocktails.add(cocktail)
        self._add(Compound(cocktail, tuple(parts), sum(quantity for _, quantity in parts)))

    def use(self) -> None:
        if (lot := self._some()) is not None:
            session = f"{self.random.choice(SESSIONS)}@{self.clinic[lot]}"
            self._add(Use(lot, session, self._part(lot)))

    def dispose(self) -> None:
        if (lot := self._some()) is not None:
            self._add(Dispose(lot, self._part(lot)))

    def send(self) -> None:
        lot = self._some(lambda each: each not in self.cocktails | self.opened)
        if lot is None:
            return
        other = 1 - self.clinic[lot]
        arrives_as = f"{lot}>{other}" if ">" not in lot else None
        if arrives_as is None or arrives_as in self.opened:
            return
        self.clinic[arrives_as] = other
        self.bound |= {lot, arrives_as}
        self.settled.add(len(self.events))
        self._add(Send(lot, arrives_as, self._part(lot)))

    def undo(self) -> None:
        index = self.random.randrange(len(self.events))
        event = self.events[index]
        changes = self._changes(index)
        if index in self.settled or isinstance(event, Amend | Renumber | Send | Open):
            return
        if any(self.stock.get(lot, 0) - change < 0 for lot, change in changes.items()):
            return
        self.settled.add(index)
        if isinstance(event, Undo):
            self.settled.add(len(self.events))  # the books know a reversal of a reversal, and no more
        self.bound |= changes.keys()
        self._add(Undo(index))

    def amend(self) -> None:
        compounds = [
            index
            for index, event in enumerate(self.events)
            if isinstance(event, Compound) and index not in self.settled
        ]
        if not compounds:
            return
        index = self.random.choice(compounds)
        compound = self.events[index]
        assert isinstance(compound, Compound)
        if any(self._is(lot) in self.opened for lot, _ in compound.parts):
            return
        part = self.random.randrange(len(compound.parts))
        old, quantity = self._part_now(index, part)
        lot = self._some(
            lambda each: (
                each not in (old, compound.cocktail)
                and self.clinic[each] == self.clinic[compound.cocktail]
                and self.stock[each] >= quantity
                and each not in self._made_from(compound.cocktail)
            )
        )
        if lot is not None:
            self._add(Amend(index, part, lot))

    def renumber(self) -> None:
        lot = self._some(
            lambda each: each not in self.cocktails and each not in self.bound and ">" not in each
        )
        if lot is None:
            return
        other = self._some(
            lambda each: (
                each not in self.cocktails | self.opened
                and each != lot
                and self.clinic[each] == self.clinic[lot]
            )
        )
        becomes = other if other is not None and self.random.random() < 0.5 else f"r{len(self.events)}"
        self.clinic[becomes] = self.clinic[lot]
        self._add(Renumber(lot, becomes))

    def _add(self, event: Event) -> None:
        self.events.append(event)
        for lot, change in self._changes(len(self.events) - 1).items():
            self.stock[lot] = self.stock.get(lot, 0) + change
        if isinstance(event, Renumber):
            self.stock[event.becomes] = self.stock.get(event.becomes, 0) + self.stock.pop(event.lot)

    def _changes(self, index: int) -> dict[str, int]:
        event = self.events[index]
        changes: dict[str, int] = {}

        def change(lot: str, quantity: int) -> None:
            lot = self._is(lot)
            changes[lot] = changes.get(lot, 0) + quantity

        match event:
            case Receive():
                change(event.lot, event.quantity)
            case Use() | Dispose():
                change(event.lot, -event.quantity)
            case Send():
                change(event.lot, -event.quantity)
                change(event.arrives_as, event.quantity)
            case Compound():
                change(event.cocktail, event.quantity)
                for part in range(len(event.parts)):
                    lot, quantity = self._part_now(index, part)
                    change(lot, -quantity)
            case Amend():
                lot, quantity = self._part_now(event.event, event.part, before=index)
                change(lot, quantity)
                change(event.lot, -quantity)
            case Undo():
                for lot, quantity in self._changes(event.event).items():
                    change(lot, -quantity)
        return changes

    def _part_now(self, index: int, part: int, before: int | None = None) -> tuple[str, int]:
        compound = self.events[index]
        assert isinstance(compound, Compound)
        lot, quantity = compound.parts[part]
        for event in self.events[:before]:
            if isinstance(event, Amend) and (event.event, event.part) == (index, part):
                lot = event.lot
        return self._is(lot), quantity

    def _is(self, lot: str) -> str:
        for event in self.events:
            if isinstance(event, Renumber) and event.lot == lot:
                return self._is(event.becomes)
        return lot

    def _made_from(self, cocktail: str) -> set[str]:
        """Cocktails that this one went into: none of them may go into it."""
        found = {cocktail}
        for event in self.events:
            if isinstance(event, Compound) and found & {lot for lot, _ in event.parts}:
                found.add(event.cocktail)
            if isinstance(event, Amend) and event.lot in found:
                made = self.events[event.event]
                assert isinstance(made, Compound)
                found.add(made.cocktail)
        return found

    def _some(self, wanted=lambda lot: True) -> str | None:
        lots = sorted(lot for lot, quantity in self.stock.items() if quantity > 0 and wanted(lot))
        return self.random.choice(lots) if lots else None

    def _part(self, lot: str) -> int:
        return self.random.randint(1, max(1, self.stock[lot] * 2 // 3))
