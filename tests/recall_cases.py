"""Recalls for tests of what follows on one: a case of some numbers of a product, and its closing."""

from __future__ import annotations

from stockroom.operations.close_recall import CloseRecall, close_recall
from stockroom.operations.open_recall import OpenRecall, open_recall
from tests.builders import NOW, Goods, House, key
from tests.recalls import lot_line, notice


def case_of(house: House, product: Goods, *numbers: str, is_mock: bool = False) -> str:
    """A case that covers these numbers of a product, with the sessions in which they were used; its uid."""
    command = OpenRecall(
        title="Recalled <b>",
        notice=None if is_mock else notice(key("FSN"), issuer="Demo Laboratories"),
        lines=tuple(lot_line(product.uid, number) for number in numbers),
        is_mock=is_mock,
    )
    return open_recall(house.store, command, actor=house.practitioner, key=key("open"), now=NOW).case_uid


def close(house: House, case_uid: str) -> None:
    """The case is closed by somebody else, whatever is left."""
    command = CloseRecall(
        case_uid=case_uid, reason="done", untold_reason="nobody knows where", left_reason="none left"
    )
    close_recall(house.store, command, actor=house.clinic.manager, key=key("close"), now=NOW)
