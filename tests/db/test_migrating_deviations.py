"""Do deviations of before stay what they were when there is one more rule that may be broken?"""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from stockroom.db.engine import open_engine
from stockroom.db.migrating import upgrade

_ME = "(SELECT min(id) FROM person)"
_BEFORE = (
    "INSERT INTO clinic (id, uid, name, time_zone, country, currency, books_begin_on, earlier_lot_days,"
    " short_dated_days, sterile_products_max, version, created_at, updated_at)"
    " VALUES (1, '{0}1', 'Vitosha', 'Europe/Sofia', 'BG', 'EUR', '2026-01-01', 7, 60, 3, 1, '{1}', '{1}')",
    "INSERT INTO manufacturer (id, uid, name, version, created_at, updated_at)"
    " VALUES (1, '{0}2', 'Demo Laboratories', 1, '{1}', '{1}')",
    "INSERT INTO product (id, uid, manufacturer_id, kind, name, strength, presentation, base_unit,"
    " content_quantity, graduation_quantity, needle, waste_stream, version, created_at, updated_at)"
    " VALUES (1, '{0}3', 1, 'manufactured', 'Filler', '', 'vial', 'uL', 5000, 100, '', '', 1, '{1}', '{1}')",
    "INSERT INTO lot (id, uid, clinic_id, product_id, kind, number, number_is_ours, created_at)"
    " VALUES (1, '{0}4', 1, 1, 'manufactured', 'A1', {2}, '{1}')",
    "INSERT INTO movement (id, uid, clinic_id, seq, kind, occurred_at, recorded_at, is_late, reason,"
    " document_kind, actor_id, roles, device)"
    f" VALUES (1, '{{0}}5', 1, 1, 'use', '{{1}}', '{{1}}', {{2}}, '', 'session', {_ME}, '', '')",
    "INSERT INTO deviation (id, uid, clinic_id, movement_id, rule, lot_id, reason, was_asked, recorded_at,"
    f" recorded_by_id) VALUES (7, '{{0}}6', 1, 1, 'expired', 1, 'why', {{2}}, '{{1}}', {_ME})",
)
_UID, _AT = "0000000000007000800000000000001", "2026-03-02 08:00:00.000000"
_ANOTHER = (
    "INSERT INTO deviation (id, uid, clinic_id, movement_id, rule, lot_id, reason, was_asked, recorded_at,"
    f" recorded_by_id) VALUES (9, '{{0}}7', 1, 1, '%s', 1, 'late', {{2}}, '{{1}}', {_ME})"
)


def _run(engine: Engine, statement: str) -> None:
    false = "0" if engine.dialect.name == "sqlite" else "false"
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(text(statement.format(_UID, _AT, false)))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine_before(request: pytest.FixtureRequest, tmp_path: object) -> Engine:
    """A database at the revision before, with a deviation in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/before.sqlite"
    else:
        cluster = request.getfixturevalue("postgres")
        url = cluster.create_database("deviations_before")
        request.addfinalizer(lambda: cluster.drop_database("deviations_before"))
    engine = open_engine(url)
    request.addfinalizer(engine.dispose)
    upgrade(engine, "0016")
    for statement in _BEFORE:
        _run(engine, statement)
    return engine


@pytest.mark.parametrize(
    ("before", "revision", "rule"),
    [("0016", "0017", "beyond_window"), ("0024", "0025", "before_opened")],
)
def test_deviations_of_before_are_kept_and_one_of_a_new_rule_fits_beside_them(
    engine_before: Engine, before: str, revision: str, rule: str
) -> None:
    upgrade(engine_before, before)
    with pytest.raises(IntegrityError):
        _run(engine_before, _ANOTHER % rule)

    upgrade(engine_before, revision)

    _run(engine_before, _ANOTHER % rule)
    with pytest.raises(IntegrityError):
        _run(engine_before, (_ANOTHER % "no rule").replace("(9, '{0}7'", "(11, '{0}8'"))
    with engine_before.connect() as connection:
        rows = connection.execute(text("SELECT id, rule, reason, signed_at FROM deviation ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        (7, "expired", "why", None),
        (9, rule, "late", None),
    ]


def test_a_deviation_is_still_not_deleted_after_it(engine_before: Engine) -> None:
    upgrade(engine_before, "0025")

    with pytest.raises(DatabaseError, match="refuses DELETE"):
        _run(engine_before, "DELETE FROM deviation")
