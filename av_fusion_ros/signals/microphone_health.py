# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a microphone: one condition, and a score in [0, 1] for each that there is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.fault_hysteresis import FaultHysteresis
from av_fusion_ros.signals.microphone_quality import MicrophoneReading
from av_fusion_ros.signals.microphone_signs import (
    RATE_HZ,
    clipped_share,
    holes,
    hum_share_db,
    level_dbfs,
    steady_offset,
    whiteness,
)


class MicrophoneCondition(IntEnum):
    """Values of AudioFeatures.msg; when several faults are raised the first of them is told."""

    OK = 0
    DEAD = 1
    DROPOUT = 2
    CLIPPED = 3
    DC = 4
    HUM = 5


_FAULTS = tuple(MicrophoneCondition)[1:]
_SMOOTH_S, _CLEAR_S = 0.15, 1.0
_WINDOW_S, _HUM_WINDOW_S = 1.0, 2.0
_SLOW_PERIOD_S = 0.2  # the spectra are looked at so often

# Of the last second. Faults put into real recordings, and recordings without, lie on either side.
_HOLES_S = (0.004, 0.020)
_CLIPPED_SHARE = (0.001, 0.009)
_OFFSET = (0.05, 0.15)
_HUM_DB = (-16.0, -6.0)
# Nothing but the last bits; or noise too flat and steady to be a room's, softly.
_SILENT_DBFS = (-86.0, -92.0)
_ELECTRONIC_DBFS, _FLATNESS_DB, _SPREAD_DB = (-50.0, -58.0), (-0.25, -0.12), (1.2, 0.8)
_PAUSE_S = (3.0, 5.0)  # a pause in a studio sounds the same, but ends


@dataclass(frozen=True, slots=True)
class MicrophoneHealthReading:
    """``scores`` by ``MicrophoneCondition``: how bad each fault is now, [0, 1]; OK is what is left.

    ``condition`` follows with hysteresis.
    """

    condition: MicrophoneCondition
    scores: tuple[float, ...]


class MicrophoneHealth:
    """Watches 16 kHz samples in blocks of any size, some 0.2 ms for 40 ms of sound."""

    def __init__(self) -> None:
        self._hysteresis = FaultHysteresis(len(_FAULTS), _SMOOTH_S, _CLEAR_S)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._sound = np.zeros(0, np.float32)
        self._lost: deque[tuple[int, int]] = deque()
        self._since_slow_s = 0.0
        self._hum = self._electronic = self._electronic_s = 0.0
        self._hysteresis.reset()

    def push(
        self,
        samples: NDArray[np.float32],
        reading: MicrophoneReading,
        lost: int = 0,
    ) -> MicrophoneHealthReading:
        """Take samples (n,) and what ``MicrophoneQuality`` says of them.

        ``lost``: how many of them never came and are silence instead.
        """
        keep = round(_HUM_WINDOW_S * RATE_HZ)
        self._sound = np.concatenate([self._sound, samples])[-keep:]
        elapsed_s = len(samples) / RATE_HZ
        self._since_slow_s += elapsed_s
        recent = self._sound[-round(_WINDOW_S * RATE_HZ) :]
        whole = len(recent) == round(_WINDOW_S * RATE_HZ)
        if whole and self._since_slow_s >= _SLOW_PERIOD_S:
            self._look_at_spectra(recent)
        dead = float(reading.dead)
        if whole:
            alone = self._electronic * _rise(self._electronic_s, _PAUSE_S)
            dead = max(dead, alone, _rise(level_dbfs(recent), _SILENT_DBFS))
        silent = sum(length for _, length in holes(recent)) + self._lost_lately(len(samples), lost)
        clipped = clipped_share(recent) if whole else 0.0
        offset = abs(steady_offset(recent)) if whole else 0.0
        faults = (
            dead,
            _rise(silent / RATE_HZ, _HOLES_S),
            _rise(clipped, _CLIPPED_SHARE),
            _rise(offset, _OFFSET),
            self._hum,
        )
        raised = self._hysteresis.push(faults, elapsed_s)
        condition = next(
            (fault for fault, on in zip(_FAULTS, raised, strict=True) if on),
            MicrophoneCondition.OK,
        )
        return MicrophoneHealthReading(condition, (1.0 - max(faults), *faults))

    def _lost_lately(self, samples: int, lost: int) -> int:
        """Samples that never came, of the last second."""
        self._lost.append((samples, lost))
        while sum(n for n, _ in self._lost) > round(_WINDOW_S * RATE_HZ):
            self._lost.popleft()
        return sum(n for _, n in self._lost)

    def _look_at_spectra(self, recent: NDArray[np.float32]) -> None:
        self._hum = self._electronic = 0.0
        if level_dbfs(recent) > _SILENT_DBFS[1]:
            self._electronic = _electronic(recent)
            self._hum = self._hum_score()
        self._electronic_s += self._since_slow_s
        if self._electronic < 0.5:
            self._electronic_s = 0.0
        self._since_slow_s = 0.0

    def _hum_score(self) -> float:
        if len(self._sound) < round(_HUM_WINDOW_S * RATE_HZ):
            return 0.0
        return _rise(hum_share_db(self._sound), _HUM_DB)


def _rise(value: float, span: tuple[float, float]) -> float:
    """0 at the first of ``span``, 1 at the second, straight between."""
    return min(1.0, max(0.0, (value - span[0]) / (span[1] - span[0])))


def _electronic(sound: NDArray[np.float32]) -> float:
    """How sure it is that a second of sound is an amplifier's own noise and nothing else."""
    quiet = _rise(level_dbfs(sound), _ELECTRONIC_DBFS)
    if quiet == 0.0:
        return 0.0
    flatness_db, spread_db = whiteness(sound)
    return quiet * _rise(flatness_db, _FLATNESS_DB) * _rise(spread_db, _SPREAD_DB)
