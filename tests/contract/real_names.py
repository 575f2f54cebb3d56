"""How does a generated request come to name things that are there?  A nonsense uid only ever finds a 404."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random
from typing import Any

from stockroom.clock import now
from stockroom.vocabulary import Role
from tests.contract.populated import Populated

_TABLE_OF = {
    "session": "treatment_session", "room": "location", "stands_in": "location", "to": "location",
    "from": "location", "practitioner": "person", "prescriber": "person", "checked_by": "person",
    "received_by": "person", "group": "product_group", "version": "recipe_version", "user": "user_account",
    "token": "api_token", "hold": "clinic_hold", "recall": "product_hold", "merged": "patient",
    "to_clinic": "clinic", "deliverie": "delivery", "line": "delivery_line",
}  # fmt: skip
"""Tables that are not called what the API calls their rows."""
_UID_NAME = re.compile(r"(?:.*_)?uids?")
_WORDS = {
    "time_zone": ("Europe/Sofia",), "country": ("BG",), "currency": ("EUR",), "unit": ("mL", "mL", "piece"),
    "quantity": ("1", "2", "5"), "area": ("face", "neck"), "technique": ("nappage",), "indication": ("sagging",),
}  # fmt: skip
"""Words that mean something, for fields in which a drawn text never would."""
_MINDED = 0.1
"""How often what was drawn is left as it is."""


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
        pool = self.populated.theirs if chance > 1 - _MINDED else self.populated.ours
        known = pool.get(table)
        return self.random.choice(known) if known and chance > _MINDED else otherwise

    def in_path(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        """The parameters of a path, by the noun before each; only the last patients are ever erased.

        Only who was employed for it ever leaves: the tokens of the others are what a test asks with.
        """
        real = dict(given)
        for name in given:
            noun = re.search(rf"([a-z-]+)/{{{name}}}", path)
            if noun is not None and _UID_NAME.fullmatch(name):
                real[name] = self.uid(table_of(noun[1] if name == "uid" else name), str(given[name]))
        if "role" in given:
            real["role"] = self.random.choice([*Role, given["role"]])
        if "n" in given:
            real["n"] = self.random.choice(["1", "2", given["n"]])
        if path.endswith("/erasure"):
            real["uid"] = self.random.choice([*self.populated.ours["patient"][-3:], given["uid"]])
        if path.endswith("/leaving"):
            real["uid"] = self.random.choice([*self.populated.leaver_uids, given["uid"]])
        return real

    def in_body(self, value: Any, name: str = "") -> Any:
        """A body with real uids, codes, units and recent instants where there is something to name."""
        if name == "thing" and self.random.random() > _MINDED:
            return self._thing()
        if isinstance(value, dict):
            return {key: self.in_body(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.in_body(inner, name) for inner in value]
        if self.random.random() < _MINDED:
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)  # to JSON Schema 1.0 is an integer, to us it is a float
        return self._word(value, name) if isinstance(value, str) else value

    def _thing(self) -> dict[str, str]:
        """One thing, pointed at in one way."""
        way = self.random.choice(["scan", "lot", "container", "product"])
        if way == "scan":
            return {"scan": self.random.choice(self.populated.scans)}
        return {"location_uid" if way == "container" else f"{way}_uid": self.uid(way, "")}

    def _word(self, value: str, name: str) -> str:
        if _UID_NAME.fullmatch(name):
            return self.uid(table_of(name), value)
        if name.endswith("_at"):
            return (now() - timedelta(minutes=self.random.randint(1, 600))).isoformat()
        if name in _WORDS:
            return self.random.choice(_WORDS[name])
        if name == "scan":
            return self.random.choice(self.populated.scans)
        return "".join(sign for sign in value if sign.isprintable()).strip() or value
