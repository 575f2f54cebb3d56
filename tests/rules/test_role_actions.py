"""May each role do what the clinic agreed on, and nothing else?  The table is written by hand, every cell of it."""

from __future__ import annotations

import pytest

from stockroom.rules.permissions import ActionForbidden, may, require
from stockroom.vocabulary import Action, Role

AGREED = """
                    practitioner  nurse  manager  auditor  administrator
read_stock          yes           yes    yes      yes      yes
read_catalogue      yes           yes    yes      yes      yes
read_patients       yes           yes    yes      yes      -
read_trace          yes           yes    yes      yes      -
read_journal        -             -      yes      yes      yes
read_worth          -             -      yes      yes      -
review_journal      -             -      -        yes      -
sign_evidence       yes           -      yes      yes      -
state_purpose       -             -      -        yes      -
read_operator_rates -             -      yes      yes      -
read_staff_acts     -             -      yes      yes      -
maintain_catalogue  -             -      yes      -        yes
confirm_product     yes           -      yes      -        -
maintain_clinic     -             -      yes      -        yes
maintain_users      -             -      -        -        yes
maintain_patients   yes           yes    -        -        -
erase_patient       -             -      yes      -        -
export_patient      yes           -      yes      -        -
decide_suitability  yes           -      -        -        -
write_recipe        yes           yes    -        -        -
maintain_protocols  yes           -      yes      -        -
approve_recipe      yes           -      -        -        -
receive             -             yes    yes      -        -
bench_receive       yes           yes    yes      -        -
complete_cost       -             -      yes      -        -
open                yes           yes    -        -        -
prepare             yes           yes    -        -        -
use                 yes           yes    -        -        -
plan_session        yes           yes    yes      -        -
finish_session      yes           yes    -        -        -
sign_session        yes           -      -        -        -
allocate            yes           yes    yes      -        -
dispose             yes           yes    yes      -        -
transfer            yes           yes    yes      -        -
dispatch            -             yes    yes      -        -
hold                yes           yes    yes      -        -
release_hold        yes           -      yes      -        -
recall              yes           -      yes      -        -
contact_patients    yes           yes    yes      -        -
reverse             yes           yes    yes      -        -
correct             yes           yes    -        -        -
correct_lot         yes           -      yes      -        -
count               -             yes    yes      -        -
order               -             -      yes      -        -
bring_forward       -             -      yes      -        -
close_period        -             -      yes      -        -
record_late         yes           yes    yes      -        -
sign_deviation      yes           -      -        -        -
override_clinical   yes           -      -        -        -
override_stock      yes           -      yes      -        -
mint_token          yes           yes    yes      -        yes
run_job             -             -      yes      -        yes
answer_alert        yes           yes    yes      -        yes
print_label         yes           yes    yes      -        yes
record_reading      yes           yes    yes      -        -
keep_day            yes           yes    yes      -        -
decide_excursion    yes           -      yes      -        -
"""

_HEAD, *_ROWS = [line.split() for line in AGREED.strip().splitlines()]
CELLS = [
    (role, action, answer) for action, *answers in _ROWS for role, answer in zip(_HEAD, answers, strict=True)
]


@pytest.mark.parametrize(("role", "action", "answer"), CELLS)
def test_a_role_may_do_what_was_agreed_and_nothing_else(role: str, action: str, answer: str) -> None:
    permitted = {"yes": True, "-": False}[answer]

    assert may({Role(role)}, Action(action)) is permitted
    if not permitted:
        with pytest.raises(ActionForbidden):
            require({Role(role)}, Action(action))


def test_the_agreed_table_has_every_cell() -> None:
    assert sorted(_HEAD) == sorted(Role)
    assert sorted(row[0] for row in _ROWS) == sorted(Action)
    assert len(CELLS) == len(Role) * len(Action)
