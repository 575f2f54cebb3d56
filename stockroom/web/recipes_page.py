"""Which cocktail formulas are there, what does each version say, who wrote it, and who approved it?"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.errors import ThingNotFound
from stockroom.operations.approve_recipe import ApproveRecipe, RecipeApproved, approve_recipe
from stockroom.queries.recipe_lists import recipe_count, recipes_listed
from stockroom.queries.recipe_uses import NOTHING_MADE, made_by_version, pattern_ingredients
from stockroom.queries.recipes import ComponentRow, RecipeShown, VersionRow
from stockroom.queries.recipes import recipe as recipe_of
from stockroom.queries.reference import words_of
from stockroom.reads.incompatibilities import names_of_incompatibilities
from stockroom.vocabulary import RecipeState
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.listing import ROWS, asked_listing

blp = Blueprint("recipes_page", __name__, url_prefix="/c/<clinic_uid>/recipes")


@dataclass(frozen=True, kw_only=True)
class ComparedComponent:
    """A component, and what the version before took of the same; both none: there is nothing to compare with."""

    component: ComponentRow
    was: int | None
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class ComparedVersion:
    """A version beside the one that was written before it."""

    version: VersionRow
    earlier: VersionRow | None
    components: tuple[ComparedComponent, ...]
    gone: tuple[str, ...]
    """What the version before asked for, and this one does not."""
    technique: str
    indications: str
    accepted: str
    """What is not mixed and in it on purpose."""


@blp.get("", endpoint="recipes")
def recipes_shown(clinic_uid: str) -> ResponseReturnValue:
    """The recipes by name, with what is in force."""
    listing = asked_listing(columns=("name",), usual="name")
    with installation().reading() as connection:
        count = recipe_count(connection, text=listing.q)
        rows = recipes_listed(
            connection,
            text=listing.q,
            descending=listing.is_descending,
            offset=listing.offset,
            limit=ROWS,
        )
    return render_template("recipes/recipes.html", rows=rows, count=count, listing=listing)


@blp.get("/<recipe_uid>")
def recipe(clinic_uid: str, recipe_uid: str) -> ResponseReturnValue:
    """One recipe with its versions side by side."""
    return _page(recipe_uid)


@blp.post("/<recipe_uid>/versions/<version_uid>/approval")
def approve(clinic_uid: str, recipe_uid: str, version_uid: str) -> ResponseReturnValue:
    """Put a version in force."""
    form = KeyedForm()
    done = send(form, lambda: _approved(form, recipe_uid, version_uid))
    if isinstance(done, Refusal):
        return _page(recipe_uid, refusal=done), done.status
    say(gettext("Version %(number)s is in force.", number=done.number))
    there = url_for("recipes_page.recipe", clinic_uid=clinic_uid, recipe_uid=recipe_uid)
    return redirect(there, code=303)


def _approved(form: KeyedForm, recipe_uid: str, version_uid: str) -> RecipeApproved:
    """Approve a version of this recipe.  Raises ThingNotFound for another recipe's."""
    if version_uid not in {version.uid for version in _recipe(recipe_uid).versions}:
        raise ThingNotFound(thing="recipe version", uid=version_uid[:40])
    command = ApproveRecipe(version_uid=version_uid)
    return approve_recipe(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _recipe(recipe_uid: str) -> RecipeShown:
    with installation().reading() as connection:
        return recipe_of(connection, uid=recipe_uid)


def _page(recipe_uid: str, *, refusal: Refusal | None = None) -> str:
    shown = _recipe(recipe_uid)
    with installation().reading() as connection:
        made = made_by_version(connection, acting().clinic_id, recipe_uid)
        told = words_of(connection, kinds=("techniques", "indications"))
        names = {slug: name for words in told.values() for slug, name in words}
        slugs = [slug for version in shown.versions for slug in version.accepted]
        names |= names_of_incompatibilities(connection, slugs)
        pattern = pattern_ingredients(connection, shown.pattern)
    return render_template(
        "recipes/recipe.html",
        recipe=shown,
        made=made,
        nothing_made=NOTHING_MADE,
        pattern=[name for _, name in pattern],
        versions=_side_by_side(shown.versions, names),
        keys={version.uid: KeyedForm(formdata=None).key.data for version in shown.versions},
        loudness={
            RecipeState.APPROVED: "success", RecipeState.DRAFT: "warning", RecipeState.RETIRED: "secondary"
        },
        refusal=refusal,
    )  # fmt: skip


def _side_by_side(newest_first: tuple[VersionRow, ...], names: dict[str, str]) -> tuple[ComparedVersion, ...]:
    before = (*newest_first[1:], None) if newest_first else ()
    return tuple(
        _compared(version, earlier, names) for version, earlier in zip(newest_first, before, strict=True)
    )


def _compared(version: VersionRow, earlier: VersionRow | None, names: dict[str, str]) -> ComparedVersion:
    took = {_thing(each): each for each in earlier.components} if earlier else {}
    asks = {_thing(each) for each in version.components}
    return ComparedVersion(
        version=version,
        earlier=earlier,
        components=tuple(
            ComparedComponent(
                component=each,
                was=took[_thing(each)].quantity if _thing(each) in took else None,
                is_new=earlier is not None and _thing(each) not in took,
            )
            for each in version.components
        ),
        technique=names.get(version.technique, version.technique),
        indications=", ".join(names.get(slug, slug) for slug in version.indications),
        accepted=", ".join(names.get(slug, slug) for slug in version.accepted),
        gone=tuple(each.name for thing, each in took.items() if thing not in asks),
    )


def _thing(component: ComponentRow) -> str:
    return component.product_uid or component.group_uid or component.ingredient_uid or ""
