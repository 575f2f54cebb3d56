"""Are degrees read, judged and averaged as the texts say, in whole tenths?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stockroom.errors import InvalidValue
from stockroom.rules.temperatures import (
    ExtremesDisagree,
    Figures,
    Judgement,
    Limits,
    TemperatureImpossible,
    Told,
    celsius,
    check_figures,
    check_limits,
    judge,
    kinetic_mean_hundredths,
    out_runs,
    tenths_of,
    usual_limits,
    usual_watch,
)
from stockroom.vocabulary import LocationKind, StorageClass

COLD = Limits(lowest_tenths=20, highest_tenths=80)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "tenths"),
    [
        ("4.2", 42), ("4,2", 42), (" 4 ", 40), ("-18", -180), ("−18,5", -185), ("+5.0", 50), ("0.1", 1),
        ("-0.1", -1), ("4.2 °C", 42), ("4,2C", 42), ("200", 2000),
        ("", None), ("warm", None), ("4.25", None), ("4..2", None), ("1e1", None), ("4 2", None), ("٤.٢", None),
    ],
)  # fmt: skip
def test_degrees_are_read_with_one_decimal_and_never_guessed(typed: str, tenths: int | None) -> None:
    assert tenths_of(typed) == tenths


@pytest.mark.parametrize(
    ("tenths", "written"), [(42, "4.2"), (-185, "-18.5"), (-1, "-0.1"), (0, "0.0"), (600, "60.0")]
)
def test_tenths_are_written_so_that_they_are_read_again(tenths: int, written: str) -> None:
    assert celsius(tenths) == written
    assert tenths_of(written) == tenths


@pytest.mark.parametrize(
    ("figures", "judgement"),
    [
        (Figures(now_tenths=20), Judgement.GOOD),
        (Figures(now_tenths=80), Judgement.GOOD),
        (Figures(now_tenths=19), Judgement.OUT),
        (Figures(now_tenths=81), Judgement.OUT),
        (Figures(now_tenths=50, lowest_tenths=19), Judgement.OUT),
        (Figures(now_tenths=50, highest_tenths=81), Judgement.OUT),
        (Figures(now_tenths=50, lowest_tenths=20, highest_tenths=80), Judgement.GOOD),
    ],
)
def test_both_bounds_belong_to_the_limits_and_the_extremes_count(
    figures: Figures, judgement: Judgement
) -> None:
    assert judge(figures, COLD) is judgement
    assert judge(figures, None) is Judgement.NOT_KNOWN


def test_what_cannot_be_is_refused() -> None:
    for impossible in (Figures(now_tenths=2000), Figures(now_tenths=0, lowest_tenths=-1001)):
        with pytest.raises(TemperatureImpossible):
            check_figures(impossible, place="Fridge")
    with pytest.raises(ExtremesDisagree):
        check_figures(Figures(now_tenths=50, lowest_tenths=51), place="Fridge")
    with pytest.raises(InvalidValue):
        check_limits(Limits(lowest_tenths=80, highest_tenths=20))


def test_unknown_warmth_has_no_limits_and_a_room_is_not_read_by_itself() -> None:
    assert usual_limits(None) is None
    assert usual_limits("refrigerated") == COLD
    assert usual_watch(LocationKind.FRIDGE, None).is_read
    assert not usual_watch(LocationKind.ROOM, StorageClass.ROOM).is_read


def told(*readings: tuple[int, int | None]) -> list[Told]:
    """Readings by hour and tenths; None is one that nobody can judge."""
    return [
        Told(
            uid=str(hour),
            read_at=NINE + timedelta(hours=hour),
            figures=Figures(now_tenths=tenths or 0),
            judgement=Judgement.NOT_KNOWN if tenths is None else judge(Figures(now_tenths=tenths), COLD),
        )
        for hour, tenths in readings
    ]


def test_a_run_begins_after_the_last_good_reading_and_ends_with_the_next() -> None:
    first, second = out_runs(told((0, 50), (1, 90), (2, None), (3, 110), (4, 60), (5, 10)))

    assert (first.good_before_uid, first.first_uid, first.warmest_tenths) == ("0", "1", 110)
    assert first.good_again_at == NINE + timedelta(hours=4)
    assert (second.good_before_uid, second.good_again_at, second.coldest_tenths) == ("4", None, 10)
    assert out_runs(told((0, 90)))[0].good_before_uid is None
    assert out_runs([]) == ()


@pytest.mark.parametrize(
    ("parts", "hundredths"),
    [
        (((50, 18), (140, 6)), 829),
        (((50, 21), (100, 3)), 582),
        (((50, 22), (150, 2)), 646),
        (((230, 29 * 24), (290, 24)), 2328),
        (((50, 1),), 500),
    ],
)
def test_the_mean_kinetic_temperature_is_that_of_the_worked_examples(
    parts: tuple[tuple[int, int], ...], hundredths: int
) -> None:
    assert kinetic_mean_hundredths((tenths, hours * 3600) for tenths, hours in parts) == hundredths
    assert kinetic_mean_hundredths([]) is None
