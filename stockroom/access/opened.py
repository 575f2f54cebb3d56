"""Is the reader of this request shown a name, or a reference until she has said what for?  Asked once a request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flask import g

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose
from stockroom.queries.patients import PatientShown
from stockroom.reads.opened_names import Opened, by_reference, is_named_by, names_opened
from stockroom.reads.patients import PatientIdentity


def names_open() -> Opened | None:
    """What names are open for to the reader; None where she sees references."""
    if "names_open" not in g:
        with installation().reading() as connection:
            g.names_open = names_opened(connection, acting(), now=present())
    opened: Opened | None = g.names_open
    return opened


def as_opened(opened: Opened | None, purpose: str) -> str:
    """The purpose of a disclosure: what names were opened for, or else the entrance's own word."""
    return opened.purpose if opened is not None and opened.purpose else purpose


def shown_as_may_be(shown: PatientShown, *, purpose: str) -> PatientShown:
    """Write down that a patient is shown, and give her with her name, or by reference to whoever may not see it.

    Raises as `disclose` does.
    """
    opened = names_open()
    asked = as_opened(opened, purpose)
    disclose(installation(), acting(), [shown.identity.uid], purpose=asked, now=present())
    return shown if opened is not None else replace(shown, identity=by_reference(shown.identity))


def found_as_may_be(
    found: Iterable[PatientIdentity], text: str, *, purpose: str
) -> tuple[PatientIdentity, ...]:
    """Write down who was found by `text`, and give them; whoever may not see names finds by reference alone.

    Raises as `disclose` does.
    """
    people, opened = tuple(found), names_open()
    if opened is None:
        people = tuple(by_reference(each) for each in people if is_named_by(each, text))
    asked = as_opened(opened, purpose)
    disclose(installation(), acting(), [each.uid for each in people], purpose=asked, now=present())
    return people
