"""How does a history of plain events come into the books?  Through `ledger.post`, event by event."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import JournalName, Work, transaction
from stockroom.ledger import journal
from stockroom.ledger.post import post
from stockroom.models import (
    Container,
    Location,
    Lot,
    Patient,
    Product,
    ProductRule,
    Receipt,
    ReceiptLine,
    Supplier,
    Transfer,
    TransferLine,
    TreatmentSession,
)
from stockroom.rules.posting import Draft, Line
from stockroom.vocabulary import VIRTUAL_KINDS, LocationKind, MovementKind
from tests.builders import FAR, NOW, House
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
from tests.queries.histories import HERE, History


@dataclass
class Booked:
    """A line of the books that stands."""

    line_id: int
    line: Line
    movement_id: int
    lot: str


@dataclass
class Written:
    """A history in the books: its names and their ids and uids."""

    history: History
    tag: str
    lots: dict[str, int] = field(default_factory=dict)
    uids: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    session_uids: dict[str, str] = field(default_factory=dict)
    booked: dict[int, list[Booked]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    """The container of each opened lot."""
    recorded: list[datetime] = field(default_factory=list)
    """When each event came into the books."""


class Writer:
    """Writes histories into two clinics."""

    def __init__(self, store: Any, house: House | None = None) -> None:
        self.store = store
        house = house or House(store)
        clinics = (house.clinic, house.another_clinic())
        self.clinics = tuple(clinic.id for clinic in clinics)
        self.actors: tuple[Actor, ...] = tuple(clinic.system for clinic in clinics)
        self.shelf = tuple(clinic.fridge.id for clinic in clinics)
        self.accounts = tuple(
            {kind: clinic.account(kind).id for kind in LocationKind if kind in VIRTUAL_KINDS}
            for clinic in clinics
        )
        filler = house.product("Filler", content_quantity=1)
        self.product, self.gtin = filler.id, filler.gtin
        _ = house.supplier_uid
        with store.reading() as connection:
            self.supplier = connection.execute(select(Supplier.id)).scalar_one()
            self.rule = connection.execute(
                select(ProductRule.id).where(
                    ProductRule.product_id == self.product, ProductRule.superseded_at.is_(None)
                )
            ).scalar_one()
        self.mixture = self._begin()

    def _begin(self) -> int:
        self.patient_uid = new_uid(NOW)
        with self._work() as work:
            self.patient = work.connection.execute(
                insert(Patient)
                .values(uid=self.patient_uid, short_code="TST", created_at=NOW, updated_at=NOW)
                .returning(Patient.id)
            ).scalar_one()
            mixture = work.connection.execute(
                insert(Product)
                .values(
                    uid=new_uid(NOW), kind="prepared", name="Mixture", strength="", presentation="syringe",
                    base_unit="uL", content_quantity=1, created_at=NOW, updated_at=NOW,
                )
                .returning(Product.id)
            ).scalar_one()  # fmt: skip
            journal.append(work, JournalName(clinic_id=self.clinics[HERE]), journal.Entry(payload={}))
        return mixture

    def _work(self) -> Any:
        return transaction(
            self.store,
            actor=self.actors[HERE],
            kind="test.history",
            key="",
            now=NOW,
            journals=tuple(JournalName(clinic_id=clinic_id) for clinic_id in self.clinics),
        )

    def write(self, histories: list[tuple[str, History]]) -> list[Written]:
        """Write several histories in one transaction, each event as a movement of its own."""
        with self._work() as work:
            return [self._write(work, tag, history) for tag, history in histories]

    def _write(self, work: Work, tag: str, history: History) -> Written:
        written = Written(history=history, tag=tag)
        self._insert_lots(work, written)
        self._insert_sessions(work, written)
        for index, event in enumerate(history.events):
            work.now += timedelta(microseconds=1)
            written.recorded.append(work.now)
            self._book(work, written, index, event)
        for clinic_id in self.clinics:
            journal.append(work, JournalName(clinic_id=clinic_id), journal.Entry(payload={}))
        return written

    def _insert_lots(self, work: Work, written: Written) -> None:
        history = written.history
        rows = []
        for name, side in history.clinic.items():
            is_mixed = name in history.cocktails
            written.uids[name] = new_uid(NOW)
            rows.append(
                {
                    "uid": written.uids[name],
                    "clinic_id": self.clinics[side],
                    "product_id": self.mixture if is_mixed else self.product,
                    "kind": "prepared" if is_mixed else "manufactured",
                    "number": f"{written.tag}-{name}",
                    "expires_on": None if is_mixed else FAR,
                    "beyond_use_at": NOW + timedelta(days=9) if is_mixed else None,
                    "created_at": NOW,
                }
            )
        ids = work.connection.execute(insert(Lot).returning(Lot.id, sort_by_parameter_order=True), rows)
        written.lots = dict(zip(history.clinic, ids.scalars(), strict=True))

    def _insert_sessions(self, work: Work, written: Written) -> None:
        names = sorted({event.session for event in written.history.events if isinstance(event, Use)})
        if not names:
            return
        written.session_uids = {name: new_uid(NOW) for name in names}
        rows = [
            {
                "uid": written.session_uids[name],
                "clinic_id": self.clinics[int(name[-1])],
                "patient_id": self.patient,
                "state": "arrived",
                "short_code": f"{written.tag}-{name}",
                "planned_at": NOW,
                "version": 1,
                "created_at": NOW,
                "updated_at": NOW,
            }
            for name in names
        ]
        ids = work.connection.execute(
            insert(TreatmentSession).returning(TreatmentSession.id, sort_by_parameter_order=True), rows
        )
        written.sessions = dict(zip(names, ids.scalars(), strict=True))

    def _book(self, work: Work, written: Written, index: int, event: Event) -> None:
        match event:
            case Receive():
                self._receive(work, written, index, event)
            case Open():
                self._open(work, written, index, event)
            case Compound():
                self._compound(work, written, index, event)
            case Use():
                session_id = written.sessions[event.session]
                line = self._out(written, event.lot, event.quantity, LocationKind.PATIENT, session_id)
                self._post(work, written, index, event.lot, MovementKind.USE, [line])
            case Dispose():
                line = self._out(written, event.lot, event.quantity, LocationKind.DISPOSAL)
                self._post(work, written, index, event.lot, MovementKind.DISPOSE, [line])
            case Send():
                self._send(work, written, index, event)
            case Undo():
                self._undo(work, written, index, event)
            case Amend():
                self._amend(work, written, event)
            case Renumber():
                self._renumber(work, written, event)

    def _receive(self, work: Work, written: Written, index: int, event: Receive) -> None:
        side = written.history.clinic[event.lot]
        line = Line(
            lot_id=written.lots[event.lot],
            from_id=self.accounts[side][LocationKind.SUPPLIER],
            to_id=self.shelf[side],
            quantity=event.quantity,
        )
        booked = self._post(work, written, index, event.lot, MovementKind.RECEIVE, [line])
        receipt_id = work.connection.execute(
            insert(Receipt)
            .values(
                uid=new_uid(NOW), clinic_id=self.clinics[side], supplier_id=self.supplier,
                delivery_note=event.delivery, arrived_at=NOW, state_on_arrival="good",
                received_by_id=work.actor.person_id, movement_id=booked[0].movement_id,
            )
            .returning(Receipt.id)
        ).scalar_one()  # fmt: skip
        work.connection.execute(
            insert(ReceiptLine).values(
                uid=new_uid(NOW), clinic_id=self.clinics[side], receipt_id=receipt_id, n=1,
                line_id=booked[0].line_id, lot_id=written.lots[event.lot], pack_count=event.quantity,
                quantity=event.quantity, cost_state="unknown",
            )
        )  # fmt: skip

    def _open(self, work: Work, written: Written, index: int, event: Open) -> None:
        side = written.history.clinic[event.lot]
        code = f"{written.tag}-{event.container}"
        written.uids[event.container] = new_uid(NOW)
        values: dict[str, Any] = {"clinic_id": self.clinics[side], "short_code": code}
        location_id = work.connection.execute(
            insert(Location)
            .values(
                **values, uid=written.uids[event.container], kind="container", name=code,
                created_at=NOW, updated_at=NOW,
            )
            .returning(Location.id)
        ).scalar_one()  # fmt: skip
        work.connection.execute(
            insert(Container).values(
                **values, location_id=location_id, lot_id=written.lots[event.lot],
                product_rule_id=self.rule, state="open", opened_at=NOW, content_quantity=event.quantity,
                stands_in_id=self.shelf[side], opened_by_id=work.actor.person_id,
            )
        )  # fmt: skip
        line = Line(
            lot_id=written.lots[event.lot],
            from_id=self.shelf[side],
            to_id=location_id,
            quantity=event.quantity,
        )
        self._post(work, written, index, event.lot, MovementKind.OPEN, [line])
        written.places[event.lot] = location_id

    def _out(
        self, written: Written, lot: str, quantity: int, to: LocationKind, session_id: int | None = None
    ) -> Line:
        side = written.history.clinic[lot]
        return Line(
            lot_id=written.lots[lot],
            from_id=written.places.get(lot, self.shelf[side]),
            to_id=self.accounts[side][to],
            quantity=quantity,
            session_id=session_id,
        )

    def _compound(self, work: Work, written: Written, index: int, event: Compound) -> None:
        side = written.history.clinic[event.cocktail]
        lines = [self._out(written, lot, quantity, LocationKind.COMPOUNDING) for lot, quantity in event.parts]
        lines.append(
            Line(
                lot_id=written.lots[event.cocktail],
                from_id=self.accounts[side][LocationKind.COMPOUNDING],
                to_id=self.shelf[side],
                quantity=event.quantity,
            )
        )
        self._post(work, written, index, event.cocktail, MovementKind.PREPARE, lines)

    def _send(self, work: Work, written: Written, index: int, event: Send) -> None:
        side, other = written.history.clinic[event.lot], written.history.clinic[event.arrives_as]
        away = self._out(written, event.lot, event.quantity, LocationKind.IN_TRANSIT)
        sent = self._post(work, written, index, event.lot, MovementKind.DISPATCH, [away])
        line = Line(
            lot_id=written.lots[event.arrives_as],
            from_id=self.accounts[other][LocationKind.IN_TRANSIT],
            to_id=self.shelf[other],
            quantity=event.quantity,
        )
        came = self._post(work, written, -1, event.arrives_as, MovementKind.ARRIVE, [line])
        transfer_id = work.connection.execute(
            insert(Transfer)
            .values(
                uid=new_uid(NOW), from_clinic_id=self.clinics[side], to_clinic_id=self.clinics[other],
                state="arrived", dispatched_at=NOW, dispatched_by_id=work.actor.person_id,
                dispatch_movement_id=sent[0].movement_id, arrived_at=NOW,
                arrived_by_id=work.actor.person_id, arrive_movement_id=came[0].movement_id,
            )
            .returning(Transfer.id)
        ).scalar_one()  # fmt: skip
        work.connection.execute(
            insert(TransferLine).values(
                transfer_id=transfer_id, n=1, product_id=self.product,
                lot_number=f"{written.tag}-{event.lot}", expires_on=FAR,
                from_lot_id=written.lots[event.lot], to_lot_id=written.lots[event.arrives_as],
                dispatched_quantity=event.quantity, arrived_quantity=event.quantity,
            )
        )  # fmt: skip

    def _undo(self, work: Work, written: Written, index: int, event: Undo) -> None:
        booked = written.booked[event.event]
        turned = [_turned(each) for each in booked]
        self._post(work, written, index, booked[0].lot, MovementKind.REVERSE, turned)

    def _amend(self, work: Work, written: Written, event: Amend) -> None:
        """Another lot was in it: the part's line is reversed, and what takes its place names the movement."""
        old = written.booked[event.event][event.part]
        self._post(work, written, -1, old.lot, MovementKind.REVERSE, [_turned(old)])
        line = self._out(written, event.lot, old.line.quantity, LocationKind.COMPOUNDING)
        written.booked[event.event][event.part] = self._post(
            work, written, -1, event.lot, MovementKind.CORRECT, [line], replaces=old.movement_id
        )[0]

    def _renumber(self, work: Work, written: Written, event: Renumber) -> None:
        """Everything of the lot is reversed, the newest first, and booked again under the other one."""
        old_id, new_id = written.lots[event.lot], written.lots[event.becomes]
        found = sorted(
            (
                (index, n, booked)
                for index, lines in written.booked.items()
                for n, booked in enumerate(lines)
                if booked.line.lot_id == old_id
            ),
            key=lambda each: each[2].line_id,
        )
        for _, _, booked in reversed(found):
            self._post(work, written, -1, event.lot, MovementKind.CORRECT, [_turned(booked)])
        for index, n, booked in found:
            line = replace(booked.line, lot_id=new_id, reverses_line_id=None)
            written.booked[index][n] = self._post(
                work, written, -1, event.becomes, MovementKind.CORRECT, [line], replaces=booked.movement_id
            )[0]
        work.connection.execute(update(Lot).where(Lot.id == old_id).values(superseded_by_id=new_id))

    def _post(
        self,
        work: Work,
        written: Written,
        index: int,
        lot: str,
        kind: MovementKind,
        lines: list[Line],
        *,
        replaces: int | None = None,
    ) -> list[Booked]:
        """Post lines in the clinic of `lot` and note them as the standing lines of event `index`."""
        work.actor = self.actors[written.history.clinic[lot]]
        draft = Draft(kind=kind, lines=tuple(lines), occurred_at=NOW, replaces_movement_id=replaces)
        posted = post(work, draft)
        booked = [
            Booked(line_id=line_id, line=line, movement_id=posted.movement_id, lot=lot)
            for line_id, line in zip(posted.line_ids, lines, strict=True)
        ]
        if index >= 0:
            written.booked[index] = booked
        return booked


def _turned(booked: Booked) -> Line:
    return replace(
        booked.line,
        from_id=booked.line.to_id,
        to_id=booked.line.from_id,
        reverses_line_id=booked.line_id,
    )
