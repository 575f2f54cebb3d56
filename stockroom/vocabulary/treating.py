"""What sessions, cocktails and recipes pass through."""

from __future__ import annotations

from enum import StrEnum


class SessionState(StrEnum):
    PLANNED = "planned"
    ARRIVED = "arrived"
    PREPARING = "preparing"
    IN_TREATMENT = "in_treatment"
    FINISHED = "finished"
    SIGNED = "signed"
    CANCELLED = "cancelled"
    DID_NOT_COME = "did_not_come"


CLOSED_SESSION_STATES = frozenset(
    {SessionState.FINISHED, SessionState.SIGNED, SessionState.CANCELLED, SessionState.DID_NOT_COME}
)


class PreparationState(StrEnum):
    DRAFT = "draft"
    FINISHED = "finished"
    ABANDONED = "abandoned"


class RecipeState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"
