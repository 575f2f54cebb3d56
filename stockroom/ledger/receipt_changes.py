"""What did a line of a receipt say before it was changed?  It is kept, so that old books can be read as they were."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, exists, insert, literal, select

from stockroom.db.transaction import JournalName, Work
from stockroom.ledger.encoding import canonical, sha256
from stockroom.models import Lot, ReceiptLine, ReceiptLineBefore

_KEPT = ("lot_id", "line_id", "cost_state", "unit_cost_minor", "currency")


def keep_receipt_lines(work: Work, receipt_line_ids: Iterable[int]) -> None:
    """Keep what these lines of receipts say now, until the entry of this act; call it before they are changed.

    What an act changes twice is kept once, as it was before the act.  The entry names the digest of all that it
    kept (`verify` computes it by itself): SHA-256 of the canonical JSON [[uid of the line of the receipt, uid of
    its lot, state of its cost, cost, currency] …], sorted.  Two statements.
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
    work.payload["receipt_lines_before"] = _digest(work, seq)


def _digest(work: Work, seq: int) -> str:
    rows = work.connection.execute(
        select(
            ReceiptLine.uid,
            Lot.uid.label("lot_uid"),
            ReceiptLineBefore.cost_state,
            ReceiptLineBefore.unit_cost_minor,
            ReceiptLineBefore.currency,
        )
        .join(
            ReceiptLine,
            and_(
                ReceiptLine.clinic_id == ReceiptLineBefore.clinic_id,
                ReceiptLine.id == ReceiptLineBefore.receipt_line_id,
            ),
        )
        .join(Lot, and_(Lot.clinic_id == ReceiptLineBefore.clinic_id, Lot.id == ReceiptLineBefore.lot_id))
        .where(ReceiptLineBefore.clinic_id == work.clinic_id, ReceiptLineBefore.until_seq == seq)
    )
    return sha256(canonical(sorted([list(row) for row in rows], key=lambda row: str(row[0]))))
