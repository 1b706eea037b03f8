# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scene's sound: utterances at one active level, then what events do to it.

SNR is the mean power of the speech over its active samples (inside phonemes, as ITU-T P.56
measures active level) over the mean power of the noise inside its event. Speech is scaled
to one active level, so an SNR holds for every utterance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.events import Desync, Event, MicDead, MicLoss, Noise
from av_fusion_ros.generation.noise import noise_samples
from av_fusion_ros.generation.speech import SAMPLE_RATE_HZ, Speech

Samples = npt.NDArray[np.float32]

ACTIVE_LEVEL_DBFS = -26.0  # ITU-T P.56 practice
_ROOM_LEVEL_DBFS = -72.0  # a microphone in a quiet room: never digital silence
_PEAK = 0.98


@dataclass(frozen=True)
class SoundTrack:
    """samples (n,) float32 within [-1, 1]; delivered (n,) bool, False where no message comes.

    active (n,) bool marks speech as heard; gain is the factor that kept the peaks below full
    scale (1 where nothing had to be turned down; SNR is not changed by it).
    """

    samples: Samples
    delivered: npt.NDArray[np.bool_]
    active: npt.NDArray[np.bool_]
    gain: float


def active_mask(speech: Speech) -> npt.NDArray[np.bool_]:
    """(n,) True inside phonemes, or inside words where phonemes are not known."""
    mask = np.zeros(len(speech.samples), bool)
    for sounded in speech.phonemes or speech.words:
        mask[round(sounded.start_s * SAMPLE_RATE_HZ) : round(sounded.end_s * SAMPLE_RATE_HZ)] = True
    return mask


def sound_track(
    utterances: Sequence[tuple[float, Samples, npt.NDArray[np.bool_]]],
    events: Sequence[Event],
    duration_s: float,
    seed: int,
) -> SoundTrack:
    """The sound of (start_s, samples, active) utterances under the events."""
    n = round(duration_s * SAMPLE_RATE_HZ)
    samples, active = np.zeros(n, np.float32), np.zeros(n, bool)
    target = 10.0 ** (ACTIVE_LEVEL_DBFS / 20.0)
    for start_s, spoken, mask in utterances:
        level = float(np.sqrt(np.mean(np.square(spoken[mask], dtype=np.float64))))
        first = round(start_s * SAMPLE_RATE_HZ)
        last = min(first + len(spoken), n)
        samples[first:last] += np.float32(target / max(level, 1e-9)) * spoken[: last - first]
        active[first:last] |= mask[: last - first]
    for event in events:
        if isinstance(event, Desync):
            samples, active = _shifted(samples, active, event)
    room = np.random.default_rng([seed, 0x400]).standard_normal(n).astype(np.float32)
    samples += room * np.float32(10.0 ** (_ROOM_LEVEL_DBFS / 20.0))
    for index, event in enumerate(events):
        if isinstance(event, Noise):
            first, last = _span(event, n)
            rng = np.random.default_rng([seed, 0x401, index])
            noise = noise_samples(rng, last - first, event.sound, event.file)
            samples[first:last] += np.float32(target * 10.0 ** (-event.snr_db / 20.0)) * noise
    peak = float(np.max(np.abs(samples))) if n else 0.0
    gain = min(1.0, _PEAK / max(peak, 1e-9))
    samples *= np.float32(gain)
    delivered = np.ones(n, bool)
    for event in events:
        first, last = _span(event, n)
        if isinstance(event, MicDead):
            samples[first:last] = 0.0
        elif isinstance(event, MicLoss):
            delivered[first:last] = False
    return SoundTrack(samples, delivered, active, gain)


def _span(event: Event, n: int) -> tuple[int, int]:
    first = min(max(round(event.start_s * SAMPLE_RATE_HZ), 0), n)
    last = n if event.end_s == float('inf') else round(event.end_s * SAMPLE_RATE_HZ)
    return first, min(max(last, first), n)


def _shifted(
    samples: Samples, active: npt.NDArray[np.bool_], event: Desync
) -> tuple[Samples, npt.NDArray[np.bool_]]:
    """Inside the event, what was there shift_s before; the rest as it was."""
    first, last = _span(event, len(samples))
    source = np.arange(first, last) - round(event.shift_s * SAMPLE_RATE_HZ)
    inside = (source >= 0) & (source < len(samples))
    source = np.clip(source, 0, max(len(samples) - 1, 0))
    moved, moved_active = samples.copy(), active.copy()
    moved[first:last] = np.where(inside, samples[source], 0.0)
    moved_active[first:last] = inside & active[source]
    return moved, moved_active
