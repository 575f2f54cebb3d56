"""Does `verify` look for the guard of every table that the schema guards, so that none can be taken down unseen?"""

from __future__ import annotations

import re
from pathlib import Path

from stockroom.ledger.verify.triggers import _NEVER_CHANGED, _NEVER_DELETED, _ONLY_GROW

_SCHEMA = (Path(__file__).parent / "schema.sqlite.txt").read_text(encoding="utf-8")
_UPDATE_REFUSED = set(re.findall(r"\b(\w+)_refuses_update\b", _SCHEMA))
_DELETE_REFUSED = set(re.findall(r"\b(\w+)_refuses_delete\b", _SCHEMA))


def test_every_table_that_is_never_changed_is_looked_at() -> None:
    assert {*_NEVER_CHANGED} == (_UPDATE_REFUSED & _DELETE_REFUSED) - {*_ONLY_GROW}


def test_every_table_of_which_nothing_is_deleted_is_looked_at() -> None:
    assert {*_NEVER_DELETED} == _DELETE_REFUSED - {*_NEVER_CHANGED}
