"""How is a product kept differently: its levels, a place's par, a further code, and what is true of it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import HiddenField
from wtforms.validators import Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.ledger.product_rows import CodeOf
from stockroom.operations.archive_product import ArchiveProduct, archive_product
from stockroom.operations.attach_code import AttachCode, attach_code
from stockroom.operations.repoint_code import RepointCode, repoint_code
from stockroom.operations.revise_product import (
    ConfirmProduct,
    ProductRevised,
    ReviseProduct,
    confirm_product,
    revise_product,
)
from stockroom.operations.set_levels import SetParLevel, SetStockLevel, set_par_level, set_stock_level
from stockroom.operations.write_recipe import DraftReconstitution, draft_reconstitution
from stockroom.queries.catalogue import ProductRow
from stockroom.queries.catalogue import product as product_of
from stockroom.queries.paging import PAGE_ROWS_MAX
from stockroom.queries.reference import IngredientRow, ingredients
from stockroom.vocabulary import BaseUnit, CodeScheme
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.product_forms import ArchiveForm, CodeForm, LevelForm, ParForm, forms_of
from stockroom.web.product_rule_form import RuleForm
from stockroom.web.products_page import product_here, product_page, to_product

blp = Blueprint("product_acts_page", __name__, url_prefix="/c/<clinic_uid>/products/<product_uid>")


class RevisionForm(RuleForm):
    version = HiddenField(validators=[Regexp(r"^[0-9]{1,9}$")])


def _act(
    clinic_uid: str,
    product_uid: str,
    sent: str,
    do: Callable[[Any], object],
    sentence: str,
) -> ResponseReturnValue:
    """Do what one of the page's small forms asks; refused, it stands on the page as it was typed."""
    here = product_here(product_uid)
    forms = forms_of(here.row, here.keeping, sent=sent)
    form: KeyedForm = getattr(forms, sent)
    done = send(form, lambda: do(form))
    if isinstance(done, Refusal):
        return product_page(here, forms, done)
    say(sentence)
    return to_product(clinic_uid, product_uid)


def _who(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


@blp.post("/reconstitution")
def draft_recipe(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Draft the recipe by which this powder is dissolved, and go there."""
    form = KeyedForm()
    command = DraftReconstitution(product_uid=product_uid)
    done = send(form, lambda: draft_reconstitution(installation(), command, **_who(form)))
    if isinstance(done, Refusal):
        here = product_here(product_uid)
        return product_page(here, forms_of(here.row, here.keeping), done)
    say(gettext("The recipe is drafted. Another person approves it before it is prepared."))
    there = url_for("recipes_page.recipe", clinic_uid=clinic_uid, recipe_uid=done.recipe_uid)
    return redirect(there, code=303)


@blp.post("/levels")
def set_levels(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Set minimum and target in this clinic."""

    def do(form: LevelForm) -> object:
        command = SetStockLevel(
            product_uid=product_uid,
            minimum_count=form.minimum_count.data or 0,
            target_count=form.target_count.data or 0,
            version=int(form.version.data) if form.version.data else None,
        )
        return set_stock_level(installation(), command, **_who(form))

    return _act(clinic_uid, product_uid, "level", do, gettext("Minimum and target are set."))


@blp.post("/par-levels")
def set_par(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Set how many a place should hold."""

    def do(form: ParForm) -> object:
        command = SetParLevel(
            product_uid=product_uid, location_uid=form.place.data, par_count=form.par_count.data or 0
        )
        return set_par_level(installation(), command, **_who(form))

    return _act(clinic_uid, product_uid, "par", do, gettext("The place's number is set."))


@blp.post("/codes")
def add_code(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Give the product a further code."""

    def do(form: CodeForm) -> object:
        code = CodeOf(
            scheme=CodeScheme(form.scheme.data),
            item_code=(form.item_code.data or "").strip(),
            pack_level=(form.pack_level.data or "").strip(),
            presentation_count=form.presentation_count.data or 0,
        )
        reason = (form.take_over_reason.data or "").strip()
        if reason:
            taken = RepointCode(product_uid=product_uid, code=code, reason=reason)
            return repoint_code(installation(), taken, **_who(form))
        return attach_code(installation(), AttachCode(product_uid=product_uid, code=code), **_who(form))

    return _act(clinic_uid, product_uid, "code", do, gettext("The code names this product now."))


@blp.post("/archiving")
def archive(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Take the product off the lists from which one chooses, or put it back."""

    def do(form: ArchiveForm) -> object:
        command = ArchiveProduct(
            product_uid=product_uid,
            version=int(form.version.data or 0),
            is_archived=form.archived.data == "yes",
        )
        return archive_product(installation(), command, **_who(form))

    sentence = gettext("Done. What is in stock of it is used up as before.")
    return _act(clinic_uid, product_uid, "archive", do, sentence)


@blp.post("/confirmation")
def confirm(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Say that the rule in force is true, as it was read."""

    def do(form: Any) -> object:
        command = ConfirmProduct(product_uid=product_uid, version=int(form.version.data or 0))
        return confirm_product(installation(), command, **_who(form))

    return _act(clinic_uid, product_uid, "confirm", do, gettext("Confirmed: it may be used."))


@blp.get("/rule")
def rule(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Show what is true of the product, to be changed."""
    row, form = _product(product_uid), RevisionForm()
    form.show(row)
    form.version.process_data(row.version)
    return _rule_page(row, form)


@blp.post("/rule")
def revise(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Put a new version of the rule in force, to be confirmed; opened vials keep theirs."""
    row, form = _product(product_uid), RevisionForm()
    done = send(form, lambda: _revised(form, row))
    if isinstance(done, Refusal):
        return _rule_page(row, form, done)
    say(
        gettext("Version %(version)s is in force, and has to be confirmed.", version=done.rule_version),
        loudness="warning",
    )
    return to_product(clinic_uid, product_uid)


def _product(uid: str) -> ProductRow:
    with installation().reading() as connection:
        return product_of(connection, uid=uid)


def _revised(form: RevisionForm, row: ProductRow) -> ProductRevised:
    known = _ingredients()
    command = ReviseProduct(
        product_uid=row.uid,
        version=int(form.version.data or 0),
        rule=form.rule(BaseUnit(row.base_unit), known),
        ingredients=form.contents(known),
        reason=(form.reason.data or "").strip(),
    )
    return revise_product(installation(), command, **_who(form))


def _ingredients() -> tuple[IngredientRow, ...]:
    with installation().reading() as connection:
        return ingredients(connection, limit=PAGE_ROWS_MAX).items


def _rule_page(row: ProductRow, form: RevisionForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    form.with_spare_rows()
    shown = render_template(
        "product/rule.html", row=row, form=form, ingredients=_ingredients(), refusal=refusal
    )
    return (shown, refusal.status) if refusal is not None else shown
