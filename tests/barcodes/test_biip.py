"""Does biip still do what is left to it, and do its known gaps still need closing here?"""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from datetime import date

import biip
import pytest
from biip.gs1_messages import GS1Message

import stockroom.barcodes
from stockroom.barcodes.elements import read_element_string

GS = "\x1d"
MESSAGES = [
    "0107032069804988" + "15210526100329",
    "010952012345678817280630" + f"10A/b-1{GS}21S{GS}310312345691X",
    f"0039520123400000001002095201234567883712{GS}4109520123456788",
    f"01095201234567887003280630153{GS[:0]}0{GS}240REF{GS}8008260102{GS[:0]}08",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_on_a_sound_message_the_walk_agrees_with_biips_own(message):
    theirs = [(one.ai.ai, one.value) for one in GS1Message.parse(message).element_strings]

    assert [(one.ai, one.value) for one in read_element_string(message)] == theirs


def test_biip_still_lets_a_wrong_check_digit_pass():
    assert biip.parse("0109520123456789").gs1_message is not None


def test_biip_still_accepts_day_00_beside_a_time():
    message = biip.parse("010952012345678870032806001530").gs1_message

    assert message is not None
    assert message.element_strings.get(ai="7003").date == date(2028, 6, 30)


def test_biip_still_cuts_a_long_lot_in_two():
    message = GS1Message.parse("10" + "A" * 20 + "91X")

    assert [one.ai.ai for one in message.element_strings] == ["10", "91"]


def test_biip_still_keeps_the_last_of_two_values_in_a_link():
    link = biip.parse("https://id.gs1.org/01/09520123456788?17=280630&17=290630").gs1_digital_link_uri

    assert link is not None
    assert len(link.element_strings) == 2


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.iter_modules(stockroom.barcodes.__path__)]
)
def test_the_examples_in_the_docstrings_are_true(name):
    outcome = doctest.testmod(importlib.import_module(f"stockroom.barcodes.{name}"))

    assert outcome.failed == 0
