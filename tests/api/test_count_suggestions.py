"""Does the API say what the bench missed, until somebody counts it?"""

from __future__ import annotations

from datetime import date

from stockroom.operations.use import Use, use
from stockroom.rules.passing_over import PassOver
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import ContainerType, PassingOver
from tests.api.asking import Asking
from tests.builders import NOW, key
from tests.cocktails import patient_with_session
from tests.serving import Served


def test_what_is_not_there_is_suggested_and_what_is_kept_is_not(served: Served) -> None:
    nurse, house = Asking(served, served.clinic.nurse), served.house
    assert nurse.get("count-suggestions").get_json() == {"items": []}
    product = house.product("Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    shelf = served.clinic.lot_on_shelf
    first, second = (
        shelf(product, number, expires_on=date(2030, 6, day)) for number, day in (("ONE", 1), ("TWO", 20))
    )
    later = shelf(product, "LATER", expires_on=date(2031, 6, 1))
    line = UseLine(
        thing=ThingName(lot_uid=later.uid),
        quantity=2000,
        prescriber_uid=served.clinic.practitioner.person_uid,
    )
    said = (
        PassOver(lot_uid=first.uid, answer=PassingOver.NOT_THERE),
        PassOver(lot_uid=second.uid, answer=PassingOver.KEPT_FOR, words="Friday"),
    )
    command = Use(session_uid=patient_with_session(house, "Ana A"), lines=(line,), passing_over=said)
    use(served.store, command, actor=served.clinic.nurse, key=key(), now=NOW)

    [missed] = nurse.get("count-suggestions").get_json()["items"]

    assert (missed["lot_uid"], missed["answer"]) == (first.uid, "not_there")
    assert missed["quantity"] == {"quantity": "2", "unit": "mL"}
