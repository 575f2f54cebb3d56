"""Which cocktail formulas are there, and which version is approved?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Editable, Named, Numbered
from stockroom.vocabulary import Basis, RecipeState

_APPROVED = text("state = 'approved'")
_FROM_PATTERN = text("pattern IS NOT NULL")


class Recipe(Named, Editable, Base):
    """A cocktail formula; owns one product of kind *prepared*."""

    __tablename__ = "recipe"
    name: Mapped[str] = mapped_column(Text, unique=True)
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"), unique=True)
    purpose: Mapped[str] = mapped_column(Text, default="")
    sources: Mapped[str] = mapped_column(Text, default="")
    pattern: Mapped[str | None] = mapped_column(Text)
    """The cocktail pattern of the source texts from which it was drafted: without amounts, so that it has no
    version until somebody writes them."""
    __table_args__ = (
        Index(
            "uq_recipe_pattern",
            "pattern",
            unique=True,
            sqlite_where=_FROM_PATTERN,
            postgresql_where=_FROM_PATTERN,
        ),
    )


class RecipeVersion(Named, Base):
    """A version: what goes in, how long it lives, who wrote and who approved it."""

    __tablename__ = "recipe_version"
    recipe_id: Mapped[int] = mapped_column(Identity, ForeignKey("recipe.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    beyond_use_minutes: Mapped[int] = mapped_column(Integer)
    """Counted from the beginning of its preparation."""
    output_quantity: Mapped[int] = mapped_column(Quantity)
    """Base units that one dose yields."""
    loss_max_quantity: Mapped[int] = mapped_column(Quantity, default=0)
    """What may stay in syringes and needles, a dose, before a reason is asked."""
    mixing: Mapped[str] = mapped_column(Text, default="", server_default="")
    """How it is mixed, as the bench reads it."""
    is_ordered: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Its components go in one after another, in the order of their numbers."""
    sterile_products_max: Mapped[int | None] = mapped_column(Integer)
    """Fewer different sterile products than the clinic allows anyway."""
    technique: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Slug of the technique for which it is meant; empty: any."""
    indications: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Slugs of what it is for, separated by spaces."""
    accepted: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Slugs of incompatibilities that it goes against on purpose, separated by spaces."""
    accepted_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    reason: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    written_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        UniqueConstraint("recipe_id", "number"),
        one_of("state", RecipeState),
        CheckConstraint(
            "beyond_use_minutes > 0 AND output_quantity > 0 AND loss_max_quantity >= 0",
            name="amounts_positive",
        ),
        CheckConstraint("sterile_products_max > 0", name="products_positive"),
        CheckConstraint("accepted = '' OR accepted_reason <> ''", name="accepted_with_a_reason"),
        CheckConstraint("state = 'draft' OR approved_by_id IS NOT NULL", name="approved_by_somebody"),
        Index(
            "uq_recipe_version_one_approved",
            "recipe_id",
            unique=True,
            sqlite_where=_APPROVED,
            postgresql_where=_APPROVED,
        ),
    )


class RecipeComponent(Numbered, Base):
    """One thing that goes into one dose: a product, a group of equivalents, or whatever provides an ingredient."""

    __tablename__ = "recipe_component"
    recipe_version_id: Mapped[int] = mapped_column(Identity, ForeignKey("recipe_version.id"))
    n: Mapped[int] = mapped_column(Integer)
    product_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product.id"))
    group_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product_group.id"))
    ingredient_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("ingredient.id"))
    quantity: Mapped[int] = mapped_column(Quantity)
    """Base units for one dose, or for one mL of what comes out."""
    basis: Mapped[str] = mapped_column(Text, default=Basis.DOSE, server_default=Basis.DOSE.value)
    __table_args__ = (
        UniqueConstraint("recipe_version_id", "n"),
        one_of("basis", Basis),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(
            "(CASE WHEN product_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN group_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN ingredient_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="names_one_thing",
        ),
    )


class RecipeSubstitute(Base):
    """A product that may go in for a component, as whoever approved the version allowed."""

    __tablename__ = "recipe_substitute"
    recipe_version_id: Mapped[int] = mapped_column(
        Identity, ForeignKey("recipe_version.id"), primary_key=True
    )
    n: Mapped[int] = mapped_column(Integer, primary_key=True)
    """The component's number in its version."""
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"), primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["recipe_version_id", "n"], ["recipe_component.recipe_version_id", "recipe_component.n"]
        ),
    )
