"""What do the bench's tests find at the demo?  Packs to scan, and sessions of their own beside the demo's."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, text

from stockroom import clock
from stockroom.actor import Actor
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.barcodes.short_code import ALPHABET, LONGEST
from stockroom.operations.issue_badge import IssueBadge, issue_badge
from stockroom.operations.plan_session import NeedOf, PlanSession, plan_session
from stockroom.operations.receive import Receive, receive
from stockroom.queries.bench_session import session_bench, visit_at_bench
from stockroom.reads.actors import actor_of
from stockroom.reads.arrivals import ArrivingLine
from stockroom.reads.things import Where, things
from stockroom.rules import fefo
from stockroom.rules.usability import Purpose, is_usable
from stockroom.vocabulary import ArrivalState, OrderChoice
from tests.browser.shop import Shop

_SEALED = """
    SELECT lot.uid, lot.number, lot.expires_on, trade_item.code, product.uid AS product_uid, product.name
    FROM balance
    JOIN lot ON lot.clinic_id = balance.clinic_id AND lot.id = balance.lot_id
    JOIN product ON product.id = lot.product_id
    JOIN trade_item ON trade_item.product_id = product.id AND trade_item.pack_level = 'each'
    JOIN location ON location.clinic_id = balance.clinic_id AND location.id = balance.location_id
    WHERE balance.clinic_id = (SELECT min(id) FROM clinic) AND product.name = :name
      AND location.kind IN ('fridge', 'cupboard') AND balance.quantity - balance.allocated >= product.content_quantity
      AND lot.id NOT IN (SELECT lot_id FROM clinic_hold WHERE released_at IS NULL AND lot_id IS NOT NULL)
      AND (:number = '' OR lot.number = :number)
      AND lot.expires_on > :today
    ORDER BY lot.expires_on, lot.number LIMIT 1
"""

_PLACE = """
    SELECT location.uid, product.uid AS product_uid
    FROM balance
    JOIN lot ON lot.clinic_id = balance.clinic_id AND lot.id = balance.lot_id
    JOIN product ON product.id = lot.product_id
    JOIN location ON location.clinic_id = balance.clinic_id AND location.id = balance.location_id
    WHERE balance.clinic_id = (SELECT min(id) FROM clinic) AND product.name = :name
      AND location.kind IN ('fridge', 'cupboard')
    ORDER BY location.id LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A sealed pack at the demo, as its printed code says."""

    lot_uid: str
    number: str
    gtin: str
    expires: str
    """As YYMMDD."""
    product_uid: str
    product_name: str

    @property
    def scan(self) -> str:
        """What a scanner reads, with its symbology and one group separator behind the lot."""
        return f"]d201{self.gtin}10{self.number}\x1d17{self.expires}"


def pack_of(shop: Shop, name: str, *, number: str = "") -> Pack:
    """Give a sealed pack of the product: of the lot `number`, else of the one that is to be taken first.

    Where the tests before have used up what there was, a box is delivered.
    """
    asked = {"name": name, "number": number, "today": clock.now().date().isoformat()}
    with shop.store.reading() as connection:
        found = connection.execute(text(_SEALED), asked).one_or_none()
    if found is None and not number:
        _deliver(shop, name)
    row = found or one(shop, _SEALED, **asked)
    return Pack(
        lot_uid=shown(row.uid),
        number=row.number,
        gtin=row.code,
        expires=str(row.expires_on).replace("-", "")[2:],
        product_uid=shown(row.product_uid),
        product_name=row.name,
    )


def label_of_open(shop: Shop, name: str) -> str | None:
    """What stands on a vial of the product that is open and may be used: our label; None where none is."""
    asked = one(
        shop,
        "SELECT p.id AS product_id, c.id AS clinic_id, c.time_zone FROM product p, clinic c"
        " WHERE p.name = :name AND c.id = (SELECT min(id) FROM clinic)",
        name=name,
    )
    now = clock.now()
    today = clock.civil_date(now, asked.time_zone)
    with shop.store.reading() as connection:
        lying = things(connection, asked.clinic_id, Where(product_ids=[asked.product_id]))
    usable = (
        each.container_code
        for each in fefo.in_order(lying, zone=asked.time_zone)
        if each.is_opened and is_usable(each, now=now, today=today, purpose=Purpose.USE)
    )
    code = next(usable, None)
    return code and f"SRC:{code}"


def _deliver(shop: Shop, name: str) -> None:
    """Receive ten packs of a lot of its own where packs of the product lay before."""
    place = one(shop, _PLACE, name=name)
    number = f"MORE{secrets.token_hex(3).upper()}"
    deliver(shop, shown(place.product_uid), place_uid=shown(place.uid), number=number, packs=10)


def deliver(shop: Shop, product_uid: str, *, place_uid: str, number: str, packs: int, note: str = "") -> None:
    """Receive packs of a lot that keeps for long, as the nurse, from the first supplier."""
    now = clock.now()
    supplier = one(shop, "SELECT uid FROM supplier ORDER BY id LIMIT 1")
    line = ArrivingLine(
        location_uid=place_uid,
        product_uid=product_uid,
        lot_number=number,
        expires_on=now.date() + timedelta(days=400),
        pack_count=packs,
        order_choice=OrderChoice.KEEP,
    )
    command = Receive(
        supplier_uid=shown(supplier.uid),
        delivery_note=note or f"NOTE-{number}",
        arrived_at=now,
        state_on_arrival=ArrivalState.GOOD,
        lines=(line,),
    )
    receive(shop.store, command, actor=actor_at(shop, "nurse"), key=uuid4().hex, now=now)


def one(shop: Shop, statement: str, **asked: object) -> Row[Any]:
    """Ask the demo's database for one row."""
    with shop.store.reading() as connection:
        return connection.execute(text(statement), asked).one()


def shown(uid: object) -> str:
    """A public id as addresses have it."""
    return str(UUID(str(uid)))


def actor_at(shop: Shop, role: str) -> Actor:
    """Give who holds a role in the first clinic."""
    with shop.store.reading() as connection:
        actor = actor_of(
            connection, email=shop.log_in_of(role).email, clinic_uid=shop.clinic_uid(), device="test"
        )
    assert actor is not None
    return actor


def a_session(shop: Shop, *needs: tuple[Pack, int], planned_at: datetime | None = None) -> str:
    """Plan a session, now, of a patient of the demo who was asked about allergies; give its id."""
    now = clock.now()
    nurse, practitioner = actor_at(shop, "nurse"), actor_at(shop, "practitioner")
    patient = one(
        shop,
        "SELECT uid FROM patient WHERE allergies_asked_at IS NOT NULL AND merged_into_id IS NULL"
        " ORDER BY id LIMIT 1",
    )
    room = one(
        shop, "SELECT uid FROM location WHERE name = 'Room 2' AND clinic_id = (SELECT min(id) FROM clinic)"
    )
    planned = plan_session(
        shop.store,
        PlanSession(
            patient_uid=shown(patient.uid),
            planned_at=planned_at or now,
            practitioner_uid=practitioner.person_uid,
            room_uid=shown(room.uid),
            needs=tuple(NeedOf(product_uid=pack.product_uid, quantity=quantity) for pack, quantity in needs),
        ),
        actor=nurse,
        key=uuid4().hex,
        now=now,
    )
    return planned.session_uid


def badge_of(shop: Shop, role: str) -> str:
    """Another badge for a role, as a scanner reads it."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LONGEST))
    command = IssueBadge(
        person_uid=actor_at(shop, role).person_uid,
        code_hash=shop.store.keyring.digest("badge", code.encode()),
    )
    issue_badge(shop.store, command, actor=actor_at(shop, "administrator"), key=uuid4().hex, now=clock.now())
    return write_label(OwnLabel(LabelKind.STAFF_BADGE, code))


def used_in(shop: Shop, session_uid: str) -> list[tuple[str, int]]:
    """What stands as used in a session, use by use, taken-back ones not: product and quantity."""
    clinic_id = actor_at(shop, "nurse").clinic_id
    with shop.store.reading() as connection:
        visit = visit_at_bench(connection, clinic_id, uid=session_uid)
        bench = session_bench(connection, clinic_id, visit)
    return sorted((use.product_name, use.quantity) for use in bench.uses)


def state_of(shop: Shop, session_uid: str) -> str:
    """Give the state in which a session is."""
    row = one(shop, "SELECT state FROM treatment_session WHERE uid = :uid", uid=UUID(session_uid).hex)
    return str(row.state)
