"""What can one scanned or typed text say?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from stockroom.barcodes.command_cards import Command
from stockroom.barcodes.elements import Element
from stockroom.barcodes.own_labels import OwnLabel

Scheme = Literal["gs1", "hibc", "ppn", "gtin", "sscc", "stockroom", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one text says.  An absent fact is None: nothing is invented, nothing is guessed.

    A scan with `doubts` has several readings; book nothing until a person has chosen one of them.
    """

    scheme: Scheme
    raw: str
    """The text exactly as it was handed in."""
    gtin: str | None = None
    """14 digits, from AI 01, else 03, else 02 (then it is the content of the logistic unit `sscc`)."""
    product_code: str | None = None
    """The pack as named by another scheme than GS1 (HIBC primary, PPN); a label of ours: its text."""
    lot_number: str | None = None
    """Verbatim and case-sensitive."""
    expires_on: date | None = None
    """AI 17; day 00 is the month's last day.  AI 15 (best before) is not an expiry: see `elements`."""
    expires_at: datetime | None = None
    """AI 7003: naive, the local wall time that the label's maker meant."""
    produced_on: date | None = None
    """AI 11, else the day of AI 8008."""
    serial: str | None = None
    quantity: int | None = None
    """AI 37 (items in a logistic unit), else AI 30 (items in a pack of varying count)."""
    sscc: str | None = None
    label: OwnLabel | None = None
    """Set when the scheme is `stockroom`, unless `command` is."""
    command: Command | None = None
    """What a command card of ours says."""
    check: str | None = None
    """HIBC: the text's check character."""
    link: str | None = None
    """HIBC, a secondary label on its own: the check character of the primary label it belongs to."""
    text: str = ""
    """HIBC and PPN: the canonical text."""
    elements: tuple[Element, ...] = ()
    """All GS1 elements in canonical order, those without a field of their own included."""
    others: tuple[Element, ...] = ()
    """HIBC and PPN: what has no field of its own, by its data identifier."""
    doubts: tuple[Doubt, ...] = ()

    @property
    def item_code(self) -> str | None:
        """The code under which the catalogue may know the pack: HIBC primary, PPN or GTIN."""
        return self.other_code if self.scheme in ("hibc", "ppn") else self.gtin

    @property
    def other_code(self) -> str | None:
        """A code that is no GTIN: HIBC primary, PPN, or the whole text where no scheme is known."""
        if self.scheme in ("hibc", "ppn"):
            return self.product_code
        return self.raw.strip() if self.scheme == "unknown" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One reason why a text may say something else than it seems to."""

    code: Literal["lost_separator", "number_or_elements", "two_numbers", "other_keyboard"]
    field: str
    """The name of the field of `Scan` that is in doubt; `raw` where the whole text is."""
    value: str
    position: int
    readings: tuple[Scan, ...]
    """The candidates, without doubts; the text as it stands comes first where it is possible at all."""
