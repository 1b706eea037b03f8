# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A backend whose SNR is the fitted estimator's instead of the network's own head's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from av_fusion_ros.model.graph_files import Part
from av_fusion_ros.recognition.audio_stream_identity import AudioStreamIdentity
from av_fusion_ros.recognition.snr_estimate import SnrEstimator, estimator_or_none
from av_fusion_ros.recognition.speech_readout import SpeechReadout

if TYPE_CHECKING:
    from av_fusion_ros.recognition.backend import Backend, Floats, State


class SnrBackend:
    """``backend`` with another SNR; what the estimator remembers is the last of 'audio's state."""

    def __init__(self, backend: Backend, estimator: SnrEstimator) -> None:
        self._backend, self._estimator = backend, estimator
        self.name = backend.name
        self.speech: SpeechReadout | None = None
        self.agreement_temperature = backend.agreement_temperature

    def initial_state(self, part: Part, streams: int = 1) -> State:
        """What a part remembers before it has heard or seen anything."""
        state = self._backend.initial_state(part, streams)
        if part == 'audio':
            return [*state, self._estimator.initial_state(streams)]
        return state

    def hear(self, mel: Floats, state: State) -> tuple[Floats, Floats, State]:
        """See ``Backend.hear``."""
        *past, remembered = state
        features, _, after = self._backend.hear(mel, past)
        snr_db, remembered = self._estimator.estimate(features, mel, remembered)
        return features, snr_db, [*after, remembered]

    def see(self, crops: Floats, state: State) -> tuple[Floats, State]:
        """See ``Backend.see``."""
        return self._backend.see(crops, state)

    def fuse(
        self, features: Floats, present: Floats, evidence: Floats, state: State
    ) -> tuple[Floats, Floats, Floats, State]:
        """See ``Backend.fuse``."""
        return self._backend.fuse(features, present, evidence, state)

    def projections(self, state: State) -> Floats:
        """See ``Backend.projections``."""
        return self._backend.projections(state)


def with_estimated_snr(
    backend: Backend, checkpoint: Path, identity: AudioStreamIdentity, tell: Callable[[str], None]
) -> Backend:
    """The backend with the estimator of its checkpoint; without one as it is, and ``tell`` why."""
    estimator = estimator_or_none(checkpoint, tell, identity)
    return backend if estimator is None else SnrBackend(backend, estimator)
