"""Which small forms stand on a product's page: its levels, a place's par, a further code, the confirmation?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext
from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from stockroom.queries.catalogue import ProductRow
from stockroom.queries.product_keeping import Keeping
from stockroom.vocabulary import CodeScheme
from stockroom.web.forms import KeyedForm
from stockroom.web.goods_here import COUNT_MAX, places_to_choose

_IN_DIGITS = InputRequired(message=lazy_gettext("Say how many, in digits."))
_VERSION = Regexp(r"^[0-9]{0,9}$")


def _count(word: str, least: int = 0) -> IntegerField:
    too_few = lazy_gettext("Zero or more.") if least == 0 else lazy_gettext("One or more.")
    return IntegerField(word, validators=[_IN_DIGITS, NumberRange(min=least, max=COUNT_MAX, message=too_few)])


class LevelForm(KeyedForm):
    minimum_count = _count(lazy_gettext("Minimum"))
    target_count = _count(lazy_gettext("Target"))
    version = HiddenField(validators=[_VERSION])


class ParForm(KeyedForm):
    place = SelectField(lazy_gettext("Place"))
    par_count = _count(lazy_gettext("Should lie there"))


class CodeForm(KeyedForm):
    scheme = SelectField(
        lazy_gettext("Kind of code"), choices=[(each.value, each.value.upper()) for each in CodeScheme]
    )
    item_code = StringField(
        lazy_gettext("Code"),
        validators=[InputRequired(message=lazy_gettext("Scan or type the code.")), Length(max=100)],
    )
    pack_level = StringField(
        lazy_gettext("Pack"),
        validators=[InputRequired(message=lazy_gettext("Say which pack: each, box, case …")), Length(max=50)],
    )
    presentation_count = _count(lazy_gettext("Presentations in it"), least=1)
    take_over_reason = StringField(
        lazy_gettext("Why it named another product and is this one's"), validators=[Length(max=500)]
    )
    """Said where the code is taken over from the product that it names."""


class ConfirmForm(KeyedForm):
    version = HiddenField(validators=[_VERSION])


class ArchiveForm(KeyedForm):
    version = HiddenField(validators=[_VERSION])
    archived = HiddenField(validators=[Regexp("^(yes|no)$")])


@dataclass(frozen=True, kw_only=True)
class ProductForms:
    """All of them, as the page shows them."""

    level: LevelForm
    par: ParForm
    code: CodeForm
    confirm: ConfirmForm
    archive: ArchiveForm


def forms_of(row: ProductRow, keeping: Keeping, *, sent: str | None = None) -> ProductForms:
    """Make the forms: the one of the name `sent` as it was typed, the others filled with what is set."""

    def given(name: str) -> dict[str, Any]:
        return {} if name == sent else {"formdata": None}

    level, par = LevelForm(**given("level")), ParForm(**given("par"))
    code, confirm = CodeForm(**given("code")), ConfirmForm(**given("confirm"))
    archive = ArchiveForm(**given("archive"))
    par.place.choices = places_to_choose()
    if sent != "level":
        level.minimum_count.process_data(keeping.level.minimum_count)
        level.target_count.process_data(keeping.level.target_count)
        level.version.process_data(keeping.level.version or "")
    if sent != "confirm":
        confirm.version.process_data(row.version)
    if sent != "archive":
        archive.version.process_data(row.version)
        archive.archived.process_data("no" if row.archived_at else "yes")
    return ProductForms(level=level, par=par, code=code, confirm=confirm, archive=archive)
