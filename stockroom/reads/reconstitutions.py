"""How is a powder dissolved, as its maker says, and does a recipe do just that?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import aliased

from stockroom.models import Product, ProductRule, Recipe, RecipeComponent, RecipeVersion
from stockroom.vocabulary import Basis

_diluent = aliased(Product, name="diluent")
_SAID = (
    select(
        Product.uid.label("powder_uid"),
        Product.name,
        Product.strength,
        Product.content_quantity,
        _diluent.uid.label("diluent_uid"),
        ProductRule.diluent_quantity,
        ProductRule.reconstituted_quantity.label("output_quantity"),
        ProductRule.reconstituted_minutes.label("minutes"),
        ProductRule.reconstitution_source.label("source"),
    )
    .join(ProductRule, ProductRule.product_id == Product.id)
    .join(_diluent, _diluent.id == ProductRule.diluent_id)
    .where(Product.uid == bindparam("product_uid"), ProductRule.superseded_at.is_(None))
)
_POWDERS = (
    select(
        RecipeVersion.beyond_use_minutes,
        RecipeComponent.product_id,
        RecipeComponent.quantity,
        RecipeComponent.basis,
        Product.content_quantity,
        ProductRule.diluent_id,
        ProductRule.reconstituted_minutes,
    )
    .select_from(RecipeVersion)
    .join(RecipeComponent, RecipeComponent.recipe_version_id == RecipeVersion.id)
    .outerjoin(Product, Product.id == RecipeComponent.product_id)
    .outerjoin(ProductRule, (ProductRule.product_id == Product.id) & ProductRule.superseded_at.is_(None))
    .where(RecipeVersion.id == bindparam("version"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconstitution:
    """A whole presentation of a powder and its diluent, in base units, and how long what comes out keeps."""

    powder_uid: str
    name: str
    strength: str
    content_quantity: int
    diluent_uid: str
    diluent_quantity: int
    output_quantity: int
    minutes: int
    source: str


RECONSTITUTED = ", reconstituted"


def recipe_name(name: str, strength: str) -> str:
    """Give the name of the recipe by which a powder is dissolved."""
    return " ".join(filter(None, (name, strength))) + RECONSTITUTED


def its_recipe(connection: Connection, *, name: str, strength: str) -> str | None:
    """Give the uid of the recipe by which a powder is dissolved; None where nobody drafted it."""
    said = select(Recipe.uid).where(Recipe.name == recipe_name(name, strength))
    return connection.execute(said).scalar_one_or_none()


def reconstitution_of(connection: Connection, product_uid: str) -> Reconstitution | None:
    """Give how a product is dissolved by the version of its rule in force; None for what is not a powder."""
    row = connection.execute(_SAID, {"product_uid": product_uid}).one_or_none()
    return None if row is None else Reconstitution(**row._mapping)


def is_reconstitution(connection: Connection, version_id: int) -> bool:
    """True for a recipe of whole presentations of one powder and its own diluent that keeps no longer than its
    maker says; one statement.
    """
    rows = connection.execute(_POWDERS, {"version": version_id}).all()
    if len(rows) != 2:
        return False
    return any(
        powder.diluent_id is not None
        and powder.diluent_id == diluent.product_id
        and powder.basis == Basis.DOSE
        and powder.quantity % powder.content_quantity == 0
        and powder.beyond_use_minutes <= powder.reconstituted_minutes
        for powder, diluent in (rows, rows[::-1])
    )
