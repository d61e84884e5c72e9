from datetime import UTC, datetime, timedelta

import pytest

from pipeline.cli.times import clock, duration, parse_date, parse_moment, span, wall


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90", 90.0),
        ("90.5", 90.5),
        ("0", 0.0),
        ("1:30", 90.0),
        ("01:30.25", 90.25),
        ("1:01:30", 3690.0),
        (" 2:05 ", 125.0),
        ("100:00:00", 360000.0),
        ("2025-05-01T14:30", datetime(2025, 5, 1, 14, 30)),
        ("2025-05-01 14:30:05", datetime(2025, 5, 1, 14, 30, 5)),
        ("2025-05-01T14:30:00Z", datetime(2025, 5, 1, 14, 30, tzinfo=UTC)),
        ("2025-05-01", datetime(2025, 5, 1)),
    ],
)
def test_moments(text: str, moment: float | datetime) -> None:
    assert parse_moment(text) == moment


def test_a_bare_date_as_an_end_is_the_end_of_that_day() -> None:
    assert parse_moment("2025-05-01", end=True) == datetime(2025, 5, 2)
    assert parse_moment("2025-05-01T00:00", end=True) == datetime(2025, 5, 1)


@pytest.mark.parametrize("text", ["", "soon", "-5", "1:75", "1:61:00", "nan", "inf", "2025-13-01", "1:2:3:4", "12h"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="is no time: expected seconds"):
        parse_moment(text)


def test_dates() -> None:
    assert parse_date("2025-05-01T14:30:00") == datetime(2025, 5, 1, 14, 30)
    with pytest.raises(ValueError, match="2025-05-01T14:30:00"):
        parse_date("yesterday")


def test_told() -> None:
    assert [clock(s) for s in (0, 59.99, 60, 125.4, 3725)] == ["00:00", "00:59", "01:00", "02:05", "1:02:05"]
    assert clock(0.1 + 0.2 + 2.7) == "00:03"  # 2.9999999999999996
    assert span(3.2, 12.8) == "00:03–00:12"
    assert span(3.2, 3.9) == "00:03"
    assert [duration(s) for s in (-1, 0.4, 12, 185, 7800)] == ["0 s", "0 s", "12 s", "3 min 05 s", "2 h 10 min"]
    assert wall(None) == ""
    assert wall(datetime(2025, 5, 1, 14, 30) + timedelta(seconds=5.7)) == "2025-05-01 14:30:05"
