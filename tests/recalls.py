"""Recalls to test with: a notice, and the shortest way to have one lot recalled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.ledger.recall_notices import NoticeGiven
from stockroom.operations.open_recall import OpenRecall, RecallOpened, open_recall
from stockroom.reads.recall_lines import ConfirmedLine
from stockroom.vocabulary import RecallClass, ReceivedHow, ScopeKind
from tests.builders import NOW, key


def notice(reference: str = "FSN 1", *, issuer: str = "Maker", at: datetime = NOW) -> NoticeGiven:
    """A notice that came by mail an hour before and is to be answered within a week."""
    return NoticeGiven(
        issuer=issuer,
        reference=reference,
        recall_class=RecallClass.II,
        received_at=at - timedelta(hours=1),
        received_how=ReceivedHow.EMAIL,
        answer_by=at + timedelta(days=7),
        asked="Stop using it.",
    )


def lot_line(product_uid: str, number: str) -> ConfirmedLine:
    return ConfirmedLine(product_uid=product_uid, kind=ScopeKind.LOT, first=number)


def recalled(
    store: Store,
    product_uid: str,
    number: str | None,
    *,
    actor: Actor,
    now: datetime = NOW,
    reference: str | None = None,
) -> RecallOpened:
    """Recall a lot of a product, or (no number) all of it, by a notice of its own."""
    line = (
        lot_line(product_uid, number)
        if number is not None
        else ConfirmedLine(product_uid=product_uid, kind=ScopeKind.PRODUCT)
    )
    command = OpenRecall(title=f"Lot {number}", notice=notice(reference or key("FSN"), at=now), lines=(line,))
    return open_recall(store, command, actor=actor, key=key("recall"), now=now)


def notice_sent(product_uid: str, number: str, *, reference: str) -> dict[str, Any]:
    """A notice of one lot as a program sends it."""
    return {
        "title": f"Lot {number}",
        "notice": {
            "issuer": "Maker",
            "reference": reference,
            "received_at": "2020-01-02T10:00:00+00:00",
            "received_how": "email",
        },
        "lines": [{"product_uid": product_uid, "kind": "lot", "first": number}],
    }
