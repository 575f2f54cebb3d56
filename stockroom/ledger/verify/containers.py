"""Does every opened container stand where it was put last, and have the serial and code that its opening says?"""

from __future__ import annotations

import json

from sqlalchemy import Connection, or_, select

from stockroom.ledger.verify.notes import Notes, Query, ask, count, stream
from stockroom.models import Container, JournalEntry, Location, TradeItem

_QUERIES = (
    Query(
        invariant="containers",
        table="container",
        row="{location_id}",
        what="is said to be opened at {opened_at}, and was dated back to {dated} last",
        sql="""
        SELECT c.location_id, c.opened_at, r.opened_at AS dated FROM container c
        JOIN (SELECT clinic_id, container_id, MAX(id) AS id FROM opening_redated
            GROUP BY clinic_id, container_id) newest
            ON newest.clinic_id = c.clinic_id AND newest.container_id = c.location_id
        JOIN opening_redated r ON r.id = newest.id
        WHERE r.opened_at <> c.opened_at ORDER BY c.location_id""",
    ),
    Query(
        invariant="containers",
        table="container",
        row="{location_id}",
        what="stands in location {stands_in_id}, and was put last in location {placed}",
        sql="""
        SELECT c.location_id, c.stands_in_id, p.location_id AS placed FROM container c
        LEFT JOIN (SELECT clinic_id, container_id, id, location_id, ROW_NUMBER() OVER
            (PARTITION BY clinic_id, container_id ORDER BY placed_at DESC, id DESC) AS place
            FROM container_placing) p
            ON p.clinic_id = c.clinic_id AND p.container_id = c.location_id AND p.place = 1
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
    """A container stands where its latest placing put it; its serial and code are what its journal entry says."""
    count(connection, notes, "container")
    ask(connection, notes, _QUERIES)
    said = _said(connection)
    named = (
        select(Location.uid, Container.location_id, Container.serial, TradeItem.code)
        .join(Container, (Container.clinic_id == Location.clinic_id) & (Container.location_id == Location.id))
        .outerjoin(TradeItem, TradeItem.id == Container.trade_item_id)
        .order_by(Container.location_id)
    )
    for row in stream(connection, named):
        serial, code = said.get(row.uid, (None, None))
        for what, kept, told in (("serial", row.serial, serial), ("code", row.code, code)):
            if kept != told:
                difference = f"has another {what} than its opening says"
                notes.wrong("containers", "container", str(row.location_id), difference)


def _said(connection: Connection) -> dict[str, tuple[str | None, str | None]]:
    """Serial and code of opened units by their containers' uids, as the journal entries of the openings say them."""
    entries = select(JournalEntry.payload).where(
        JournalEntry.stream == "changes",
        JournalEntry.kind == "container.open",
        or_(JournalEntry.payload.contains('"serial"'), JournalEntry.payload.contains('"code"')),
    )
    said: dict[str, tuple[str | None, str | None]] = {}
    for row in stream(connection, entries):
        try:
            told = json.loads(row.payload)
            said[told["container"]] = told.get("serial"), told.get("code")
        except (KeyError, TypeError, json.JSONDecodeError):
            continue
    return said
