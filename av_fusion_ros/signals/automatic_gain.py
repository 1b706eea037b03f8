# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A gain for microphones that are quiet: the network knows speech of common loudness only.

It follows how loud speech has been lately, so that a pause does not raise the noise of the room,
and raises no sound that is loud enough: of recordings with a common level nothing is changed.
"""

from __future__ import annotations

#: Loudness of speech, in dBFS, from which on nothing is raised. 12 dB below that of GRID's
#: recordings, whose syllables reach -8 dBFS; the network was trained with them 15 dB fainter too.
ENOUGH_DBFS = -20.0
MAX_GAIN_DB = 30.0
_SPEECH = 0.5  # speech probability from which on somebody speaks
#: Between two loud syllables, and so slowly towards a talker who is fainter than the one before.
_FALL_DB_S = 6.0


class AutomaticGain:
    """Tells the gain of each block of sound; ``gain_db`` is that of the last one.

    ``max_gain_db`` 0 = always none.
    """

    def __init__(self, max_gain_db: float = MAX_GAIN_DB) -> None:
        self.max_gain_db = max_gain_db
        self.reset()

    def reset(self) -> None:
        """Forget how loud speech has been: it counts as loud enough until it is heard."""
        self._loudness_dbfs = ENOUGH_DBFS
        self.gain_db = 0.0

    def push(self, level_dbfs: float, speech_probability: float, length_s: float) -> float:
        """The gain in dB, from 0 to ``max_gain_db``, for a block of ``length_s``.

        ``level_dbfs`` RMS of the block, -inf for silence; ``speech_probability`` NaN = unknown, as
        none. A single sound is never raised above full scale.
        """
        if speech_probability > _SPEECH:
            fallen = self._loudness_dbfs - _FALL_DB_S * length_s
            self._loudness_dbfs = max(level_dbfs, fallen, ENOUGH_DBFS - self.max_gain_db)
        self.gain_db = max(0.0, min(ENOUGH_DBFS - self._loudness_dbfs, -level_dbfs))
        return self.gain_db
