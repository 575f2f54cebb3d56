"""What can be stocked?  Manufacturers, products with their rules and codes, ingredients, groups."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Editable, Named, Numbered
from stockroom.vocabulary import (
    BaseUnit,
    Carry,
    CodeScheme,
    ContainerType,
    ProductKind,
    RegulatoryClass,
    StorageClass,
)

_AD_HOC = text("kind = 'ad_hoc'")
_IN_FORCE = text("superseded_at IS NULL")


class Manufacturer(Named, Editable, Base):
    __tablename__ = "manufacturer"
    name: Mapped[str] = mapped_column(Text, unique=True)


class Ingredient(Named, Base):
    """An active or an excipient that a patient may be allergic to."""

    __tablename__ = "ingredient"
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    ingredient_class: Mapped[str] = mapped_column(Text)
    sources: Mapped[str] = mapped_column(Text)


class ProductGroup(Named, Base):
    """Equivalents, which needs, recipes and minimums may name."""

    __tablename__ = "product_group"
    name: Mapped[str] = mapped_column(Text, unique=True)


class Product(Named, Editable, Base):
    """One manufacturer's presentation.  What decides about use is in its current rule."""

    __tablename__ = "product"
    kind: Mapped[str] = mapped_column(Text)
    manufacturer_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("manufacturer.id"))
    group_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product_group.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    strength: Mapped[str] = mapped_column(Text)
    presentation: Mapped[str] = mapped_column(Text)
    """Vial, ampoule, syringe, tube, needle, cartridge … as people say it."""
    base_unit: Mapped[str] = mapped_column(Text)
    content_quantity: Mapped[int] = mapped_column(Quantity)
    """Base units in one whole presentation."""
    graduation_quantity: Mapped[int] = mapped_column(Quantity, default=1)
    """The finest step in which it is drawn; proposals are rounded to it."""
    usual_draw_quantity: Mapped[int | None] = mapped_column(Quantity)
    needle: Mapped[str] = mapped_column(Text, default="")
    """As printed; its gauge and length are the rule's."""
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        one_of("kind", ProductKind),
        one_of("base_unit", BaseUnit),
        CheckConstraint("content_quantity > 0 AND graduation_quantity > 0", name="quantities_positive"),
        CheckConstraint("usual_draw_quantity IS NULL OR usual_draw_quantity > 0", name="usual_draw_positive"),
        CheckConstraint("kind <> 'manufactured' OR manufacturer_id IS NOT NULL", name="made_by_somebody"),
        CheckConstraint("kind = 'manufactured' OR content_quantity = 1", name="prepared_has_no_pack"),
        UniqueConstraint("manufacturer_id", "name", "strength", "presentation", "content_quantity"),
        Index(
            "uq_product_one_ad_hoc",
            "kind",
            "base_unit",
            unique=True,
            sqlite_where=_AD_HOC,
            postgresql_where=_AD_HOC,
        ),
    )


class ProductRule(Numbered, Base):
    """What is true of a product from an instant on; a vial keeps the rule under which it was opened.

    The rule in force is the one that is not superseded.  Until a permitted role has confirmed it
    (`confirmed_at`), the product is incomplete.
    """

    __tablename__ = "product_rule"
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    version: Mapped[int] = mapped_column(Integer)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    container_type: Mapped[str | None] = mapped_column(Text)
    storage_class: Mapped[str | None] = mapped_column(Text)
    regulatory_class: Mapped[str | None] = mapped_column(Text)
    authorised_in: Mapped[str] = mapped_column(Text, default="")
    """Countries (ISO 3166-1 alpha-2), separated by spaces."""
    in_use_minutes_room: Mapped[int | None] = mapped_column(Integer)
    in_use_minutes_refrigerated: Mapped[int | None] = mapped_column(Integer)
    in_use_source: Mapped[str] = mapped_column(Text, default="")
    lot_carry: Mapped[str] = mapped_column(Text)
    expiry_carry: Mapped[str] = mapped_column(Text)
    serial_carry: Mapped[str] = mapped_column(Text)
    punctures_max: Mapped[int | None] = mapped_column(Integer)
    overfill_max_quantity: Mapped[int] = mapped_column(Quantity, default=0)
    residual_max_quantity: Mapped[int] = mapped_column(Quantity, default=0)
    ingredients_known: Mapped[bool] = mapped_column(default=False)
    is_single_use: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """The maker says that it serves once: it is never kept for a second time."""
    needle_gauge: Mapped[int | None] = mapped_column(Integer)
    needle_length_um: Mapped[int | None] = mapped_column(Integer)
    pin_count: Mapped[int | None] = mapped_column(Integer)
    """Needles in one head or cartridge."""
    waste_stream: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    diluent_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product.id"))
    """In what a powder is dissolved; set exactly when it is reconstituted."""
    diluent_quantity: Mapped[int | None] = mapped_column(Quantity)
    reconstituted_quantity: Mapped[int | None] = mapped_column(Quantity)
    """Microlitres that come out of one whole presentation of the powder and its diluent."""
    reconstituted_minutes: Mapped[int | None] = mapped_column(Integer)
    """How long that keeps, which is a life of its own."""
    reconstitution_source: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Why it took the place of the version before."""
    recorded_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    """None for a version of before this was written down."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        UniqueConstraint("product_id", "version"),
        Index(
            "uq_product_rule_in_force",
            "product_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        one_of("container_type", ContainerType),
        one_of("storage_class", StorageClass),
        one_of("regulatory_class", RegulatoryClass),
        one_of("lot_carry", Carry),
        one_of("expiry_carry", Carry),
        one_of("serial_carry", Carry),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint(
            "confirmed_at IS NULL OR (container_type IS NOT NULL AND storage_class IS NOT NULL"
            " AND regulatory_class IS NOT NULL AND ingredients_known)",
            name="confirmed_is_complete",
        ),
        CheckConstraint(
            "(in_use_minutes_room IS NULL OR in_use_minutes_room > 0)"
            " AND (in_use_minutes_refrigerated IS NULL OR in_use_minutes_refrigerated > 0)",
            name="in_use_positive",
        ),
        CheckConstraint(
            "overfill_max_quantity >= 0 AND residual_max_quantity >= 0", name="tolerances_not_negative"
        ),
        CheckConstraint("needle_gauge > 0", name="gauge_positive"),
        CheckConstraint("needle_length_um > 0", name="length_positive"),
        CheckConstraint("pin_count > 0", name="pins_positive"),
        CheckConstraint("diluent_quantity > 0", name="diluent_positive"),
        CheckConstraint("reconstituted_quantity > 0", name="reconstituted_positive"),
        CheckConstraint("reconstituted_minutes > 0", name="reconstituted_life_positive"),
        CheckConstraint(
            "diluent_id IS NULL OR (diluent_quantity IS NOT NULL AND reconstituted_quantity IS NOT NULL)",
            name="reconstituted_with_something",
        ),
    )


class ProductIngredient(Base):
    """An ingredient that a product holds, with its amount as printed."""

    __tablename__ = "product_ingredient"
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"), primary_key=True)
    ingredient_id: Mapped[int] = mapped_column(
        Identity, ForeignKey("ingredient.id"), primary_key=True, index=True
    )
    amount: Mapped[str] = mapped_column(Text, default="")
    is_excipient: Mapped[bool] = mapped_column(default=False)


class RuleIngredient(Base):
    """What a product held by one version of its rule.  Append-only: a vial keeps what was true of it."""

    __tablename__ = "product_rule_ingredient"
    product_rule_id: Mapped[int] = mapped_column(Identity, ForeignKey("product_rule.id"), primary_key=True)
    ingredient_id: Mapped[int] = mapped_column(Identity, ForeignKey("ingredient.id"), primary_key=True)
    amount: Mapped[str] = mapped_column(Text, default="")
    is_excipient: Mapped[bool] = mapped_column(default=False)


class RuleIncompatibility(Base):
    """An ingredient with which a product is not mixed, by one version of its rule.  Append-only."""

    __tablename__ = "product_rule_incompatibility"
    product_rule_id: Mapped[int] = mapped_column(Identity, ForeignKey("product_rule.id"), primary_key=True)
    ingredient_id: Mapped[int] = mapped_column(Identity, ForeignKey("ingredient.id"), primary_key=True)
    says: Mapped[str] = mapped_column(Text, default="")
    """What happens, or where that is written."""


class TradeItem(Named, Base):
    """A code under which a product is sold, at one pack level."""

    __tablename__ = "trade_item"
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"), index=True)
    scheme: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    pack_level: Mapped[str] = mapped_column(Text)
    """Each, box, case … as people say it."""
    presentation_count: Mapped[int] = mapped_column(Integer)
    """Whole presentations in one pack of this level."""
    __table_args__ = (
        UniqueConstraint("scheme", "code"),
        one_of("scheme", CodeScheme),
        CheckConstraint("presentation_count > 0", name="count_positive"),
    )
