"""Who is responsible for an act?"""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person (or a job's own principal) acting in exactly one clinic.

    The entrance says who it is; what this person may do is read again inside the transaction
    that acts, after the clinic's journal head is locked, so that a permission taken away a
    moment ago counts.
    """

    user_id: int
    person_id: int
    person_uid: str
    clinic_id: int
    clinic_uid: str
    roles: frozenset[Role]
    token_id: int | None = None
    """Set when the request came with a bearer token; it is checked with the membership."""
    token_uid: str = ""
    """Its uid, by which every journal entry names it: two tokens of a person may be called the same."""
    is_system: bool = False
    """True for a job's or the terminal's own principal, which holds no membership."""
    tablet_id: int | None = None
    """Set at a registered tablet of the clinic, where only nurse and practitioner count; checked with the roles."""
    device: str = ""
    """What the person used: the name of a token, of a browser's device, or of a job."""
    request_id: str = ""
    """Names the request in which it acts, as the log and every problem do; empty where there is none."""
