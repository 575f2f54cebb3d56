"""How does the API write a temperature?  As text of degrees with one decimal, so that no reader makes a float of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from stockroom.rules.temperatures import celsius, tenths_of

CELSIUS_PATTERN = r"^-?[0-9]{1,3}(\.[0-9])?$"


class Celsius(fields.String):
    """Degrees such as "4.2" or "-18.0"; loads and dumps whole tenths."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        return None if value is None else celsius(value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if not isinstance(value, str) or re.fullmatch(CELSIUS_PATTERN[1:-1], value, re.ASCII) is None:
            raise ValidationError('Text of degrees Celsius, such as "4.2".')
        return tenths_of(value)
