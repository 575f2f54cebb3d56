"""Does the board of what is open tell a program of containers and cocktails, what dies first at the top, by pages?"""

from __future__ import annotations

from stockroom.clock import now
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.vocabulary import ContainerType
from tests.api.calling import Caller, manager, nurse, stranger
from tests.builders import key
from tests.cocktails import add, begin, finish
from tests.cocktails import opened as an_open_vial
from tests.serving import Served
from tests.sessions import opened, session

__all__ = ["manager", "nurse", "stranger"]


def _cocktail_in_two_places(served: Served) -> str:
    house, at = served.house, now()
    product = house.product("Base", in_use_minutes=9_000)
    lot = served.clinic.lot_on_shelf(product, "B1")
    vial = an_open_vial(served.clinic, product, lot, opened_at=at, beyond_use_at=None)
    visits = [session(house, planned_at=at, now=at) for _ in range(2)]
    draft = begin(house, None, *visits, reason="by hand", now=at).preparation_uid
    add(house, draft, location_uid=vial.uid, quantity=500, now=at)
    lot_uid = finish(house, draft, now=at, location_uid=served.clinic.room.uid).lot_uid
    line = MoveLine(lot_uid=lot_uid, from_uid=served.clinic.room.uid, quantity=200)
    command = MoveGoods(to_uid=served.clinic.fridge.uid, lines=(line,))
    move_goods(house.store, command, actor=house.nurse, key=key(), now=at)
    return draft


def test_everything_open_is_told_what_dies_first_at_the_top_by_pages(served: Served, nurse: Caller) -> None:
    made = _cocktail_in_two_places(served)
    soon = served.house.product("Soon", in_use_minutes=30, container_type=ContainerType.SINGLE_DOSE)
    early = opened(served.house, served.clinic.lot_on_shelf(soon, "S1"), now=now())

    first = nurse.get("/open-things", limit=2)
    second = nurse.get("/open-things", limit=2, cursor=first["next_cursor"])
    told = [*first["items"], *second["items"]]

    assert [each["kind"] for each in told] == ["container", "cocktail", "cocktail", "container"]
    assert {tuple(each["stopped_by"]) for each in told} == {()}
    assert [each["serves_one"] for each in told] == [True, False, False, False]
    assert (told[0]["uid"], told[1]["uid"], second["next_cursor"]) == (early.container_uid, made, None)
    assert sorted(each["left_quantity"]["quantity"] for each in told[1:3]) == ["0.2", "0.3"]
    assert nurse.get("/open-things", kind="cocktail")["items"] == told[1:3]
    (in_the_room,) = nurse.get("/open-things", place_uid=served.clinic.room.uid)["items"]
    assert (in_the_room["uid"], in_the_room["left_quantity"]["quantity"]) == (made, "0.3")


def test_nothing_open_is_an_empty_page_and_an_impossible_question_is_refused(
    served: Served, nurse: Caller, stranger: Caller
) -> None:
    assert nurse.get("/open-things") == {"items": [], "next_cursor": None}
    nurse.get("/open-things", status=422, kind="box")
    nurse.get("/open-things", status=422, cursor="x")
    opened(served.house, served.clinic.lot_on_shelf(served.house.product("Filler"), "A1"), now=now())

    assert stranger.get("/open-things")["items"] == []
