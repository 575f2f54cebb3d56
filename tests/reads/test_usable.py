"""Do the SQL and the rule say the same about what is usable, whatever lies wherever?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.models import (
    Allocation,
    Balance,
    Clinic,
    ClinicHold,
    Container,
    HoldPlace,
    Location,
    Lot,
    Patient,
    Person,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    Product,
    ProductHold,
    ProductRule,
    TreatmentSession,
)
from stockroom.reads.things import Where, things
from stockroom.reads.usable import is_usable, is_usable_sealed, with_facts, with_sealed_facts
from stockroom.rules import usability
from tests.builders import NOW, House

EXAMPLES = 40
TODAY = civil_date(NOW, "Europe/Sofia")
_DAYS = st.sampled_from([None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1), date(2027, 1, 1)])
_INSTANTS = st.sampled_from(
    [None, NOW - timedelta(microseconds=1), NOW, NOW + timedelta(microseconds=1), NOW + timedelta(days=9)]
)
_REASONS = st.sampled_from(["not_released", "recall", "temperature", "suspicion"])
_KINDS = st.sampled_from(["fridge", "cupboard", "room", "quarantine", "returns"])

LOT = st.fixed_dictionaries(
    {
        "product": st.integers(0, 2),
        "expires_on": _DAYS,
        "expires_at": _INSTANTS,
        "place": st.integers(0, 4),
        "container": st.none() | st.sampled_from(["open", "finished", "discarded"]),
        "limit": _INSTANTS,
        "mine": st.booleans(),
        "punctures": st.sampled_from([0, 2, 3]),
    }
)
MIXTURE = st.fixed_dictionaries(
    {
        "parts": st.lists(st.integers(0, 9), min_size=1, max_size=3),
        "limit": _INSTANTS.filter(lambda at: at is not None),
        "place": st.integers(0, 4),
        "kept": st.booleans(),
    }
)
HOLD = st.fixed_dictionaries(
    {
        "scope": st.sampled_from(["product", "number", "lot", "place"]),
        "lot": st.integers(0, 9),
        "reason": _REASONS,
        "released": st.booleans(),
    }
)
RULES = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(["*", "BG", "DE", "bg", "DE BG", "BGX", ""]),
        st.sampled_from([(None, None), (60, None), (None, 60), (60, 60)]),
    ),
    min_size=3,
    max_size=3,
)


class World:
    """Stock written straight into the tables: no operation would ever allow all of it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.clinic_id = connection.execute(select(Clinic.id)).scalar_one()
        self.person_id = connection.execute(select(Person.id).limit(1)).scalar_one()
        self.stamps = {"created_at": NOW, "updated_at": NOW, "version": 1}
        self.lots: list[Any] = []

    def add(self, model: Any, **values: Any) -> int:
        row = {"uid": new_uid(NOW), **values}
        if "clinic_id" in model.__table__.columns:
            row["clinic_id"] = self.clinic_id
        columns = {name: value for name, value in row.items() if name in model.__table__.columns}
        key = "id" if "id" in model.__table__.columns else next(iter(columns))
        return self.connection.execute(
            insert(model).values(columns).returning(model.__table__.c[key])
        ).scalar_one()

    def build(self, rules: Any, lots: Any, mixtures: Any, holds: Any) -> None:
        self.places = [
            self.add(
                Location, kind=kind, name=f"x {kind}", short_code=kind, storage_class=storage, **self.stamps
            )
            for kind, storage in (("fridge", "refrigerated"), ("cupboard", None), ("room", "room"))
        ] + list(
            self.connection.execute(
                select(Location.id).where(Location.kind.in_(["quarantine", "returns"])).order_by(Location.id)
            ).scalars()
        )
        self.patient_id = self.add(Patient, short_code="x", **self.stamps)
        self.products = [self._product(n, *rule) for n, rule in enumerate(rules)]
        self.mixture_id = self.add(
            Product, kind="prepared", name="Mixture", strength="", presentation="", base_unit="uL",
            content_quantity=1, graduation_quantity=1, needle="", **self.stamps,
        )  # fmt: skip
        for n, lot in enumerate(lots):
            self._lot(n, **lot)
        for n, mixture in enumerate(mixtures):
            self._mixture(n, **mixture)
        for hold in holds:
            self._hold(**hold)

    def _product(self, n: int, confirmed: bool, countries: str, lives: tuple[Any, Any]) -> int:
        made = self.connection.execute(select(Product.manufacturer_id).limit(1)).scalar_one()
        product_id = self.add(
            Product, kind="manufactured", manufacturer_id=made, name=f"P{n}", strength="", presentation="",
            base_unit="uL", content_quantity=1, graduation_quantity=1, needle="", **self.stamps,
        )  # fmt: skip
        self.rule_id = self.add(
            ProductRule, product_id=product_id, version=1, recorded_at=NOW, container_type="multi_dose",
            storage_class="room", regulatory_class="device", authorised_in=countries, in_use_source="",
            lot_carry="required", expiry_carry="required", serial_carry="none", overfill_max_quantity=0,
            residual_max_quantity=0, ingredients_known=True, confirmed_at=NOW if confirmed else None,
            confirmed_by_id=self.person_id if confirmed else None, punctures_max=3 if n else None,
            in_use_minutes_room=lives[0], in_use_minutes_refrigerated=lives[1],
        )  # fmt: skip
        return product_id

    def _lot(self, n: int, *, product: int, expires_on: Any, expires_at: Any, place: int, container: Any,
             limit: Any, mine: bool, punctures: int) -> None:  # fmt: skip
        product_id = self.products[product]
        lot_id = self.add(
            Lot, product_id=product_id, kind="manufactured", number=f"N{n}", number_is_ours=False,
            expires_on=expires_on, expires_at=None if expires_on else expires_at, created_at=NOW,
        )  # fmt: skip
        location_id = self.places[place]
        if container is not None:
            location_id = self.add(
                Location, kind="container", name=f"c{n}", short_code=f"c{n}", **self.stamps
            )
            self.add(
                Container, location_id=location_id, lot_id=lot_id, product_rule_id=self.rule_id,
                short_code=f"c{n}", state=container, opened_at=NOW, beyond_use_at=limit, content_quantity=1,
                punctures=punctures, patient_id=self.patient_id if mine else None, stands_in_id=self.places[place],
                opened_by_id=self.person_id, closed_at=None if container == "open" else NOW,
            )  # fmt: skip
        self._lies(lot_id, product_id, location_id)

    def _lies(self, lot_id: int, product_id: int, location_id: int) -> None:
        self.add(
            Balance, location_id=location_id, lot_id=lot_id, product_id=product_id, quantity=5, allocated=0
        )
        self.lots.append((lot_id, product_id, location_id, len(self.lots)))

    def _mixture(self, n: int, *, parts: list[int], limit: Any, place: int, kept: bool) -> None:
        into = [self.lots[part % len(self.lots)] for part in parts]
        lot_id = self.add(
            Lot, product_id=self.mixture_id, kind="prepared", number=f"M{n}", number_is_ours=True,
            beyond_use_at=limit, created_at=NOW,
        )  # fmt: skip
        made = self.add(
            Preparation, product_id=self.mixture_id, reason="test", state="finished", short_code=f"m{n}",
            dose_count=1, started_at=NOW, started_by_id=self.person_id, ended_at=NOW, lot_id=lot_id,
        )  # fmt: skip
        for number, (part_id, _, location_id, _) in enumerate(into):
            promise = self.add(
                Allocation, lot_id=part_id, location_id=location_id, quantity=1, preparation_id=made,
                state="used", used_quantity=1, made_at=NOW, ended_at=NOW,
            )  # fmt: skip
            self.add(
                PreparationIngredient, preparation_id=made, n=number, lot_id=part_id, location_id=location_id,
                quantity=1, allocation_id=promise, identified_by="scan", overrides="",
            )  # fmt: skip
        if kept:
            session_id = self.add(
                TreatmentSession, patient_id=self.patient_id, state="planned", short_code=f"s{n}",
                planned_at=NOW, external_reference="", **self.stamps,
            )  # fmt: skip
            self.add(PreparationSession, preparation_id=made, session_id=session_id)
        self._lies(lot_id, self.mixture_id, self.places[place])

    def _hold(self, *, scope: str, lot: int, reason: str, released: bool) -> None:
        lot_id, product_id, location_id, n = self.lots[lot % len(self.lots)]
        values = {
            "reason": reason, "note": "", "placed_at": NOW, "placed_by_id": self.person_id, "release_note": "",
            "released_at": NOW if released else None, "released_by_id": self.person_id if released else None,
        }  # fmt: skip
        if scope in ("product", "number"):
            number = f"N{n}" if scope == "number" else None
            self.add(ProductHold, product_id=product_id, lot_number=number, **values)
            return
        hold_id = self.add(ClinicHold, lot_id=lot_id if scope == "lot" else None, **values)
        if scope == "place":
            self.add(HoldPlace, hold_id=hold_id, lot_id=lot_id, location_id=location_id, recorded_at=NOW)


def usable_by_sql(connection: Connection, clinic_id: int) -> set[tuple[int, int]]:
    statement = with_facts(select(Balance.lot_id, Balance.location_id).select_from(Balance)).where(
        Balance.clinic_id == clinic_id, is_usable(now=NOW, today=TODAY)
    )
    return {(row.lot_id, row.location_id) for row in connection.execute(statement)}


def usable_sealed_by_sql(connection: Connection, clinic_id: int) -> set[tuple[int, int]]:
    statement = with_sealed_facts(select(Balance.lot_id, Balance.location_id).select_from(Balance)).where(
        Balance.clinic_id == clinic_id, is_usable_sealed(now=NOW, today=TODAY)
    )
    return {(row.lot_id, row.location_id) for row in connection.execute(statement)}


@pytest.fixture
def furnished(store: Store) -> Store:
    """A house with one clinic and a manufacturer."""
    House(store).product("Filler")
    return store


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(
    rules=RULES,
    lots=st.lists(LOT, min_size=1, max_size=5),
    mixtures=st.lists(MIXTURE, max_size=3),
    holds=st.lists(HOLD, max_size=3),
)
def test_sql_and_rule_agree_on_what_is_usable(
    furnished: Store, rules: Any, lots: Any, mixtures: Any, holds: Any
) -> None:
    with furnished.engine.connect().execution_options(write=True) as connection:
        world = World(connection)
        world.build(rules, lots, mixtures, holds)

        usable = [
            thing
            for thing in things(connection, world.clinic_id, Where())
            if usability.is_usable(thing, now=NOW, today=TODAY)
        ]
        by_rule = {(thing.lot_id, thing.location_id) for thing in usable}
        sealed = {(thing.lot_id, thing.location_id) for thing in usable if thing.container_state is None}

        assert usable_by_sql(connection, world.clinic_id) == by_rule
        assert usable_sealed_by_sql(connection, world.clinic_id) == sealed
        connection.rollback()
