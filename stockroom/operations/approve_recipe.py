"""When may a recipe be prepared?  Once a permitted person, another than its author where set, has approved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, Forbidden, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import Recipe, RecipeVersion
from stockroom.reads.clinics import every_clinic
from stockroom.reads.finding import one_by_uid
from stockroom.reads.recipe_approval import asks_for_two
from stockroom.vocabulary import Action, RecipeState


@dataclass(eq=False, kw_only=True)
class VersionDecided(Conflict):
    """The version was approved or retired in the meantime."""

    code: ClassVar[str] = "version_decided"
    message: ClassVar[str] = extracted(
        "Version {number} is {state} already. Look at the recipe again; a change is a new version."
    )
    number: int
    state: str


@dataclass(eq=False, kw_only=True)
class OwnRecipe(Forbidden):
    """Nobody approves what he or she has written, where a clinic asks for two people."""

    code: ClassVar[str] = "own_recipe"
    message: ClassVar[str] = extracted(
        "You wrote version {number} yourself. Ask another practitioner to approve it."
    )
    number: int


@dataclass(frozen=True, kw_only=True)
class ApproveRecipe:
    version_uid: str


@dataclass(frozen=True, kw_only=True)
class RecipeApproved:
    """The version in force from now on, and the one that it took the place of."""

    recipe_uid: str
    version_uid: str
    number: int
    retired_uid: str | None


def approve_recipe(
    store: Store, command: ApproveRecipe, *, actor: Actor, key: str, now: datetime
) -> RecipeApproved:
    """Put a draft version in force and retire the one before; cocktails that were begun keep theirs.

    Raises ThingNotFound, VersionDecided, OwnRecipe.
    """
    return perform(
        store,
        Act(
            kind="recipe.approve",
            action=Action.APPROVE_RECIPE,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
        ),
        command=command,
        body=lambda work: _approve(work, command),
        answer=RecipeApproved,
        actor=actor,
        key=key,
        now=now,
    )


def _approve(work: Work, command: ApproveRecipe) -> RecipeApproved:
    version = one_by_uid(work.connection, RecipeVersion, command.version_uid, thing="recipe version")
    if version.state != RecipeState.DRAFT:
        raise VersionDecided(number=version.number, state=version.state)
    if version.written_by_id == work.actor.person_id and asks_for_two(work.connection):
        raise OwnRecipe(number=version.number)
    retired = _retire(work, version.recipe_id)
    work.connection.execute(
        update(RecipeVersion)
        .where(RecipeVersion.id == version.id)
        .values(
            state=RecipeState.APPROVED,
            approved_at=work.recorded_at,
            approved_by_id=work.actor.person_id,
        )
    )
    recipe = select(Recipe.uid).where(Recipe.id == version.recipe_id)
    recipe_uid = work.connection.execute(recipe).scalar_one()
    work.payload.update(recipe=recipe_uid, version=version.uid, number=version.number, retired=retired)
    return RecipeApproved(
        recipe_uid=recipe_uid, version_uid=version.uid, number=version.number, retired_uid=retired
    )


def _retire(work: Work, recipe_id: int) -> str | None:
    return work.connection.execute(
        update(RecipeVersion)
        .where(RecipeVersion.recipe_id == recipe_id, RecipeVersion.state == RecipeState.APPROVED)
        .values(state=RecipeState.RETIRED, retired_at=work.recorded_at)
        .returning(RecipeVersion.uid)
    ).scalar_one_or_none()
