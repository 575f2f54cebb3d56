"""A device pack that carries HIBC, and one with a PPN: received, looked up and used by their own codes."""

from __future__ import annotations

import pytest

from stockroom.vocabulary import CodeScheme
from tests.api.calling import Caller, amount, manager, nurse
from tests.builders import FAR, NOW
from tests.serving import Served
from tests.sessions import session

__all__ = ["manager", "nurse"]

_GS, _RS, _EOT = "\x1d", "\x1e", "\x04"


def _hibc(text: str) -> str:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
    return text + alphabet[sum(map(alphabet.index, text)) % 43]


HIBC_PACK = _hibc(f"+A99912345/$$3{FAR:%y%m%d}L1")
PPN_PACK = f"[)>{_RS}06{_GS}9N110375286414{_GS}1TL1{_GS}D{FAR:%y%m%d}{_RS}{_EOT}"
PACKS = [
    # scheme, code as a person enters it, code as it is kept, text on the pack
    (CodeScheme.HIBC, "+A999123457", "A99912345", HIBC_PACK),
    (CodeScheme.PPN, "110375286414", "110375286414", PPN_PACK),
]


@pytest.mark.parametrize(("scheme", "typed", "kept", "text"), PACKS, ids=["hibc", "ppn"])
def test_a_pack_of_another_scheme_is_received_looked_up_used_and_traced_by_its_own_code(
    served: Served, nurse: Caller, manager: Caller, scheme: CodeScheme, typed: str, kept: str, text: str
) -> None:
    needle = served.house.needle()
    receipt = {
        "supplier_uid": served.house.supplier_uid,
        "delivery_note": "DN-7",
        "arrived_at": NOW.isoformat(),
        "state_on_arrival": "good",
        "lines": [{"scan": text, "pack_count": 2, "location_uid": served.clinic.cupboard.uid}],
    }

    unknown = nurse.post("/receipts", receipt, 422)
    attached = manager.post(
        f"/products/{needle.uid}/trade-items",
        {"scheme": scheme.value, "item_code": typed, "pack_level": "box", "presentation_count": 10},
    )
    nurse.post("/receipts", receipt)
    told = nurse.post("/scans", {"scan": text}, 200)
    visit = session(served.house)
    used = nurse.post(
        f"/sessions/{visit}/usages", {"lines": [{"thing": {"scan": text}, "quantity": amount("3", "piece")}]}
    )
    traced = nurse.get(f"/sessions/{visit}")["uses"]

    assert (unknown["code"], unknown["item_code"], unknown["lot_number"]) == (
        "code_unknown", kept, "L1",
    )  # fmt: skip
    assert attached is not None
    assert (told["scheme"], told["product_code"], told["expires_on"]) == (scheme.value, kept, FAR.isoformat())
    assert told["pack"]["pack_quantity"] == amount("10", "piece")
    assert [each["quantity"] for each in told["lot"]["places"]] == [amount("20", "piece")]
    assert used["used"][0]["quantity"] == amount("3", "piece")
    assert traced[0]["quantity"] == amount("3", "piece")


def test_a_product_without_a_code_gets_one_of_the_house_once(served: Served, nurse: Caller) -> None:
    plain = served.house.product("Plain", coded=False)

    given = nurse.post(f"/products/{plain.uid}/house-code")
    again = nurse.post(f"/products/{plain.uid}/house-code", status=422)
    told = nurse.get("/trade-items", code=given["gtin"])["items"]

    assert given["gtin"] == "00400000000015"
    assert (again["code"], again["item_code"]) == ("has_a_code", given["gtin"])
    assert [each["uid"] for each in told] == [given["trade_item_uid"]]
