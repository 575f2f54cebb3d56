"""Where and how does the plan say that a session's things are given?  By its course's protocol, and by its recipe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from stockroom.db.columns import written
from stockroom.models import Course, CourseSession, ProtocolVersion, Recipe, RecipeVersion
from stockroom.queries.bench_needs import NeedLine
from stockroom.vocabulary import BaseUnit, RecipeState


@dataclass(frozen=True, kw_only=True)
class GivenByPlan:
    """What is said of it, as slugs; empty where nothing is."""

    areas: tuple[str, ...] = ()
    """Every area that the protocol names; how much goes into which it does not say."""
    technique: str = ""
    indication: str = ""


def given_by_plan(
    connection: Connection, clinic_id: int, session_id: int, needs: Iterable[NeedLine]
) -> GivenByPlan:
    """Give what the version says that the course was planned from, and the recipe where that is silent.

    A recipe counts where its cocktail is all that is given beside what is counted in pieces, its indication where
    it names one alone.
    Two statements at most.
    """
    asked = {"clinic": clinic_id, "session": session_id}
    protocol = connection.execute(_of_protocol(), asked).first()
    areas = tuple(protocol.areas.split()) if protocol is not None else ()
    technique = protocol.technique if protocol is not None else ""
    given = {need.recipe_uid for need in needs if need.base_unit != BaseUnit.PIECE}
    recipe_uid = given.pop() if len(given) == 1 else None
    made = connection.execute(_of_recipe(), {"recipe": recipe_uid}).first() if recipe_uid else None
    if made is None:
        return GivenByPlan(areas=areas, technique=technique)
    indications = made.indications.split()
    return GivenByPlan(
        areas=areas,
        technique=technique or made.technique,
        indication=indications[0] if len(indications) == 1 else "",
    )


def planned_areas(connection: Connection, clinic_id: int, session_id: int) -> tuple[str, ...]:
    """Give the areas that the protocol of its course names, as slugs; one statement."""
    protocol = connection.execute(_of_protocol(), {"clinic": clinic_id, "session": session_id}).first()
    return tuple(protocol.areas.split()) if protocol is not None else ()


@cache
def _of_protocol() -> Any:
    return (
        select(ProtocolVersion.areas, ProtocolVersion.technique)
        .select_from(CourseSession)
        .join(Course, and_(Course.clinic_id == CourseSession.clinic_id, Course.id == CourseSession.course_id))
        .join(ProtocolVersion, ProtocolVersion.id == Course.protocol_version_id)
        .where(
            CourseSession.clinic_id == bindparam("clinic"), CourseSession.session_id == bindparam("session")
        )
    )


@cache
def _of_recipe() -> Any:
    return (
        select(RecipeVersion.technique, RecipeVersion.indications)
        .join(Recipe, Recipe.id == RecipeVersion.recipe_id)
        .where(Recipe.uid == bindparam("recipe"), RecipeVersion.state == written(RecipeState.APPROVED))
    )
