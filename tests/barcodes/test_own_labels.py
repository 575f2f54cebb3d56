"""Do short codes and our own labels survive pen, voice and scanner?"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.barcodes.own_labels import LabelKind, OwnLabel, read_label, write_label
from stockroom.barcodes.short_code import ALPHABET, read_short_code, short_code
from stockroom.barcodes.unreadable import LabelUnreadable

codes = st.text(alphabet=ALPHABET, min_size=3, max_size=12)


@given(st.sampled_from(LabelKind), codes)
def test_a_label_is_read_back_as_it_was_written_in_either_case(kind, code):
    label = OwnLabel(kind, code)

    assert read_label(write_label(label)) == label
    assert read_label(write_label(label).lower()) == label


def test_the_alphabet_has_no_look_alikes():
    assert not set(ALPHABET) & set("01OILQSZGBU")
    assert len(set(ALPHABET)) == len(ALPHABET)


@given(st.binary(min_size=64, max_size=64), st.sampled_from([3, 4]))
def test_a_short_code_is_made_of_the_bytes_alone_and_is_never_a_number(randomness, length):
    try:
        code = short_code(randomness, length=length)
    except ValueError:
        return

    assert len(code) == length
    assert set(code) <= set(ALPHABET)
    assert not code.isdecimal()
    assert code == short_code(randomness, length=length)
    assert read_short_code(code.lower()) == code


def test_a_byte_that_would_favour_some_characters_is_skipped():
    assert short_code(bytes([250, 8, 255, 0, 10]), length=3) == short_code(bytes([8, 0, 10]), length=3)


def test_every_last_character_is_about_equally_likely():
    source = random.Random(5)
    counted = Counter(short_code(source.randbytes(32), length=3)[2] for _ in range(20_000))

    letters = [counted[character] for character in ALPHABET if character.isalpha()]
    assert max(letters) < 1.25 * min(letters)
    assert set(counted) == set(ALPHABET)


@pytest.mark.parametrize(("randomness", "length"), [(b"", 3), (b"ab", 3), (b"\xff" * 50, 4), (b"x" * 20, 5)])
def test_too_few_bytes_or_another_length_are_refused(randomness, length):
    with pytest.raises(ValueError, match=r"short code|random bytes"):
        short_code(randomness, length=length)


@pytest.mark.parametrize(
    "text", ["SRC", "SRC:7K", "SRC:7K4!", "SRC:" + "A" * 13, "SRZ:7K4", "XRC:7K4", "SRC:ß24"]
)
def test_what_is_no_label_of_ours_is_refused(text):
    with pytest.raises(LabelUnreadable):
        read_label(text)
