"""Which families of failure exist, and what does every failure carry?

A concrete failure is a dataclass named for the fact, declared at the top of the file that raises it,
under one family.  Its fields are its facts; its `message` is a template that an entrance fills and
translates.  Nothing here knows HTTP: the entrances give each family its status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import ClassVar

Fact = str | int | bool | date | datetime | tuple[str, ...] | tuple[Mapping[str, str | int], ...] | None


def extracted(text: str) -> str:
    """Mark a message template for the translators' extraction; the text itself is unchanged."""
    return text


@dataclass(eq=False, kw_only=True)
class StockroomError(Exception):
    """Any failure that Stockroom foresees.  Subclasses add facts as keyword-only fields."""

    code: ClassVar[str] = "stockroom_error"
    title: ClassVar[str] = extracted("Stockroom refused this")
    message: ClassVar[str] = extracted("Stockroom could not do this.")
    answered_for: ClassVar[bool] = False
    """True: a person answers for this refusal, so it is written to the clinic's journal."""

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts by name, in the order in which the class declares them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return self.message.format(**{name: _spoken(fact) for name, fact in self.facts.items()})


def _spoken(fact: Fact) -> Fact:
    """A fact as it stands in a sentence: several are told one after the other."""
    return ", ".join(map(str, fact)) if isinstance(fact, tuple) else fact


class NotFound(StockroomError):
    """The thing named does not exist here, or is another clinic's, which is the same answer."""

    code = "not_found"
    title = extracted("Not found")


class Refused(StockroomError):
    """The request itself breaks a rule and would break it again."""

    code = "refused"
    title = extracted("Refused")


class NeedsOverride(StockroomError):
    """A rule stops this, and a permitted person may override it with a reason."""

    code = "needs_override"
    title = extracted("Needs an override")
    answered_for = True


class Conflict(StockroomError):
    """The state has changed or is contended; the same request may succeed later."""

    code = "conflict"
    title = extracted("The stock has changed")


class Stale(StockroomError):
    """The thing was edited by somebody else since it was read (an ETag that no longer matches)."""

    code = "stale"
    title = extracted("Changed by somebody else")


class Forbidden(StockroomError):
    """This person, in this role, may not do this here."""

    code = "forbidden"
    title = extracted("Not allowed")
    answered_for = True


class Unreadable(StockroomError):
    """The input cannot be read as what it claims to be."""

    code = "unreadable"
    title = extracted("Cannot be read")


class Unavailable(StockroomError):
    """Something that the act needs (database, disk, disclosure record) is not there right now."""

    code = "unavailable"
    title = extracted("Not available right now")


@dataclass(eq=False, kw_only=True)
class ThingNotFound(NotFound):
    """No row of this kind with this id is visible to the person who asks."""

    code = "thing_not_found"
    message = extracted("There is no {thing} {uid} in this clinic. Check the number or scan it again.")
    thing: str
    uid: str


@dataclass(eq=False, kw_only=True)
class InvalidValue(Refused):
    """One field of the request holds a value that it may not hold."""

    code = "invalid_value"
    message = extracted("{field}: {problem}")
    field: str
    problem: str
