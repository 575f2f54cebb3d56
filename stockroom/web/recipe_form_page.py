"""How is a recipe written on screen, and a further version of it?  As a draft that somebody else approves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.write_recipe import (
    NotMixed,
    RecipeNameTaken,
    RecipeWritten,
    WriteRecipe,
    WriteVersion,
    write_recipe,
    write_version,
)
from stockroom.queries.recipe_lists import mixables
from stockroom.queries.recipe_uses import pattern_ingredients
from stockroom.queries.recipes import RecipeShown, recipe
from stockroom.queries.reference import words_of
from stockroom.reads.incompatibilities import names_of_incompatibilities
from stockroom.web.forms import Refusal, say, send
from stockroom.web.recipe_form import SPARE_ROWS, Part, RecipeForm, VersionForm, parts_of

blp = Blueprint("recipe_form_page", __name__, url_prefix="/c/<clinic_uid>/recipes")
MORE = "more"
"""The button that asks for further rows and keeps what was typed."""


@blp.get("/new")
def new(clinic_uid: str) -> ResponseReturnValue:
    """An empty form."""
    return _page(RecipeForm(), _parts())


@blp.post("/new")
def write(clinic_uid: str) -> ResponseReturnValue:
    """Write a recipe, or give the form more rows."""
    form, parts = RecipeForm(), _parts()
    if request.form.get("act") == MORE:
        return _page(form, parts, rows=_more(form))
    done = send(form, lambda: _written(form, parts))
    if isinstance(done, Refusal):
        if isinstance(done.error, RecipeNameTaken):
            form.name.errors = [done.detail]
        return _page(form, parts, refusal=done), done.status
    return _to_recipe(clinic_uid, done)


@blp.get("/<recipe_uid>/new-version")
def new_version(clinic_uid: str, recipe_uid: str) -> ResponseReturnValue:
    """What the newest version says, to be changed."""
    shown = _recipe(recipe_uid)
    form, parts = VersionForm(), _parts(shown)
    if shown.versions:
        form.show(shown.versions[0], parts)
    else:
        _draft(form, parts, shown)
    return _page(form, parts, recipe=shown)


@blp.post("/<recipe_uid>/new-version")
def write_further(clinic_uid: str, recipe_uid: str) -> ResponseReturnValue:
    """Write a further version, or give the form more rows."""
    shown = _recipe(recipe_uid)
    form, parts = VersionForm(), _parts(shown)
    if request.form.get("act") == MORE:
        return _page(form, parts, recipe=shown, rows=_more(form))
    done = send(form, lambda: _written_further(form, parts, recipe_uid))
    if isinstance(done, Refusal):
        return _page(form, parts, recipe=shown, refusal=done), done.status
    return _to_recipe(clinic_uid, done)


def _recipe(recipe_uid: str) -> RecipeShown:
    with installation().reading() as connection:
        return recipe(connection, uid=recipe_uid)


def _parts(shown: RecipeShown | None = None) -> tuple[Part, ...]:
    with installation().reading() as connection:
        offered = mixables(connection)
    return parts_of(offered, shown.versions[0].components if shown and shown.versions else ())


def _draft(form: VersionForm, parts: tuple[Part, ...], shown: RecipeShown) -> None:
    """Begin with what its pattern names."""
    with installation().reading() as connection:
        named = pattern_ingredients(connection, shown.pattern)
    labels = {part.uid: part.label for part in parts}
    form.draft(labels[uid] for uid, _ in named if uid in labels)


def _more(form: VersionForm) -> int:
    """How many empty rows the form shows next."""
    empty = sum(not (row.form.thing.data or row.form.amount.data) for row in form.components)
    return empty + SPARE_ROWS


def _by(form: VersionForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data, "now": present()}


def _written(form: RecipeForm, parts: tuple[Part, ...]) -> RecipeWritten:
    command = WriteRecipe(
        name=(form.name.data or "").strip(),
        version=form.version(parts),
        purpose=(form.purpose.data or "").strip(),
        sources=(form.sources.data or "").strip(),
    )
    try:
        return write_recipe(installation(), command, **_by(form))
    except InvalidValue as error:
        raise form.beside_its_row(error) from error


def _written_further(form: VersionForm, parts: tuple[Part, ...], recipe_uid: str) -> RecipeWritten:
    command = WriteVersion(recipe_uid=recipe_uid, version=form.version(parts))
    try:
        return write_version(installation(), command, **_by(form))
    except InvalidValue as error:
        raise form.beside_its_row(error) from error


def _to_recipe(clinic_uid: str, done: RecipeWritten) -> ResponseReturnValue:
    say(
        gettext(
            "Version %(number)s is written. It is prepared once another practitioner has approved it.",
            number=done.number,
        )
    )
    there = url_for("recipes_page.recipe", clinic_uid=clinic_uid, recipe_uid=done.recipe_uid)
    return redirect(there, code=303)


def _page(
    form: VersionForm,
    parts: tuple[Part, ...],
    *,
    recipe: RecipeShown | None = None,
    refusal: Refusal | None = None,
    rows: int = SPARE_ROWS,
) -> str:
    form.with_spare_rows(rows)
    with installation().reading() as connection:
        words = words_of(connection, kinds=("techniques", "indications"))
        if refusal is not None and isinstance(refusal.error, NotMixed):
            form.accepted.data = ",".join(refusal.error.slugs)
        clashes = names_of_incompatibilities(connection, form.shown_clashes)
    form.offer(words["techniques"], words["indications"])
    taken = refusal.error.recipe_uid if refusal and isinstance(refusal.error, RecipeNameTaken) else None
    return render_template(
        "recipes/write.html",
        form=form,
        parts=parts,
        recipe=recipe,
        refusal=refusal,
        taken=taken,
        not_mixed=[clashes.get(slug, slug) for slug in form.shown_clashes],
    )
