"""Does somebody see patients' names here, or references until he or she has said what for?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.actor import Actor
from stockroom.models import JournalHead, StatedPurpose
from stockroom.reads.patients import PatientIdentity
from stockroom.rules.permissions import ROLE_ACTIONS
from stockroom.vocabulary import Action, Role

_SEES_NAMES = frozenset(
    role
    for role, actions in ROLE_ACTIONS.items()
    if Action.READ_PATIENTS in actions and Action.STATE_PURPOSE not in actions
)
"""Those who treat, and those who run the clinic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What names are open for; empty for whoever sees them in daily work."""

    purpose: str = ""


def names_opened(connection: Connection, actor: Actor, *, now: datetime) -> Opened | None:
    """Give what names are open for; None where the actor sees references.  One statement for an auditor, else none.

    A clock that stepped back opens nothing again: a purpose is over once anything in the clinic was recorded after it.
    """
    if actor.is_system or sees_names(actor.roles):
        return Opened()
    recorded_after = select(JournalHead.clinic_id).where(
        JournalHead.clinic_id == StatedPurpose.clinic_id, JournalHead.recorded_at >= StatedPurpose.until_at
    )
    stated = connection.execute(
        select(StatedPurpose.purpose)
        .where(
            StatedPurpose.clinic_id == actor.clinic_id,
            StatedPurpose.person_id == actor.person_id,
            StatedPurpose.stated_at <= now,
            StatedPurpose.until_at > now,
            ~recorded_after.exists(),
        )
        .order_by(StatedPurpose.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if stated is None else Opened(purpose=stated)


def sees_names(roles: Collection[Role]) -> bool:
    """True for roles that see names in their daily work."""
    return bool(_SEES_NAMES & frozenset(roles))


def by_reference(who: PatientIdentity) -> PatientIdentity:
    """Give a patient as an auditor sees her: the reference (or card code) in the place of the name, and no more."""
    return replace(who, name=who.reference or who.short_code, born_on=None, contact="")


def is_named_by(who: PatientIdentity, text: str) -> bool:
    """True where `text` is her reference or card code, by which an auditor may look for her."""
    asked = text.strip()
    return asked == who.reference or asked.upper().removeprefix("SRT:") == who.short_code
