"""Is a journal that somebody rewrote found out?  The attacks of the tamper table, on both databases.

Each attack is made with raw SQL and every guard down.  What a chain alone cannot show (its newest
entries cut off, all of it hashed again) is found by the anchors outside the database.
"""

# ruff: noqa: N802 - the number of the invariant stands in the name as it is written

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from stockroom.ledger.journal import anchor_heads
from stockroom.ledger.verify import Report, verify
from stockroom.models import JournalEntry, JournalHead, Line, Movement, OrganisationEntry
from tests.builders import NOW
from tests.ledger.planting import unguarded
from tests.ledger.scene import Scene

_ENTRY = JournalEntry.__table__


@pytest.fixture
def anchored(scene: Scene) -> Scene:
    """The history with its heads anchored, and two more uses after the anchor."""
    anchor_heads(scene.store, now=NOW)
    scene.use_needles(1)
    scene.use_needles(1)
    assert verify(scene.store).ok
    return scene


def _entries(connection: Connection, scene: Scene) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(_ENTRY)
        .where(_ENTRY.c.clinic_id == scene.clinic.id, _ENTRY.c.stream == "changes")
        .order_by(_ENTRY.c.seq)
    )
    return [dict(row._mapping) for row in rows]


def _anchored_seq(scene: Scene, connection: Connection) -> int:
    return _entries(connection, scene)[-1]["seq"] - 2


def _of(scene: Scene, seq: int) -> Any:
    return (_ENTRY.c.clinic_id == scene.clinic.id) & (_ENTRY.c.stream == "changes") & (_ENTRY.c.seq == seq)


def _set_head(connection: Connection, scene: Scene, **values: object) -> None:
    connection.execute(
        update(JournalHead)
        .where(JournalHead.clinic_id == scene.clinic.id, JournalHead.stream == "changes")
        .values(values)
    )


def entry_hash(entry: dict[str, Any]) -> str:
    at: datetime = entry["recorded_at"].astimezone(UTC)
    ordered = [
        entry["seq"], at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), entry["actor_uid"], entry["roles"], entry["device"],
        entry["kind"], entry["key"], entry["request_digest"], entry["payload"], entry["answer"],
        entry["previous_hash"],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(ordered, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _write_again(connection: Connection, scene: Scene, entries: list[dict[str, Any]]) -> None:
    """Put the entries back with every hash computed anew, and the head after them: a patient forger."""
    before = entries[0]["previous_hash"]
    connection.execute(
        delete(_ENTRY).where(_ENTRY.c.clinic_id == scene.clinic.id, _ENTRY.c.stream == "changes")
    )
    for seq, entry in enumerate(entries, start=1):
        entry.update(seq=seq, previous_hash=before)
        entry["hash"] = before = entry_hash(entry)
        connection.execute(insert(_ENTRY).values(entry))
    newest = entries[-1]
    _set_head(connection, scene, seq=newest["seq"], hash=newest["hash"], recorded_at=newest["recorded_at"])


def _cut(connection: Connection, scene: Scene, keep: int) -> None:
    """Take away the newest entries with the movements they name, and put the head back."""
    entries = _entries(connection, scene)
    gone = select(Movement.id).where(Movement.clinic_id == scene.clinic.id, Movement.seq > keep)
    connection.execute(delete(Line).where(Line.movement_id.in_(gone)))
    connection.execute(delete(Movement).where(Movement.clinic_id == scene.clinic.id, Movement.seq > keep))
    connection.execute(
        delete(_ENTRY).where(
            _ENTRY.c.clinic_id == scene.clinic.id, _ENTRY.c.stream == "changes", _ENTRY.c.seq > keep
        )
    )
    newest = entries[keep - 1]
    _set_head(connection, scene, seq=newest["seq"], hash=newest["hash"], recorded_at=newest["recorded_at"])


def _journal_fault(report: Report) -> tuple[str, str]:
    """Table and row of the finding about journals; the attack may have upset other things too."""
    found = {finding.invariant: finding for finding in report.findings}
    assert "L12" in found, report.findings
    return found["L12"].table, found["L12"].row


@pytest.mark.parametrize(
    ("column", "forged"),
    [
        ("payload", '{"clinic":"x"}'), ("payload", '{"movements":[{"uid":1,"digest":""},{"uid":"x","digest":""}]}'),
        ("answer", "{}"), ("kind", "receive"), ("actor_uid", "nobody"),
        ("roles", "practitioner"), ("device", "elsewhere"), ("key", "another"), ("request_digest", "0" * 64),
        ("recorded_at", NOW - timedelta(days=20)), ("previous_hash", "0" * 64), ("hash", "0" * 64),
    ],
)  # fmt: skip
def test_L12_an_edited_entry_is_named(scene: Scene, column: str, forged: object) -> None:
    with unguarded(scene.store) as connection:
        connection.execute(update(_ENTRY).where(_of(scene, 2)).values({column: forged}))

    table, row = _journal_fault(verify(scene.store))

    assert (table, row) == ("journal_entry", f"{scene.clinic.uid}:changes 2")


def test_L12_one_changed_byte_of_a_payload_is_named(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        payload = _entries(connection, scene)[4]["payload"]
        changed = payload[:-3] + chr(ord(payload[-3]) ^ 1) + payload[-2:]
        connection.execute(update(_ENTRY).where(_of(scene, 5)).values(payload=changed))

    assert _journal_fault(verify(scene.store))[1] == f"{scene.clinic.uid}:changes 5"


def test_L12_a_deleted_entry_is_named_by_the_one_after_it(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        connection.execute(delete(_ENTRY).where(_of(scene, 3)))

    assert _journal_fault(verify(scene.store))[1] == f"{scene.clinic.uid}:changes 4"


def test_L12_two_swapped_entries_are_found(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        for old, new in ((3, 999), (4, 3), (999, 4)):
            connection.execute(update(_ENTRY).where(_of(scene, old)).values(seq=new))

    assert _journal_fault(verify(scene.store))[1] == f"{scene.clinic.uid}:changes 3"


def test_L12_entries_cut_off_without_the_head_are_found(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        newest = _entries(connection, scene)[-1]["seq"]
        connection.execute(delete(_ENTRY).where(_of(scene, newest)))

    assert _journal_fault(verify(scene.store, anchors=False))[0] in {"journal_head", "movement"}


def test_L12_a_journal_cut_off_before_its_anchor_is_found_by_the_anchor_alone(anchored: Scene) -> None:
    with unguarded(anchored.store) as connection:
        anchor = _anchored_seq(anchored, connection)
        _cut(connection, anchored, keep=anchor - 1)

    with_anchors, without = verify(anchored.store), verify(anchored.store, anchors=False)

    assert "L12" not in {finding.invariant for finding in without.findings}
    assert _journal_fault(with_anchors) == ("journal_entry", f"{anchored.clinic.uid}:changes {anchor}")


def test_L12_what_is_newer_than_the_newest_anchor_is_the_exposure(anchored: Scene) -> None:
    with unguarded(anchored.store) as connection:
        _cut(connection, anchored, keep=_anchored_seq(anchored, connection))

    report = verify(anchored.store)

    assert "L12" not in {finding.invariant for finding in report.findings}
    assert "L5" in {finding.invariant for finding in report.findings}  # the balances still betray it


def test_L12_so_is_an_edit_of_what_is_newer_hashed_again(anchored: Scene) -> None:
    with unguarded(anchored.store) as connection:
        entries = _entries(connection, anchored)
        entries[-2]["device"] = "forged"
        _write_again(connection, anchored, entries)

    assert verify(anchored.store).ok


def test_L12_a_journal_hashed_again_from_an_edit_on_is_found_by_the_anchor(anchored: Scene) -> None:
    with unguarded(anchored.store) as connection:
        anchor = _anchored_seq(anchored, connection)
        entries = _entries(connection, anchored)
        entries[1]["device"] = "forged"
        _write_again(connection, anchored, entries)

    with_anchors, without = verify(anchored.store), verify(anchored.store, anchors=False)

    assert without.ok
    assert _journal_fault(with_anchors) == ("journal_entry", f"{anchored.clinic.uid}:changes {anchor}")


def test_L12_an_entry_slipped_in_and_all_hashed_again_is_found_by_movements_and_anchor(
    anchored: Scene,
) -> None:
    with unguarded(anchored.store) as connection:
        entries = _entries(connection, anchored)
        entries.insert(2, {**entries[2], "key": "slipped-in", "payload": "{}"})
        _write_again(connection, anchored, entries)

    assert _journal_fault(verify(anchored.store, anchors=False))
    assert _journal_fault(verify(anchored.store))


def test_L12_the_organisations_journal_is_followed_too(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        connection.execute(
            update(OrganisationEntry).where(OrganisationEntry.seq == 2).values(device="forged")
        )

    assert _journal_fault(verify(scene.store)) == ("organisation_entry", "organisation 2")


@pytest.mark.parametrize(
    ("column", "forged"),
    [("reason", "another"), ("device", "x"), ("roles", "nurse"), ("document_kind", "y")],
)
def test_L12_an_edited_movement_is_not_what_its_entry_says(scene: Scene, column: str, forged: str) -> None:
    with unguarded(scene.store) as connection:
        connection.execute(
            update(Movement).where(Movement.id == scene.use.movement_id).values({column: forged})
        )

    assert _journal_fault(verify(scene.store)) == ("movement", str(scene.use.movement_id))


def test_L12_a_line_pointed_at_another_session_is_not_what_its_entry_says(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        connection.execute(update(Line).where(Line.id == scene.use.line_ids[0]).values(session_id=999))

    assert _journal_fault(verify(scene.store)) == ("movement", str(scene.use.movement_id))


def test_L12_a_movement_that_no_act_made_is_found(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        row = dict(
            connection.execute(select(Movement.__table__).where(Movement.id == scene.opening.movement_id))
            .one()
            ._mapping
        )
        row.update(id=900, uid="01a00000-0000-7000-8000-000000000900", seq=10_000)
        connection.execute(insert(Movement).values(row))

    assert _journal_fault(verify(scene.store)) == ("movement", "900")


def test_L12_a_deleted_movement_is_named_by_its_entry(scene: Scene) -> None:
    with unguarded(scene.store) as connection:
        connection.execute(delete(Line).where(Line.movement_id == scene.use.movement_id))
        connection.execute(delete(Movement).where(Movement.id == scene.use.movement_id))

    table, row = _journal_fault(verify(scene.store))

    assert (table, row) == ("journal_entry", f"clinic {scene.clinic.id}, {scene.use.seq}")


def test_L12_a_torn_anchor_file_is_a_finding_and_not_a_crash(anchored: Scene) -> None:
    with anchored.store.anchor_file.open("a") as file:
        file.write('{"journal": "org')

    assert _journal_fault(verify(anchored.store))[0] == "anchor file"


def test_L12_heads_are_anchored_at_every_hundredth_entry(scene: Scene) -> None:
    for _ in range(40):
        scene.use_needles(1)
    taken = [scene.clinic.lot_on_shelf(scene.needle, f"more-{n}", presentations=1) for n in range(60)]

    report = verify(scene.store)

    assert report.ok and len(taken) == 60
    assert report.counts["anchor"] >= 3
