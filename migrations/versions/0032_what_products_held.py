"""The version in force of each product's rule holds what the product holds; each keeps its way into the waste.

Revision: 0032
Follows: 0031
"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Upwards only; the way back is the backup.  What earlier versions held nobody has written down."""
    op.execute(
        "INSERT INTO product_rule_ingredient (product_rule_id, ingredient_id, amount, is_excipient)"
        " SELECT product_rule.id, held.ingredient_id, held.amount, held.is_excipient"
        " FROM product_ingredient held JOIN product_rule ON product_rule.product_id = held.product_id"
        " WHERE product_rule.superseded_at IS NULL"
    )
    op.execute(
        "UPDATE product_rule SET waste_stream ="
        " (SELECT waste_stream FROM product WHERE product.id = product_rule.product_id)"
    )
