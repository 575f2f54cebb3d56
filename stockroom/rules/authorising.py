"""Is somebody authorised to an act on a day, and what follows where not?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from stockroom.errors import Forbidden, NeedsOverride, extracted

CAUTION, STOP, NOTHING = "caution", "stop", "nothing"
"""What a clinic lets follow."""


@dataclass(eq=False, kw_only=True)
class OutsideAuthorisation(Forbidden):
    """Somebody is not authorised to this act, and the clinic stops whoever is not."""

    code: ClassVar[str] = "outside_authorisation"
    message: ClassVar[str] = extracted(
        "{person} is not authorised to {act}{scope} today. Let somebody who is do it, or have the authorisation "
        "written down."
    )
    answered_for: ClassVar[bool] = True
    person: str
    act: str
    scope: str


@dataclass(eq=False, kw_only=True)
class AuthorisationAsked(NeedsOverride):
    """Somebody is not authorised to this act, and the clinic wants a word about it before it is done."""

    code: ClassVar[str] = "authorisation_asked"
    message: ClassVar[str] = extracted(
        "Caution: {person} is not authorised to {act}{scope} today. Let somebody who is do it, or write why "
        "it is done all the same."
    )
    person: str
    act: str
    scope: str
    rules: tuple[str, ...]
    """The word under which it is answered: one of `Unauthorised`."""
    may_override: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Held:
    """An authorisation that somebody holds."""

    from_on: date
    until_on: date | None
    scope: str


def missing_scopes(held: Iterable[Held], scopes: Iterable[str], *, today: date) -> tuple[str, ...]:
    """Give what of the scopes nothing covers today; an authorisation without a scope covers all.

    Without any scope asked, one authorisation of any scope is enough, and ("",) says that there is none.
    """
    valid = [row for row in held if row.from_on <= today and (row.until_on is None or today <= row.until_on)]
    if any(row.scope == "" for row in valid):
        return ()
    asked = tuple(dict.fromkeys(filter(None, scopes)))
    if not asked:
        return () if valid else ("",)
    covered = {row.scope for row in valid}
    return tuple(scope for scope in asked if scope not in covered)
