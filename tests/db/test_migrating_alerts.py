"""Are alerts that were raised before they had states still there, open or resolved, after the upgrade?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Date, Uuid, insert, select, table, text
from sqlalchemy import column as col

from stockroom.db.columns import UTCDateTime
from stockroom.db.engine import open_engine
from stockroom.db.identifiers import new_uid
from stockroom.db.migrating import upgrade
from stockroom.models import Alert
from tests.builders import NOW
from tests.postgres_cluster import PostgresCluster

_CLINIC = table(
    "clinic",
    *(col(name) for name in ("id", "name", "time_zone", "country", "currency", "earlier_lot_days")),
    *(col(name) for name in ("short_dated_days", "sterile_products_max", "version")),
    col("uid", Uuid(as_uuid=False)),
    col("books_begin_on", Date()),
    col("created_at", UTCDateTime()),
    col("updated_at", UTCDateTime()),
)
_BEFORE = table(
    "alert",
    col("uid", Uuid(as_uuid=False)),
    *(col(name) for name in ("clinic_id", "kind", "subject_kind", "subject_uid", "period", "facts")),
    col("raised_at", UTCDateTime()),
    col("resolved_at", UTCDateTime()),
)


def _carried(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine, "0004")
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        clinic_id = connection.execute(
            insert(_CLINIC)
            .values(
                uid=new_uid(NOW),
                name="Vitosha",
                time_zone="Europe/Sofia",
                country="BG",
                currency="EUR",
                books_begin_on=NOW.date(),
                earlier_lot_days=7,
                short_dated_days=60,
                sterile_products_max=3,
                version=1,
                created_at=NOW,
                updated_at=NOW,
            )
            .returning(_CLINIC.c.id)
        ).scalar_one()
        rows = [
            {
                "uid": new_uid(NOW),
                "clinic_id": clinic_id,
                "kind": kind,
                "subject_kind": "movement",
                "subject_uid": f"{kind}-{number}",
                "period": "",
                "facts": "{}",
                "raised_at": NOW,
                "resolved_at": resolved_at,
            }
            for number, (kind, resolved_at) in enumerate(
                [
                    ("allocation_lost", None),
                    ("deviation_unsigned", None),
                    ("deviation_unsigned", NOW + timedelta(days=1)),
                ]
            )
        ]
        for row in rows:
            connection.execute(insert(_BEFORE).values(row))
    upgrade(engine)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        found = connection.execute(select(Alert.__table__).order_by(Alert.id)).all()
        one_more = {**rows[0], "subject_uid": "new", "state": "open", "severity": "note", "rank": 1}
        connection.execute(insert(Alert).values({**one_more, "uid": new_uid(NOW)}))
        left = connection.execute(text("SELECT count(*) FROM alert")).scalar_one()
    engine.dispose()

    assert [(row.state, row.severity, row.rank, row.resolved_at) for row in found] == [
        ("open", "urgent", 1, None),
        ("open", "warning", 1, None),
        ("resolved", "warning", 1, NOW + timedelta(days=1)),
    ]
    assert [(row.subject_uid, row.raised_at) for row in found] == [(row["subject_uid"], NOW) for row in rows]
    assert left == 4


def test_alerts_are_carried_over_on_sqlite(tmp_path: Path) -> None:
    _carried(f"sqlite:///{tmp_path / 'before.sqlite'}")


@pytest.mark.postgres
def test_alerts_are_carried_over_on_postgresql(postgres: PostgresCluster) -> None:
    url = postgres.create_database("before_states")
    try:
        _carried(url)
    finally:
        postgres.drop_database("before_states")
