"""What did a line of a receipt say before it was changed?  It is kept, so that old books can be read as they were."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, insert, literal, select

from stockroom.db.transaction import JournalName, Work
from stockroom.models import ReceiptLine, ReceiptLineBefore

_KEPT = ("lot_id", "line_id", "cost_state", "unit_cost_minor", "currency")


def keep_receipt_lines(work: Work, receipt_line_ids: Iterable[int]) -> None:
    """Keep what these lines of receipts say now, until the entry of this act; call it before they are changed.

    One statement.  What an act changes twice is kept once, as it was before the act.
    """
    ids = sorted(set(receipt_line_ids))
    if not ids:
        return
    seq = work.heads[JournalName(clinic_id=work.clinic_id)].seq + 1
    kept = exists().where(
        ReceiptLineBefore.clinic_id == ReceiptLine.clinic_id,
        ReceiptLineBefore.receipt_line_id == ReceiptLine.id,
        ReceiptLineBefore.until_seq == seq,
    )
    said = (
        select(
            ReceiptLine.clinic_id,
            ReceiptLine.id,
            literal(seq, ReceiptLineBefore.until_seq.type),
            *(getattr(ReceiptLine, name) for name in _KEPT),
        )
        .where(ReceiptLine.clinic_id == work.clinic_id, ReceiptLine.id.in_(ids))
        .where(~kept)
    )
    work.connection.execute(
        insert(ReceiptLineBefore).from_select(["clinic_id", "receipt_line_id", "until_seq", *_KEPT], said)
    )
