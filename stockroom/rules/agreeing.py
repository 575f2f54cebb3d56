"""When does a second person have to agree to an override, and who is one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Forbidden, NeedsOverride, extracted
from stockroom.rules.override_rights import may_override, names_of, needed_to_override
from stockroom.rules.usability import Broken
from stockroom.vocabulary import Action, Rule


@dataclass(eq=False, kw_only=True)
class SecondPersonMissing(NeedsOverride):
    """This clinic wants a second person to agree to the overriding of these rules."""

    code: ClassVar[str] = "second_person_missing"
    message: ClassVar[str] = extracted(
        "This clinic asks a second person to agree before lot {lot_number} of {product} is used all the same. "
        "Call a colleague ({may_override}), who signs with badge, PIN or password."
    )
    lot_uid: str
    lot_number: str
    product: str
    rules: tuple[str, ...]
    may_override: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class SecondPersonMayNot(Forbidden):
    """Who agrees is the author, does not work here, or may not override the rule."""

    code: ClassVar[str] = "second_person_may_not"
    message: ClassVar[str] = extracted(
        "Whoever agrees to this for lot {lot_number} of {product} is somebody else than you, works in this "
        "clinic, and is one of: {may_override}. Call such a colleague."
    )
    rule: str
    lot_uid: str
    lot_number: str
    product: str
    may_override: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SecondPerson:
    """Who agrees to an override, looked up under the lock."""

    person_id: int
    uid: str
    is_another: bool
    """Not the author of the act."""
    actions: frozenset[Action]
    """What this person may do in the clinic of the act; nothing once the log-in is switched off."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """For which rules a clinic wants a second person, and who agrees."""

    wanted_for: frozenset[Rule] = frozenset()
    by: SecondPerson | None = None

    @property
    def facts(self) -> dict[str, str]:
        """Who agrees, as it is written down; nothing where nobody does."""
        return {} if self.by is None else {"agreed_by": self.by.uid}


NOBODY_ASKED = Agreement()
"""Nothing is overridden, so that nobody has to agree."""


def check_agreement(broken: Sequence[Broken], agreement: Agreement) -> None:
    """Refuse an override to which nobody agrees who has to.

    A second person agrees to what the clinic wants one for; where it wants none, to everything.
    Raises SecondPersonMissing, SecondPersonMayNot.
    """
    wanted = [each for each in broken if each.rule in agreement.wanted_for]
    if agreement.by is None:
        if wanted:
            rules = tuple(dict.fromkeys(each.rule.value for each in wanted))
            raise SecondPersonMissing(
                lot_uid=wanted[0].thing.lot_uid,
                lot_number=wanted[0].thing.lot_number,
                product=wanted[0].thing.product_name,
                rules=rules,
                may_override=names_of(may_override(wanted[0])),
            )
        return
    for each in wanted or broken:
        if not agreement.by.is_another or needed_to_override(each) not in agreement.by.actions:
            raise SecondPersonMayNot(
                rule=each.rule.value,
                lot_uid=each.thing.lot_uid,
                lot_number=each.thing.lot_number,
                product=each.thing.product_name,
                may_override=names_of(may_override(each)),
            )
