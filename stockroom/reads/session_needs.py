"""What was a session planned to take?  As it was said, so that another session can be planned like it."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from stockroom.models import Need, Product, ProductGroup
from stockroom.rules.planning import NeedOf

_OF_SESSION = (
    select(Need.quantity, Product.uid.label("product_uid"), ProductGroup.uid.label("group_uid"))
    .select_from(Need)
    .outerjoin(Product, Product.id == Need.product_id)
    .outerjoin(ProductGroup, ProductGroup.id == Need.group_id)
    .where(Need.clinic_id == bindparam("clinic"), Need.session_id == bindparam("session"))
    .order_by(Need.id)
)


def needs_of_session(connection: Connection, clinic_id: int, session_id: int) -> tuple[NeedOf, ...]:
    """Give the needs of a session in their order; one statement."""
    rows = connection.execute(_OF_SESSION, {"clinic": clinic_id, "session": session_id})
    return tuple(NeedOf(**row._mapping) for row in rows)
