"""Which things does a clinic decide for itself?  Each with its default, what it means, and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stockroom.rules.override_rights import can_be_overridden
from stockroom.vocabulary import Rule

SettingValue = bool | int | str | tuple[int, ...] | tuple[Rule, ...]
DAYS_MAX = 3_650
LIST_MAX = 20
TEXT_MAX = 8
SEPARATOR = r"""(?![A-Za-z0-9!"%&'()*+,\-./:;<=>?_$ \[\]\x1a\x1d\x1e\x04])[^\0]{1,8}|"""
"""Begins with a character that no code holds; or nothing."""


class SettingKind(StrEnum):
    """What sort of value a setting has."""

    FLAG = "flag"
    NUMBER = "number"
    NUMBERS = "numbers"
    RULES = "rules"
    TEXT = "text"
    WORD = "word"
    """One of a few."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One thing that a clinic decides: its default, what it means, and where that comes from."""

    name: str
    kind: SettingKind
    default: SettingValue
    says: str
    source: str = ""
    least: int = 0
    most: int = DAYS_MAX
    pattern: str = ""
    """What a text must be like."""
    words: tuple[str, ...] = ()
    """Those of which a word is one."""
    is_column: bool = False
    """Kept in the clinic's own row, which every act at the bench reads anyway."""


OVERRIDABLE = tuple(filter(can_be_overridden, Rule))
"""Rules that somebody may take upon himself or herself when an act is asked."""

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="second_person_for",
        kind=SettingKind.RULES,
        default=(),
        says="Whoever overrides one of these rules needs a second person who agrees there and then.",
        source="Institute for Safe Medication Practices, independent double checks",
    ),
    Setting(
        name="bench_receipt_allowed",
        kind=SettingKind.FLAG,
        default=False,
        says="A lot that is not in the books may be received where it is needed, at the bench.",
    ),
    Setting(
        name="expiring_soon_days",
        kind=SettingKind.NUMBER,
        default=60,
        says="Goods that expire within so many days are shown as expiring soon.",
    ),
    Setting(
        name="alert_days",
        kind=SettingKind.NUMBERS,
        default=(90, 60, 30, 7),
        least=1,
        says="So many days before goods expire, somebody is told.",
    ),
    Setting(
        name="earlier_lot_days",
        kind=SettingKind.NUMBER,
        default=7,
        is_column=True,
        says="A later lot is taken without a question when the earlier one expires at most so many days sooner.",
    ),
    Setting(
        name="short_dated_days",
        kind=SettingKind.NUMBER,
        default=60,
        is_column=True,
        says="Goods that expire within so many days of their arrival need a decision when they are received.",
    ),
    Setting(
        name="sterile_products_max",
        kind=SettingKind.NUMBER,
        default=3,
        least=1,
        most=100,
        is_column=True,
        says="A cocktail of more sterile products than this needs an override.",
        source="USP General Chapter 797, immediate use",
    ),
    Setting(
        name="count_tolerance_worth",
        kind=SettingKind.NUMBER,
        default=100,
        most=1_000_000,
        says="Differences of a count that are together worth more than this, in whole units of the currency, "
        "are confirmed by a second person.",
    ),
    Setting(
        name="count_tolerance_presentations",
        kind=SettingKind.NUMBER,
        default=5,
        most=1_000_000,
        says="Where nobody knows what the goods cost: more whole presentations than this, missing or too many, "
        "are confirmed by a second person.",
    ),
    Setting(
        name="late_entry_hours",
        kind=SettingKind.NUMBER,
        default=72,
        least=1,
        most=8_760,
        says="What happened while Stockroom could not be reached is written down within so many hours; later it "
        "still goes in, and a second person signs that it came so late.",
        source="PIC/S PI 041-1, contemporaneous records",
    ),
    Setting(
        name="backup_hours",
        kind=SettingKind.NUMBER,
        default=48,
        least=1,
        most=8_760,
        says="When no backup was made and proven for so many hours, managers and administrators are told.",
    ),
    Setting(
        name="heads_by_mail",
        kind=SettingKind.FLAG,
        default=False,
        says="Once a day auditors and administrators get the number and hash of every journal's newest entry by mail: "
        "a copy outside the house, which no administrator of the server can change.",
    ),
    Setting(
        name="tablet_idle_seconds",
        kind=SettingKind.NUMBER,
        default=90,
        least=15,
        most=900,
        says="A tablet at which nothing was done for so many seconds covers its screen and asks for a badge or PIN.",
    ),
    Setting(
        name="days_open",
        kind=SettingKind.NUMBERS,
        default=(5, 4, 3, 2, 1),
        least=1,
        most=7,
        says="On which days the clinic works, 1 for Monday to 7 for Sunday: readings and the closing of the day "
        "are asked on these.",
    ),
    Setting(
        name="reading_hours",
        kind=SettingKind.NUMBERS,
        default=(18, 10),
        least=1,
        most=23,
        says="By these hours of the day somebody has read the thermometers, else people are told. With the first "
        "of them somebody looks at the emergency box. None: nobody is asked.",
        source="Centers for Disease Control and Prevention, vaccine storage and handling: at least twice a day",
    ),
    Setting(
        name="closing_hour",
        kind=SettingKind.NUMBER,
        default=20,
        most=23,
        says="By this hour the day is closed, else people are told. 0: nobody is asked.",
    ),
    Setting(
        name="scanner_separator",
        kind=SettingKind.TEXT,
        default="",
        pattern=SEPARATOR,
        is_column=True,
        says="What the scanners put in the place of the invisible separator of GS1 codes. Empty: they deliver it. "
        "The page where a scanner is set up finds it.",
        source="GS1 General Specifications 7.8",
    ),
    Setting(
        name="scanner_layout",
        kind=SettingKind.WORD,
        default="",
        words=("", "fr", "be", "de", "ch", "gb", "es", "it", "pt", "se"),
        is_column=True,
        says="The keyboard of the computers, where the scanners type for a United States keyboard. A code is put "
        "right only where it can mean one thing: it is better to set the scanner to the keyboard.",
    ),
    Setting(
        name="duplicate_scan_ms",
        kind=SettingKind.NUMBER,
        default=1_000,
        most=10_000,
        is_column=True,
        says="The same code twice within so many thousandths of a second is one scan, and it is said. 0: each counts.",
    ),
    Setting(
        name="beyond_use_rule",
        kind=SettingKind.WORD,
        default="immediate_use",
        words=("immediate_use", "immediate_use_2008", "category_1"),
        says="The rule of the clinic's jurisdiction that says how long a cocktail may be used from its beginning, "
        "whatever its recipe says. Its minutes stand in the reference data, with their source.",
        source="USP General Chapter 797",
    ),
    Setting(
        name="beyond_use_minutes",
        kind=SettingKind.NUMBER,
        default=0,
        most=366 * 24 * 60,
        says="No cocktail may be used longer than so many minutes from its beginning. 0: as the rule says.",
    ),
    Setting(
        name="beyond_use_minutes_refrigerated",
        kind=SettingKind.NUMBER,
        default=0,
        most=366 * 24 * 60,
        says="A cocktail may be used so many minutes from its beginning while it lies in a fridge, where that is longer "
        "than elsewhere. 0: as the rule says, and no longer than elsewhere where the clinic says minutes of its own.",
        source="USP General Chapter 797, Category 1: 12 hours in a room, 24 in a fridge",
    ),
    Setting(
        name="recipe_by_two",
        kind=SettingKind.FLAG,
        default=True,
        says="Whoever wrote a version of a recipe does not approve it. Recipes are of all clinics: one clinic "
        "that asks for two people is enough.",
    ),
    Setting(
        name="second_check_of_cocktails",
        kind=SettingKind.FLAG,
        default=False,
        says="A cocktail is finished only once a second person has checked it and signed by badge, PIN or password.",
        source="Institute for Safe Medication Practices, independent double checks",
    ),
    Setting(
        name="sharps_box_days",
        kind=SettingKind.NUMBER,
        default=90,
        least=1,
        most=366,
        says="A sharps box is closed when it is three quarters full, and at the latest after so many days.",
        source="United Kingdom, guidance on sharps boxes: three quarters, or three months",
    ),
    Setting(
        name="needles_least",
        kind=SettingKind.NUMBER,
        default=1,
        most=100,
        says="When something was injected by hand and fewer needles than this were booked, whoever finishes the "
        "session is asked why. Where the plan has needles, their number counts instead. 0: nobody is asked.",
        source="doi:10.1111/jocd.16506, needle tips after repeated punctures",
    ),
    Setting(
        name="needles_most",
        kind=SettingKind.NUMBER,
        default=10,
        least=1,
        most=1_000,
        says="When more needles than this were booked in a session, whoever finishes it is asked why.",
    ),
    Setting(
        name="cartridges_most",
        kind=SettingKind.NUMBER,
        default=1,
        least=1,
        most=100,
        says="When more needle cartridges than this were booked in a session, whoever finishes it is asked why.",
        source="makers of cartridges: one for each patient and treatment, never for another",
    ),
    Setting(
        name="outside_authorisation",
        kind=SettingKind.WORD,
        default="caution",
        words=("caution", "stop", "nothing"),
        is_column=True,
        says="What follows when somebody is about to do what he or she is not authorised for: a caution is asked "
        "about before it is done, and answered with a reason. An act for which nobody was ever authorised is not "
        "asked about.",
        source="21 CFR 11.10(g), authority checks",
    ),
    Setting(
        name="treatment_room_one_patient",
        kind=SettingKind.FLAG,
        default=True,
        says="A multi-dose vial or bulk package that stands in a treatment room serves one patient from then on, "
        "and what is left of it goes with the session.",
        source="Centers for Disease Control and Prevention, injection safety: multi-dose vials",
    ),
    Setting(
        name="signal_exposures_least",
        kind=SettingKind.NUMBER,
        default=30,
        least=30,
        most=10_000,
        says="A rate of adverse reactions is shown, and a lot compared with the rest of its product, from so many "
        "sessions on. Below there are only counts.",
        source="Clopper and Pearson, Biometrika 26 (1934): none of 30 still leaves more than a tenth open",
    ),
    Setting(
        name="signal_events_least",
        kind=SettingKind.NUMBER,
        default=3,
        least=1,
        most=1_000,
        says="A lot is listed for its adverse reactions only when so many of its sessions have one.",
        source="Evans, Waller and Davis, Pharmacoepidemiology and Drug Safety 10 (2001): at least three",
    ),
    Setting(
        name="signal_confidence_percent",
        kind=SettingKind.NUMBER,
        default=95,
        least=80,
        most=99,
        says="So sure, in percent, is the interval around a rate of adverse reactions. A lot whose lower bound is "
        "above the rate of its product without it is listed for somebody to look at; nothing is held by itself.",
        source="European Medicines Agency, good pharmacovigilance practices, module IX",
    ),
    Setting(
        name="keep_treatments_years",
        kind=SettingKind.NUMBER,
        default=10,
        most=100,
        says="What tells who a patient is stays so many years from her last session here; before that she cannot be "
        "forgotten. 0: no longer than somebody asks for.",
        source="Regulation (EU) 2017/745, article 10(8): ten years for the papers of a device; 45 CFR 164.316(b)(2)(i): "
        "six. The law of your country may say longer.",
    ),
    Setting(
        name="keep_reactions_years",
        kind=SettingKind.NUMBER,
        default=15,
        most=100,
        says="The same after an adverse reaction, from the day on which it was last written of.",
        source="Regulation (EU) 2017/745, article 10(8): fifteen years for the papers of an implantable device",
    ),
)
"""Every setting there is, in the order in which people read them."""
