"""How does an entry say what was changed?  What was before and what is after, side by side, fact by fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stockroom.db.transaction import Work


def note_sides(work: Work, before: Mapping[Any, Any], after: Mapping[str, object]) -> None:
    """Put what an act changes into its entry: of each fact of `after` that was another one `before`, both.

    Never of a patient, nor what tells who somebody is: of these the entry names the field alone, or holds a
    keyed digest (L14).
    """
    changed = {name: value for name, value in after.items() if before[name] != value}
    work.payload.update(before={name: before[name] for name in changed}, after=changed)
