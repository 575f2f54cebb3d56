"""Which marshmallow fields carry quantities, instants, ids, words and texts strictly?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validate

from stockroom.db.identifiers import is_uid
from stockroom.units import QUANTITY_MAX, ShownQuantity

TEXT_LENGTH_MAX = 2000
SCAN_LENGTH_MAX = 4096
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DIGITS = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
QUANTITY_PATTERN = r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,9})?$"


@dataclass(frozen=True, kw_only=True)
class AskedQuantity:
    """A quantity as it was written; `units.parse_quantity` judges it once the product is known."""

    quantity: str
    unit: str


class Quantity(fields.Field[Any]):
    """`{"quantity": "2.5", "unit": "mL"}`: text, so that no reader makes a float of it.

    Loads an AskedQuantity; dumps a ShownQuantity.
    """

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, str] | None:
        if value is None:
            return None
        assert isinstance(value, ShownQuantity | AskedQuantity)
        return {"quantity": value.quantity, "unit": value.unit}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> AskedQuantity:
        if not isinstance(value, dict) or set(value) != {"quantity", "unit"}:
            raise ValidationError('Write it as {"quantity": "2.5", "unit": "mL"}.')
        quantity, unit = value["quantity"], value["unit"]
        if not isinstance(quantity, str) or re.fullmatch(QUANTITY_PATTERN[1:-1], quantity, re.ASCII) is None:
            raise ValidationError({"quantity": ['Text of digits with at most one point, such as "2.5".']})
        if not isinstance(unit, str) or not 0 < len(unit) <= 8:
            raise ValidationError({"unit": ['Text, such as "mL" or "piece".']})
        return AskedQuantity(quantity=quantity, unit=unit)


class Instant(fields.Field[datetime]):
    """An instant as ISO 8601 with its offset (RFC 3339); dumped in UTC with `Z`."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        if value is None:
            return None
        assert isinstance(value, datetime) and value.tzinfo is not None
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> datetime:
        if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
            raise ValidationError("An instant with its offset, such as 2026-03-02T08:30:00+02:00.")
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError("There is no such instant.") from None


class CivilDate(fields.Date):
    """A calendar date, YYYY-MM-DD and nothing shorter."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) is None:
            raise ValidationError("A date, such as 2026-03-02.")
        return super()._deserialize(value, attr, data, **more)


class Uid(fields.String):
    """The public id of a thing: a UUID in its usual form, lower case."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        if is_uid(text):
            return text
        raise ValidationError("An id as Stockroom gave it, in lower case.")


class Words(fields.String):
    """A text that people typed: NFC, trimmed, without control characters, of 1 to `most` characters.

    It may be empty where nothing said means empty (`load_default=""`).
    """

    def __init__(self, *, most: int = 200, lines: bool = False, **more: Any) -> None:
        least = 0 if more.get("load_default") == "" else 1
        super().__init__(validate=validate.Length(min=least, max=most), **more)
        self._lines = lines

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **more)).strip()
        allowed = "\n" if self._lines else ""
        if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") and sign not in allowed for sign in text):
            raise ValidationError("Visible characters only.")
        return text


class WholeNumber(fields.Integer):
    """A JSON number without a point; no text, no true or false."""

    def __init__(self, *, least: int = 0, most: int = QUANTITY_MAX, **more: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=least, max=most), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if type(value) is not int:
            raise ValidationError("A whole number, without quotes.")
        return super()._deserialize(value, attr, data, **more)


class Flag(fields.Boolean):
    """true or false, and no other word or number that might mean one of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if value is True or value is False:
            return value
        raise ValidationError("true or false, without quotes.")


class QueryFlag(fields.Boolean):
    """`true` or `false` in the address."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if value not in ("true", "false"):
            raise ValidationError("true or false.")
        return value == "true"


class QueryNumber(fields.Integer):
    """A whole number in the address, in plain digits."""

    def __init__(self, *, least: int = 0, most: int = QUANTITY_MAX, **more: Any) -> None:
        super().__init__(validate=validate.Range(min=least, max=most), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if not isinstance(value, str) or _DIGITS.fullmatch(value) is None:
            raise ValidationError("A whole number in plain digits.")
        return super()._deserialize(value, attr, data, **more)


class Choice(fields.Enum[Any]):
    """One word of a closed list.  Rows of the database hold the word itself.

    Words in `but` are shown, never taken; `instead` then says what to do about them.
    """

    def __init__(
        self, words: type[StrEnum], *, but: Collection[StrEnum] = (), instead: str = "", **more: Any
    ) -> None:
        super().__init__(_without(words, but), by_value=True, **more)
        self._words = words
        if instead:
            self.error_messages["unknown"] = f"{self.error_messages['unknown']} {instead}"

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        return self._words(super()._deserialize(value, attr, data, **more))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        return None if value is None else str(value)


def _without(words: type[StrEnum], but: Collection[StrEnum]) -> type[StrEnum]:
    if not but:
        return words
    fewer: Any = StrEnum("Words", {word.name: word.value for word in words if word not in but})  # type: ignore[misc]
    taken: type[StrEnum] = fewer
    return taken


class RawScan(fields.String):
    """The text of a scan exactly as the scanner gave it, group separators included."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=validate.Length(min=1, max=SCAN_LENGTH_MAX), **more)
