"""Does a browser keep anything of a patient once the page is gone?"""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.browser.at_bench import a_session, pack_of
from tests.browser.shop import Shop
from tests.browser.visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEEDLE = "Demo Needle 30G 13 mm"
_KEPT = """async () => JSON.stringify({
  local: {...localStorage},
  tab: {...sessionStorage},
  databases: ((await indexedDB.databases?.()) ?? []).map(each => each.name),
  caches: await caches.keys(),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""


def test_browser_storage_holds_nothing_of_a_patient(visit: Callable[..., Visit], shop: Shop) -> None:
    needle = pack_of(shop, NEEDLE)
    session_uid = a_session(shop, (needle, 2))
    nurse = visit("nurse")
    nurse.go(f"sessions/{session_uid}")
    name = nurse.page.get_by_role("heading", level=1).inner_text()
    born = nurse.page.locator(".bench-born").inner_text()
    with shop.store.reading() as connection:
        patients = connection.execute(text("SELECT uid FROM patient")).all()
    nurse.page.context.set_offline(True)
    nurse.scan(needle.scan)
    nurse.page.get_by_text("NOT RECORDED").first.wait_for()
    nurse.faults.clear()  # the browser complains of the lost connection

    kept = json.loads(nurse.page.evaluate(_KEPT))

    nurse.page.context.set_offline(False)
    assert len(name.split()) > 1 and "born" in born
    assert needle.gtin in str(kept["tab"]), "the scan waits to be sent again"
    assert kept["local"] == {}
    assert (kept["databases"], kept["caches"], kept["workers"]) == ([], [], 0)
    told = json.dumps(kept)
    assert not any(word in told for word in (*name.split(), "born"))
    assert patients and not any(str(UUID(row.uid)) in told for row in patients)
