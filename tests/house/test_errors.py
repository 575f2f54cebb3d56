"""Has every failure one code of its own, a sentence with the next step, and a row in the catalogue?"""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import fields

from tests.house.write_errors import CATALOGUE, catalogue, every_error


def test_the_catalogue_says_what_the_classes_say() -> None:
    assert CATALOGUE.read_text(encoding="utf-8") == catalogue(), "run: python -m tests.house.write_errors"


def test_a_code_belongs_to_one_failure() -> None:
    repeated = [code for code, times in Counter(error.code for error in every_error()).items() if times > 1]

    assert repeated == []


def test_a_message_is_filled_from_the_facts_and_says_what_to_do() -> None:
    wrong = []
    for error in every_error():
        named = {name.partition(".")[0] for _, name, _, _ in string.Formatter().parse(error.message) if name}
        if not named <= {field.name for field in fields(error)}:
            wrong.append(f"{error.__name__} names what is no fact of it")
        if not error.message.strip() or not (error.__doc__ or "").strip():
            wrong.append(f"{error.__name__} says nothing")

    assert wrong == []


def test_no_message_puts_a_word_before_an_instant_that_today_does_not_bear() -> None:
    """A page says an instant as "today 09:33": neither "at" nor "on" stands before that."""
    wrong = [error.__name__ for error in every_error() if re.search(r"\b(at|on) \{\w+_at\}", error.message)]

    assert wrong == []


def test_no_message_counts_in_base_units() -> None:
    """A nurse draws millilitres: what is told in microlitres is told to nobody."""
    wrong = [
        error.__name__ for error in every_error() if "base unit" in error.message.replace("{base_unit}", "")
    ]

    assert wrong == []
