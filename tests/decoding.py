"""The squares in a picture, read by libdmtx: a decoder that shares nothing with what draws them."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest
from PIL import Image

decode: Any = None
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it compares its version by distutils
    try:
        from pylibdmtx.pylibdmtx import decode
    except ImportError:  # the C library is not on this machine
        if os.environ.get("CI"):
            raise

needs_decoder = pytest.mark.skipif(decode is None, reason="libdmtx is not on this machine")


def read_squares(picture: Image.Image) -> list[str]:
    """The texts of the Data Matrix codes in a picture, at most one."""
    return [found.data.decode("ascii") for found in decode(picture.convert("L"), max_count=1, timeout=20_000)]
