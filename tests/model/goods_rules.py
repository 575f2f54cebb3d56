"""What does the machine do with goods: take them in, move, hold, recall, count, send and throw them away?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count as counting

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stockroom.operations.arrive_goods import ArrivedLine, ArriveGoods, arrive_goods
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.open_recall import OpenRecall, open_recall
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.receive import Receive, receive
from stockroom.operations.release_hold import ReleaseHold, ReleaseRecall, release_hold, release_recall
from stockroom.reads.arrivals import ArrivingLine
from stockroom.reads.recall_lines import ConfirmedLine
from stockroom.vocabulary import (
    ArrivalState,
    CountReason,
    DisposalReason,
    HoldReason,
    Role,
    Rule,
    ScopeKind,
)
from tests.model.acting import (
    CARE,
    CARELESS,
    CLINICS,
    DAYS,
    OVERRIDES,
    Acting,
    override_of,
)
from tests.model.houses import CLASSES
from tests.oracles.stock_acts import Delivered
from tests.recalls import lot_line, notice
from tests.receiving import gs1

_NOTES = counting(1)
"""Each delivery has a paper of its own: the same one twice is for tests/operations/test_receive_again.py."""


class GoodsRules(Acting):
    """Acts on what lies on shelves."""

    @rule(data=st.data(), clinic=CLINICS, care=CARE, scanned=st.booleans())
    def receive(self, data: st.DataObject, clinic: str, care: int, scanned: bool) -> None:
        role = self.somebody(data, "receive", care)

        def line() -> Delivered:
            number = data.draw(st.sampled_from(list(DAYS)), "number")
            expires_on: date | None = self._printed(number)
            match data.draw(st.integers(0, 11), "slip"):
                case 0:
                    expires_on = self._printed(number) + timedelta(days=31)
                case 1:
                    expires_on = None
            return Delivered(
                product=data.draw(st.sampled_from(list(CLASSES)), "product"),
                number=number,
                expires_on=expires_on,
                packs=data.draw(st.sampled_from([1, 2, 5] * 3 + [0]), "packs"),
                place=f"{clinic}.{data.draw(st.sampled_from(['fridge', 'cupboard', 'quarantine']))}",
                decision=data.draw(st.sampled_from(["", "needed today", "needed today"]), "decision"),
            )

        lines = [line() for _ in range(data.draw(st.integers(1, 2), "lines"))]
        self._receive(clinic, role, lines, scanned=scanned)

    def _receive(self, clinic: str, role: Role, lines: Sequence[Delivered], *, scanned: bool) -> None:
        command = Receive(
            supplier_uid=self.house.supplier_uid,
            delivery_note=f"DN-{next(_NOTES)}",
            arrived_at=self.model.now,
            state_on_arrival=ArrivalState.GOOD,
            lines=tuple(self._arriving(each, scanned) for each in lines),
        )
        booked = self.do(
            "receive",
            receive,
            command,
            lambda model: model.receive(clinic, role, lines),
            clinic=clinic,
            role=role,
        )
        for line, each in zip(booked.lines if booked else (), lines, strict=False):
            self.names.learn(f"{clinic}:{each.product}:{each.number}", line.lot_uid)

    def _arriving(self, line: Delivered, scanned: bool) -> ArrivingLine:
        goods = self.house.goods[line.product]
        common = {"location_uid": self.uid(line.place), "pack_count": line.packs, "decision": line.decision}
        if scanned:
            return ArrivingLine(scan=gs1(goods.gtin, line.number, line.expires_on), **common)
        return ArrivingLine(
            product_uid=goods.uid, lot_number=line.number, expires_on=line.expires_on, **common
        )

    @rule(data=st.data(), care=CARE)
    def dispose(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "dispose", care)
        clinic, named = self.some_thing(data, care, product=False)
        quantity = self.amount(data, named, care)
        self.do(
            "dispose",
            dispose,
            Dispose(
                lines=(DisposalOf(thing=self.thing(named), quantity=quantity),), reason=DisposalReason.BROKEN
            ),
            lambda model: model.dispose(clinic, role, named, quantity),
            clinic=clinic,
            role=role,
        )

    @rule(data=st.data(), care=CARE)
    def move(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "move", care)
        clinic, named = self.some_thing(data, care, product=False)
        if named.place is None:
            return
        lot = named.lot or self.model.containers[named.place].lot
        source, to, quantity = named.place, self.a_shelf(data, clinic), self.amount(data, named, care)
        line = MoveLine(lot_uid=self.uid(lot), from_uid=self.uid(source), quantity=quantity)
        self.do(
            "move_goods",
            move_goods,
            MoveGoods(to_uid=self.uid(to), lines=(line,)),
            lambda model: model.move(clinic, role, lot, source, to, quantity),
            clinic=clinic,
            role=role,
        )

    @rule(data=st.data(), care=CARE, whole_lot=st.booleans())
    def place_hold(self, data: st.DataObject, care: int, whole_lot: bool) -> None:
        role = self.somebody(data, "hold", care)
        clinic, named = self.some_thing(data, care, product=False)
        lot, place = (named.lot, None) if whole_lot and named.lot else (None, named.place)
        if care == CARELESS:
            clinic, lot = "B", None
        if care == CARELESS or (lot is None and place is None):
            place = self.a_shelf(data, clinic)
        command = PlaceHold(
            reason=HoldReason.SUSPICION,
            note="looks cloudy",
            lot_uid=lot and self.uid(lot),
            location_uid=place and self.uid(place),
        )
        answer = self.do(
            "place_hold", place_hold, command, lambda model: model.place_hold(clinic, role, lot, place),
            clinic=clinic, role=role,
        )  # fmt: skip
        if answer:
            self.holds.append(answer.hold_uid)

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), care=CARE)
    def release_hold(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "release_hold", care)
        number = data.draw(st.integers(0, len(self.holds) - 1), "hold")
        self.do(
            "release_hold",
            release_hold,
            ReleaseHold(hold_uid=self.holds[number], note="looked again"),
            lambda model: model.release_hold(self.model.holds[number].clinic, role, number),
            clinic=self.model.holds[number].clinic,
            role=role,
        )

    @rule(data=st.data(), care=CARE, product=st.sampled_from(list(CLASSES)))
    def recall(self, data: st.DataObject, care: int, product: str) -> None:
        role = self.somebody(data, "recall", care)
        number = data.draw(st.sampled_from([*DAYS, *DAYS, None]), "number")
        answer = self.do(
            "open_recall",
            open_recall,
            self._recall(self.house.goods[product].uid, number),
            lambda model: model.recall(role, product, number),
            clinic="A",
            role=role,
            is_of_clinic=False,
        )
        if answer:
            self.recalls.append(answer.hold_uids[0])

    def _recall(self, product_uid: str, number: str | None) -> OpenRecall:
        line = (
            lot_line(product_uid, number)
            if number is not None
            else ConfirmedLine(product_uid=product_uid, kind=ScopeKind.PRODUCT)
        )
        said = notice(f"FSN {len(self.recalls) + 1}")
        return OpenRecall(title="R", notice=said, lines=(line,))

    @precondition(lambda self: self.recalls)
    @rule(data=st.data(), care=CARE)
    def release_recall(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "recall", care)
        number = data.draw(st.integers(0, len(self.recalls) - 1), "recall")
        self.do(
            "release_recall",
            release_recall,
            ReleaseRecall(hold_uid=self.recalls[number], note="ended"),
            lambda model: model.release_recall(role, number),
            clinic="A",
            role=role,
            is_of_clinic=False,
        )

    @rule(
        data=st.data(),
        care=CARE,
        override=OVERRIDES,
    )
    def dispatch(self, data: st.DataObject, care: int, override: frozenset[Rule] | None) -> None:
        role = self.somebody(data, "dispatch", care)
        clinic, named = self.some_thing(data, care, product=False)
        if named.place is None:
            return
        lot, place = named.lot or self.model.containers[named.place].lot, named.place
        quantity, to = self.amount(data, named, care), "B" if clinic == "A" else "A"
        self._dispatch(clinic, role, lot, place, quantity, to, override)

    def _dispatch(
        self,
        clinic: str,
        role: Role,
        lot: str,
        place: str,
        quantity: int,
        to: str,
        override: frozenset[Rule] | None,
    ) -> None:
        command = DispatchGoods(
            to_clinic_uid=self.house.clinics[to].uid,
            lines=(DispatchLine(lot_uid=self.uid(lot), from_uid=self.uid(place), quantity=quantity),),
            override=override_of(override),
        )
        answer = self.do(
            "dispatch_goods", dispatch_goods, command,
            lambda model: model.dispatch(clinic, role, lot, place, quantity, to, override), clinic=clinic, role=role,
        )  # fmt: skip
        if answer:
            self.transfers.append(answer.transfer_uid)

    @precondition(lambda self: self.transfers)
    @rule(data=st.data(), reason=st.sampled_from(["", "a broken box"]), care=CARE)
    def arrive(self, data: st.DataObject, reason: str, care: int) -> None:
        role = self.somebody(data, "receive", care)
        number = data.draw(st.integers(0, len(self.transfers) - 1), "transfer")
        sent = self.model.transfers[number]
        clinic = sent.target if data.draw(st.integers(0, 5), "elsewhere") else sent.source
        content = self.model.product_of(sent.lot).content
        short, broken = data.draw(
            st.sampled_from([(0, 0)] * 4 + [(content, 0), (0, content), (0, 1)]), "missing"
        )
        arrived = max(0, sent.quantity - short - broken)
        place = self.a_shelf(data, clinic)
        line = ArrivedLine(
            number=1,
            location_uid=self.uid(place),
            arrived_quantity=arrived,
            short_quantity=short,
            broken_quantity=broken,
        )
        command = ArriveGoods(
            transfer_uid=self.transfers[number],
            arrived_at=self.model.now,
            lines=(line,),
            shortage_reason=reason,
            breakage_reason=reason,
        )
        answer = self.do(
            "arrive_goods", arrive_goods, command,
            lambda model: model.arrive(clinic, role, number, place, arrived, short, broken, reason),
            clinic=clinic, role=role,
        )  # fmt: skip
        if answer:
            lot = self.model.lots[sent.lot]
            self.names.learn(f"{clinic}:{lot.product}:{lot.number}", answer.lot_uids[0])
            self.holds += answer.hold_uids

    @rule(
        data=st.data(),
        care=CARE,
        ago=st.sampled_from([0, 0, 90, 3000]),
        reason=st.sampled_from([CountReason.LOST, CountReason.FOUND, None]),
    )
    def count(self, data: st.DataObject, care: int, ago: int, reason: CountReason | None) -> None:
        role = self.somebody(data, "count", care)
        clinic, named = self.some_thing(data, care, product=False)
        place = named.place or self.a_shelf(data, clinic)
        lot = named.lot or self.model.containers[place].lot
        content = self.model.product_of(lot).content
        here, counted_at = self.model.here(lot, place), self.model.now - timedelta(minutes=ago)
        beside = [here, here, here + content, max(0, here - content), max(0, here - 10), 0]
        found = data.draw(st.sampled_from(beside), "found")
        line = CountedLine(
            lot_uid=self.uid(lot),
            location_uid=self.uid(place),
            counted_at=counted_at,
            found_quantity=found,
            reason=reason,
        )
        self.do(
            "count", count, Count(lines=(line,)),
            lambda model: model.count(clinic, role, lot, place, counted_at, found, reason), clinic=clinic, role=role,
        )  # fmt: skip
