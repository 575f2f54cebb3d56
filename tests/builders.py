"""A house to test in: clinics with people of every role, places, suppliers and products, made by operations.

house = House(store)
nurse = house.nurse
filler = house.product("Filler", content_quantity=2000)
lot = house.lot_on_shelf(filler, "A1", presentations=3)     # received straight through the ledger
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any

from sqlalchemy import insert, select

from stockroom.actor import Actor
from stockroom.barcodes.gtin import check_digit
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.post import Posted, post
from stockroom.ledger.product_rows import CodeOf, IngredientOf, RuleOf
from stockroom.models import Balance, Location, Lot, Product
from stockroom.operations.add_location import AddLocation, add_location
from stockroom.operations.add_party import AddParty, PartyKind, add_party
from stockroom.operations.add_product import AddProduct, add_product
from stockroom.operations.employ import Employ, GiveRole, employ, give_role
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.operations.load_reference import load_reference
from stockroom.operations.revise_product import ConfirmProduct, confirm_product
from stockroom.reads.actors import actor_of, system_actor
from stockroom.reference import load
from stockroom.rules.posting import Draft, Line
from stockroom.vocabulary import (
    Action,
    BaseUnit,
    CodeScheme,
    ContainerType,
    LocationKind,
    LotKind,
    MovementKind,
    RegulatoryClass,
    Role,
    StorageClass,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Monday morning in most tests."""
FAR = date(2027, 12, 31)
_numbers = count(1)


def key(prefix: str = "key") -> str:
    """An idempotency key that no other call was given."""
    return f"{prefix}-{next(_numbers)}"


def demo_gtin(number: int) -> str:
    """A GTIN-14 with the demonstration prefix 952."""
    payload = f"0952{number:09d}"
    return payload + str(check_digit(payload))


@dataclass(frozen=True, kw_only=True)
class Place:
    id: int
    uid: str


@dataclass(frozen=True, kw_only=True)
class Goods:
    """A product of the house."""

    id: int
    uid: str
    gtin: str
    content_quantity: int


@dataclass(frozen=True, kw_only=True)
class LotAt:
    """A lot and the place where it was put."""

    id: int
    uid: str
    number: str
    location_id: int
    movement: Posted | None = None


class Clinic:
    """One clinic with its people and places."""

    def __init__(self, house: House, name: str, time_zone: str = "Europe/Sofia", country: str = "BG") -> None:
        self.house, self.store, self.name = house, house.store, name
        founded = found_clinic(
            self.store,
            FoundClinic(
                name=name,
                time_zone=time_zone,
                country=country,
                currency="EUR",
                books_begin_on=date(2026, 1, 1),
            ),
            actor=house.system,
            key=key("found"),
            now=NOW - timedelta(days=30),
        )
        self.uid = founded.clinic_uid
        self.zone = time_zone
        with self.store.reading() as connection:
            from stockroom.models import Clinic as ClinicRow

            self.id: int = connection.execute(
                select(ClinicRow.id).where(ClinicRow.uid == self.uid)
            ).scalar_one()

    @property
    def system(self) -> Actor:
        with self.store.reading() as connection:
            return system_actor(connection, device="test", clinic_id=self.id, clinic_uid=self.uid)

    def employ(
        self, role: Role, *, name: str | None = None, authorised: tuple[str, ...] | None = None
    ) -> Actor:
        """A new person with a log-in and one role here; a nurse may inject and compound unless said otherwise."""
        if authorised is None:
            authorised = ("inject", "compound") if role is Role.NURSE else ()
        email = f"{role.value}{next(_numbers)}@{self.name.lower().replace(' ', '-')}.test"
        employed = employ(
            self.store,
            Employ(
                name=name or f"{role.value.title()} {self.name}",
                profession=role.value,
                authorisations=authorised,
                authorised_from=date(2020, 1, 1),
                email=email,
            ),
            actor=self.system,
            key=key("employ"),
            now=NOW - timedelta(days=29),
        )
        give_role(
            self.store,
            GiveRole(user_uid=employed.user_uid or "", role=role),
            actor=self.system,
            key=key("role"),
            now=NOW - timedelta(days=29),
        )
        with self.store.reading() as connection:
            actor = actor_of(connection, email=email, clinic_uid=self.uid, device="test")
        assert actor is not None
        return actor

    @cached_property
    def nurse(self) -> Actor:
        return self.employ(Role.NURSE)

    @cached_property
    def practitioner(self) -> Actor:
        return self.employ(Role.PRACTITIONER, authorised=("prescribe", "inject", "compound"))

    @cached_property
    def manager(self) -> Actor:
        return self.employ(Role.MANAGER)

    @cached_property
    def auditor(self) -> Actor:
        return self.employ(Role.AUDITOR)

    @cached_property
    def administrator(self) -> Actor:
        return self.employ(Role.ADMINISTRATOR)

    def place(self, name: str, kind: LocationKind, storage: StorageClass | None = StorageClass.ROOM) -> Place:
        """Add a place."""
        added = add_location(
            self.store,
            AddLocation(name=name, kind=kind, storage_class=storage),
            actor=self.system,
            key=key("place"),
            now=NOW - timedelta(days=29),
        )
        return self.location(uid=added.location_uid)

    def location(self, **conditions: Any) -> Place:
        """The one place that has these column values."""
        with self.store.reading() as connection:
            row = connection.execute(
                select(Location.id, Location.uid).where(Location.clinic_id == self.id).filter_by(**conditions)
            ).one()
        return Place(id=row.id, uid=row.uid)

    @cached_property
    def fridge(self) -> Place:
        return self.place("Fridge", LocationKind.FRIDGE, StorageClass.REFRIGERATED)

    @cached_property
    def cupboard(self) -> Place:
        return self.place("Cupboard", LocationKind.CUPBOARD)

    @cached_property
    def room(self) -> Place:
        return self.place("Room 1", LocationKind.ROOM)

    def account(self, kind: LocationKind) -> Place:
        """A virtual account, or quarantine or returns."""
        return self.location(kind=kind)

    def act(self, kind: str, body: Any, *, actor: Actor | None = None, now: datetime = NOW) -> None:
        """Run `body(work)` as one act of this clinic, for tests of what lies below the operations."""
        perform(
            self.store,
            Act(kind=kind, action=Action.RECEIVE),
            command=None,
            body=lambda work: body(work) and None,
            answer=type(None),
            actor=actor or self.system,
            key=key(kind),
            now=now,
        )

    def lot_on_shelf(
        self,
        product: Goods,
        number: str,
        *,
        presentations: int = 1,
        at: Place | None = None,
        expires_on: date | None = FAR,
        now: datetime = NOW - timedelta(days=7),
    ) -> LotAt:
        """Put whole presentations of a new lot on a shelf, straight through the ledger."""
        place = at or self.fridge
        supplier = self.account(LocationKind.SUPPLIER)
        made: dict[str, Any] = {}

        def body(work: Work) -> None:
            made["uid"] = new_uid(now)
            made["id"] = work.connection.execute(
                insert(Lot)
                .values(
                    uid=made["uid"],
                    clinic_id=self.id,
                    product_id=product.id,
                    kind=LotKind.MANUFACTURED,
                    number=number,
                    expires_on=expires_on,
                    created_at=now,
                )
                .returning(Lot.id)
            ).scalar_one()
            line = Line(
                lot_id=made["id"],
                from_id=supplier.id,
                to_id=place.id,
                quantity=presentations * product.content_quantity,
            )
            made["movement"] = post(
                work,
                Draft(
                    kind=MovementKind.RECEIVE, lines=(line,), occurred_at=work.now, document_kind="receipt"
                ),
            )

        self.act("test.receive", body, now=now)
        return LotAt(
            id=made["id"], uid=made["uid"], number=number, location_id=place.id, movement=made["movement"]
        )

    def on_hand(self, lot: LotAt, place: Place | None = None) -> int:
        """Base units of a lot at a place (where it was put, by default)."""
        location_id = place.id if place else lot.location_id
        with self.store.reading() as connection:
            found = connection.execute(
                select(Balance.quantity).where(
                    Balance.clinic_id == self.id,
                    Balance.lot_id == lot.id,
                    Balance.location_id == location_id,
                )
            ).scalar_one_or_none()
        return found or 0


class House:
    """An organisation with one clinic (more by `another_clinic`) and reference data."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.reading() as connection:
            self.system = system_actor(connection, device="test")
        self.clinic = Clinic(self, "Vitosha")
        load_reference(store, load(), actor=self.system, key=key("reference"), now=NOW - timedelta(days=30))

    @property
    def nurse(self) -> Actor:
        return self.clinic.nurse

    @property
    def practitioner(self) -> Actor:
        return self.clinic.practitioner

    @property
    def manager(self) -> Actor:
        return self.clinic.manager

    def another_clinic(self, name: str = "Rila", time_zone: str = "Europe/Sofia") -> Clinic:
        return Clinic(self, name, time_zone)

    @cached_property
    def manufacturer_uid(self) -> str:
        return self.party(PartyKind.MANUFACTURER, "Demo Laboratories")

    @cached_property
    def supplier_uid(self) -> str:
        return self.party(PartyKind.SUPPLIER, "Demo Supply")

    def party(self, kind: PartyKind, name: str) -> str:
        added = add_party(
            self.store, AddParty(kind=kind, name=name), actor=self.system, key=key("party"), now=NOW
        )
        return added.uid

    def product(
        self,
        name: str,
        *,
        content_quantity: int = 5000,
        base_unit: BaseUnit = BaseUnit.MICROLITRE,
        container_type: ContainerType = ContainerType.MULTI_DOSE,
        regulatory_class: RegulatoryClass = RegulatoryClass.DEVICE,
        in_use_minutes: int | None = 24 * 60,
        ingredients: tuple[str, ...] = (),
        group_uid: str | None = None,
        box_of: int = 10,
        confirmed: bool = True,
        coded: bool = True,
        **rule: Any,
    ) -> Goods:
        """A product with one code for each and one for a box; confirmed unless said otherwise."""
        number = next(_numbers)
        gtin, box = demo_gtin(number * 2), demo_gtin(number * 2 + 1)
        facts = {
            "container_type": container_type,
            "storage_class": StorageClass.REFRIGERATED,
            "regulatory_class": regulatory_class,
            "authorised_in": ("*",),
            "in_use_minutes_room": in_use_minutes,
            "in_use_minutes_refrigerated": in_use_minutes,
            "in_use_source": "leaflet",
            "ingredients_known": True,
            **rule,
        }
        added = add_product(
            self.store,
            AddProduct(
                manufacturer_uid=self.manufacturer_uid,
                name=name,
                strength="",
                presentation="vial",
                base_unit=base_unit,
                content_quantity=content_quantity,
                group_uid=group_uid,
                rule=RuleOf(**facts),
                ingredients=tuple(IngredientOf(slug=slug) for slug in ingredients),
                codes=(
                    CodeOf(scheme=CodeScheme.GTIN, item_code=gtin, pack_level="each", presentation_count=1),
                    CodeOf(
                        scheme=CodeScheme.GTIN, item_code=box, pack_level="box", presentation_count=box_of
                    ),
                )
                if coded
                else (),
            ),
            actor=self.system,
            key=key("product"),
            now=NOW - timedelta(days=28),
        )
        if confirmed:
            confirm_product(
                self.store,
                ConfirmProduct(product_uid=added.product_uid, version=1),
                actor=self.system,
                key=key("confirm"),
                now=NOW - timedelta(days=28),
            )
        with self.store.reading() as connection:
            product_id = connection.execute(
                select(Product.id).where(Product.uid == added.product_uid)
            ).scalar_one()
        return Goods(id=product_id, uid=added.product_uid, gtin=gtin, content_quantity=content_quantity)

    def needle(self, name: str = "Needle 30G 4 mm") -> Goods:
        """A needle: one piece, no container, needs no prescriber."""
        return self.product(
            name,
            content_quantity=1,
            base_unit=BaseUnit.PIECE,
            container_type=ContainerType.NONE,
            regulatory_class=RegulatoryClass.CONSUMABLE,
            in_use_minutes=None,
        )


def without_authorisations(store: Store) -> House:
    """A house whose nurse nobody has authorised to anything."""
    house = House(store)
    house.clinic.nurse = house.clinic.employ(Role.NURSE, authorised=())
    return house
