"""What does the bench answer when a lot that expires sooner was to be taken first, and is that an answer?

Asked only where `fefo.earlier_choice` finds a lot; answered with one tap by whoever stands there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stockroom.errors import InvalidValue
from stockroom.vocabulary import PassingOver

WORDS_MAX = 200
ANSWERS_MAX = 20
"""More earlier lots than lie in one place of one product."""


@dataclass(frozen=True, kw_only=True)
class PassOver:
    """Why the lot that was shown is not taken first; another earlier lot is asked about anew."""

    lot_uid: str
    answer: PassingOver
    words: str = ""
    """For whom or what it is kept."""


def check_passing_over(answers: Iterable[PassOver]) -> frozenset[str]:
    """Give the uids of the lots that are answered about.

    Raises InvalidValue for one that is kept for nobody, or answered about twice.
    """
    given = tuple(answers)
    lots = frozenset(each.lot_uid for each in given)
    if len(lots) != len(given) or len(given) > ANSWERS_MAX:
        raise InvalidValue(field="passing_over", problem="answer once for each earlier lot")
    for each in given:
        if each.answer is PassingOver.KEPT_FOR and not each.words.strip():
            raise InvalidValue(field="passing_over", problem="write for whom or what the earlier lot is kept")
        if len(each.words) > WORDS_MAX:
            raise InvalidValue(field="passing_over", problem=f"at most {WORDS_MAX} characters")
    return lots
