"""Does a second person prove who she is, at the moment at which she agrees to something?

By address and password, counted and slowed down exactly like a log-in; nobody is logged in by it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import ClassVar

from flask import current_app
from flask_security.utils import hash_password, verify_password
from sqlalchemy import select

from stockroom.access import log_ins
from stockroom.access.acting import installation
from stockroom.access.logging_in import count_try
from stockroom.access.passwords import LENGTH_MAX
from stockroom.clock import now
from stockroom.db.identifiers import new_uid
from stockroom.errors import Forbidden, extracted
from stockroom.models import Person, User
from stockroom.operations.note_log_in import NoteProof, note_proof


@dataclass(eq=False, kw_only=True)
class NotProven(Forbidden):
    """Address and password of the second person do not belong together; nothing says which is wrong."""

    code: ClassVar[str] = "not_proven"
    message: ClassVar[str] = extracted(
        "The second person's address or password is not right. Nothing was recorded: let that person type both again."
    )


def prove(email: str, password: str, *, may_be_given: bool = False) -> str:
    """Give the uid of the person whose address and password these are.

    A password that was handed over proves nothing, for whoever handed it over knows it; `may_be_given` where
    it is about to be changed.

    Written down before the password is looked at, and again when it is right.
    Raises TooManyRequests (429) before looking at it, and NotProven.
    """
    typed = email.strip()
    if not typed or not password or max(len(typed), len(password)) > LENGTH_MAX:
        raise NotProven()
    count_try(typed)
    user = current_app.extensions["security"].datastore.find_user(case_insensitive=True, email=typed)
    mixed = unicodedata.normalize("NFKD", password)
    if user is None or not user.password:
        hash_password(mixed)  # as slow as for a person who is there
        raise NotProven()
    is_own = may_be_given or user.first_password_until is None
    if not verify_password(mixed, user.password) or not user.active or not is_own:
        raise NotProven()
    return _noted(typed, user)


def _noted(typed: str, user: User) -> str:
    at = now()
    noted = NoteProof(account=typed, user_uid=user.uid)
    note_proof(installation(), noted, actor=log_ins.doorkeeper(), key=f"proof-{new_uid(at)}", now=at)
    with installation().reading() as connection:
        return connection.execute(select(Person.uid).where(Person.id == user.person_id)).scalar_one()
