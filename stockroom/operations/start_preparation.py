"""How is a cocktail begun?  As a draft for named sessions, from an approved recipe or ad hoc with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import bindparam

from stockroom.actor import Actor
from stockroom.db.built_once import adding, adding_one
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.prepared_products import ad_hoc_locks, ad_hoc_product_id
from stockroom.models import Preparation, PreparationSession, Recipe
from stockroom.reads.authorised import require_authorised
from stockroom.reads.finding import one_by_uid
from stockroom.reads.lives import life_here
from stockroom.reads.made_before import made_before
from stockroom.reads.open_sessions import SESSIONS_MAX, open_sessions
from stockroom.reads.recipes import approved_version
from stockroom.reads.short_codes import free_short_code, taken_codes
from stockroom.rules.overriding import Override
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import Action, PreparationState

DOSES_MAX = 100


@dataclass(eq=False, kw_only=True)
class RecipeNotApproved(Refused):
    """No version of the recipe is approved."""

    code: ClassVar[str] = "recipe_not_approved"
    message: ClassVar[str] = extracted(
        "No version of {recipe} is approved yet. Ask a practitioner other than its author to approve it."
    )
    answered_for: ClassVar[bool] = True
    recipe: str


@dataclass(eq=False, kw_only=True)
class AlreadyPrepared(Conflict):
    """The same cocktail is being made, or lies ready, for the same session."""

    code: ClassVar[str] = "already_prepared"
    message: ClassVar[str] = extracted(
        "{by} {state} {product} for this session already: cocktail {short_code}. Go on with that one, "
        "or say why another is made."
    )
    preparation_uid: str
    short_code: str
    product: str
    state: str
    by: str


@dataclass(frozen=True, kw_only=True)
class StartPreparation:
    """A cocktail to be made; without a recipe it says why."""

    recipe_uid: str | None = None
    reason: str = ""
    dose_count: int = 1
    wanted_quantity: int | None = None
    """µL that are to come out, by the recipe; as many whole doses when None."""
    again_reason: str = ""
    """Why another one is made for the same session."""
    session_uids: tuple[str, ...] = ()
    """For whom; none when it is made for nobody yet, as a reconstitution may be: it may then reach
    several patients, so that only multi-dose and bulk containers are drawn from."""
    override: Override | None = None
    """Why it is made although nobody authorised whoever makes it."""


@dataclass(frozen=True, kw_only=True)
class PreparationStarted:
    """The draft, and the short code for its label."""

    preparation_uid: str
    short_code: str
    started_at: datetime


def start_preparation(
    store: Store, command: StartPreparation, *, actor: Actor, key: str, now: datetime
) -> PreparationStarted:
    """Begin a draft; its recipe's minutes count from now.

    How long it may be used is settled now, by its recipe and the clinic's rule, and stays so.
    Raises InvalidValue, ThingNotFound, RecipeNotApproved, SessionOver, NoBeyondUseRule, and AlreadyPrepared
    where the same is being made, or lies ready, for one of the sessions and nothing says why again;
    AuthorisationAsked, OutsideAuthorisation.
    """
    is_ad_hoc = command.recipe_uid is None
    return perform(
        store,
        Act(
            kind="preparation.start",
            action=Action.PREPARE,
            also_locks=ad_hoc_locks(store) if is_ad_hoc else (),
        ),
        command=command,
        body=lambda work: _start(work, command),
        answer=PreparationStarted,
        actor=actor,
        key=key,
        now=now,
    )


_TAKEN_CODES = taken_codes(Preparation.short_code, Preparation.clinic_id == bindparam("clinic"))


def _start(work: Work, command: StartPreparation) -> PreparationStarted:
    _check(command)
    named = open_sessions(work.connection, work.clinic_id, command.session_uids)
    sessions = [row.id for row in named]
    what = _what(work, command)
    _check_again(work, command, sessions, what.product_id)
    require_authorised(work, "compound", answer=command.override, session_ids=sessions)
    life = life_here(work.connection, work.clinic_id, what.minutes, version_id=what.version_id)
    uid = new_uid(work.now)
    code = free_short_code(work.connection, _TAKEN_CODES, clinic=work.clinic_id)
    preparation_id = work.connection.execute(
        adding_one(Preparation),
        {
            "uid": uid,
            "clinic_id": work.clinic_id,
            "recipe_version_id": what.version_id,
            "product_id": what.product_id,
            "reason": command.reason,
            "state": PreparationState.DRAFT,
            "short_code": code,
            "dose_count": command.dose_count,
            "wanted_quantity": command.wanted_quantity,
            "life_minutes": life.minutes,
            "life_minutes_refrigerated": life.refrigerated_minutes,
            "life_rule": life.rule,
            "again_reason": command.again_reason.strip(),
            "started_at": work.now,
            "started_by_id": work.actor.person_id,
        },
    ).scalar_one()
    _name_sessions(work, preparation_id, sessions)
    work.payload.update(
        preparation=uid,
        doses=command.dose_count,
        sessions=sorted(command.session_uids),
        life_minutes=life.minutes,
        life_rule=life.rule,
    )
    if life.refrigerated_minutes is not None:
        work.payload["life_minutes_refrigerated"] = life.refrigerated_minutes
    if command.wanted_quantity is not None:
        work.payload["wanted"] = command.wanted_quantity
    if command.recipe_uid is not None:
        work.payload["recipe"] = command.recipe_uid
    return PreparationStarted(preparation_uid=uid, short_code=code, started_at=work.now)


def _check(command: StartPreparation) -> None:
    if command.recipe_uid is None and not command.reason.strip():
        raise InvalidValue(field="reason", problem="choose a recipe, or write why it is mixed without one")
    if not 0 < command.dose_count <= DOSES_MAX:
        raise InvalidValue(field="dose_count", problem=f"1 to {DOSES_MAX} doses")
    if command.wanted_quantity is not None:
        if command.recipe_uid is None:
            raise InvalidValue(field="wanted_quantity", problem="only a recipe is scaled to a volume")
        if not 0 < command.wanted_quantity <= QUANTITY_MAX:
            raise InvalidValue(field="wanted_quantity", problem="more than zero µL")
    if len(command.session_uids) > SESSIONS_MAX:
        raise InvalidValue(field="session_uids", problem=f"at most {SESSIONS_MAX} sessions")


@dataclass(frozen=True, kw_only=True)
class _What:
    """What is made: the approved version (none ad hoc), the product that it yields, and the version's minutes."""

    version_id: int | None
    product_id: int
    minutes: int | None


def _what(work: Work, command: StartPreparation) -> _What:
    if command.recipe_uid is None:
        return _What(version_id=None, product_id=ad_hoc_product_id(work), minutes=None)
    recipe = one_by_uid(work.connection, Recipe, command.recipe_uid, thing="recipe")
    version = approved_version(work.connection, recipe.id)
    if version is None:
        raise RecipeNotApproved(recipe=recipe.name)
    return _What(version_id=version.id, product_id=recipe.product_id, minutes=version.beyond_use_minutes)


def _check_again(work: Work, command: StartPreparation, session_ids: Sequence[int], product_id: int) -> None:
    """Two nurses who prepare the same session see each other: the second goes on with the first one's, or says why."""
    if command.recipe_uid is None or command.again_reason.strip() or not session_ids:
        return
    other = made_before(work.connection, work.clinic_id, session_ids, product_id=product_id)
    if other is not None:
        raise AlreadyPrepared(
            preparation_uid=other.uid,
            short_code=other.short_code,
            product=other.product,
            state="is making" if other.is_draft else "has made",
            by=other.by,
        )


def _name_sessions(work: Work, preparation_id: int, session_ids: Iterable[int]) -> None:
    rows = [
        {"clinic_id": work.clinic_id, "preparation_id": preparation_id, "session_id": session_id}
        for session_id in session_ids
    ]
    if rows:
        work.connection.execute(adding(PreparationSession), rows)
