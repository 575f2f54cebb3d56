"""Is what was signed off still what stands in the journal, without a gap between one review and the next?"""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.ledger.verify.notes import Notes, Query, ask, count

_QUERIES = (
    Query(
        invariant="L12",
        table="journal_review",
        row="{id}",
        what="signs off entry {through_seq}, which is not there as it was read",
        sql="""SELECT r.id, r.through_seq FROM journal_review r
            LEFT JOIN journal_entry e ON e.clinic_id = r.clinic_id AND e.stream = r.stream AND e.seq = r.through_seq
            LEFT JOIN organisation_entry o ON r.stream = 'organisation' AND o.seq = r.through_seq
            WHERE COALESCE(e.hash, o.hash, '') <> r.through_hash ORDER BY r.id""",
    ),
    Query(
        invariant="L12",
        table="journal_review",
        row="{id}",
        what="begins at entry {first_seq}, where no review before it ended",
        sql="""SELECT r.id, r.first_seq FROM journal_review r
            WHERE r.first_seq <> 1 AND NOT EXISTS (SELECT 1 FROM journal_review b WHERE b.clinic_id = r.clinic_id
                AND b.stream = r.stream AND b.through_seq = r.first_seq - 1) ORDER BY r.id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """L12: each review names an entry by its hash and goes on where the one before it ended."""
    count(connection, notes, "journal_review")
    ask(connection, notes, _QUERIES)
