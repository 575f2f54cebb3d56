"""How does a generated request come to name things that are there?  A nonsense uid only ever finds a 404."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random
from typing import Any

from stockroom.clock import now
from tests.contract.populated import Populated

_TABLE_OF = {
    "session": "treatment_session", "room": "location", "stands_in": "location", "to": "location",
    "from": "location", "practitioner": "person", "prescriber": "person", "checked_by": "person",
    "received_by": "person", "group": "product_group", "version": "recipe_version", "user": "user_account",
    "token": "api_token", "hold": "clinic_hold", "recall": "product_hold", "people": "person",
    "usage": "usage", "device": "reference_item", "disposal": "movement", "count": "stocktake",
}  # fmt: skip
"""Tables that are not called what the API calls their rows."""
_UID_NAME = re.compile(r"(?:.*_)?uids?")


def table_of(name: str) -> str:
    """The table whose rows a field `…_uid`, `…_uids` or a noun in a path names."""
    word = re.sub(r"_?uids?$", "", name.replace("-", "_"))
    singular = {"people": "person"}.get(word, re.sub(r"(?<=[a-z])s$", "", word))
    return _TABLE_OF.get(singular, singular)


class RealNames:
    """Puts names of the installation's own things in the place of most generated ones."""

    def __init__(self, populated: Populated, random: Random) -> None:
        self.populated, self.random = populated, random

    def uid(self, table: str, otherwise: str) -> str:
        """Mostly one of ours, now and then another clinic's or the generated one."""
        chance = self.random.random()
        pool = self.populated.theirs if chance > 0.9 else self.populated.ours
        known = pool.get(table)
        return self.random.choice(known) if known and chance > 0.1 else otherwise

    def in_path(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        """The parameters of a path, by the noun before each."""
        real = dict(given)
        for name in given:
            noun = re.search(rf"([a-z-]+)/{{{name}}}", path)
            if noun is None or not _UID_NAME.fullmatch(name):
                continue
            table = table_of(noun[1] if name == "uid" else name)
            real[name] = self.uid(table, str(given[name]))
        return real

    def in_body(self, value: Any, name: str = "") -> Any:
        """A body with real uids, codes, units and recent instants where there is something to name."""
        if isinstance(value, dict):
            return {key: self.in_body(inner, key) for key, inner in self._pointing_once(value).items()}
        if isinstance(value, list):
            return [self.in_body(inner, name) for inner in value]
        if not isinstance(value, str) or self.random.random() < 0.1:
            return value
        return self._word(value, name)

    def _pointing_once(self, said: dict[str, Any]) -> dict[str, Any]:
        """Most of the time a thing is pointed at in one way only."""
        ways = [name for name in ("scan", "lot_uid", "location_uid", "product_uid") if said.get(name)]
        if "scan" not in said or len(ways) < 2 or self.random.random() < 0.2:
            return said
        dropped = set(ways) - {self.random.choice(ways)}
        return {name: value for name, value in said.items() if name not in dropped}

    def _word(self, value: str, name: str) -> str:
        if _UID_NAME.fullmatch(name):
            return self.uid(table_of(name), value)
        if name.endswith("_at"):
            return (now() - timedelta(minutes=self.random.randint(1, 600))).isoformat()
        if name == "unit":
            return self.random.choice(["mL", "µL", "piece", "mg"])
        if name == "quantity":
            return self.random.choice(["1", "2", "0.5", value])
        if name == "scan":
            return self.random.choice(self.populated.scans)
        return value
