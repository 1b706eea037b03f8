# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Roadside pictures to features, for stations that send frames instead of features."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection

from av_fusion_ros.recognition.features import RoadsideFeature
from av_fusion_ros.recognition.v2x_admission import RoadsideFrame
from av_fusion_ros.recognition.visual_encoder import VisualEncoder

_MOST = 8  # encoders of 13 MB each; more stations than that are hardly in sight at once


class RoadsideEncoders:
    """One visual encoder for each station, made by ``make`` with its first admitted frame.

    The stations heard last keep theirs; one that was forgotten begins anew.
    """

    def __init__(self, make: Callable[[], VisualEncoder]) -> None:
        self._make = make
        self._encoders: OrderedDict[str, VisualEncoder] = OrderedDict()

    def encode(self, frame: RoadsideFrame) -> list[RoadsideFeature]:
        """The features of the 25 Hz ticks that a frame makes due; none without a face.

        The quality is what this encoder sees, not what the unit says. A frame older than one
        that was encoded before is left out: the stream cannot go back.
        """
        encoder = self._encoders.get(frame.station_id)
        if encoder is None:
            encoder = self._encoders[frame.station_id] = self._make()
            if len(self._encoders) > _MOST:
                self._encoders.popitem(last=False)
        self._encoders.move_to_end(frame.station_id)
        return [
            RoadsideFeature(
                tick.stamp_ns, frame.station_id, frame.sequence, tick.embedding, tick.quality
            )
            for tick in encoder.push(frame.image_bgr, frame.stamp_ns)
            if tick.embedding.size
        ]

    def keep_only(self, stations: Collection[str]) -> None:
        """Forget the encoders of stations that are no longer trusted."""
        for name in [name for name in self._encoders if name not in stations]:
            del self._encoders[name]
