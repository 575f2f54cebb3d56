"""What do people call what an entry names by its uid?  Never a patient: who she is, is opened elsewhere."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select, union_all

from stockroom.models import (
    ApiToken,
    Clinic,
    Device,
    Ingredient,
    Location,
    Lot,
    Person,
    Preparation,
    Product,
    Recipe,
    Supplier,
    TreatmentSession,
)

_CALLED = (
    (Product.uid, Product.name),
    (Ingredient.uid, Ingredient.name),
    (Lot.uid, Lot.number),
    (Location.uid, Location.name),
    (Person.uid, Person.name),
    (Supplier.uid, Supplier.name),
    (Clinic.uid, Clinic.name),
    (Recipe.uid, Recipe.name),
    (Device.uid, Device.name),
    (ApiToken.uid, ApiToken.name),
    (TreatmentSession.uid, TreatmentSession.short_code),
    (Preparation.uid, Preparation.short_code),
)
UIDS_MOST = 200


def names_of_uids(connection: Connection, uids: Collection[str]) -> dict[str, str]:
    """Give names by uid, of what has one and goes by it; one statement, or none for none.

    At most UIDS_MOST are looked up: an entry of a long delivery names its first lots.
    """
    asked = sorted(uids)[:UIDS_MOST]
    if not asked:
        return {}
    found = union_all(
        *(select(uid.label("uid"), name.label("name")).where(uid.in_(asked)) for uid, name in _CALLED)
    )
    return {row.uid: row.name for row in connection.execute(found) if row.name}
