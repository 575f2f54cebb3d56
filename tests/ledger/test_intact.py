"""Is one journal recomputed up to its anchor, and is whatever was changed in it located?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, update

from stockroom.ledger.journal import anchor_heads
from stockroom.ledger.verify.intact import Intact, intact_through_anchor
from stockroom.models import JournalEntry
from tests.builders import NOW
from tests.ledger.planting import unguarded
from tests.ledger.scene import Scene

ENTRY = JournalEntry.__table__.c


def look(scene: Scene, **values: Any) -> Intact:
    with scene.store.reading() as connection:
        return intact_through_anchor(
            connection, scene.clinic.id, anchor_file=scene.store.anchor_file, **values
        )


def of(scene: Scene, seq: int) -> Any:
    return (ENTRY.clinic_id == scene.clinic.id) & (ENTRY.stream == "changes") & (ENTRY.seq == seq)


def test_a_journal_is_intact_up_to_its_newest_anchor(scene: Scene) -> None:
    scene.store.anchor_file.unlink(missing_ok=True)
    assert look(scene).through_seq == 0 and not look(scene).is_intact

    anchor_heads(scene.store, now=NOW)
    found = look(scene)
    scene.use_needles(1)

    assert found.is_intact and found.first_seq == 1 and found.through_seq > 3
    assert look(scene) == found  # what came after is not anchored yet
    assert look(scene, entries_max=2).first_seq == found.through_seq - 1
    assert look(scene, entries_max=2).is_intact


@pytest.mark.parametrize("back", [0, 1, 3])
@pytest.mark.parametrize("how", ["edited", "removed"])
def test_what_was_changed_is_located(scene: Scene, how: str, back: int) -> None:
    anchor_heads(scene.store, now=NOW)
    seq = look(scene).through_seq - back
    with unguarded(scene.store) as connection:
        if how == "removed":
            connection.execute(delete(JournalEntry).where(of(scene, seq)))
        else:
            connection.execute(update(JournalEntry).where(of(scene, seq)).values(roles="nobody"))

    found = look(scene)

    assert not found.is_intact and found.fault_seq == seq


def test_a_file_that_holds_no_anchors_proves_nothing(scene: Scene) -> None:
    scene.store.anchor_file.write_text("not an anchor\n", encoding="utf-8")

    assert not look(scene).is_intact
