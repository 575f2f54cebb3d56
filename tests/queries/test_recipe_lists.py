"""Are recipes listed with what is in force, and is only that offered which can be mixed?"""

from __future__ import annotations

from sqlalchemy import insert

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.models import ProductGroup
from stockroom.operations.write_recipe import ComponentOf
from stockroom.queries.recipe_lists import mixables, recipe_count, recipes_listed
from stockroom.vocabulary import BaseUnit
from tests.builders import NOW, House
from tests.cocktails import recipe


def test_recipes_are_listed_by_name_with_what_is_in_force(store: Store) -> None:
    house = House(store)
    part = ComponentOf(product_uid=house.product("Filler").uid, quantity=3000)
    recipe(house, "Glow", part)
    recipe(house, "Calm", part, approved=False)

    with store.reading() as connection:
        rows = recipes_listed(connection, limit=10)
        backwards = recipes_listed(connection, descending=True, offset=1, limit=10)
        found = (
            recipe_count(connection),
            recipe_count(connection, text="GLO"),
            recipe_count(connection, text="%"),
        )

    assert [(row.name, row.number, row.newest_number, row.draft_count) for row in rows] == [
        ("Calm", None, 1, 1),
        ("Glow", 1, 1, 0),
    ]
    assert [row.name for row in backwards] == ["Calm"]
    assert found == (2, 1, 0)


def test_what_is_counted_in_pieces_or_differently_is_not_offered(store: Store) -> None:
    house = House(store)
    uids = {name: new_uid(NOW) for name in ("Fillers", "Muddle", "Needles", "Empty")}

    def body(work: Work) -> None:
        rows = [{"uid": uid, "name": name} for name, uid in uids.items()]
        work.connection.execute(insert(ProductGroup), rows)

    house.clinic.act("test.groups", body)
    house.product("Filler", group_uid=uids["Fillers"])
    house.product("Gel", group_uid=uids["Muddle"])
    powder = BaseUnit.MICROGRAM
    house.product("Powder", group_uid=uids["Muddle"], base_unit=powder)
    house.product("Needle", group_uid=uids["Needles"], base_unit=BaseUnit.PIECE, content_quantity=1)

    with store.reading() as connection:
        offered = mixables(connection)

    assert [(each.name, each.base_unit) for each in offered if each.kind == "product"] == [
        ("Filler", "uL"),
        ("Gel", "uL"),
        ("Powder", "ug"),
    ]
    assert [(each.name, each.base_unit) for each in offered if each.kind == "group"] == [("Fillers", "uL")]
    assert all(each.base_unit == "uL" for each in offered if each.kind == "ingredient")
    assert {each.maker for each in offered if each.kind == "product"} == {"Demo Laboratories"}
