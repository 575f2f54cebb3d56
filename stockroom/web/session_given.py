"""Where and how is what is scanned given?  Area, technique, depth, what for and by whom, until changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace

from flask import request
from flask_babel import gettext
from sqlalchemy import Connection
from wtforms import HiddenField
from wtforms.validators import AnyOf, Optional, Regexp

from stockroom.access.acting import acting
from stockroom.queries.bench_session import SessionBench
from stockroom.queries.given_by_plan import given_by_plan
from stockroom.queries.reference import words_of
from stockroom.queries.session_plans import Choice, practitioners
from stockroom.rules.using import AreaUse, UseLine
from stockroom.vocabulary import BaseUnit
from stockroom.web.formats import show_depth
from stockroom.web.forms import OverridingForm

_SLUG = r"^[a-z0-9-]{1,80}$"
_UID = r"^[0-9a-f-]{36}$"
DEPTHS_UM = (200, 500, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 8_000, 10_000, 13_000)
"""What may be chosen as depth of injection: from the skin's surface to the length of the longest needle."""
_KINDS = {"area": "areas", "technique": "techniques", "indication": "indications"}


class GivenForm(OverridingForm):
    """The fields that say where and how; each may be left empty."""

    area = HiddenField(validators=[Optional(), Regexp(_SLUG)])
    technique = HiddenField(validators=[Optional(), Regexp(_SLUG)])
    depth = HiddenField(validators=[Optional(), AnyOf([str(depth) for depth in DEPTHS_UM])])
    indication = HiddenField(validators=[Optional(), Regexp(_SLUG)])
    given_by = HiddenField(validators=[Optional(), Regexp(_UID)])

    @property
    def given(self) -> Given:
        """What this form says; to be asked once it was validated."""
        return Given(**{each.name: getattr(self, each.name).data or "" for each in fields(Given)})


@dataclass(frozen=True, kw_only=True)
class Given:
    """Where and how, as words of the reference data; empty where it is not said."""

    area: str = ""
    technique: str = ""
    depth: str = ""
    """In micrometres."""
    indication: str = ""
    given_by: str = ""
    """Whose hand it is, by uid; the session's practitioner when empty."""

    @property
    def words(self) -> Mapping[str, str]:
        """What is said, by the name of its field."""
        return {each.name: said for each in fields(self) if (said := getattr(self, each.name))}

    def on(self, line: UseLine, base_unit: BaseUnit) -> UseLine:
        """Say it of a line of a use.  A needle has a hand that used it, but no area of its own."""
        line = replace(line, practitioner_uid=self.given_by or None)
        if base_unit is BaseUnit.PIECE:
            return line
        return replace(
            line,
            areas=(AreaUse(area=self.area, quantity=line.quantity),) if self.area else (),
            technique=self.technique or None,
            depth_um=int(self.depth) if self.depth else None,
            indication=self.indication or None,
        )


@dataclass(frozen=True, kw_only=True)
class GivenField:
    """One of the choices above the scan field."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    chosen: str
    planned: tuple[Choice, ...] = ()
    """Those of the choices that the plan names, where it names several."""

    @property
    def said(self) -> str:
        """What is chosen, as the page says it, else what is asked; empty where nothing is."""
        chosen = next((each.name for each in self.choices if each.uid == self.chosen), "")
        return chosen or self.open_question

    @property
    def open_question(self) -> str:
        """Which of the planned ones it is, while none is chosen; empty where the plan does not name several."""
        names = " / ".join(each.name for each in self.planned)
        return gettext("%(names)s?", names=names) if names else ""


def given_fields(
    connection: Connection, given: Given, *, areas: Collection[str] = ()
) -> tuple[GivenField, ...]:
    """Give the choices of a session's scans; those of which there is none are left out.  Two statements.

    `areas` are those that the plan names: where it names several, nobody knows into which of them the next
    thing goes, and they stand first.
    """
    words = words_of(connection, kinds=_KINDS.values())
    offered: dict[str, Iterable[tuple[str, str]]] = {name: words[kind] for name, kind in _KINDS.items()}
    offered["depth"] = [(str(depth), show_depth(depth)) for depth in DEPTHS_UM]
    offered["given_by"] = [(each.uid, each.name) for each in practitioners(connection, acting().clinic_id)]
    labels = {
        "area": gettext("Area"),
        "technique": gettext("Technique"),
        "depth": gettext("Depth"),
        "indication": gettext("For"),
        "given_by": gettext("Given by"),
    }
    shown = [
        GivenField(
            name=name,
            label=label,
            choices=tuple(Choice(uid=value, name=word) for value, word in offered[name]),
            chosen=getattr(given, name),
        )
        for name, label in labels.items()
        if offered[name]
    ]
    return tuple(_with_planned(each, areas) if each.name == "area" else each for each in shown)


def _with_planned(field: GivenField, areas: Collection[str]) -> GivenField:
    planned = tuple(each for each in field.choices if each.uid in areas)
    return replace(field, planned=planned) if len(planned) > 1 else field


def given_now(connection: Connection, bench: SessionBench, sent: Given | None = None) -> Given:
    """Give what is chosen on a page that is drawn: what was sent, else how the last one was given, else the plan.

    The plan is asked only before the first thing is given: two statements then.
    """
    if sent is not None:
        return sent
    if "area" in request.args:
        return Given(**{each.name: request.args.get(each.name, "")[:80] for each in fields(Given)})
    last = next((each for each in bench.uses if each.base_unit != BaseUnit.PIECE), None)
    if last is None:
        plan = given_by_plan(connection, acting().clinic_id, bench.visit.id, bench.needs)
        area = plan.areas[0] if len(plan.areas) == 1 else ""
        return Given(area=area, technique=plan.technique, indication=plan.indication)
    return Given(
        area=last.areas[0].area if last.areas else "",
        technique=last.technique or "",
        depth=str(last.depth_um) if last.depth_um in DEPTHS_UM else "",
        indication=last.indication or "",
    )
