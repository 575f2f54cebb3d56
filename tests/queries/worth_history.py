"""A clinic and its sister live through something, by operations, and everything is written down to be valued later."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, text

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import StockroomError
from stockroom.ledger.post import post
from stockroom.models import Lot, ReceiptLine
from stockroom.operations.arrive_goods import ArrivedLine, ArriveGoods, arrive_goods
from stockroom.operations.complete_cost import CompleteCost, LineCost, complete_cost
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.reverse import Reverse, reverse
from stockroom.rules.posting import Draft, Line
from stockroom.rules.receiving import CostOf
from stockroom.rules.using import ThingName
from stockroom.vocabulary import (
    ContainerType,
    CostState,
    CountReason,
    DisposalReason,
    LocationKind,
    LotKind,
    MovementKind,
)
from tests.builders import FAR, NOW, House, LotAt, Place, key
from tests.correcting import _ad_hoc_product, open_vial, rows, use, visit
from tests.oracles.worth_oracle import Moved
from tests.receiving import gs1, scanned, take_in

CONTENT = 3
ACTS = (
    "receive", "receive", "receive", "receive", "open", "open", "draw", "draw", "draw", "mix", "use_whole", "use_whole",
    "throw_away", "miss", "find", "send", "arrive", "take_back", "take_back", "price", "price", "rename",
)  # fmt: skip


class History:
    """Does one act after the other; each is whole in the books or did not happen."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.random = store, Random(seed)
        self.house = House(store)
        self.here, self.there = self.house.clinic, self.house.another_clinic()
        self.product = self.house.product(
            "Filler", content_quantity=CONTENT, container_type=ContainerType.MULTI_DOSE
        )
        self.now, self.number = NOW, 0
        self.visit = visit(self.house)
        self.vials: list[Any] = []
        self.transfers: list[tuple[str, int]] = []
        self.movements: list[str] = []
        self.prices: dict[str, int | None] = {}
        self.lines: dict[int, str] = {}
        """The delivery's line that each line of the books was booked by."""
        self.snapshots: list[tuple[int, dict[str, int | None]]] = []
        self.done: dict[str, int] = {}
        self.to_do: list[str] = []
        _ = self.here.fridge, self.there.fridge, self.house.manager, self.house.practitioner

    def live(self, acts: int) -> History:
        """Do so many acts; one that is refused did not happen."""
        for _ in range(acts):
            self.now += timedelta(minutes=self.random.randint(1, 8))
            if not self.to_do:
                self.to_do = self.random.sample(ACTS, len(ACTS))
            act = self.to_do.pop()
            try:
                happened = getattr(self, act)()
            except StockroomError:
                happened = False
            if happened is not False:
                self.done[act] = self.done.get(act, 0) + 1
            self.snapshots.append((self.seq, dict(self.prices)))
        return self

    @property
    def seq(self) -> int:
        """The newest entry of the clinic's journal."""
        return self._one(  # type: ignore[no-any-return]
            "SELECT seq FROM journal_head WHERE clinic_id = :c AND stream = 'changes'", c=self.here.id
        )

    def _one(self, sql: str, **given: Any) -> Any:
        with self.store.reading() as connection:
            return connection.execute(text(sql), given).scalar()

    def _here(self, *, sealed: bool = True) -> list[tuple[LotAt, int]]:
        """The lots in the fridge, with how much of each."""
        found = []
        for lot in rows(self.store, Lot, Lot.clinic_id == self.here.id, Lot.kind == "manufactured"):
            at = LotAt(id=lot.id, uid=lot.uid, number=lot.number, location_id=self.here.fridge.id)
            if (there := self.here.on_hand(at)) > 0:
                found.append((at, there))
        return found

    def _some_lot(self) -> tuple[LotAt, int]:
        return self.random.choice(self._here())

    def receive(self) -> Any:
        cost = self.random.choice([None, 0, 100, 1, 1250, 999, 333, 1250, 80])
        stated = {
            None: CostOf(state=CostState.UNKNOWN), 0: CostOf(state=CostState.FREE_SAMPLE),
        }.get(cost, CostOf(state=CostState.PRICED, unit_cost_minor=cost, currency="EUR"))  # fmt: skip
        line = scanned(
            self.here.fridge,
            gs1(self.product.gtin, f"L{self.random.randint(0, 3)}"),
            pack_count=self.random.randint(1, 4),
            cost=stated,
        )
        booked = take_in(self.house, line, now=self.now)
        self.movements.append(booked.movement_uid)
        uid = booked.lines[0].receipt_line_uid
        (row,) = rows(self.store, ReceiptLine, ReceiptLine.uid == uid)
        self.prices[uid], self.lines[row.line_id] = cost, uid

    def open(self) -> Any:
        if not self._here():
            return False
        lot, _ = self._some_lot()
        self.vials.append(
            (
                lot,
                open_vial(
                    self.here, self.product, lot, now=self.now, beyond_use_at=self.now + timedelta(days=9)
                ),
            )
        )
        return None

    def _vial(self) -> tuple[LotAt, Place, int] | None:
        self.random.shuffle(self.vials)
        for _, vial in self.vials:
            for held in rows(self.store, Lot, Lot.clinic_id == self.here.id):
                at = LotAt(id=held.id, uid=held.uid, number=held.number, location_id=vial.place.id)
                if (there := self.here.on_hand(at)) > 0:
                    return at, vial.place, there
        return None

    def draw(self) -> Any:
        found = self._vial()
        if found is None:
            return False
        lot, place, there = found
        posted = use(self.here, self.visit, (lot, place, self.random.randint(1, there)), now=self.now)
        self.movements.append(posted.uid)
        return None

    def use_whole(self) -> Any:
        if not self._here():
            return False
        lot, _ = self._some_lot()
        taken = self.random.randint(1, CONTENT)
        rest = ((lot, self.here.fridge, CONTENT - taken),) if taken < CONTENT else ()
        posted = use(self.here, self.visit, (lot, self.here.fridge, taken), to_disposal=rest, now=self.now)
        self.movements.append(posted.uid)
        return None

    def mix(self) -> Any:
        """Mix some of a vial with a whole one, lose a little, and use some of it."""
        found = self._vial()
        if found is None:
            return False
        lot, place, there = found
        drawn = self.random.randint(1, there)
        parts = [(lot.id, place.id, drawn)]
        if self._here() and self.random.random() < 0.5:
            other, _ = self._some_lot()
            parts.append((other.id, self.here.fridge.id, CONTENT))
        total = sum(quantity for _, _, quantity in parts)
        made = max(1, total - self.random.randint(0, 1))
        self._mix(parts, made)
        return None

    def _mix(self, parts: list[tuple[int, int, int]], made: int) -> None:
        clinic, self.number = self.here, self.number + 1
        compounding, patient = (
            clinic.account(kind) for kind in (LocationKind.COMPOUNDING, LocationKind.PATIENT)
        )

        def body(work: Work) -> None:
            lot_id = work.connection.execute(
                insert(Lot)
                .values(
                    uid=new_uid(self.now), clinic_id=clinic.id, product_id=_ad_hoc_product(work), kind=LotKind.PREPARED,
                    number=f"P-{self.number}", beyond_use_at=self.now + timedelta(days=9), created_at=self.now,
                )
                .returning(Lot.id)
            ).scalar_one()  # fmt: skip
            paper = new_uid(self.now)
            lines = [Line(lot_id=lot, from_id=at, to_id=compounding.id, quantity=q) for lot, at, q in parts]
            lines.append(Line(lot_id=lot_id, from_id=compounding.id, to_id=clinic.fridge.id, quantity=made))
            mixed = Draft(
                kind=MovementKind.PREPARE, lines=tuple(lines), occurred_at=work.now,
                document_kind="preparation", document_uid=paper,
            )  # fmt: skip
            post(work, mixed)
            used = Line(
                lot_id=lot_id, from_id=clinic.fridge.id, to_id=patient.id,
                quantity=self.random.randint(1, made), session_id=self.visit.id,
            )  # fmt: skip
            post(
                work,
                Draft(kind=MovementKind.USE, lines=(used,), occurred_at=work.now, document_kind="session"),
            )

        clinic.act("test.mix", body, now=self.now)

    def throw_away(self) -> Any:
        if not self._here():
            return False
        lot, _ = self._some_lot()
        thing = ThingName(lot_uid=lot.uid, location_uid=self.here.fridge.uid)
        command = Dispose(
            lines=(DisposalOf(thing=thing, quantity=CONTENT),), reason=DisposalReason.BROKEN, note="fell"
        )
        done = dispose(self.store, command, actor=self.house.nurse, key=key(), now=self.now)
        self.movements.append(done.movement_uid)
        return None

    def miss(self) -> Any:
        return self._count(-CONTENT)

    def find(self) -> Any:
        return self._count(CONTENT)

    def _count(self, difference: int) -> Any:
        if not self._here():
            return False
        lot, there = self._some_lot()
        line = CountedLine(
            lot_uid=lot.uid, location_uid=self.here.fridge.uid, counted_at=self.now,
            found_quantity=there + difference, reason=CountReason.MISCOUNTED,
        )  # fmt: skip
        second = self.house.manager.person_uid
        done = count(
            self.store,
            Count(lines=(line,), second_person_uid=second),
            actor=self.house.nurse,
            key=key(),
            now=self.now,
        )
        if done.movement_uid:
            self.movements.append(done.movement_uid)
        return None

    def send(self) -> Any:
        sender, receiver = self.random.choice(
            [(self.here, self.there), (self.here, self.there), (self.there, self.here)]
        )
        found = []
        for row in rows(self.store, Lot, Lot.clinic_id == sender.id, Lot.kind == "manufactured"):
            at = LotAt(id=row.id, uid=row.uid, number=row.number, location_id=sender.fridge.id)
            if sender.on_hand(at) > 0:
                found.append(at)
        if not found:
            return False
        lot = self.random.choice(found)
        line = DispatchLine(lot_uid=lot.uid, from_uid=sender.fridge.uid, quantity=CONTENT)
        done = dispatch_goods(
            self.store, DispatchGoods(to_clinic_uid=receiver.uid, lines=(line,)),
            actor=sender.nurse, key=key(), now=self.now,
        )  # fmt: skip
        self.transfers.append((done.transfer_uid, receiver.id))
        return None

    def arrive(self) -> Any:
        if not self.transfers:
            return False
        uid, clinic_id = self.transfers.pop(0)
        receiver = self.here if clinic_id == self.here.id else self.there
        fate = self.random.choice(["whole", "whole", "broken", "short"])
        line = ArrivedLine(
            number=1, location_uid=receiver.fridge.uid if fate == "whole" else None,
            arrived_quantity=CONTENT if fate == "whole" else 0,
            broken_quantity=CONTENT if fate == "broken" else 0, short_quantity=CONTENT if fate == "short" else 0,
        )  # fmt: skip
        command = ArriveGoods(
            transfer_uid=uid,
            arrived_at=self.now,
            lines=(line,),
            shortage_reason="not in the box",
            breakage_reason="broken",
        )
        arrive_goods(self.store, command, actor=receiver.nurse, key=key(), now=self.now)
        return None

    def take_back(self) -> Any:
        if not self.movements:
            return False
        uid = self.random.choice(self.movements)
        command = Reverse(movement_uid=uid, reason="booked by mistake")
        reverse(self.store, command, actor=self.house.practitioner, key=key(), now=self.now)
        return None

    def price(self) -> Any:
        if not self.prices:
            return False
        uid, cents = self.random.choice(list(self.prices)), self.random.choice([1, 77, 500, 1001])
        cost = CostOf(state=CostState.PRICED, unit_cost_minor=cents, currency="EUR")
        command = CompleteCost(
            lines=(LineCost(receipt_line_uid=uid, cost=cost),), reason="the invoice says so"
        )
        complete_cost(self.store, command, actor=self.house.manager, key=key(), now=self.now)
        self.prices[uid] = cents
        return None

    def rename(self) -> Any:
        if not self._here():
            return False
        lot, _ = self._some_lot()
        self.number += 1
        number = self.random.choice([f"N{self.number}", f"L{self.random.randint(0, 3)}"])
        command = CorrectLot(lot_uid=lot.uid, number=number, expires_on=FAR, reason="read again")
        correct_lot(self.store, command, actor=self.house.practitioner, key=key(), now=self.now)
        return None

    def moves(self, *, seq: int | None = None) -> list[Moved]:
        """The plain lines of the books of both clinics, through an entry of the clinic's journal."""
        at = self._one(
            "SELECT recorded_at FROM journal_entry WHERE clinic_id = :c AND stream = 'changes' AND seq = :s",
            c=self.here.id, s=self.seq if seq is None else seq,
        )  # fmt: skip
        with self.store.reading() as connection:
            found = connection.execute(
                text(
                    "SELECT l.id, m.id AS movement, l.lot_id, f.kind AS source, t.kind AS target, l.quantity,"
                    " l.reverses_line_id, m.document_uid, m.document_kind, m.replaces_movement_id"
                    " FROM line l JOIN movement m ON m.id = l.movement_id"
                    " JOIN location f ON f.id = l.from_id JOIN location t ON t.id = l.to_id"
                    " WHERE m.recorded_at <= :at ORDER BY m.id, l.n"
                ),
                {"at": at},
            ).all()
        booked = {(row.movement, row.quantity): self.lines[row.id] for row in found if row.id in self.lines}
        return [
            Moved(
                line=row.id, movement=row.movement, lot=row.lot_id, source=row.source, target=row.target,
                quantity=row.quantity, reverses=row.reverses_line_id,
                paper=None if row.document_uid is None else str(row.document_uid),
                is_count=row.document_kind == "stocktake",
                receipt=self.lines.get(row.id, booked.get((row.replaces_movement_id, row.quantity))),
                first_movement=row.replaces_movement_id or row.movement,
            )
            for row in found
        ]  # fmt: skip
