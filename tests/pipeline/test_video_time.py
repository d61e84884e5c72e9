import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.video_time import Clock, Sampler

MS = Fraction(1, 1000)


def tell(stamps: list[int | None], nominal_s: float = 0.04) -> list[float]:
    clock = Clock(nominal_s)
    return [clock.tell(stamp, MS) for stamp in stamps]


def test_times_are_the_stamps_themselves_less_the_first() -> None:
    assert tell([500, 533, 567, 900, 60_500]) == [0.0, 0.033, 0.067, 0.4, 60.0]


def test_a_missing_stamp_costs_only_its_own_frame() -> None:
    assert tell([0, 40, None, 120, 160]) == [0.0, 0.04, pytest.approx(0.08), 0.12, 0.16]


def test_a_stream_without_stamps_runs_at_its_nominal_rate() -> None:
    assert tell([None] * 5) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_a_first_stamp_that_is_missing_leaves_the_others_in_step() -> None:
    assert tell([None, 1040, 1080, 1200]) == pytest.approx([0, 0.04, 0.08, 0.2])


def test_a_repeated_stamp_does_not_shift_what_follows() -> None:
    times = tell([0, 1000, 1000, 1040, 1080])
    assert times == sorted(set(times))
    assert times[1] == 1.0
    assert times[4] == 1.08


def test_a_stamp_out_of_order_does_not_shift_what_follows() -> None:
    times = tell([0, 80, 40, 120, 160, 200])
    assert times == sorted(set(times))
    assert times[-2:] == [0.16, 0.2]


def test_a_clock_set_anew_goes_on_from_where_it_was() -> None:
    assert tell([10_000, 10_040, 0, 40, 80]) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


@given(st.lists(st.none() | st.integers(-5000, 100_000), max_size=60))
def test_times_always_ascend(stamps: list[int | None]) -> None:
    times = tell(stamps)
    assert all(later > earlier for earlier, later in itertools.pairwise(times))


def picked(times: list[float], fps: float | None) -> list[float]:
    sampler = Sampler(fps)
    return [time for time in times if sampler.due(time)]


def test_every_sixth_frame_of_thirty_a_second_makes_five() -> None:
    times = [i / 30 for i in range(90)]
    assert picked(times, 5) == times[::6]


def test_stamps_rounded_to_milliseconds_pick_the_same_frames() -> None:
    assert picked([round(i / 30, 3) for i in range(90)], 5) == [round(i / 30, 3) for i in range(0, 90, 6)]


def test_all_frames_where_there_are_fewer_than_asked_for() -> None:
    times = [i / 2 for i in range(10)]
    assert picked(times, 5) == times
    assert picked([0, 0.001, 0.002], None) == [0, 0.001, 0.002]


@given(st.lists(st.integers(0, 20_000), min_size=1, unique=True).map(sorted), st.sampled_from([1.0, 2.5, 5.0, 12.0]))
def test_the_first_frame_at_or_after_each_tick_is_picked(stamps: list[int], fps: float) -> None:
    times = [stamp / 1000 for stamp in stamps]
    ticks = [k / fps for k in range(round(20 * fps) + 1)]
    slack = 0.001
    expected = {next((t for t in times if t + slack >= tick), None) for tick in ticks}
    # a frame that serves a tick of long ago serves the ticks up to its own time with it
    assert picked(times, fps) == sorted(t for t in expected if t is not None)


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(fps: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Sampler(fps)
