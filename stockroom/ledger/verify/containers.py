"""Does every opened container stand where it was put last?"""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.ledger.verify.notes import Notes, Query, ask, count

_QUERIES = (
    Query(
        invariant="containers",
        table="container",
        row="{location_id}",
        what="stands in location {stands_in_id}, and was put last in location {placed}",
        sql="""
        SELECT c.location_id, c.stands_in_id, p.location_id AS placed FROM container c
        LEFT JOIN (SELECT clinic_id, container_id, MAX(id) AS id FROM container_placing
            GROUP BY clinic_id, container_id) newest
            ON newest.clinic_id = c.clinic_id AND newest.container_id = c.location_id
        LEFT JOIN container_placing p ON p.id = newest.id
        WHERE p.id IS NULL OR p.location_id <> c.stands_in_id ORDER BY c.location_id""",
    ),
    Query(
        invariant="containers",
        table="container",
        row="{location_id}",
        what="is a location of kind {kind}",
        sql="""
        SELECT c.location_id, p.kind FROM container c
        JOIN location p ON p.id = c.location_id WHERE p.kind <> 'container' ORDER BY c.location_id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """Where a container stands is where its newest placing put it."""
    count(connection, notes, "container")
    ask(connection, notes, _QUERIES)
