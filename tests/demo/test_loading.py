"""Is the demo clinic made by operations alone, the same each time, and true to its last line?"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import and_, func, select

from stockroom.db.engine import open_engine, open_private_engine
from stockroom.db.store import Store, open_store
from stockroom.demo.counting import count_demo
from stockroom.demo.loading import DatabaseNotEmpty, load_demo
from stockroom.ledger.verify import verify
from stockroom.models import (
    Clinic,
    ClinicHold,
    Container,
    Delivery,
    DeliveryLine,
    EvidencePack,
    JournalEntry,
    Line,
    Lot,
    Membership,
    Movement,
    OrganisationEntry,
    Preparation,
    PreparationIngredient,
    RecallMockResult,
    RecipeVersion,
    StatedPurpose,
    TradeItem,
    TreatmentSession,
)
from stockroom.queries.order_lists import OrderFilter, orders_listed
from stockroom.vocabulary import (
    ContainerState,
    DeliveryState,
    DisposalReason,
    LotKind,
    PreparationState,
    SessionState,
)
from tests.conftest import KEYS

AFTERNOON = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
"""A Friday."""
DAYS = 21


def _facts(store: Store) -> dict[str, Any]:
    with store.reading() as connection:
        return {
            "lots": sorted(
                connection.execute(select(Lot.number).where(Lot.kind == LotKind.MANUFACTURED)).scalars()
            ),
            "lines": connection.execute(select(func.count(), func.sum(Line.quantity))).all(),
            "sessions": sorted(connection.execute(select(TreatmentSession.planned_at)).scalars()),
        }


def test_the_demo_verifies_and_shows_what_a_clinic_must_see(store: Store) -> None:
    log_ins = load_demo(store, password_salt="salt", now=AFTERNOON, days=DAYS)

    assert {log_in.role for log_in in log_ins} == {
        "practitioner", "nurse", "manager", "auditor", "administrator"
    }  # fmt: skip
    report = verify(store)
    assert report.ok, report.findings
    with store.reading() as connection:
        assert connection.execute(select(ClinicHold.id).where(ClinicHold.released_at.is_(None))).first()
        near = connection.execute(
            select(Container.beyond_use_at).where(Container.state == ContainerState.OPEN)
        ).scalars()
        assert any(at is not None and 0 < (at - AFTERNOON).total_seconds() <= 3600 for at in near)
        codes = connection.execute(select(TradeItem.code)).scalars().all()
        assert codes and all(code[1:4] == "952" for code in codes)
        emptied = select(Movement.id).where(Movement.reason == DisposalReason.ESTIMATED)
        assert connection.execute(select(Membership.purpose).where(Membership.until_at.is_not(None))).first()
        assert connection.execute(select(EvidencePack.id)).first(), "a trace was signed off"
        assert connection.execute(select(StatedPurpose.id)).first(), "somebody who audits needed a name"
        exercise = select(RecallMockResult.patients).where(RecallMockResult.is_complete.is_(True))
        assert connection.execute(exercise).scalar_one() > 0, "an exercise named everybody"
        assert connection.execute(emptied).first(), "a tube of cream that was empty before the books said so"


@pytest.mark.parametrize("days", [4, 12])
def test_an_order_came_in_part_one_waits_to_be_sent_and_an_old_one_is_late(
    sqlite_store: Store, days: int
) -> None:
    load_demo(sqlite_store, password_salt="salt", now=AFTERNOON, days=days)

    with sqlite_store.reading() as connection:
        clinic_id = connection.execute(select(Clinic.id).order_by(Clinic.id).limit(1)).scalar_one()
        rows = orders_listed(connection, clinic_id, only=OrderFilter(), today=AFTERNOON.date())

    assert {row.state.value: row.is_late for row in rows} == {
        "draft": False, "ordered": days > 7, "part_received": days > 7,
    }  # fmt: skip


def _reached_through_two_cocktails(store: Store) -> list[int]:
    """Of each lot that two recipes or more took of: the sessions in which such a cocktail was used."""
    of_made = and_(Line.clinic_id == Preparation.clinic_id, Line.lot_id == Preparation.lot_id)
    put_in = and_(
        PreparationIngredient.clinic_id == Preparation.clinic_id,
        PreparationIngredient.preparation_id == Preparation.id,
    )
    reached = (
        select(func.count(Line.session_id.distinct()))
        .select_from(Preparation)
        .join(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .join(PreparationIngredient, put_in)
        .join(Line, of_made)
        .where(PreparationIngredient.removed_at.is_(None))
        .group_by(PreparationIngredient.lot_id)
        .having(func.count(RecipeVersion.recipe_id.distinct()) >= 2)
    )
    with store.reading() as connection:
        return list(connection.execute(reached).scalars())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_demo_is_as_large_as_it_says(sqlite_template: Path, tmp_path: Path) -> None:
    database = tmp_path / "whole.sqlite"
    database.write_bytes(sqlite_template.read_bytes())
    engine = open_private_engine(f"sqlite:///{database}")
    store = open_store(engine, keyring=KEYS, anchor_file=tmp_path / "whole.jsonl")

    load_demo(store, password_salt="salt", now=AFTERNOON)

    counted = count_demo(store, now=AFTERNOON)
    assert counted.acts <= 15_000
    assert 2_700 <= counted.sessions <= 3_300
    assert counted.sessions_today == 25
    assert (counted.months, counted.clinics, counted.suppliers) == (18, 2, 3)
    assert 38 <= counted.products <= 42
    assert min(counted.cocktails, counted.expiring, counted.low, counted.held, counted.near_limit) >= 1
    assert max(_reached_through_two_cocktails(store)) >= 120
    report = verify(store)
    assert report.ok, report.findings
    engine.dispose()


@pytest.mark.parametrize("hour", [3, 6, 11, 19, 22])
def test_a_delivery_and_two_cocktails_are_under_way_whenever_the_demo_is_loaded(
    sqlite_store: Store, hour: int
) -> None:
    load_demo(sqlite_store, password_salt="salt", now=AFTERNOON.replace(hour=hour), days=3)

    with sqlite_store.reading() as connection:
        unread = connection.execute(
            select(func.count())
            .select_from(DeliveryLine)
            .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
            .where(Delivery.state == DeliveryState.OPEN, DeliveryLine.product_id.is_(None))
        ).scalar_one()
        cocktails = Counter(connection.execute(select(Preparation.state)).scalars())
        sessions = Counter(connection.execute(select(TreatmentSession.state)).scalars())
    assert unread == 3
    assert cocktails[PreparationState.DRAFT] == 1 and cocktails[PreparationState.FINISHED] >= 1
    assert (sessions[SessionState.ARRIVED], sessions[SessionState.IN_TREATMENT]) == (1, 1)


@pytest.mark.parametrize("hour", [3, 6, 11, 22])
def test_a_vial_is_near_its_limit_whenever_the_demo_is_loaded(sqlite_store: Store, hour: int) -> None:
    now = AFTERNOON.replace(hour=hour)

    load_demo(sqlite_store, password_salt="salt", now=now, days=3)

    assert count_demo(sqlite_store, now=now).near_limit >= 1
    with sqlite_store.reading() as connection:
        payloads = connection.execute(select(JournalEntry.payload)).scalars().all()
    assert not any("clock_stepped_back" in payload for payload in payloads)


def test_nothing_in_the_demo_happens_after_the_present(sqlite_store: Store) -> None:
    load_demo(sqlite_store, password_salt="salt", now=AFTERNOON, days=DAYS)

    with sqlite_store.reading() as connection:
        newest = connection.execute(select(func.max(JournalEntry.recorded_at))).scalar_one()
        flagged = [
            payload
            for model in (JournalEntry, OrganisationEntry)
            for payload in connection.execute(select(model.payload)).scalars()
            if "clock_stepped_back" in payload
        ]
        states = set(connection.execute(select(TreatmentSession.state)).scalars())
    assert newest <= AFTERNOON
    assert flagged == []
    assert states == {
        SessionState.FINISHED, SessionState.PLANNED, SessionState.ARRIVED, SessionState.PREPARING,
        SessionState.IN_TREATMENT,
    }  # fmt: skip


def test_the_same_seed_gives_the_same_clinic(
    sqlite_store: Store, sqlite_template: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second.sqlite"
    second.write_bytes(sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{second}")
    other = open_store(engine, keyring=KEYS, anchor_file=tmp_path / "other.jsonl")

    for each in (sqlite_store, other):
        load_demo(each, password_salt="salt", now=AFTERNOON, days=7)

    assert _facts(sqlite_store) == _facts(other)
    engine.dispose()


def test_the_demo_is_for_an_empty_database(sqlite_store: Store) -> None:
    load_demo(sqlite_store, password_salt="salt", now=AFTERNOON, days=3)

    with pytest.raises(DatabaseNotEmpty):
        load_demo(sqlite_store, password_salt="salt", now=AFTERNOON, days=3)
