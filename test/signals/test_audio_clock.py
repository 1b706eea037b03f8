# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.signals.audio_clock import AudioClock, AudioClockError, Stretch
from av_fusion_ros.signals.resampling import ResamplingError, resample

EPOCH_NS = 1_750_000_000_123_456_789
RATE_HZ = 16000
BLOCK = 320  # 20 ms


def stamp_of(last_sample: int, rate_hz: int = RATE_HZ) -> int:
    return EPOCH_NS + round(last_sample * 1e9 / rate_hz)


def sound(n: int) -> NDArray[np.float32]:
    """Samples that tell their own place."""
    return (np.arange(1, n + 1) % 9973 / 10000).astype(np.float32)


class Source:
    """Blocks of a numbered recording, pushed in any order."""

    def __init__(self, clock: AudioClock, numbered: bool, n_blocks: int = 60) -> None:
        self.clock, self.numbered = clock, numbered
        self.samples = sound(n_blocks * BLOCK)

    def push(self, start: int, n: int = BLOCK, jitter_ns: int = 0) -> Stretch:
        return self.clock.push(
            self.samples[start : start + n],
            RATE_HZ,
            stamp_of(start + n - 1) + jitter_ns,
            start if self.numbered else None,
        )


@pytest.fixture(params=[True, False], ids=['numbered', 'stamped only'])
def source(request: pytest.FixtureRequest) -> Source:
    return Source(AudioClock(), request.param)


def joined(stretches: list[Stretch]) -> NDArray[np.float32]:
    return np.concatenate([stretch.samples for stretch in stretches])


def test_an_even_stream_passes_unchanged_with_exact_stamps(source: Source) -> None:
    stretches = [source.push(i * BLOCK) for i in range(60)]
    assert np.array_equal(joined(stretches), source.samples)
    stamps = [stretch.stamp_ns for stretch in stretches]
    assert np.abs(np.array(stamps) - [stamp_of((i + 1) * BLOCK - 1) for i in range(60)]).max() <= 2
    counts = source.clock.counts
    assert (counts.blocks, counts.gaps, counts.resets, counts.doubtful_stamps) == (60, 0, 0, 0)


def test_a_gap_is_filled_with_as_much_silence_as_is_missing(source: Source) -> None:
    stretches = [source.push(i * BLOCK) for i in range(60) if not 10 <= i < 20]
    assert len(joined(stretches)) == len(source.samples)
    missing = np.concatenate([stretch.missing for stretch in stretches])
    assert np.flatnonzero(missing).tolist() == list(range(10 * BLOCK, 20 * BLOCK))
    expected = np.where(missing, 0, source.samples)
    assert np.array_equal(joined(stretches), expected)
    counts = source.clock.counts
    assert (counts.gaps, counts.filled_samples, counts.resets) == (1, 10 * BLOCK, 0)
    assert stretches[-1].stamp_ns == pytest.approx(stamp_of(60 * BLOCK - 1), abs=2)


def test_with_numbers_even_one_lost_sample_is_noticed() -> None:
    source = Source(AudioClock(), numbered=True)
    source.push(0)
    stretch = source.push(BLOCK + 1)
    assert len(stretch.samples) == BLOCK + 1
    assert stretch.missing.sum() == 1
    assert stretch.samples[0] == 0


def test_a_gap_too_long_to_fill_starts_over(source: Source) -> None:
    source.push(0)
    stretch = source.push(55 * BLOCK)
    assert stretch.reset
    assert np.array_equal(stretch.samples, source.samples[55 * BLOCK : 56 * BLOCK])
    assert stretch.stamp_ns == stamp_of(56 * BLOCK - 1)
    counts = source.clock.counts
    assert (counts.resets, counts.gaps, counts.filled_samples) == (1, 0, 0)


def test_a_repeated_block_is_dropped_and_counted() -> None:
    source = Source(AudioClock(), numbered=True)
    order = [0, 1, 2, 2, 2, 3, 1, 4]
    stretches = [source.push(i * BLOCK) for i in order]
    assert np.array_equal(joined(stretches), source.samples[: 5 * BLOCK])
    counts = source.clock.counts
    assert (counts.duplicate_blocks, counts.late_blocks, counts.gaps) == (3, 0, 0)


def test_a_block_that_comes_late_leaves_its_gap_and_is_counted() -> None:
    source = Source(AudioClock(), numbered=True)
    stretches = [source.push(i * BLOCK) for i in (0, 1, 3, 2, 4)]
    assert len(joined(stretches)) == 5 * BLOCK
    counts = source.clock.counts
    assert (counts.late_blocks, counts.duplicate_blocks) == (1, 0)
    assert (counts.gaps, counts.filled_samples) == (1, BLOCK)
    assert [int(stretch.missing.sum()) for stretch in stretches] == [0, 0, BLOCK, 0, 0]


def test_an_overlapping_block_gives_only_its_new_samples() -> None:
    source = Source(AudioClock(), numbered=True)
    stretches = [source.push(0, 400), source.push(300, 400), source.push(700, 100)]
    assert np.array_equal(joined(stretches), source.samples[:800])
    assert source.clock.counts.overlapping_samples == 100


def test_a_jump_back_in_time_starts_over(source: Source) -> None:
    for i in range(50, 60):
        source.push(i * BLOCK)
    back = source.clock.push(
        source.samples[:BLOCK],
        RATE_HZ,
        stamp_of(BLOCK - 1) - 3_000_000_000,
        0 if source.numbered else None,
    )
    assert back.reset
    assert back.stamp_ns == stamp_of(BLOCK - 1) - 3_000_000_000
    assert source.clock.counts.resets == 1
    assert source.clock.counts.duplicate_blocks == 0


def test_a_recording_that_begins_again_starts_over_at_once() -> None:
    source = Source(AudioClock(), numbered=True, n_blocks=100)
    rounds = [[source.push(i * BLOCK) for i in range(100)] for _ in range(2)]
    assert [stretch.reset for stretch in rounds[1]] == [True] + [False] * 99
    assert np.array_equal(joined(rounds[1]), source.samples[: 100 * BLOCK])
    assert rounds[1][-1].stamp_ns == pytest.approx(stamp_of(100 * BLOCK - 1), abs=2)


def test_a_restarted_driver_starts_over_at_once() -> None:
    source = Source(AudioClock(), numbered=True)
    for i in range(10):
        source.push(i * BLOCK)
    restarted = source.clock.push(sound(BLOCK), RATE_HZ, stamp_of(11 * BLOCK - 1), 0)
    assert restarted.reset
    assert len(restarted.samples) == BLOCK


def test_a_new_rate_starts_over(source: Source) -> None:
    source.push(0)
    stretch = source.clock.push(np.zeros(960, np.float32), 48000, stamp_of(2 * BLOCK), 960)
    assert stretch.reset
    assert source.clock.counts.resets == 1


def test_one_wild_stamp_is_not_believed_when_samples_are_numbered() -> None:
    source = Source(AudioClock(), numbered=True)
    stretches = [source.push(i * BLOCK, jitter_ns=400_000_000 if i == 20 else 0) for i in range(40)]
    assert np.array_equal(joined(stretches), source.samples[: 40 * BLOCK])
    assert stretches[20].stamp_ns == pytest.approx(stamp_of(21 * BLOCK - 1), abs=2)
    assert source.clock.counts.doubtful_stamps == 1
    assert source.clock.counts.resets == 0


def test_stamps_that_stay_off_start_over_after_a_while() -> None:
    source = Source(AudioClock(), numbered=True)
    step_ns = 500_000_000
    stretches = [source.push(i * BLOCK, jitter_ns=step_ns if i >= 20 else 0) for i in range(40)]
    resets = [i for i, stretch in enumerate(stretches) if stretch.reset]
    assert len(resets) == 1
    assert 20 < resets[0] <= 20 + 16  # 0.3 s of 20 ms blocks
    assert stretches[-1].stamp_ns == pytest.approx(stamp_of(40 * BLOCK - 1) + step_ns, abs=2)


def test_jitter_is_smoothed_and_makes_no_gaps(source: Source) -> None:
    rng = np.random.default_rng(0)
    clock = source.clock
    errors = []
    for i in range(2000):
        jitter = round(rng.normal(0, 5e6))
        last = (i + 1) * BLOCK - 1
        number = i * BLOCK if source.numbered else None
        stretch = clock.push(np.zeros(BLOCK, np.float32), RATE_HZ, stamp_of(last) + jitter, number)
        errors.append(stretch.stamp_ns - stamp_of(last))
    assert clock.counts.gaps == clock.counts.resets == 0
    assert np.std(errors[1000:]) < 2e6
    assert abs(np.mean(errors[1000:])) < 1e6


@pytest.mark.parametrize('drift_ppm', [-300.0, 80.0])
def test_a_sound_card_that_runs_slow_or_fast_is_followed(drift_ppm: float) -> None:
    clock = AudioClock()
    for i in range(5000):
        last = (i + 1) * BLOCK - 1
        stamp_ns = EPOCH_NS + round(last / RATE_HZ * 1e9 * (1 + drift_ppm * 1e-6))
        stretch = clock.push(np.zeros(BLOCK, np.float32), RATE_HZ, stamp_ns, i * BLOCK)
    assert clock.drift_ppm == pytest.approx(drift_ppm, abs=5)
    assert abs(stretch.stamp_ns - stamp_ns) < 100_000
    assert clock.counts.gaps == clock.counts.resets == clock.counts.doubtful_stamps == 0


@pytest.mark.parametrize('rate_hz', [8000, 22050, 44100, 48000])
def test_other_rates_are_resampled_with_true_stamps(rate_hz: int) -> None:
    rng = np.random.default_rng(rate_hz)
    samples = rng.normal(0, 0.1, rate_hz).astype(np.float32)
    clock, stretches, at = AudioClock(), [], 0
    while at < len(samples):
        n = int(rng.integers(1, 2000))
        block = samples[at : at + n]
        stretches.append(clock.push(block, rate_hz, stamp_of(at + len(block) - 1, rate_hz), at))
        at += len(block)
        produced = sum(len(stretch.samples) for stretch in stretches)
        if produced:
            assert stretches[-1].stamp_ns == pytest.approx(stamp_of(produced - 1), abs=2)
    got = joined(stretches)
    assert np.allclose(got, resample(samples, rate_hz)[: len(got)], atol=1e-6)
    assert len(got) > 0.99 * RATE_HZ


def test_a_gap_at_another_rate_is_counted_at_16_khz() -> None:
    clock = AudioClock()
    clock.push(np.ones(480, np.float32), 48000, stamp_of(479, 48000), 0)
    clock.push(np.ones(480, np.float32), 48000, stamp_of(1439, 48000), 960)
    last = clock.push(np.ones(480, np.float32), 48000, stamp_of(1919, 48000), 1440)
    assert clock.counts.filled_samples == 480
    assert last.missing.sum() == 0
    clock = AudioClock()
    total = 0
    for first in (0, 960, 1440, 1920):
        stretch = clock.push(np.ones(480, np.float32), 48000, stamp_of(first + 479, 48000), first)
        total += int(stretch.missing.sum())
    assert total == 160


def test_an_empty_block_changes_nothing(source: Source) -> None:
    first = source.push(0)
    empty = source.push(BLOCK, 0)
    assert len(empty.samples) == 0
    assert empty.stamp_ns == first.stamp_ns
    assert np.array_equal(source.push(BLOCK).samples, source.samples[BLOCK : 2 * BLOCK])


def test_the_start_is_the_first_samples_time(source: Source) -> None:
    assert source.push(0).start_ns == pytest.approx(stamp_of(0), abs=2)


def test_what_is_no_block_is_refused() -> None:
    with pytest.raises(AudioClockError, match=r'block of shape \(2, 320\)'):
        AudioClock().push(np.zeros((2, 320), np.float32), RATE_HZ, 0)
    with pytest.raises(AudioClockError, match='first sample -1; accepted are'):
        AudioClock().push(np.zeros(320, np.float32), RATE_HZ, 0, -1)
    with pytest.raises(ResamplingError, match='sampling rate 0 Hz'):
        AudioClock().push(np.zeros(320, np.float32), 0, 0)
