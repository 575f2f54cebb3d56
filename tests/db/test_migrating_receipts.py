"""Do receipts of before stay what they were when a receipt may also be of the bench?"""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from stockroom.db.engine import open_engine
from stockroom.db.migrating import upgrade

_BEFORE = (
    "INSERT INTO clinic (id, uid, name, time_zone, country, currency, books_begin_on, earlier_lot_days,"
    " short_dated_days, sterile_products_max, version, created_at, updated_at)"
    " VALUES (1, '{0}1', 'Vitosha', 'Europe/Sofia', 'BG', 'EUR', '2026-01-01', 7, 60, 3, 1, '{1}', '{1}')",
    "INSERT INTO supplier (id, uid, name, contact, version, created_at, updated_at)"
    " VALUES (1, '{0}2', 'Demo Supply', '', 1, '{1}', '{1}')",
    "INSERT INTO movement (id, uid, clinic_id, seq, kind, occurred_at, recorded_at, is_late, reason,"
    " document_kind, actor_id, roles, device)"
    " VALUES (1, '{0}3', 1, 1, 'receive', '{1}', '{1}', {2}, '', 'receipt', (SELECT min(id) FROM person), '', '')",
    "INSERT INTO receipt (id, uid, clinic_id, supplier_id, delivery_note, arrived_at, state_on_arrival,"
    " received_by_id, movement_id)"
    " VALUES (7, '{0}4', 1, 1, 'DN-1', '{1}', 'warm', (SELECT min(id) FROM person), 1)",
    "INSERT INTO receipt (id, uid, clinic_id, delivery_note, arrived_at, state_on_arrival,"
    " received_by_id, movement_id, books_begin_on)"
    " VALUES (9, '{0}5', 1, 'list', '{1}', 'good', (SELECT min(id) FROM person), 1, '2026-01-01')",
)
_UID, _AT = "0000000000007000800000000000001", "2026-03-02 08:00:00.000000"


def _run(engine: Engine, statement: str) -> None:
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(text(statement))


def _written(engine: Engine, statement: str) -> str:
    return statement.format(_UID, _AT, "0" if engine.dialect.name == "sqlite" else "false")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine_before(request: pytest.FixtureRequest, tmp_path: object) -> Engine:
    """A database at the revision before, with a delivery and opening stock in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/before.sqlite"
    else:
        cluster = request.getfixturevalue("postgres")
        url = cluster.create_database("receipts_before")
        request.addfinalizer(lambda: cluster.drop_database("receipts_before"))
    engine = open_engine(url)
    request.addfinalizer(engine.dispose)
    upgrade(engine, "0003")
    for statement in _BEFORE:
        _run(engine, _written(engine, statement))
    return engine


def test_receipts_of_before_are_kept_and_one_of_the_bench_fits_beside_them(engine_before: Engine) -> None:
    upgrade(engine_before, "0004")
    bench = (
        "INSERT INTO receipt (id, uid, clinic_id, delivery_note, arrived_at, state_on_arrival, received_by_id,"
        " movement_id, at_bench) VALUES (11, '{0}6', 1, '', '{1}', 'good', (SELECT min(id) FROM person), 1, "
    )
    true, false = ("1", "0") if engine_before.dialect.name == "sqlite" else ("true", "false")

    with pytest.raises(IntegrityError):
        _run(engine_before, _written(engine_before, bench) + false + ")")
    _run(engine_before, _written(engine_before, bench) + true + ")")
    with engine_before.connect() as connection:
        rows = connection.execute(
            text("SELECT id, delivery_note, state_on_arrival, supplier_id, at_bench FROM receipt ORDER BY id")
        ).all()

    assert [
        (row.id, row.delivery_note, row.state_on_arrival, row.supplier_id, bool(row.at_bench)) for row in rows
    ] == [
        (7, "DN-1", "warm", 1, False),
        (9, "list", "good", None, False),
        (11, "", "good", None, True),
    ]


def test_a_receipt_is_still_not_deleted_after_it(engine_before: Engine) -> None:
    upgrade(engine_before, "0004")

    with pytest.raises(DatabaseError, match="refuses DELETE"):
        _run(engine_before, "DELETE FROM receipt")
