# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the consistency monitor says: levels, kinds and the alarm with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import nan


class Level(IntEnum):
    """LEVEL_* of ConsistencyAlarm.msg."""

    OK = 0
    WARN = 1
    ERROR = 2
    UNKNOWN = 3


class Kind(IntEnum):
    """KIND_* of ConsistencyAlarm.msg; AFFECT and V2X_CONFLICT are found elsewhere."""

    NONE = 0
    CONTENT = 1
    DESYNC = 2
    FROZEN_VIDEO = 3
    LOOPED_MEDIA = 4
    DEAD_AUDIO = 5
    WRONG_SPEAKER = 6
    AFFECT = 7
    V2X_CONFLICT = 8


@dataclass(frozen=True, slots=True)
class Alarm:
    """The fields of ConsistencyAlarm.msg; ``onset_ns`` 0 = not raised, NaN = unknown."""

    stamp_ns: int
    level: Level
    kind: Kind
    score: float = nan
    threshold: float = nan
    av_offset_s: float = nan
    onset_ns: int = 0
    detail: str = ''
    score_3s: float = nan
    evidence: float = nan
    evidence_limit: float = nan
    temperature: float = nan
    speech_s: float = nan
    snr_db: float = nan
    camera_quality: float = nan
    loop_period_s: float = nan


#: What a kind says to people.
DETAILS = {
    Kind.CONTENT: 'lips and sound do not belong together',
    Kind.DESYNC: 'sound and picture are shifted by {offset_ms:+.0f} ms',
    Kind.FROZEN_VIDEO: 'the picture does not change',
    Kind.LOOPED_MEDIA: '{what} repeats itself every {period_s:.2f} s',
    Kind.DEAD_AUDIO: 'the lips move, the microphone is silent',
    Kind.WRONG_SPEAKER: 'somebody speaks, but the lips of this face are still',
}
