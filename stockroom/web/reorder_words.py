"""How does a suggestion explain itself, in one sentence?"""

from __future__ import annotations

from flask_babel import gettext

from stockroom.rules.reordering import LEAD_DAYS_USUAL, REVIEW_DAYS, SAFETY_DAYS, USE_DAYS, Suggestion
from stockroom.web.counted import show_count


def explained(suggestion: Suggestion, presentation: str) -> str:
    """The arithmetic of a suggestion, such as: Target 20 − usable 3 − on order 0 = 17, in packs of 10: 20 vials."""
    shelf = suggestion.shelf
    if not suggestion.has_minimum:
        return _proposed(suggestion)
    position = shelf.usable_count + suggestion.on_order_count
    if not suggestion.is_low:
        return gettext(
            "Usable %(usable)s + on order %(coming)s = %(position)s, which is not below the minimum of %(minimum)s.",
            usable=shelf.usable_count,
            coming=suggestion.on_order_count,
            position=position,
            minimum=shelf.minimum_count,
        )
    said = gettext(
        "Target %(target)s − usable %(usable)s − on order %(coming)s = %(missing)s",
        target=shelf.target_count,
        usable=shelf.usable_count,
        coming=suggestion.on_order_count,
        missing=(shelf.target_count or 0) - position,
    )
    whole = show_count(suggestion.suggested_count, presentation)
    if suggestion.pack.count == 1:
        return gettext("%(reckoned)s: %(whole)s.", reckoned=said, whole=whole)
    return gettext(
        "%(reckoned)s, in packs of %(pack)s: %(whole)s.",
        reckoned=said,
        pack=suggestion.pack.count,
        whole=whole,
    )


def _proposed(suggestion: Suggestion) -> str:
    lead = suggestion.pack.lead_time_days
    return gettext(
        "No minimum set. %(used)s used in %(days)s days × (%(lead)s days to deliver + %(review)s between two "
        "looks + %(safety)s to be safe) speak for a minimum of %(minimum)s.",
        used=suggestion.shelf.used_count,
        days=USE_DAYS,
        lead=LEAD_DAYS_USUAL if lead is None else lead,
        review=REVIEW_DAYS,
        safety=SAFETY_DAYS,
        minimum=suggestion.proposed_minimum_count,
    )
