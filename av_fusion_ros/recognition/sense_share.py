# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How much of the weight that the gate gives it a sense really gets: lost at once, regained slowly.

The gate judges one hop at a time. A sense that comes and goes would make the mixture jump with
every hop; so a sense that was lost is trusted little by little when it is back.
"""

from __future__ import annotations

from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S
from av_fusion_ros.recognition.mode_table import lost

#: From nothing to the whole share. So long that 90 % of the weight is back after 1 s at the least:
#: as weights sum to 1, that is reached well before 90 % of the share. The mode comes back a little
#: earlier (RECOVERY_S), when most of it is there.
REGAIN_S = 1.4
#: An absence of so long costs the whole share, a shorter one its part: one lost picture is little.
FORFEIT_S = 0.2

_GAIN = HOP_NS / NS_PER_S / REGAIN_S
_LOSS = HOP_NS / NS_PER_S / FORFEIT_S


class SenseShare:
    """The share in [0, 1] of one sense: 'audio', 'camera' or 'v2x'.

    Usable is what is there with a quality that is not LOST, by the limits of the mode table.
    """

    def __init__(self, sense: str) -> None:
        self._limits = lost(sense)
        self._saved = 1.0
        self._usable = True

    def update(self, there: bool, quality: float) -> float:
        """The share in this hop; 0 exactly when unusable. An unknown quality (NaN) is usable."""
        limit = self._limits.fall if self._usable else self._limits.rise
        self._usable = there and not quality < limit
        if self._usable:
            self._saved = min(1.0, self._saved + _GAIN)
            return self._saved
        self._saved = max(0.0, self._saved - _LOSS)
        return 0.0
