# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What runs the network: one interface, and the choice between its implementations.

Nothing here imports torch or ONNX Runtime before it is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.graph_files import PARTS, Part
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_stream_identity import identity_of
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.snr_backend import with_estimated_snr
from av_fusion_ros.recognition.speech_readout import SpeechReadout, readout_or_none

AUTO, ONNXRUNTIME, OPENVINO, TORCH = CHOICES = ('auto', 'onnxruntime', 'openvino', 'torch')

Floats = NDArray[np.float32]
#: What a part remembers, layer by layer: arrays whose first axis is the stream. Only the backend
#: that made it can read it.
State = Sequence[Any]


class Backend(Protocol):
    """The three parts of the network for any number of streams (B) and hops (n) at once.

    Arrays are float32 unless stated; each part takes and returns what it remembers.
    """

    name: str
    #: By which the agreement head divides similarities, in [0.01, 1.0].
    agreement_temperature: float
    #: Tells speech from features in loud noise; None where the checkpoint has none beside it.
    speech: SpeechReadout | None

    def initial_state(self, part: Part, streams: int = 1) -> State:
        """What a part remembers before it has heard or seen anything."""

    def hear(self, mel: Floats, state: State) -> tuple[Floats, Floats, State]:
        """Features (B, n, D), SNR in dB (B, n) and state of log-mel frames (B, 1, n_mels, 4 n)."""

    def see(self, crops: Floats, state: State) -> tuple[Floats, State]:
        """Features (B, n, D) and state of grey crops (B, 1, n, crop_px, crop_px) in [0, 1]."""

    def fuse(
        self, features: Floats, present: Floats, evidence: Floats, state: State
    ) -> tuple[Floats, Floats, Floats, State]:
        """Phoneme log-probabilities (B, n, classes), weights (B, n, 3), agreement logit (B, n).

        ``features`` (B, n, 3, D), ``present`` (B, n, 3), shares in [0, 1], and ``evidence``
        (B, n, 3) are those of ``AVNetwork.fuse``.
        """

    def projections(self, state: State) -> Floats:
        """What the agreement head compared at the newest hop of ``fuse``: (B, 2, size).

        The first is what was heard, the second what was seen.
        """


def open_backend(
    checkpoint: Path,
    choice: str = AUTO,
    *,
    parts: Sequence[Part] = PARTS,
    graph_folders: Sequence[Path] = (),
    threads: int = 1,
    tell: Callable[[str], None] = lambda message: None,
) -> tuple[Backend, Specification]:
    """Load a checkpoint into the backend of that name, and run each part once.

    ``auto`` prefers ONNX Runtime; where it has to do with torch, ``tell`` is called with the
    reason. ``openvino`` is ONNX Runtime with OpenVINO, a build of its own. Only ``parts`` can be
    run; their graphs are looked for beside the checkpoint, then in ``graph_folders``. The SNR is
    by the estimator beside the checkpoint; where that cannot be used, ``tell`` is told why and the
    network's own head does it. Likewise the readout of speech in noise.

    Raises CheckpointError, or RecognitionError for a backend that is impossible here.
    """
    if choice not in CHOICES:
        raise RecognitionError(f'backend {choice!r} is not one of {", ".join(CHOICES)}')
    folders = (checkpoint.parent, *graph_folders)
    backend, spec = _opened(checkpoint, choice, parts, folders, threads, tell)
    if 'audio' in parts:
        identity = identity_of(checkpoint)
        backend = with_estimated_snr(backend, checkpoint, identity, tell)
        backend.speech = readout_or_none(checkpoint, tell, identity)
    # The first call of a network is slow; it must not fall on the first word.
    _run_once(backend, spec, parts)
    return backend, spec


def _opened(
    checkpoint: Path,
    choice: str,
    parts: Sequence[Part],
    folders: Sequence[Path],
    threads: int,
    tell: Callable[[str], None],
) -> tuple[Backend, Specification]:
    if choice != TORCH:
        from av_fusion_ros.recognition.onnx_backend import (
            CPU_PROVIDER,
            OPENVINO_PROVIDER,
            open_onnx_backend,
        )

        try:
            provider = OPENVINO_PROVIDER if choice == OPENVINO else CPU_PROVIDER
            return open_onnx_backend(checkpoint, parts, folders, threads, provider)
        except RecognitionError as error:
            if choice != AUTO:
                raise
            tell(f'torch runs the network: {error}')
    try:
        from av_fusion_ros.recognition.torch_backend import open_torch_backend
    except ModuleNotFoundError as error:
        raise RecognitionError(
            'torch is not installed; install it, or use the backend onnxruntime'
        ) from error
    return open_torch_backend(checkpoint, threads)


def _run_once(backend: Backend, spec: Specification, parts: Sequence[Part]) -> None:
    def zeros(*shape: int) -> Floats:
        return np.zeros((1, *shape), np.float32)

    for part in parts:
        state = backend.initial_state(part)
        if part == 'audio':
            backend.hear(zeros(1, spec.n_mels, spec.mel_frames_per_hop), state)
        elif part == 'visual':
            backend.see(zeros(1, 1, spec.crop_px, spec.crop_px), state)
        else:
            backend.fuse(zeros(1, 3, spec.feature_size), zeros(1, 3), zeros(1, 3), state)
