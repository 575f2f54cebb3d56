"""Does a very long name break, rather than widen a page or hide what stands beside it?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest

from stockroom import clock
from stockroom.ledger.product_rows import RuleOf
from stockroom.operations.add_product import AddProduct, add_product
from stockroom.operations.maintain_patient import RegisterPatient, register_patient
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.plan_session import NeedOf, PlanSession, plan_session
from stockroom.vocabulary import BaseUnit, HoldReason
from tests.browser.at_bench import actor_at, deliver, one, shown
from tests.browser.shop import Shop
from tests.browser.visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
NAME = "Hyaluronoglucosaminidase" * 8
LOT = "L0NGEST" * 12
_CUT = """(name) => [...document.querySelectorAll('main *')].filter((each) =>
  [...each.childNodes].some((node) => node.nodeType === 3 && node.data.includes(name.slice(0, 40)))
  && !each.closest('.visually-hidden') && each.checkVisibility()
  && each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1
).map((each) => each.outerHTML.slice(0, 120))"""


def _make(shop: Shop) -> dict[str, str]:
    """A patient, a product and a lot whose names nobody should have, and what they are in."""
    now = clock.now()
    nurse, manager = actor_at(shop, "nurse"), actor_at(shop, "manager")
    maker = one(shop, "SELECT uid FROM manufacturer ORDER BY id LIMIT 1")
    cupboard = one(shop, "SELECT uid FROM location WHERE kind = 'cupboard' ORDER BY id LIMIT 1")
    product = add_product(
        shop.store,
        AddProduct(
            manufacturer_uid=shown(maker.uid),
            name=NAME,
            strength="",
            presentation="vial",
            base_unit=BaseUnit.MICROLITRE,
            content_quantity=2000,
            rule=RuleOf(),
        ),
        actor=manager,
        key=uuid4().hex,
        now=now,
    ).product_uid
    deliver(shop, product, place_uid=shown(cupboard.uid), number=LOT, packs=3, note=f"NOTE-{NAME[:80]}")
    lot = shown(one(shop, "SELECT uid FROM lot WHERE number = :number", number=LOT).uid)
    place_hold(
        shop.store,
        PlaceHold(reason=HoldReason.SUSPICION, note=NAME, lot_uid=lot),
        actor=nurse,
        key=uuid4().hex,
        now=now,
    )
    patient = register_patient(
        shop.store,
        RegisterPatient(name=NAME, born_on=date(1990, 1, 2)),
        actor=nurse,
        key=uuid4().hex,
        now=now,
    ).patient_uid
    plan = PlanSession(
        patient_uid=patient, planned_at=now, needs=(NeedOf(product_uid=product, quantity=2000),)
    )
    session = plan_session(shop.store, plan, actor=nurse, key=uuid4().hex, now=now).session_uid
    return {"product": product, "lot": lot, "patient": patient, "session": session}


@pytest.fixture(scope="module")
def long_named(shop: Shop) -> dict[str, str]:
    return _make(shop)


@pytest.mark.parametrize("width", [390, 1024])
def test_a_very_long_name_breaks_and_no_page_is_widened_by_it(
    visit: Callable[..., Visit], long_named: dict[str, str], width: int
) -> None:
    nurse = visit("nurse", width=width, height=844)
    pages = [
        "today",
        "prepare",
        "stock",
        "stock/lots?q=L0NGEST",
        "receive",
        "holds",
        "separation",
        "products?q=Hyal",
    ]
    pages += [f"{noun}s/{uid}" for noun, uid in long_named.items()]
    pages += [f"sessions/{long_named['session']}/{part}" for part in ("finish", "by-hand", "plan")]
    pages += [f"lots/{long_named['lot']}/{act}" for act in ("move", "disposal", "dispatch", "hold")]
    found = []

    for path in pages:
        nurse.go(path)
        wider = nurse.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{path}: {wider} px wider"] if wider > 0 else []
        found += [f"{path}: {each}" for word in (NAME, LOT) for each in nurse.page.evaluate(_CUT, word)]

    assert not found, "\n".join(found)
