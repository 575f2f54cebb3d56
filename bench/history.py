"""How does a plan become the rows of the books?  Movements, lines, uses, receipts and a whole journal."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from bench.catalogue_rows import CLINIC, NURSE, PRACTITIONER, ROOM_1, ROOM_2, STORE, SUPPLIER, VIRTUAL
from bench.names import Uids, lot_number, short_code
from bench.plan import OPEN_SESSION_COUNT, SESSION_USES, Event, Happening, LotPlan, Plan
from stockroom.db.transaction import CHANGES
from stockroom.ledger.encoding import canonical, instant_text, sha256
from stockroom.ledger.journal import genesis_hash
from stockroom.ledger.post import movement_digest
from stockroom.ledger.usages import usages_digest
from stockroom.vocabulary import (
    ArrivalState,
    CostState,
    IdentifiedBy,
    LocationKind,
    LotKind,
    MovementKind,
    Role,
    SessionState,
)

CHUNK = 10_000
"""Movements that are held in memory at once."""
ORDER = (
    "treatment_session",
    "movement",
    "line",
    "usage",
    "receipt",
    "receipt_line",
    "journal_entry",
)
"""Tables in the order in which a chunk's rows can be inserted."""
_KINDS = {
    Happening.RECEIPT: (MovementKind.RECEIVE, "delivery.receive"),
    Happening.TRANSFER: (MovementKind.TRANSFER, "stock.transfer"),
    Happening.USE: (MovementKind.USE, "stock.use"),
}
Rows = dict[str, list[dict[str, Any]]]


@dataclass(kw_only=True)
class History:
    """Writes the rows of one plan, chunk after chunk; afterwards it knows the journal's head."""

    plan: Plan
    uids: Uids
    clinic_uid: str
    actor_uid: str
    seq: int = 0
    hash: str = ""
    _session_uid: str = field(default="", init=False)
    _uses: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.hash = genesis_hash(self.clinic_uid, CHANGES)
        self._random = Random(self.plan.seed + 1)
        self._received, self._last_used = array("l"), array("l")

    def lots(self) -> list[dict[str, Any]]:
        """Give the rows of all lots; each expires after its last use, those in stock within two years."""
        size = len(self.plan.lots) + 1
        self._received, self._last_used = array("l", bytes(8 * size)), array("l", bytes(8 * size))
        for event in self.plan.events():
            if event.happening is Happening.RECEIPT:
                self._received[event.lot] = event.n
            elif event.happening is Happening.USE:
                self._last_used[event.lot] = event.n
        return [self._lot(lot) for lot in self.plan.lots]

    def chunks(self) -> Iterator[Rows]:
        """Give all rows that follow from movements, a bounded number at a time."""
        rows: Rows = {name: [] for name in ORDER}
        for event in self.plan.events():
            self._add(rows, event)
            if event.n % CHUNK == 0:
                yield rows
                rows = {name: [] for name in ORDER}
        yield rows

    def open_sessions(self) -> list[dict[str, Any]]:
        """Give sessions that have begun and in which nothing was used yet, each of another patient."""
        first = self.plan.session_count + 1
        return [
            {
                **self._session(first + n, self.plan.ends_at),
                "patient_id": 1 + n % self.plan.patient_count,
                "state": SessionState.IN_TREATMENT.value,
                "finished_at": None,
            }
            for n in range(OPEN_SESSION_COUNT)
        ]

    def balances(self) -> Iterator[dict[str, Any]]:
        """Give what is left of each lot; what came in through the Store left a row of nothing there."""
        for lot in self.plan.lots:
            for location, quantity in ((STORE, 0), (_room(lot), lot.left)):
                yield {
                    "clinic_id": CLINIC,
                    "location_id": location,
                    "lot_id": lot.number,
                    "product_id": lot.product,
                    "quantity": quantity,
                    "allocated": 0,
                }

    def expires_on(self, lot: LotPlan) -> date:
        """The printed expiry of a lot; known once `lots` was called."""
        random = Random(f"{self.plan.seed}/{lot.number}/expiry")
        if lot.is_hot:
            return (self.plan.ends_at + timedelta(days=365 + lot.number)).date()
        least = self.plan.at(self._last_used[lot.number] or self._received[lot.number]).date()
        least += timedelta(days=2)
        if lot.left:
            return max(least, (self.plan.ends_at + timedelta(days=random.randint(-30, 700))).date())
        return least + timedelta(days=random.randint(0, 365))

    def _lot(self, lot: LotPlan) -> dict[str, Any]:
        at = self.plan.at(self._received[lot.number])
        return {
            "id": lot.number,
            "uid": self.uids.new(at),
            "clinic_id": CLINIC,
            "product_id": lot.product,
            "kind": LotKind.MANUFACTURED.value,
            "number": lot_number(lot.number),
            "expires_on": self.expires_on(lot),
            "created_at": at,
        }

    def _add(self, rows: Rows, event: Event) -> None:
        lot, at = self.plan.lots[event.lot - 1], self.plan.at(event.n)
        payload: dict[str, Any] = {}
        paper = self._paper(rows, event, at)
        header = self._header(event, at, paper)
        line = self._line(event, lot)
        rows["movement"].append({**header, "id": event.n, "clinic_id": CLINIC, "seq": event.n})
        rows["line"].append({**line, "id": event.n, "clinic_id": CLINIC, "movement_id": event.n})
        payload["movements"] = [{"uid": header["uid"], "digest": movement_digest(header, [line])}]
        if event.happening is Happening.USE:
            usage = _usage(event, lot)
            rows["usage"].append(usage)
            payload["usages"] = [{"movement": header["uid"], "digest": usages_digest([usage], [])}]
        if event.happening is Happening.RECEIPT:
            self._receive(rows, event, lot, at, paper)
        rows["journal_entry"].append(self._entry(event, at, payload))

    def _paper(self, rows: Rows, event: Event, at: datetime) -> str | None:
        """The uid of the document on which the movement stands."""
        if event.happening is Happening.RECEIPT:
            return self.uids.new(at)
        if event.happening is Happening.TRANSFER:
            return None
        if self._uses % SESSION_USES == 0:
            session = self._session(self._uses // SESSION_USES + 1, at)
            rows["treatment_session"].append(session)
            self._session_uid = session["uid"]
        self._uses += 1
        return self._session_uid

    def _session(self, number: int, at: datetime) -> dict[str, Any]:
        return {
            "id": number,
            "uid": self.uids.new(at),
            "clinic_id": CLINIC,
            "patient_id": self._random.randint(1, self.plan.patient_count),
            "state": SessionState.FINISHED.value,
            "short_code": short_code(number),
            "planned_at": at,
            "finished_at": at,
            "room_id": ROOM_1,
            "practitioner_id": PRACTITIONER,
            "created_at": at,
            "updated_at": at,
        }

    def _header(self, event: Event, at: datetime, paper: str | None) -> dict[str, Any]:
        documents = {Happening.RECEIPT: "receipt", Happening.TRANSFER: "", Happening.USE: "session"}
        return {
            "uid": self.uids.new(at),
            "kind": _KINDS[event.happening][0].value,
            "occurred_at": at,
            "recorded_at": at,
            "is_late": False,
            "reason": "",
            "document_kind": documents[event.happening],
            "document_uid": paper,
            "supplier_id": SUPPLIER if event.happening is Happening.RECEIPT else None,
            "actor_id": NURSE,
            "roles": Role.NURSE.value,
            "device": "bench",
            "reverses_movement_id": None,
            "replaces_movement_id": None,
        }

    def _line(self, event: Event, lot: LotPlan) -> dict[str, Any]:
        ways = {
            Happening.RECEIPT: (VIRTUAL[LocationKind.SUPPLIER], STORE, lot.quantity),
            Happening.TRANSFER: (STORE, _room(lot), lot.quantity),
            Happening.USE: (_room(lot), VIRTUAL[LocationKind.PATIENT], 1),
        }
        from_id, to_id, quantity = ways[event.happening]
        is_use = event.happening is Happening.USE
        return {
            "n": 1,
            "lot_id": lot.number,
            "from_id": from_id,
            "to_id": to_id,
            "quantity": quantity,
            "session_id": (self._uses - 1) // SESSION_USES + 1 if is_use else None,
            "reverses_line_id": None,
        }

    def _receive(self, rows: Rows, event: Event, lot: LotPlan, at: datetime, paper: str | None) -> None:
        rows["receipt"].append(
            {
                "id": lot.number,
                "uid": paper,
                "clinic_id": CLINIC,
                "supplier_id": SUPPLIER,
                "delivery_note": f"DN-{lot.number}",
                "arrived_at": at,
                "state_on_arrival": ArrivalState.GOOD.value,
                "received_by_id": NURSE,
                "movement_id": event.n,
            }
        )
        rows["receipt_line"].append(
            {
                "id": lot.number,
                "uid": self.uids.new(at),
                "clinic_id": CLINIC,
                "receipt_id": lot.number,
                "n": 1,
                "line_id": event.n,
                "lot_id": lot.number,
                "trade_item_id": lot.product,
                "pack_count": lot.quantity,
                "quantity": lot.quantity,
                "cost_state": CostState.UNKNOWN.value,
            }
        )

    def _entry(self, event: Event, at: datetime, payload: dict[str, Any]) -> dict[str, Any]:
        entry = {
            "seq": event.n,
            "recorded_at": at,
            "actor_uid": self.actor_uid,
            "roles": Role.NURSE.value,
            "device": "bench",
            "kind": _KINDS[event.happening][1],
            "key": f"bench-{event.n}",
            "request_digest": sha256(f"request {event.n}"),
            "payload": canonical(payload),
            "answer": canonical({"movement_uid": payload["movements"][0]["uid"]}),
            "previous_hash": self.hash,
        }
        values = list(entry.values())
        values[1] = instant_text(at)
        self.seq, self.hash = event.n, sha256(canonical(values))
        return {**entry, "hash": self.hash, "clinic_id": CLINIC, "stream": CHANGES}


def _room(lot: LotPlan) -> int:
    return ROOM_1 if lot.room == 1 else ROOM_2


def _usage(event: Event, lot: LotPlan) -> dict[str, Any]:
    return {
        "clinic_id": CLINIC,
        "line_id": event.n,
        "technique": None,
        "depth_um": None,
        "indication": None,
        "practitioner_id": PRACTITIONER,
        "prescriber_id": None,
        "identified_by": IdentifiedBy.SCAN.value,
        "trade_item_id": lot.product,
        "serial": None,
        "raw_scan": None,
    }
