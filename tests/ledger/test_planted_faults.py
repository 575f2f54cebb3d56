"""Does verify name the row when somebody with all rights breaks an invariant by hand?"""

# ruff: noqa: N802 - the number of the invariant stands in the name as it is written

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import (
    Allocation,
    Balance,
    BenchMatch,
    ClinicHold,
    Container,
    JournalEntry,
    Line,
    Lot,
    Movement,
    Patient,
    PatientAllergy,
    PatientFlag,
    PatientIndex,
    Person,
    Preparation,
    ProductHold,
    Receipt,
    ReceiptLine,
    TradeItem,
    Usage,
)
from stockroom.vocabulary import BenchDecision, LocationKind
from tests.benching import allow_bench_receipts, at_bench
from tests.builders import NOW, House
from tests.ledger.planting import drop_trigger, unguarded
from tests.ledger.scene import PATIENT_NAME, Scene
from tests.receiving import gs1, scanned, take_in

Plant = Callable[[Connection, Scene], str]
"""Breaks one thing and gives the row that must be named."""


@dataclass(frozen=True)
class Fault:
    invariant: str
    name: str
    table: str
    plant: Plant


def _line(connection: Connection, line_id: int, **values: object) -> str:
    connection.execute(update(Line).where(Line.id == line_id).values(values))
    return str(line_id)


def _place(scene: Scene, location_id: int, lot_id: int) -> str:
    return f"clinic {scene.clinic.id}, location {location_id}, lot {lot_id}"


def _of_needles(scene: Scene) -> tuple[int, int]:
    return scene.needle_lot.location_id, scene.needle_lot.id


def _set_balance(connection: Connection, scene: Scene, **values: object) -> str:
    location_id, lot_id = _of_needles(scene)
    connection.execute(
        update(Balance).where(Balance.location_id == location_id, Balance.lot_id == lot_id).values(values)
    )
    return _place(scene, location_id, lot_id)


def _zero_quantity(connection: Connection, scene: Scene) -> str:
    return _line(connection, scene.use.line_ids[0], quantity=0)


def _to_itself(connection: Connection, scene: Scene) -> str:
    return _line(connection, scene.opening.line_ids[0], from_id=scene.container_id, to_id=scene.container_id)


def _no_such_lot(connection: Connection, scene: Scene) -> str:
    return _line(connection, scene.opening.line_ids[0], lot_id=999_999)


def _no_session(connection: Connection, scene: Scene) -> str:
    return _line(connection, scene.use.line_ids[0], session_id=None)


def _bare_movement(connection: Connection, scene: Scene) -> str:
    connection.execute(delete(Line).where(Line.movement_id == scene.opening.movement_id))
    return str(scene.opening.movement_id)


def _bent_reversal(connection: Connection, scene: Scene) -> str:
    return _line(connection, scene.reversal.line_ids[0], quantity=1)


def _reversal_of_nothing(connection: Connection, scene: Scene) -> str:
    return _line(connection, scene.reversal.line_ids[0], reverses_line_id=None)


def _below_zero(connection: Connection, scene: Scene) -> str:
    _line(connection, scene.reversed_use.line_ids[0], quantity=60)
    location_id, lot_id = _of_needles(scene)
    return _place(scene, location_id, lot_id)


def _drifted(connection: Connection, scene: Scene) -> str:
    return _set_balance(connection, scene, quantity=Balance.quantity + 1)


def _lost_balance(connection: Connection, scene: Scene) -> str:
    connection.execute(delete(Balance).where(Balance.location_id == scene.container_id))
    return _place(scene, scene.container_id, scene.vial_lot.id)


def _virtual_balance(connection: Connection, scene: Scene) -> str:
    supplier = scene.clinic.account(LocationKind.SUPPLIER).id
    connection.execute(
        insert(Balance).values(
            clinic_id=scene.clinic.id,
            location_id=supplier,
            lot_id=scene.needle_lot.id,
            product_id=scene.needle.id,
            quantity=0,
            allocated=0,
        )
    )
    return _place(scene, supplier, scene.needle_lot.id)


def _no_such_place(connection: Connection, scene: Scene) -> str:
    _line(connection, scene.reversed_use.line_ids[0], to_id=999_999, session_id=None)
    return str(scene.needle_lot.id)


def _promise_without_allocation(connection: Connection, scene: Scene) -> str:
    return _set_balance(connection, scene, allocated=7)


def _allocation_grown(connection: Connection, scene: Scene) -> str:
    connection.execute(
        update(Allocation).where(Allocation.id == scene.promised.allocation_id).values(quantity=6)
    )
    return _place(scene, *_of_needles(scene))


def _promised_below_zero(connection: Connection, scene: Scene) -> str:
    connection.execute(
        update(Allocation).where(Allocation.id == scene.promised.allocation_id).values(quantity=-1)
    )
    return _set_balance(connection, scene, allocated=-1)


def _ended_by_nobody(connection: Connection, scene: Scene) -> str:
    connection.execute(
        update(Allocation)
        .where(Allocation.id == scene.promised.allocation_id)
        .values(state="used", ended_at=NOW)
    )
    _set_balance(connection, scene, allocated=0)
    return str(scene.promised.allocation_id)


def _expired_before_its_use(connection: Connection, scene: Scene) -> str:
    connection.execute(update(Lot).where(Lot.id == scene.needle_lot.id).values(expires_on=date(2026, 3, 1)))
    return str(scene.reversed_use.line_ids[0])


def _outdated_cocktail(connection: Connection, scene: Scene) -> str:
    connection.execute(update(Lot).where(Lot.id == scene.cocktail_lot_id).values(beyond_use_at=NOW))
    return str(scene.use.line_ids[0])


def _hold_before(values: dict[str, object]) -> dict[str, object]:
    at = NOW - timedelta(hours=1)
    return {
        "uid": new_uid(at), "reason": "suspicion", "note": "", "placed_at": at, "placed_by_id": 1,
        "release_note": "", **values,
    }  # fmt: skip


def _held(connection: Connection, scene: Scene) -> str:
    values = _hold_before({"clinic_id": scene.clinic.id, "lot_id": scene.needle_lot.id})
    connection.execute(insert(ClinicHold).values(values))
    return str(scene.reversed_use.line_ids[0])


def _recalled(connection: Connection, scene: Scene) -> str:
    values = _hold_before({"product_id": scene.needle.id, "lot_number": "N1", "reason": "recall"})
    connection.execute(insert(ProductHold).values(values))
    return str(scene.reversed_use.line_ids[0])


def _movement(connection: Connection, movement_id: int, **values: object) -> str:
    connection.execute(update(Movement).where(Movement.id == movement_id).values(values))
    return str(movement_id)


def _occurred_later(connection: Connection, scene: Scene) -> str:
    return _movement(connection, scene.use.movement_id, occurred_at=NOW + timedelta(hours=1))


def _not_said_late(connection: Connection, scene: Scene) -> str:
    return _movement(connection, scene.use.movement_id, occurred_at=NOW - timedelta(hours=1))


def _nobody(connection: Connection, scene: Scene) -> str:
    return _movement(connection, scene.use.movement_id, actor_id=999_999)


def _no_document(connection: Connection, scene: Scene) -> str:
    return _movement(connection, scene.use.movement_id, document_kind="")


def _backwards(connection: Connection, scene: Scene) -> str:
    at = NOW - timedelta(days=8)
    return _movement(connection, scene.opening.movement_id, occurred_at=at, recorded_at=at)


def _key_twice(connection: Connection, scene: Scene) -> str:
    connection.exec_driver_sql("DROP INDEX uq_journal_entry_author_key")
    entry = JournalEntry
    first, second = connection.execute(
        select(entry.seq, entry.key).where(entry.clinic_id == scene.clinic.id).order_by(entry.seq).limit(2)
    ).all()
    connection.execute(
        update(entry).where(entry.clinic_id == scene.clinic.id, entry.seq == second.seq).values(key=first.key)
    )
    return f"clinic {scene.clinic.id}, changes {first.seq}"


def _limit_after_its_parent(connection: Connection, scene: Scene) -> str:
    connection.execute(
        update(Lot).where(Lot.id == scene.cocktail_lot_id).values(beyond_use_at=NOW + timedelta(hours=25))
    )
    return str(scene.cocktail_lot_id)


def _limit_after_the_printed_day(connection: Connection, scene: Scene) -> str:
    connection.execute(
        update(Container).where(Container.location_id == scene.container_id).values(beyond_use_at=None)
    )
    connection.execute(update(Lot).where(Lot.id == scene.vial_lot.id).values(expires_on=date(2026, 3, 1)))
    return str(scene.cocktail_lot_id)


def _other_parents(connection: Connection, scene: Scene) -> str:
    connection.execute(
        update(Preparation)
        .where(Preparation.id == scene.preparation_id)
        .values(movement_id=scene.opening.movement_id)
    )
    return str(scene.preparation_id)


def _half_a_vial_at_a_shelf(connection: Connection, scene: Scene) -> str:
    at = (scene.vial_lot.location_id, scene.vial_lot.id)
    connection.execute(
        update(Balance).where(Balance.location_id == at[0], Balance.lot_id == at[1]).values(quantity=2500)
    )
    return _place(scene, *at)


def _foreign_lot_in_a_container(connection: Connection, scene: Scene) -> str:
    connection.execute(
        update(Container)
        .where(Container.location_id == scene.container_id)
        .values(lot_id=scene.needle_lot.id)
    )
    return _place(scene, scene.container_id, scene.vial_lot.id)


def _name_in_a_movement(connection: Connection, scene: Scene) -> str:
    return _movement(connection, scene.use.movement_id, reason=f"for {PATIENT_NAME.upper()}")


def _sealed_name_moved(connection: Connection, scene: Scene) -> str:
    connection.execute(update(Patient).where(Patient.id == scene.patient_id).values(uid=new_uid(NOW)))
    return str(scene.patient_id)


def _flag_of_an_erased(connection: Connection, scene: Scene) -> str:
    nothing = dict.fromkeys(("data_key", "name", "born_on", "contact", "reference", "allergies_asked_at"))
    connection.execute(update(Patient).where(Patient.id == scene.patient_id).values(erased_at=NOW, **nothing))
    for table in (PatientIndex, PatientAllergy):
        connection.execute(delete(table).where(table.patient_id == scene.patient_id))
    person = connection.execute(select(Person.id)).scalars().first()
    connection.execute(
        insert(PatientFlag).values(
            uid=new_uid(NOW),
            patient_id=scene.patient_id,
            flag="herpes",
            from_on=NOW.date(),
            recorded_at=NOW,
            recorded_by_id=person,
        )
    )
    return str(scene.patient_id)


def _no_usage(connection: Connection, scene: Scene) -> str:
    connection.execute(delete(Usage).where(Usage.line_id == scene.use.line_ids[0]))
    return str(scene.use.line_ids[0])


def _usage_of_an_opening(connection: Connection, scene: Scene) -> str:
    line_id = scene.opening.line_ids[0]
    connection.execute(
        insert(Usage).values(clinic_id=scene.clinic.id, line_id=line_id, identified_by="by_hand")
    )
    return str(line_id)


def _container_elsewhere(connection: Connection, scene: Scene) -> str:
    connection.execute(
        update(Container)
        .where(Container.location_id == scene.container_id)
        .values(stands_in_id=scene.clinic.room.id)
    )
    return str(scene.container_id)


def _opened_by_another_code(connection: Connection, scene: Scene) -> str:
    pack = select(func.min(TradeItem.id)).scalar_subquery()
    here = Container.location_id == scene.container_id
    connection.execute(update(Container).where(here).values(trade_item_id=pack))
    return str(scene.container_id)


FAULTS = [
    Fault("L1", "a line moves nothing", "line", _zero_quantity),
    Fault("L1", "a line goes from a place to itself", "line", _to_itself),
    Fault("L1", "a line names a lot that is not there", "line", _no_such_lot),
    Fault("L1", "a use names no session", "line", _no_session),
    Fault("L1", "a movement has no line", "movement", _bare_movement),
    Fault("L3", "a reversal takes back less than the line", "line", _bent_reversal),
    Fault("L3", "a reversal reverses nothing", "line", _reversal_of_nothing),
    Fault("L4", "a place was below zero", "balance", _below_zero),
    Fault("L5", "a balance drifted", "balance", _drifted),
    Fault("L5", "a balance is gone", "balance", _lost_balance),
    Fault("L5", "a virtual place has a balance", "balance", _virtual_balance),
    Fault("L6", "a lot went to a place that is not there", "lot", _no_such_place),
    Fault("L7", "more is promised than allocated", "balance", _promise_without_allocation),
    Fault("L7", "an allocation grew", "balance", _allocation_grown),
    Fault("L7", "less than nothing is promised", "balance", _promised_below_zero),
    Fault("L7", "an allocation was used by no movement", "allocation", _ended_by_nobody),
    Fault("L8", "an expired lot was used", "line", _expired_before_its_use),
    Fault("L8", "a cocktail was used past its limit", "line", _outdated_cocktail),
    Fault("L8", "a held lot was used", "line", _held),
    Fault("L8", "a recalled lot was used", "line", _recalled),
    Fault("L9", "a movement occurs after it was recorded", "movement", _occurred_later),
    Fault("L9", "a late movement does not say so", "movement", _not_said_late),
    Fault("L9", "nobody did it", "movement", _nobody),
    Fault("L9", "a use stands on no document", "movement", _no_document),
    Fault("L9", "the books run backwards", "movement", _backwards),
    Fault("L10", "a key was consumed twice", "journal_entry", _key_twice),
    Fault("L11", "a cocktail outlives its container", "lot", _limit_after_its_parent),
    Fault("L11", "a cocktail outlives its parent's printed day", "lot", _limit_after_the_printed_day),
    Fault("L11", "a cocktail has other parents", "preparation", _other_parents),
    Fault("L13", "half a vial lies at a shelf", "balance", _half_a_vial_at_a_shelf),
    Fault("L13", "another lot lies in a container", "balance", _foreign_lot_in_a_container),
    Fault("L14", "a patient's name stands on a movement", "movement", _name_in_a_movement),
    Fault("L14", "a sealed name was moved to another patient", "patient", _sealed_name_moved),
    Fault("L14", "a flag of a patient came back after she was erased", "patient", _flag_of_an_erased),
    Fault("usages", "a use has no usage", "line", _no_usage),
    Fault("usages", "an opening has a usage", "usage", _usage_of_an_opening),
    Fault("containers", "a container stands elsewhere", "container", _container_elsewhere),
    Fault("containers", "a container was opened by another code", "container", _opened_by_another_code),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.invariant} {fault.name}")
def test_verify_names_the_planted_row(scene: Scene, fault: Fault) -> None:
    with unguarded(scene.store) as connection:
        row = fault.plant(connection, scene)

    report = verify(scene.store)

    assert not report.ok
    found = {finding.invariant: finding for finding in report.findings}
    assert fault.invariant in found, report.findings
    assert (found[fault.invariant].table, found[fault.invariant].row) == (fault.table, row)


@pytest.mark.parametrize("table", ["movement", "line", "journal_entry", "usage", "container_placing"])
def test_L2_verify_names_the_table_whose_trigger_is_gone(scene: Scene, table: str) -> None:
    drop_trigger(scene.store, table, "update" if scene.store.is_sqlite else "change")

    report = verify(scene.store)

    assert [(f.invariant, f.table, f.row) for f in report.findings] == [("L2", "trigger", table)]


@pytest.mark.parametrize("table", ["movement", "journal_head"])
def test_L2_verify_sees_a_trigger_that_no_longer_refuses(scene: Scene, table: str) -> None:
    name = f"{table}_refuses_delete" if scene.store.is_sqlite else None
    with scene.store.engine.connect().execution_options(write=True) as connection, connection.begin():
        if name is not None:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE DELETE ON {table} BEGIN SELECT 1; END")
        else:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")

    report = verify(scene.store)

    assert [(f.invariant, f.row) for f in report.findings] == [("L2", table)]


def test_verify_repairs_nothing_and_counts_every_row_that_is_wrong(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        connection.execute(text("UPDATE balance SET quantity = quantity + 5000"))

    first, second = verify(scene.store), verify(scene.store)

    assert first == second
    assert {f.invariant: f.total for f in first.findings}["L5"] == 4


def _booked_more(connection: Connection, line: Row[Any], _bench: Row[Any]) -> str:
    connection.execute(update(Line).where(Line.id == line.line_id).values(quantity=Line.quantity + 2000))
    return str(line.line_id)


def _no_such_line(connection: Connection, line: Row[Any], _bench: Row[Any]) -> str:
    connection.execute(update(ReceiptLine).where(ReceiptLine.id == line.id).values(line_id=999_999))
    return str(line.id)


def _line_of_no_receipt(connection: Connection, line: Row[Any], _bench: Row[Any]) -> str:
    connection.execute(delete(ReceiptLine).where(ReceiptLine.id == line.id))
    return str(line.line_id)


def _match_gone(connection: Connection, line: Row[Any], _bench: Row[Any]) -> str:
    connection.execute(delete(BenchMatch))
    return str(line.id)


def _took_off_more(connection: Connection, line: Row[Any], _bench: Row[Any]) -> str:
    more = {"quantity": line.quantity + 2000, "taken_off_quantity": line.taken_off_quantity + 2000}
    connection.execute(update(ReceiptLine).where(ReceiptLine.id == line.id).values(more))
    return str(line.id)


def _not_at_the_bench(connection: Connection, line: Row[Any], bench: Row[Any]) -> str:
    connection.execute(
        update(Receipt)
        .where(Receipt.id == bench.receipt_id)
        .values(at_bench=False, books_begin_on=NOW.date())
    )
    return f"line {line.id}, bench {bench.id}"


@pytest.mark.parametrize(
    ("table", "plant"),
    [
        ("line", _booked_more),
        ("receipt_line", _no_such_line),
        ("line", _line_of_no_receipt),
        ("receipt_line", _match_gone),
        ("receipt_line", _took_off_more),
        ("bench_match", _not_at_the_bench),
    ],
)
def test_verify_names_the_receipt_that_the_books_do_not_agree_with(
    store: Store, table: str, plant: Callable[[Connection, Row[Any], Row[Any]], str]
) -> None:
    house = House(store)
    allow_bench_receipts(house.clinic)
    filler = house.product("Filler", content_quantity=2000)
    at_bench(house, gs1(filler.gtin, "A1"))
    pack = scanned(house.clinic.fridge, gs1(filler.gtin, "A1"), pack_count=3, bench=BenchDecision.TAKE_OFF)
    take_in(house, pack)
    assert verify(store).findings == ()
    with store.reading() as connection:
        bench, line = connection.execute(select(ReceiptLine.__table__).order_by(ReceiptLine.id)).all()
    with unguarded(store) as connection:
        row = plant(connection, line, bench)

    found = {finding.invariant: finding for finding in verify(store).findings}

    assert "receipts" in found, found
    assert (found["receipts"].table, found["receipts"].row) == (table, row)
