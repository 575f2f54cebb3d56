"""Which codes are in a picture?  Read by zxing-cpp from a photo or a camera's frame; the picture is not kept."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockroom.errors import Unreadable, extracted

if TYPE_CHECKING:
    from PIL import Image

BYTES_MAX = 10_000_000
PIXELS_MAX = 40_000_000
"""More than any phone's camera takes; decoding more would keep others waiting."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_CODES_MAX = 12


@dataclass(eq=False, kw_only=True)
class PictureUnreadable(Unreadable):
    """What was sent is no picture, whatever its name says."""

    code = "picture_unreadable"
    title = extracted("This is no picture")
    message = extracted("The file is no picture that can be read. Take a photo of the code (JPEG or PNG).")


@dataclass(eq=False, kw_only=True)
class PictureTooLarge(Unreadable):
    """The picture has more dots or bytes than are read here."""

    code = "picture_too_large"
    title = extracted("This picture is too large")
    message = extracted(
        "The picture is larger than {megapixels_max} megapixels or {megabytes_max} MB. "
        "Choose a smaller size in the camera's settings."
    )
    megapixels_max: int = PIXELS_MAX // 1_000_000
    megabytes_max: int = BYTES_MAX // 1_000_000


@dataclass(eq=False, kw_only=True)
class NoCodeInPicture(Unreadable):
    """There is no code in the picture, or it is blurred, cut off or too small."""

    code = "no_code_in_picture"
    title = extracted("No code was found")
    message = extracted(
        "No code was found in the picture. Go nearer, keep still, and have the whole code in the light."
    )


def read_photo(data: bytes) -> tuple[str, ...]:
    """Give the texts of all codes in a picture, each behind its symbology identifier.

    Raises PictureTooLarge, PictureUnreadable, NoCodeInPicture.
    """
    import zxingcpp

    if len(data) > BYTES_MAX:
        raise PictureTooLarge()
    picture = _opened(data)
    found = zxingcpp.read_barcodes(picture)
    texts = [
        each.symbology_identifier + each.bytes.decode("latin-1")
        for each in found[:_CODES_MAX]
        if each.valid and each.bytes
    ]
    if not texts:
        raise NoCodeInPicture()
    return tuple(dict.fromkeys(texts))


def _opened(data: bytes) -> Image.Image:
    """The picture in shades of grey, upright as the camera was held."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:  # told by its head, before anything is unpacked
                raise PictureTooLarge()
            picture.draft("L", picture.size)
            return ImageOps.exif_transpose(picture).convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureUnreadable() from error
