"""How does a database get the history of a plan?  Catalogue, books and journal by bulk SQL, as acts would leave it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from bench.bulk import set_sequences, write
from bench.catalogue_rows import CLINIC, NURSE, Catalogue, clinic_uid
from bench.history import ORDER, History
from bench.names import Uids
from bench.plan import Plan
from stockroom import models
from stockroom.db.base import Base
from stockroom.db.store import Store
from stockroom.db.transaction import CHANGES, DISCLOSURES
from stockroom.ledger.journal import anchor_heads, genesis_hash

_PATIENTS_AT_ONCE = 2_000
_MODELS: dict[str, Any] = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
_NUMBERED = (
    models.Clinic, models.Person, models.User, models.ApiToken, models.Authorisation, models.Location,
    models.Manufacturer, models.Supplier, models.Product, models.ProductRule, models.TradeItem, models.Patient,
    models.Lot, models.TreatmentSession, models.Movement, models.Line, models.Receipt, models.ReceiptLine,
)  # fmt: skip


def fill(store: Store, plan: Plan, *, on_step: Callable[[int], None] | None = None) -> None:
    """Write the history of a plan into an empty, migrated database, and anchor its journals.

    Each chunk is a transaction of its own; `on_step` hears how many movements are written so far.
    """
    uids = Uids(plan.seed)
    catalogue = Catalogue(plan=plan, keyring=store.keyring, uids=uids)
    with _writing(store) as connection:
        history = _begin(connection, catalogue)
        write(connection, models.Lot, history.lots())
    for chunk in history.chunks():
        with _writing(store) as connection:
            for table in ORDER:
                write(connection, _MODELS[table], chunk[table])
        if on_step is not None:
            on_step(history.seq)
    with _writing(store) as connection:
        _finish(connection, history)
    if not store.is_sqlite:  # where autovacuum would have done so long ago; SQLite never does by itself
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    anchor_heads(store, now=plan.ends_at)


def _writing(store: Store) -> Any:
    return store.engine.execution_options(write=True).begin()


def _begin(connection: Connection, catalogue: Catalogue) -> History:
    named = {}
    for table, rows in catalogue.tables():
        write(connection, _MODELS[table], rows)
        named[table] = rows
    write(connection, models.StockLevel, catalogue.levels())
    last = catalogue.plan.patient_count
    for first in range(1, last + 1, _PATIENTS_AT_ONCE):
        patients, tokens = catalogue.patients(first, min(last, first + _PATIENTS_AT_ONCE - 1))
        write(connection, models.Patient, patients)
        write(connection, models.PatientIndex, tokens)
    nurse = next(row for row in named["person"] if row["id"] == NURSE)
    return History(
        plan=catalogue.plan,
        uids=catalogue.uids,
        clinic_uid=clinic_uid(named["clinic"]),
        actor_uid=str(nurse["uid"]),
    )


def _finish(connection: Connection, history: History) -> None:
    write(connection, models.Balance, history.balances())
    write(connection, models.TreatmentSession, history.open_sessions())
    plan = history.plan
    heads = {
        CHANGES: (history.seq, history.hash),
        DISCLOSURES: (0, genesis_hash(history.clinic_uid, DISCLOSURES)),
    }
    write(
        connection,
        models.JournalHead,
        [
            {"clinic_id": CLINIC, "stream": stream, "seq": seq, "hash": hash_, "recorded_at": plan.at(seq)}
            for stream, (seq, hash_) in heads.items()
        ],
    )
    set_sequences(connection, *_NUMBERED)
