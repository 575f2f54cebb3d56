"""Do the database's own guards stand?  (L2)"""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from stockroom.ledger.verify.notes import Notes
from stockroom.models import ProductRule

_NEVER_CHANGED = (
    "movement", "line", "usage", "usage_area", "journal_entry", "organisation_entry", "container_placing",
    "lot_alias", "hold_place", "closed_period", "stocktake", "stocktake_line", "bench_match", "order_arrival",
    "receipt_line_before",
    "backup_made", "signature", "journal_review", "evidence_pack", "stated_purpose", "supplier_answer", "passed_over_lot",
    "recall_case", "recall_notice", "recall_file", "recall_scope", "recall_lot", "recall_finding", "recall_step",
    "recall_session", "recall_attempt", "recall_letter", "recall_reply", "recall_reply_line", "recall_check",
    "recall_mock_result",
    "place_watch", "temperature_reading", "box_check", "day_closing", "label_print",
    "product_rule", "product_rule_ingredient", "product_rule_incompatibility", "opening_redated",
    "protocol_version", "protocol_need", "interval_answer", "ratio_answer", "reaction", "session_tick", "device_act",
    "caution_answer", "disclosed_patient",
)  # fmt: skip
_NEVER_DELETED = (
    "lot", "container", "location", "treatment_session", "preparation", "receipt", "receipt_line", "patient",
    "clinic_hold", "product_hold", "allocation", "deviation", "transfer", "transfer_line",
    "journal_head", "organisation_head", "delivery", "delivery_line", "stock_count", "count_find", "purchase_order",
    "purchase_order_line", "tablet", "badge", "supplier_return", "temperature_excursion",
    "course", "course_session", "device", "protocol", "role_held", "sharps_box",
)  # fmt: skip
_MARKS = {"id", "superseded_at", "confirmed_at", "confirmed_by_id"}
"""Columns of `product_rule` by which a version is superseded and confirmed; the others stay as they are."""
_ONLY_GROW = ("journal_head", "organisation_head")
_DELETE, _UPDATE, _TRUNCATE = 8, 16, 32  # bits of pg_trigger.tgtype
_ENABLED = ("O", "A")


def check(connection: Connection, notes: Notes) -> None:
    """Every table of history refuses UPDATE, DELETE and (where there is such a thing) TRUNCATE."""
    on_sqlite = connection.dialect.name == "sqlite"
    found = _guards_of_sqlite(connection) if on_sqlite else _guards_of_postgresql(connection)
    events = ("DELETE",) if on_sqlite else ("DELETE", "TRUNCATE")
    wanted = [(table, event) for table in (*_NEVER_CHANGED, *_NEVER_DELETED) for event in events]
    wanted += [(table, "UPDATE") for table in (*_NEVER_CHANGED, *_ONLY_GROW)]
    notes.counted("trigger", len(found))
    for table, event in wanted:
        if (table, event) not in found:
            notes.wrong("L2", "trigger", table, f"nothing in the database refuses {event} on {table}")


def _guards_of_sqlite(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(text("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"))
    found = set()
    for row in rows:
        words = " ".join(row.sql.split())
        for event in ("UPDATE", "DELETE"):
            always = f" BEFORE {event} ON {row.tbl_name} BEGIN SELECT RAISE(ABORT, 'append-only"
            growing = (
                f" BEFORE {event} ON {row.tbl_name} WHEN NEW.seq <> OLD.seq + 1 BEGIN SELECT RAISE(ABORT, "
            )
            if always in words or (row.tbl_name in _ONLY_GROW and growing in words):
                found.add((row.tbl_name, event))
        if row.tbl_name == ProductRule.__tablename__ and _guards_what_it_says(words):
            found.add((row.tbl_name, "UPDATE"))
    return found


def _guards_what_it_says(words: str) -> bool:
    """True for a guard of everything that a version of a product's rule says."""
    table = ProductRule.__tablename__
    guard = re.search(
        rf" BEFORE UPDATE OF ([a-z_, ]+) ON {table} BEGIN SELECT RAISE\(ABORT, 'append-only", words
    )
    columns = {column.name for column in ProductRule.__table__.columns} - _MARKS
    return guard is not None and {name.strip() for name in guard[1].split(",")} >= columns


def _guards_of_postgresql(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(
        text("""
        SELECT c.relname AS tbl_name, t.tgtype AS bits, t.tgenabled AS enabled, t.tgqual IS NULL AS always,
            p.proname AS function, p.prosrc AS source
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND n.nspname = current_schema()""")
    )
    found = set()
    for row in rows:
        enabled = row.enabled.decode() if isinstance(row.enabled, bytes) else row.enabled
        if enabled not in _ENABLED or not row.always or not _refuses(row.function, row.source):
            continue
        for event, bit in (("UPDATE", _UPDATE), ("DELETE", _DELETE), ("TRUNCATE", _TRUNCATE)):
            if row.bits & bit:
                found.add((row.tbl_name, event))
    return found


def _refuses(function: str, source: str) -> bool:
    words = " ".join(source.split())
    if function == "refuse_change":
        return words.startswith("BEGIN RAISE EXCEPTION")
    return words.startswith("BEGIN IF NEW.seq <> OLD.seq + 1 THEN RAISE EXCEPTION")
