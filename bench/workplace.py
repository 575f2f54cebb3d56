"""Who asks what of which things in the benchmarks?  One opened history, looked at from both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, select

from bench.catalogue_rows import CLINIC, PEOPLE, ROOM_1, STORE, SUPPLIER
from bench.databases import Database
from bench.hand import Hand
from bench.names import gtin, lot_number
from bench.plan import HOT_PRODUCT, OPEN_SESSION_COUNT, PRODUCT_COUNT, TRACED_USES
from stockroom.actor import Actor
from stockroom.clock import now
from stockroom.models import Balance, Clinic, Location, Lot, Patient, Product, Supplier, TreatmentSession
from stockroom.reads.actors import actor_of
from stockroom.vocabulary import Role

_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class InStock:
    """A lot with stock in Room 1, by everything that names it."""

    lot_uid: str
    number: str
    gtin: str
    product_uid: str


class Workplace:
    """The uids that questions are asked with, the people who ask, and a hand for the SQL."""

    def __init__(self, database: Database) -> None:
        self.plan, self.store = database.plan, database.store
        self.hand = Hand(database.store)
        with self.store.reading() as connection:
            self.clinic_uid = _uid(connection, Clinic, CLINIC)
            self.supplier_uid = _uid(connection, Supplier, SUPPLIER)
            self.store_uid = _uid(connection, Location, STORE)
            self.room_uid = _uid(connection, Location, ROOM_1)
            self.hot_uid = _uid(connection, Product, HOT_PRODUCT)
            self.lots = _lots_in_room(connection)
            self.ordinary = _ordinary_pieces(connection)
            self.sessions = _open_sessions(connection, self.plan.session_count)
            self.patients = list(connection.execute(select(Patient.uid).order_by(Patient.id)).scalars())
            self.traced = {
                uses: _uid(connection, Lot, self.plan.traced_lot(uses).number) for uses in TRACED_USES
            }
            self.actors = dict(_actors(connection, self.clinic_uid))

    @property
    def nurse(self) -> Actor:
        return self.actors[Role.NURSE]

    def close(self) -> None:
        self.hand.close()

    def new_key(self) -> str:
        """A key, lot number or delivery note that nobody else was given."""
        return f"measured-{now().timestamp():.0f}-{next(_numbers)}"

    def arriving(self, n: int) -> tuple[str, str, date]:
        """GTIN, number and expiry of a new lot."""
        code = gtin(2 + n % (PRODUCT_COUNT - 1))
        return code, lot_number(next(_numbers), "NL"), self.plan.ends_at.date() + timedelta(days=400)


def _uid(connection: Connection, model: Any, key: int) -> str:
    return str(connection.execute(select(model.uid).where(model.id == key)).scalar_one())


def _open_sessions(connection: Connection, finished_count: int) -> list[tuple[int, str]]:
    """Key and uid of the sessions in which things are used."""
    rows = connection.execute(
        select(TreatmentSession.id, TreatmentSession.uid)
        .where(TreatmentSession.id > finished_count)
        .order_by(TreatmentSession.id)
        .limit(OPEN_SESSION_COUNT)
    )
    return [(row.id, row.uid) for row in rows]


def _lots_in_room(connection: Connection) -> list[InStock]:
    rows = connection.execute(
        select(Lot.uid, Lot.number, Lot.product_id, Product.uid.label("product_uid"))
        .join(Balance, Balance.lot_id == Lot.id)
        .join(Product, Product.id == Lot.product_id)
        .where(Balance.location_id == ROOM_1, Balance.quantity > 0, Lot.product_id != HOT_PRODUCT)
        .order_by(Lot.id)
    )
    return [
        InStock(lot_uid=row.uid, number=row.number, gtin=gtin(row.product_id), product_uid=row.product_uid)
        for row in rows
    ]


def _ordinary_pieces(connection: Connection) -> list[str]:
    """Uids of ordinary products, each as often as there are pieces of it that will not expire meanwhile."""
    lasting = now().date() + timedelta(days=2)
    rows = connection.execute(
        select(Product.uid, Balance.quantity)
        .join(Balance, Balance.product_id == Product.id)
        .join(Lot, Lot.id == Balance.lot_id)
        .where(Product.id != HOT_PRODUCT, Balance.quantity > 0, Lot.expires_on > lasting)
        .order_by(Lot.id)
    ).all()
    deepest = max(row.quantity for row in rows)
    return [row.uid for depth in range(deepest) for row in rows if row.quantity > depth]


def _actors(connection: Connection, clinic_uid: str) -> Iterator[tuple[Role, Actor]]:
    for role, title in PEOPLE.values():
        actor = actor_of(connection, email=f"{title}@bench.test", clinic_uid=clinic_uid, device="bench")
        assert actor is not None
        yield role, actor
