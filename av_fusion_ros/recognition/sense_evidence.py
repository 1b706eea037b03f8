# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What each hop tells about the senses themselves.

That is how far to show each of them to the network, and the numbers that the mode goes by.
"""

from __future__ import annotations

from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.senses import AUDIO, V2X, VISUAL
from av_fusion_ros.recognition.alignment import AlignedHop
from av_fusion_ros.recognition.features import NS_PER_S, VisualFeature
from av_fusion_ros.recognition.mode_table import MOST_IN_RAIN
from av_fusion_ros.recognition.modes import Mode, SenseState
from av_fusion_ros.recognition.sense_share import SenseShare
from av_fusion_ros.signals.camera_health import CameraCondition

_SNR_SMOOTHING = 0.08  # share of each hop in the SNR that modes go by: about 0.5 s
_SNR_HOPS = 12  # of usable sound before the estimate is one: it was trained from there on
# What leaves a mouth readable at one moment and not at the next; the other faults show in quality.
_BEFORE_THE_LENS = (CameraCondition.RAIN, CameraCondition.GLARE)


class SenseEvidence:
    """Follows the senses hop by hop, by the ages in seconds at which they are stale.

    After ``update``, ``shares`` (3,) says how far each sense is shown to the network, 0 not at
    all, 1 as the gate has it, and ``state`` what the mode goes by.
    """

    def __init__(self, max_age_s: float, max_v2x_age_s: float) -> None:
        self._max_age_ns = round(max_age_s * NS_PER_S)
        self._max_v2x_age_s = max_v2x_age_s
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.shares: NDArray[np.float32] = np.zeros(3, np.float32)
        self.state = SenseState(False, False, False)
        self._audio, self._camera, self._link = (
            SenseShare(sense) for sense in ('audio', 'camera', 'v2x')
        )
        self._heard_ns: int | None = None
        self._seen_ns: int | None = None
        self._snr_db, self._snr_hops = nan, 0

    def update(self, hop: AlignedHop, v2x_age_s: float | None, mode: Mode) -> None:
        """Take a hop; ``v2x_age_s``: of the newest roadside view; ``mode``: that in force."""
        audio, visual, roadside = hop.audio, hop.visual, hop.roadside
        audio_quality = audio.quality if audio else nan
        camera_quality = visual.quality if visual else nan
        v2x_quality = roadside.quality if roadside else nan
        v2x_fresh = v2x_age_s is not None and v2x_age_s <= self._max_v2x_age_s
        face = visual is not None and visual.embedding.size > 0
        shares = np.zeros(3, np.float32)
        shares[AUDIO] = self._audio.update(audio is not None, audio_quality)
        shares[VISUAL] = self._camera.update(face, camera_quality)
        # Of the link, not of the hop: a view that is not waited for is late, not lost.
        link = self._link.update(v2x_fresh, v2x_quality)
        # Never both pictures, as in training. The roadside view stays until the mode has the own
        # picture back, by when that has most of its share.
        stands_in = shares[VISUAL] == 0 or mode is Mode.V2X_FALLBACK
        if roadside is not None and link > 0 and stands_in:
            shares[VISUAL], shares[V2X] = 0.0, link
        if audio is not None:
            self._heard_ns = hop.time_ns
            self._follow_snr(audio.snr_db, bool(shares[AUDIO]))
        if visual is not None:
            self._seen_ns = hop.time_ns
        self.shares = shares
        self.state = SenseState(
            self._is_fresh(self._heard_ns, hop.time_ns),
            self._is_fresh(self._seen_ns, hop.time_ns),
            v2x_fresh,
            self._snr_db,
            audio_quality,
            self._for_the_mode(visual),
            v2x_quality,
        )

    @staticmethod
    def _for_the_mode(visual: VisualFeature | None) -> float:
        """The camera's quality as the mode counts it."""
        if visual is None:
            return nan
        rain = visual.health in _BEFORE_THE_LENS
        return min(visual.quality, MOST_IN_RAIN) if rain else visual.quality

    def _follow_snr(self, snr_db: float, hears: bool) -> None:
        """The SNR that modes go by: unknown until there was usable sound for a while."""
        if not hears:
            self._snr_db, self._snr_hops = nan, 0
        elif not isnan(snr_db):
            self._snr_hops += 1
            if self._snr_hops >= _SNR_HOPS:
                before = snr_db if isnan(self._snr_db) else self._snr_db
                self._snr_db = before + _SNR_SMOOTHING * (snr_db - before)

    def _is_fresh(self, last_ns: int | None, time_ns: int) -> bool:
        return last_ns is not None and time_ns - last_ns <= self._max_age_ns
