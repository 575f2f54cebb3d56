"""Is the reader of this request shown names and notes, or references until she says what for?  Asked once a request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flask import g

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose
from stockroom.db.sealing import KeyRing
from stockroom.queries.patients import PatientShown
from stockroom.reads.opened_names import Opened, by_reference, is_named_by, names_opened
from stockroom.reads.patients import PatientIdentity
from stockroom.vocabulary import Action


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


def note_shown(
    uids: Iterable[str], *, page: str, purpose: str = "", action: Action = Action.READ_PATIENTS
) -> Opened | None:
    """Write down that these patients are shown on `page`, and give what names are open for to the reader.

    What for: what names were opened for, else `purpose`, else the page itself.  `action` let the reader in, where
    goods are shown with the uids of those whom they serve, and nobody is named.  Raises as `disclose` does.
    """
    opened = names_open()
    asked = as_opened(opened, purpose or page)
    disclose(installation(), acting(), uids, purpose=asked, page=page, now=present(), action=action)
    return opened


def shown_as_may_be(shown: PatientShown, *, page: str, purpose: str = "") -> PatientShown:
    """Write down that a patient is shown, and give her with her name, or by reference to whoever may not see it.

    Raises as `disclose` does.
    """
    opened = note_shown([shown.identity.uid], page=page, purpose=purpose)
    return shown if opened is not None else replace(shown, identity=by_reference(shown.identity))


def found_as_may_be(
    found: Iterable[PatientIdentity], text: str, *, page: str, purpose: str = ""
) -> tuple[PatientIdentity, ...]:
    """Write down who was found by `text`, and give them; whoever may not see names finds by reference alone.

    Raises as `disclose` does.
    """
    people, opened = tuple(found), names_open()
    if opened is None:
        people = tuple(by_reference(each) for each in people if is_named_by(each, text))
    note_shown([each.uid for each in people], page=page, purpose=purpose)
    return people


def notes_keyring() -> KeyRing | None:
    """By what the reader reads the notes that are sealed with patients' keys; None where names are not open."""
    return None if names_open() is None else installation().keyring
