"""Is every code in a photo found, and is everything that is no usable photo refused by name?"""

from __future__ import annotations

import io
import random
import zlib

import pytest
from PIL import Image, ImageFilter

from stockroom.outside.labels.drawing import Size, draw
from stockroom.outside.labels.label import Label
from stockroom.outside.labels.png import as_dots
from stockroom.outside.photos import NoCodeInPicture, PictureTooLarge, PictureUnreadable, read_photo

CODE = "(01)09520123456788(17)280630(10)A213B1"
READ = "]d20109520123456788" + "17280630" + "10A213B1"


def photo(*codes: str, angle: float = 0, blur: float = 0, noise: int = 0) -> Image.Image:
    """Labels lying on a table, as a hand would hold a phone over them."""
    table = Image.new("L", (1280, 960), 150)
    for n, code in enumerate(codes):
        label = as_dots(draw(Label(code=code, is_gs1=True, title="Demo"), Size(width_mm=40, height_mm=25)))
        table.paste(label.convert("L"), (60 + 620 * (n % 2), 60 + 450 * (n // 2)))
    table = table.rotate(angle, fillcolor=150, expand=True).filter(ImageFilter.GaussianBlur(blur))
    if noise:
        drawn = random.Random(3)
        table = table.point([max(0, min(255, shade + drawn.randint(-noise, noise))) for shade in range(256)])
    return table


def sent(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("angle", [0, 12, 33, 90, 180])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_code_is_read_however_the_phone_was_held(angle: float, kind: str) -> None:
    assert read_photo(sent(photo(CODE, angle=angle), kind)) == (READ,)


@pytest.mark.parametrize(("blur", "noise"), [(1, 0), (2, 0), (0, 20), (1, 20)])
def test_a_code_is_read_though_the_photo_is_poor(blur: float, noise: int) -> None:
    assert read_photo(sent(photo(CODE, blur=blur, noise=noise), quality=60)) == (READ,)


def test_several_codes_are_all_read_and_one_seen_twice_counts_once() -> None:
    other = "(01)09520000000011(10)B1"

    found = read_photo(sent(photo(CODE, other, CODE)))

    assert sorted(found) == sorted([READ, "]d20109520000000011" + "10B1"])


def test_a_photo_turned_by_its_camera_s_note_alone_is_read() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    assert read_photo(sent(photo(CODE), exif=exif)) == (READ,)


def test_a_picture_without_a_code_is_refused() -> None:
    with pytest.raises(NoCodeInPicture):
        read_photo(sent(Image.new("L", (640, 480), 200)))


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"%PDF-1.7\n1 0 obj\n", b"\xff\xd8\xff\xe0" + b"\0" * 40, b"GIF89a", b"<svg xmlns='x'/>"],
)
def test_what_is_no_picture_is_refused_whatever_its_name_says(data: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        read_photo(data)


def test_a_photo_that_breaks_off_is_refused() -> None:
    whole = sent(photo(CODE))

    with pytest.raises((PictureUnreadable, NoCodeInPicture)):
        read_photo(whole[: len(whole) // 8])


def fifty_megapixels() -> bytes:
    """A head that promises 10,000 x 5,000 dots, and next to nothing behind it."""
    head = (10_000).to_bytes(4, "big") + (5_000).to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    dots = chunk(b"IDAT", zlib.compress(b"\0" * 10))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + dots + chunk(b"IEND", b"")


def test_fifty_megapixels_are_refused_before_they_are_unpacked() -> None:
    with pytest.raises(PictureTooLarge):
        read_photo(fifty_megapixels())


def test_more_bytes_than_a_photo_has_are_refused() -> None:
    with pytest.raises(PictureTooLarge):
        read_photo(b"\xff\xd8" + b"\0" * 10_000_000)
