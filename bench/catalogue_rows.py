"""What stands before the first movement?  The clinic, its people with tokens, places, products and patients."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from bench.names import Uids, gtin, patient_name, short_code
from bench.plan import PRODUCT_COUNT, Plan
from stockroom.db.sealing import KeyRing, seal
from stockroom.models import Clinic
from stockroom.reads.patients import bound_to, index_tokens
from stockroom.vocabulary import (
    VIRTUAL_KINDS,
    BaseUnit,
    Carry,
    CodeScheme,
    ContainerType,
    LocationKind,
    ProductKind,
    RegulatoryClass,
    Role,
    StorageClass,
)

CLINIC = MANUFACTURER = SUPPLIER = 1
TIME_ZONE = "Europe/Sofia"
PEOPLE = {
    2: (Role.NURSE, "nurse"),
    3: (Role.MANAGER, "manager"),
    4: (Role.AUDITOR, "auditor"),
    5: (Role.PRACTITIONER, "practitioner"),
}
"""Person, user and token have the same key."""
NURSE, AUDITOR, PRACTITIONER = 2, 4, 5
STORE, ROOM_1, ROOM_2 = 1, 2, 3
_FIRST_VIRTUAL = 10
VIRTUAL = {kind: _FIRST_VIRTUAL + n for n, kind in enumerate(sorted(VIRTUAL_KINDS))}
"""Keys of the clinic's virtual accounts."""


def token_of(role: Role) -> str:
    """The bearer token of the person who holds a role; good for a throw-away database only."""
    return f"srt_{hashlib.sha256(f'bench {role}'.encode()).hexdigest()[:43]}"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Rows of everything that movements refer to."""

    plan: Plan
    keyring: KeyRing
    uids: Uids

    @property
    def at(self) -> datetime:
        """When all this was there: a day before the books begin to fill."""
        return self.plan.begins_at - timedelta(days=1)

    def tables(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Give the rows by table, in the order in which they can be inserted."""
        yield "clinic", [self._clinic()]
        yield "person", [self._person(id_, title) for id_, (_, title) in PEOPLE.items()]
        yield "user_account", [self._user(id_, title) for id_, (_, title) in PEOPLE.items()]
        yield (
            "membership",
            [{"user_id": id_, "clinic_id": CLINIC, "role": role.value} for id_, (role, _) in PEOPLE.items()],
        )
        yield "api_token", [self._token(id_, role) for id_, (role, _) in PEOPLE.items()]
        yield "authorisation", self._authorisations()
        yield "location", list(self._locations())
        yield "manufacturer", [self._edited(id=MANUFACTURER, name="Demo Laboratories")]
        yield "supplier", [self._edited(id=SUPPLIER, name="Demo Supply", contact="")]
        yield "product", [self._product(n) for n in range(1, PRODUCT_COUNT + 1)]
        yield "product_rule", [self._rule(n) for n in range(1, PRODUCT_COUNT + 1)]
        yield "trade_item", [self._trade_item(n) for n in range(1, PRODUCT_COUNT + 1)]

    def levels(self) -> list[dict[str, Any]]:
        """A minimum for each product; five of those in stock are below theirs."""
        on_hand = [0] * (PRODUCT_COUNT + 1)
        for lot in self.plan.lots:
            on_hand[lot.product] += lot.left
        in_stock = [n for n in range(2, PRODUCT_COUNT + 1) if on_hand[n]]
        below = set(Random(self.plan.seed).sample(in_stock, 5))
        rows = []
        for product in range(1, PRODUCT_COUNT + 1):
            minimum = on_hand[product] + 5 if product in below else on_hand[product] // 4
            level = {"clinic_id": CLINIC, "product_id": product}
            level |= {"minimum_count": minimum, "target_count": 2 * minimum}
            rows.append({**level, **self._times()})
        return rows

    def patients(self, first: int, last: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Give the rows of patients `first` to `last` and those of their blind index."""
        rows, tokens = [], []
        for patient in range(first, last + 1):
            uid = self.uids.new(self.at)
            wrapped = self.keyring.new_data_key(bound_to=uid)
            data_key = self.keyring.open_data_key(wrapped, bound_to=uid)
            values = {
                "name": patient_name(patient),
                "born_on": (date(1950, 1, 1) + timedelta(days=patient % 18_000)).isoformat(),
                "contact": "",
                "reference": f"DEMO-{patient}",
            }
            sealed = {f: seal(data_key, v, bound_to=bound_to(uid, f)) for f, v in values.items() if v}
            row = self._edited(
                id=patient, short_code=short_code(patient), data_key=wrapped, allergies_asked_at=self.at
            )
            rows.append({**row, **sealed, "uid": uid})
            tokens += [
                {"patient_id": patient, "field": each.field, "token": each.token}
                for each in dict.fromkeys(index_tokens(self.keyring, values))
            ]
        return rows, tokens

    def _times(self) -> dict[str, Any]:
        return {"version": 1, "created_at": self.at, "updated_at": self.at}

    def _edited(self, **values: Any) -> dict[str, Any]:
        return {"uid": self.uids.new(self.at), **self._times(), **values}

    def _clinic(self) -> dict[str, Any]:
        settings = {"time_zone": TIME_ZONE, "country": "BG", "currency": "EUR"}
        return self._edited(id=CLINIC, name="Bench", books_begin_on=self.at.date(), **settings)

    def _person(self, id_: int, title: str) -> dict[str, Any]:
        return self._edited(id=id_, name=f"Demo {title}", profession=title)

    def _user(self, id_: int, title: str) -> dict[str, Any]:
        return {
            "id": id_,
            "uid": self.uids.new(self.at),
            "person_id": id_,
            "email": f"{title}@bench.test",
            "active": True,
            "fs_uniquifier": hashlib.sha256(title.encode()).hexdigest(),
            "created_at": self.at,
        }

    def _token(self, id_: int, role: Role) -> dict[str, Any]:
        return {
            "id": id_,
            "uid": self.uids.new(self.at),
            "user_id": id_,
            "clinic_id": CLINIC,
            "name": f"bench {role}",
            "token_hash": hashlib.sha256(token_of(role).encode()).hexdigest(),
            "actions": "*",
            "created_at": self.at,
            "expires_at": self.plan.ends_at + timedelta(days=366),
        }

    def _authorisations(self) -> list[dict[str, Any]]:
        kinds = ("prescribe", "inject", "compound")
        return [
            {"id": n, "person_id": PRACTITIONER, "kind": kind, "from_on": self.at.date()}
            for n, kind in enumerate(kinds, start=1)
        ]

    def _locations(self) -> Iterator[dict[str, Any]]:
        shelves = {
            STORE: (LocationKind.CUPBOARD, "Store"),
            ROOM_1: (LocationKind.ROOM, "Room 1"),
            ROOM_2: (LocationKind.ROOM, "Room 2"),
            4: (LocationKind.QUARANTINE, "Quarantine"),
            5: (LocationKind.RETURNS, "Returns"),
        }
        for id_, (kind, name) in shelves.items():
            storage = None if kind in (LocationKind.QUARANTINE, LocationKind.RETURNS) else StorageClass.ROOM
            yield self._location(id_, kind, name, storage)
        for kind, id_ in VIRTUAL.items():
            yield self._location(id_, kind, kind.value, None)

    def _location(
        self, id_: int, kind: LocationKind, name: str, storage: StorageClass | None
    ) -> dict[str, Any]:
        row = self._edited(id=id_, clinic_id=CLINIC, kind=kind.value, name=name, short_code=short_code(id_))
        return {**row, "storage_class": storage.value if storage else None}

    def _product(self, n: int) -> dict[str, Any]:
        return self._edited(
            id=n,
            kind=ProductKind.MANUFACTURED.value,
            manufacturer_id=MANUFACTURER,
            name=f"Demo needle {n:04d}",
            strength="30G 4 mm",
            presentation="needle",
            base_unit=BaseUnit.PIECE.value,
            content_quantity=1,
        )

    def _rule(self, n: int) -> dict[str, Any]:
        return {
            "id": n,
            "product_id": n,
            "version": 1,
            "recorded_at": self.at,
            "container_type": ContainerType.NONE.value,
            "storage_class": StorageClass.ROOM.value,
            "regulatory_class": RegulatoryClass.CONSUMABLE.value,
            "authorised_in": "*",
            "lot_carry": Carry.REQUIRED.value,
            "expiry_carry": Carry.REQUIRED.value,
            "serial_carry": Carry.NONE.value,
            "ingredients_known": True,
            "confirmed_at": self.at,
            "confirmed_by_id": PRACTITIONER,
        }

    def _trade_item(self, n: int) -> dict[str, Any]:
        return {
            "id": n,
            "uid": self.uids.new(self.at),
            "product_id": n,
            "scheme": CodeScheme.GTIN.value,
            "code": gtin(n),
            "pack_level": "each",
            "presentation_count": 1,
        }


def clinic_uid(rows: list[dict[str, Any]]) -> str:
    """The uid under which the clinic of these rows names its journals."""
    assert set(rows[0]) <= set(Clinic.__table__.columns.keys())
    return str(rows[0]["uid"])
