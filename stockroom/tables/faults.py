"""What is wrong with a cell, and what should be written instead?

A fault keeps its sentences as templates with their facts, so that an entrance can translate them as it does an error's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stockroom.errors import StockroomError, extracted

FACT_LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """One way in which a cell can be wrong."""

    code: str
    says: str
    instead: str


NEEDED = Wrong(code="needed", says=extracted("it is empty"), instead=extracted("Fill it in."))
FORMULA = Wrong(
    code="formula",
    says=extracted("it is a formula"),
    instead=extracted("Copy the column and paste it back as values."),
)
BROKEN = Wrong(
    code="broken",
    says=extracted("the spreadsheet shows an error here: {text}"),
    instead=extracted("Write the value itself."),
)
TURNED_INTO_NUMBER = Wrong(
    code="turned_into_number",
    says=extracted("the spreadsheet turned this into the number {text}; zeros or letters may be lost"),
    instead=extracted("Format the column as text and type it again, as it is printed on the pack."),
)
TURNED_INTO_DATE = Wrong(
    code="turned_into_date",
    says=extracted("the spreadsheet turned this into the date {text}"),
    instead=extracted("Format the column as text and type it again, as it is printed on the pack."),
)
LOOKS_LIKE_NUMBER = Wrong(
    code="looks_like_number",
    says=extracted("{text} looks like what a spreadsheet makes of a long number"),
    instead=extracted("Type it as it is printed on the pack; if it truly is {text}, write '{text}."),
)
LOOKS_LIKE_DATE = Wrong(
    code="looks_like_date",
    says=extracted("{text} looks like a date that a spreadsheet made"),
    instead=extracted("Type it as it is printed on the pack; if it truly is {text}, write '{text}."),
)
HIDDEN_SIGN = Wrong(
    code="hidden_sign",
    says=extracted("it begins or ends with a space, or holds a sign that cannot be seen"),
    instead=extracted("Type it again, as it is printed on the pack."),
)
TOO_LONG = Wrong(
    code="too_long",
    says=extracted("it is longer than {longest} characters"),
    instead=extracted("Shorten it."),
)
NOT_A_COUNT = Wrong(
    code="not_a_count",
    says=extracted("{text} is not a whole number from {least} to {most}"),
    instead=extracted("Write digits alone, such as 12."),
)
NOT_A_DAY = Wrong(
    code="not_a_day",
    says=extracted("{text} is not a date"),
    instead=extracted("Write it as 2027-05-31 or 31.05.2027."),
)
NOT_A_WHOLE_DAY = Wrong(
    code="not_a_whole_day",
    says=extracted("only the month and the year of this date are shown"),
    instead=extracted("Write the whole date; where the pack names a month alone, write it as 2027-05."),
)
DAY_IN_DOUBT = Wrong(
    code="day_in_doubt",
    says=extracted("{text} can be read in two ways"),
    instead=extracted("Write it as 2027-05-31 or 31.05.2027."),
)
NOT_AN_AMOUNT = Wrong(
    code="not_an_amount",
    says=extracted("{text} is not an amount"),
    instead=extracted(
        "Write digits with one comma or point, such as 12,50; the currency has a column of its own."
    ),
)
AMOUNT_IN_DOUBT = Wrong(
    code="amount_in_doubt",
    says=extracted("{text} can be read as thousands or as decimals"),
    instead=extracted("Write it without a sign for thousands, such as 1250 or 1,25."),
)
TOO_FINE = Wrong(
    code="too_fine",
    says=extracted("{text} is finer than the smallest coin of {currency}"),
    instead=extracted("Write it with fewer decimals."),
)
NOT_A_QUANTITY = Wrong(
    code="not_a_quantity",
    says=extracted("{text} is not a quantity with its unit"),
    instead=extracted("Write a number and one of mL, µL, mg, µg, g, IU, mIU or piece, such as 2,5 mL."),
)
NOT_A_WORD = Wrong(
    code="not_a_word",
    says=extracted("{text} is none of the words that this column knows"),
    instead=extracted("Write one of: {words}."),
)
NO_CURRENCY = Wrong(
    code="no_currency",
    says=extracted("a price without a currency"),
    instead=extracted("Write the currency in three letters, such as EUR."),
)
NOT_A_CURRENCY = Wrong(
    code="not_a_currency",
    says=extracted("{text} is no currency"),
    instead=extracted("Write it in three letters, such as EUR."),
)
UNKNOWN_COLUMN = Wrong(
    code="unknown_column",
    says=extracted("no column is called {text}"),
    instead=extracted("{hint} A column that is not to be read begins with #."),
)
COLUMN_TWICE = Wrong(
    code="column_twice",
    says=extracted("two columns are called {text}"),
    instead=extracted("Delete one of them."),
)
COLUMN_MISSING = Wrong(
    code="column_missing",
    says=extracted("this column is missing"),
    instead=extracted("Take the heads from the template."),
)
NO_HEAD = Wrong(
    code="no_head",
    says=extracted("a cell of this line stands under no head"),
    instead=extracted("Give its column a head, or put a text that holds the separator into quotation marks."),
)
NO_ROWS = Wrong(
    code="no_rows",
    says=extracted("there is nothing below the heads"),
    instead=extracted("Fill in the template below its example."),
)
SAME_AS_LINE = Wrong(
    code="same_as_line",
    says=extracted("it is on line {other} already"),
    instead=extracted("Delete one of the two lines, or put them into one."),
)
CONTRADICTS_LINE = Wrong(
    code="contradicts_line",
    says=extracted("{text} here, but {other_text} on line {other} for the same thing"),
    instead=extracted("Write the same on both lines, or leave this one empty."),
)
CONTRADICTS_BOOKS = Wrong(
    code="contradicts_books",
    says=extracted("{text} here, but {known} in Stockroom"),
    instead=extracted("Leave the cell empty, or change it on its page first."),
)
NEEDS_TOO = Wrong(
    code="needs_too",
    says=extracted("it is empty, but {other} is filled in"),
    instead=extracted("Fill it in, or leave {other} empty too."),
)
CODE_OF_ANOTHER = Wrong(
    code="code_of_another",
    says=extracted("the code {text} belongs to {known}"),
    instead=extracted("Compare with the pack: write the product as it is called there, or the right code."),
)
NOT_KNOWN = Wrong(
    code="not_known",
    says=extracted("there is no {thing} called {text}"),
    instead=extracted("Write it as it is called in Stockroom, or add it there first."),
)
IN_DOUBT = Wrong(
    code="in_doubt",
    says=extracted("several go by the name {text}"),
    instead=extracted("Write the code on the pack, or {other} as well."),
)
NOT_YOURS = Wrong(
    code="not_yours",
    says=extracted("your role does not permit this"),
    instead=extracted("Leave the cell empty, or ask somebody who may."),
)
BOOKED_OTHERWISE = Wrong(
    code="booked_otherwise",
    says=extracted("{known} are in the books as opening stock already, not {text}"),
    instead=extracted("Count the place instead; what is found there is booked with its reason."),
)
ONE_PACK = Wrong(
    code="one_pack",
    says=extracted("a serial stands for one pack, not for {text}"),
    instead=extracted("Write a line for each pack, with 1."),
)
PLACE_NOT_FIT = Wrong(
    code="place_not_fit",
    says=extracted("{text} is closed, or nothing is put there"),
    instead=extracted("Write a fridge, a cupboard or a room of this clinic."),
)
NOT_TO_BE_FOUND_AGAIN = Wrong(
    code="not_to_be_found_again",
    says=extracted("neither a reference nor a birth date: the patient would not be known again"),
    instead=extracted("Fill in one of the two."),
)
NOT_BORN_THEN = Wrong(
    code="not_born_then",
    says=extracted("not a date on which a patient can be born"),
    instead=extracted("Write it as 1985-05-31 or 31.05.1985."),
)
PATIENT_DIFFERS = Wrong(
    code="patient_differs",
    says=extracted("another name or birth date stands under this reference in Stockroom"),
    instead=extracted("Compare the two, and put the wrong one right."),
)
NOT_A_TIME = Wrong(
    code="not_a_time",
    says=extracted("{text} is not a time of day"),
    instead=extracted("Write it as 10:30."),
)
DAY_IS_PAST = Wrong(
    code="day_is_past",
    says=extracted("this day is over"),
    instead=extracted("Write today or a later day; what has been done already is entered late."),
)
SESSION_OF_ANOTHER = Wrong(
    code="session_of_another",
    says=extracted("the session with this number is another patient's"),
    instead=extracted("Compare the two numbers; a session stays with its patient."),
)
SESSION_IS_NOT_PLANNED = Wrong(
    code="session_is_not_planned",
    says=extracted("this session stands as “{text}” in Stockroom and is not changed any more"),
    instead=extracted("Leave it as it is, or plan another one under a number of its own."),
)
COURSE_OF_ANOTHER = Wrong(
    code="course_of_another",
    says=extracted("the course {text} is another patient's, or the session is in another course"),
    instead=extracted("Write the number of the patient's own course, or leave the cell empty."),
)
COURSE_HAS_ENDED = Wrong(
    code="course_has_ended",
    says=extracted("the course {text} has ended"),
    instead=extracted("Begin another course under a number of its own."),
)
TOO_SOON = Wrong(
    code="too_soon",
    says=extracted("{days} days after the session of {other}; the protocol says not before {earliest}"),
    instead=extracted("Write a later day, or the reason under why sooner."),
)
PATIENT_KNOWN = Wrong(
    code="patient_known",
    says=extracted("a patient of this name and birth date is registered already, without this reference"),
    instead=extracted("Write the reference into that record, or yes under another person."),
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with a table, and what to write instead."""

    line: int
    column: str
    """The head of the column; empty where the whole line is meant."""
    code: str
    says: str
    instead: str
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return self.says.format(**self.facts)

    @property
    def advice(self) -> str:
        return self.instead.format(**self.facts)


def fault(line: int, column: str, wrong: Wrong, **facts: object) -> Fault:
    """Make a fault; a fact is shown by its first characters only."""
    told = {name: _short(str(fact)) for name, fact in facts.items()}
    return Fault(
        line=line, column=column, code=wrong.code, says=wrong.says, instead=wrong.instead, facts=told
    )


def fault_of(line: int, column: str, error: StockroomError) -> Fault:
    """Make the fault of a refusal: its own words say both what is wrong and what to do."""
    facts = {name: _short(_told(fact)) for name, fact in error.facts.items()}
    facts["line"] = str(line)
    return Fault(line=line, column=column, code=error.code, says=type(error).message, instead="", facts=facts)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Give the faults as one reads a table: from the top, each line from what was found first; none twice."""
    seen: dict[tuple[int, str, str, str], Fault] = {}
    for each in faults:
        seen.setdefault((each.line, each.column, each.code, each.says), each)
    return tuple(sorted(seen.values(), key=lambda each: each.line))


def _told(fact: object) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, tuple) else str(fact)


def _short(text: str) -> str:
    return text if len(text) <= 5 * FACT_LONGEST else text[: 5 * FACT_LONGEST] + "…"
