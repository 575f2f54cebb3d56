"""Does every movement say who, what and when, and was every key consumed once?  (L9, L10)"""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.ledger.verify.notes import Notes, Query, ask

_SAID = (
    Query(
        invariant="L9",
        table="movement",
        row="{id}",
        what="names no known actor, no kind or no document",
        sql="""
        SELECT m.id FROM movement m LEFT JOIN person p ON p.id = m.actor_id
        WHERE p.id IS NULL OR m.kind = ''
            OR (m.document_kind = '' AND m.kind IN ('receive', 'prepare', 'use'))
        ORDER BY m.id""",
    ),
    Query(
        invariant="L9",
        table="movement",
        row="{id}",
        what="occurred at {occurred_at}, was recorded at {recorded_at}, and does not say rightly whether it was late",
        sql="""
        SELECT id, occurred_at, recorded_at FROM movement
        WHERE occurred_at > recorded_at OR is_late <> (occurred_at < recorded_at) ORDER BY id""",
    ),
    Query(
        invariant="L9",
        table="movement",
        row="{id}",
        what="(number {seq} of its clinic) was recorded before the one before it",
        sql="""
        SELECT id, seq FROM (
            SELECT id, seq, recorded_at,
                LAG(recorded_at) OVER (PARTITION BY clinic_id ORDER BY seq, id) AS before_it
            FROM movement
        ) ordered WHERE recorded_at < before_it ORDER BY id""",
    ),
    Query(
        invariant="L9",
        table="movement",
        row="{id}",
        what="was recorded at another instant or by another actor than entry {seq} of its journal says",
        sql="""
        SELECT m.id, m.seq FROM movement m
        JOIN journal_entry e ON e.clinic_id = m.clinic_id AND e.stream = 'changes' AND e.seq = m.seq
        JOIN person p ON p.id = m.actor_id
        WHERE e.recorded_at <> m.recorded_at
            OR REPLACE(e.actor_uid, '-', '') <> REPLACE(CAST(p.uid AS TEXT), '-', '')
        ORDER BY m.id""",
    ),
)
_KEYS = (
    Query(
        invariant="L10",
        table="journal_entry",
        row="clinic {clinic_id}, {stream} {seq}",
        what="a key of this author was consumed {times} times",
        sql="""
        SELECT MIN(clinic_id) AS clinic_id, MIN(stream) AS stream, MIN(seq) AS seq, COUNT(*) AS times
        FROM journal_entry WHERE key IS NOT NULL GROUP BY actor_uid, key HAVING COUNT(*) > 1
        ORDER BY clinic_id, stream, seq""",
    ),
    Query(
        invariant="L10",
        table="journal_entry",
        row="clinic {clinic_id}, {stream} {seq}",
        what="consumed a key that its author consumed in the organisation's journal too",
        sql="""
        SELECT e.clinic_id, e.stream, e.seq FROM journal_entry e
        JOIN organisation_entry o ON o.actor_uid = e.actor_uid AND o.key = e.key
        ORDER BY e.clinic_id, e.stream, e.seq""",
    ),
    Query(
        invariant="L10",
        table="organisation_entry",
        row="{seq}",
        what="a key of this author was consumed {times} times",
        sql="""
        SELECT MIN(seq) AS seq, COUNT(*) AS times FROM organisation_entry
        WHERE key IS NOT NULL GROUP BY actor_uid, key HAVING COUNT(*) > 1 ORDER BY seq""",
    ),
    Query(
        invariant="L10",
        table="journal_entry",
        row="clinic {clinic_id}, {stream} {seq}",
        what="consumed a key and keeps no digest of its request",
        sql="""
        SELECT clinic_id, stream, seq FROM journal_entry
        WHERE key IS NOT NULL AND request_digest = '' AND stream = 'changes'
        ORDER BY clinic_id, stream, seq""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """L9: actor, kind, document, both instants and their order.  L10: a key once per author."""
    ask(connection, notes, _SAID + _KEYS)
