# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How likely somebody is speaking: the Silero network on ONNX Runtime.

Silero Team 2021 to 2025, 'Silero VAD', MIT licence; the weights are in the silero-vad package,
of which no code is imported here because it needs torch.
"""

from __future__ import annotations

from importlib.util import find_spec
from math import nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.onnx_session import open_on_one_thread

RATE_HZ = 16000
CHUNK_SAMPLES = 512  # 32 ms, the only size the network takes at 16 kHz
_CONTEXT_SAMPLES = 64  # the end of the chunk before, which the network wants to see again


class VoiceActivityError(ValueError):
    """The voice activity network cannot be loaded."""


def find_network() -> Path:
    """Return the ONNX file inside the installed silero-vad; raises VoiceActivityError."""
    package = find_spec('silero_vad')
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / 'data' / 'silero_vad.onnx'
        if path.is_file():
            return path
    raise VoiceActivityError(
        'the silero-vad package with data/silero_vad.onnx is not installed; run the set-up '
        '(make setup) or install silero-vad'
    )


class VoiceActivity:
    """Streams 16 kHz samples in blocks of any size; one thread, about 0.3 ms for 32 ms of sound.

    Raises:
        VoiceActivityError: the network's file is missing or damaged.
    """

    def __init__(self, network: Path | None = None) -> None:
        path = network if network is not None else find_network()
        try:
            self._session = open_on_one_thread(path)
        except Exception as error:  # ONNX Runtime has no common error class
            raise VoiceActivityError(
                f'{path} is not a readable voice activity network; install silero-vad again '
                f'({error})'
            ) from error
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)
        self._carried = np.zeros(0, np.float32)
        self._probability = nan

    def push(self, samples: NDArray[np.float32]) -> float:
        """Take samples (n,) and return the latest speech probability; NaN before 32 ms of sound."""
        buffered = np.concatenate([self._carried, np.asarray(samples, np.float32)])
        for start in range(0, len(buffered) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
            chunk = buffered[start : start + CHUNK_SAMPLES]
            seen = np.concatenate([self._context, chunk])[None]
            given = {'input': seen, 'state': self._state, 'sr': np.array(RATE_HZ, np.int64)}
            probability, self._state = self._session.run(None, given)
            self._context = chunk[-_CONTEXT_SAMPLES:]
            self._probability = float(probability[0, 0])
        self._carried = buffered[len(buffered) // CHUNK_SAMPLES * CHUNK_SAMPLES :]
        return self._probability
