# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the consistency monitor goes by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from av_fusion_ros.recognition.agreement_calibration import AgreementCalibration
from av_fusion_ros.recognition.av_offset import OffsetSettings
from av_fusion_ros.recognition.media_loop import LoopSettings


@dataclass(frozen=True, slots=True)
class HopTestLimits:
    """Of the sequential test on hops, in nats.

    ``raise_at`` and ``clear_at``: evidence by which a mismatch of voice and lips is raised and
    cleared; ``hop``: what one hop adds at most; ``drift``: what it loses anyway.
    """

    raise_at: float
    clear_at: float
    hop: float
    drift: float


#: Where hops are judged by what ear and eye read too, and where by their similarity alone.
BY_CONTENT = HopTestLimits(24.0, 24.0, 4.0, 2.5)
BY_SIMILARITY = HopTestLimits(16.0, 16.0, 3.0, 1.5)


def limits_at(evidence: float) -> tuple[HopTestLimits, HopTestLimits]:
    """Both with another ``evidence`` (nats) for raising and clearing, by similarity in proportion.

    One hop proves less by its similarity alone, so it is held against less.
    """
    alone = evidence * BY_SIMILARITY.raise_at / BY_CONTENT.raise_at
    return (
        replace(BY_CONTENT, raise_at=evidence, clear_at=evidence),
        replace(BY_SIMILARITY, raise_at=alone, clear_at=alone),
    )


@dataclass(frozen=True, slots=True)
class ConsistencySettings:
    """Limits, chosen on validation clips (benchmarks/consistency, --part validation).

    ``desync_s``: the least shift that is told, ``desync_gain`` the cosine it must gain over
    no shift, ``desync_hops`` for so many hops of speech. ``lips_moving`` and ``lips_still``: spread
    of the mouth opening over 1 s. Times in seconds that a finding must hold.
    """

    by_content: HopTestLimits = BY_CONTENT
    by_similarity: HopTestLimits = BY_SIMILARITY
    desync_s: float = 0.1
    desync_gain: float = 0.06
    desync_hops: int = 5
    silence_s: float = 3.0  # without speech that can be judged, then all is unknown
    frozen_s: float = 0.5
    dead_s: float = 0.5
    change_s: float = 0.5  # between fine and unknown
    min_quality: float = 0.4  # of either input, below it nothing is judged
    min_snr_db: float = 2.0  # below it the mode table too calls the sound poor
    dead_level_dbfs: float = -80.0
    lips_moving: float = 0.02  # 0.01 is a closed mouth's
    lips_still: float = 0.006  # 0.003 in silence; 99.9 % of speech is above 0.008
    loop: LoopSettings = field(default_factory=LoopSettings)
    offset: OffsetSettings = field(default_factory=OffsetSettings)
    calibration: AgreementCalibration = field(default_factory=AgreementCalibration)

    @property
    def test(self) -> HopTestLimits:
        """The limits that go with the calibration."""
        return self.by_similarity if self.calibration.content is None else self.by_content
