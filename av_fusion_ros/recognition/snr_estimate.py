# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The SNR by a small recurrent network over hops, in numpy, with carried state.

A hop by itself cannot tell loud speech from loud noise; what was heard before can. The network's
own head sees half a second; this GRU (Cho et al. 2014) remembers for as long as it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy.special import expit

from av_fusion_ros.model.checkpoint_file import Arrays
from av_fusion_ros.recognition.audio_stream_identity import AudioStreamIdentity, identity_of
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.frozen_weights import Floats, array
from av_fusion_ros.signals.log_mel import FRAMES_PER_HOP, N_MELS

FORMAT = 'av_fusion_ros.snr/1'
SUFFIX = '.snr.safetensors'
#: Matrices are input first; the gates of the GRU in the order reset, update, new.
NAMES = (
    *('entry.weight', 'entry.bias', 'gru.input.weight', 'gru.input.bias'),
    *('gru.past.weight', 'gru.past.bias', 'middle.weight', 'middle.bias'),
    *('output.weight', 'output.bias'),
)


class SnrEstimator:
    """SNR in dB of audio features and log-mel frames.

    ``arrays`` are those of NAMES, for H units: entry (D + 64, H), gru.input and gru.past (H, 3 H),
    middle (H, H), output (H, 1). Raises KeyError for one that is missing and ValueError for shapes
    that do not belong together or for numbers that are not finite.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._a = {name: array(arrays, name) for name in NAMES}
        inputs, self._units = self._a['entry.weight'].shape
        u = self._units
        wanted = dict(zip(NAMES, _shapes(inputs, u), strict=True))
        for name, values in self._a.items():
            if values.shape != wanted[name] or not np.isfinite(values).all():
                raise ValueError(
                    f'{name} is of shape {values.shape}, {wanted[name]} and finite numbers needed'
                )
        self.feature_size = inputs - N_MELS

    def initial_state(self, streams: int = 1) -> Floats:
        """What it remembers before it has heard anything: (B, H)."""
        return np.zeros((streams, self._units), np.float32)

    def estimate(self, features: Floats, mel: Floats, state: Floats) -> tuple[Floats, Floats]:
        """SNR in dB (B, n) and state of features (B, n, D) and log-mel frames (B, 1, 64, 4 n)."""
        a, u = self._a, self._units
        streams, hops = features.shape[:2]
        bands = mel[:, 0].reshape(streams, N_MELS, hops, FRAMES_PER_HOP).mean(3)
        given = np.concatenate((features, bands.transpose(0, 2, 1)), 2)
        entry = np.tanh(given @ a['entry.weight'] + a['entry.bias'])
        raised = entry @ a['gru.input.weight'] + a['gru.input.bias']
        past = np.asarray(state, np.float32)
        remembered = np.empty((streams, hops, u), np.float32)
        for hop in range(hops):
            kept = past @ a['gru.past.weight'] + a['gru.past.bias']
            gates = expit(raised[:, hop, : 2 * u] + kept[:, : 2 * u])
            reset, update = gates[:, :u], gates[:, u:]
            new = np.tanh(raised[:, hop, 2 * u :] + reset * kept[:, 2 * u :])
            past = new + update * (past - new)
            remembered[:, hop] = past
        middle = np.maximum(remembered @ a['middle.weight'] + a['middle.bias'], 0)
        snr_db: Floats = (middle @ a['output.weight'] + a['output.bias'])[..., 0]
        return snr_db, past


def _shapes(inputs: int, u: int) -> tuple[tuple[int, ...], ...]:
    return (
        *((inputs, u), (u,), (u, 3 * u), (3 * u,), (u, 3 * u), (3 * u,)),
        *((u, u), (u,), (u, 1), (1,)),
    )


def estimator_path(checkpoint: Path) -> Path:
    """Where the estimator of a checkpoint lies: beside it."""
    return checkpoint.with_suffix(SUFFIX)


def save_estimator(checkpoint: Path, arrays: dict[str, Floats]) -> Path:
    """Write it beside its checkpoint."""
    path = estimator_path(checkpoint)
    save_file(arrays, str(path), {'format': FORMAT, 'audio': identity_of(checkpoint).digest})
    path.chmod(0o644)
    return path


def load_estimator(checkpoint: Path, identity: AudioStreamIdentity | None = None) -> SnrEstimator:
    """Read the estimator of a checkpoint; ``identity`` is read where not given.

    Raises RecognitionError, saying what is wrong, when it is missing, damaged, or was fitted to
    another audio stream, and CheckpointError as identity_of.
    """
    path = estimator_path(checkpoint)
    try:
        if not path.is_file():
            raise ValueError('there is none')
        with safe_open(str(path), framework='np') as stored:  # type: ignore[no-untyped-call]
            metadata = stored.metadata() or {}
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        if metadata.get('format') != FORMAT:
            raise ValueError(f'format {metadata.get("format")!r}, {FORMAT!r} needed')
        known = identity or identity_of(checkpoint)
        known.check(metadata.get('audio'))
        estimator = SnrEstimator(arrays)
        if estimator.feature_size != known.feature_size:
            raise ValueError(f'features of {estimator.feature_size}, not {known.feature_size}')
    except KeyError as error:
        raise _unusable(path, f'no array {error}') from error
    except (OSError, SafetensorError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    return estimator


def estimator_or_none(
    checkpoint: Path, tell: Callable[[str], None], identity: AudioStreamIdentity | None = None
) -> SnrEstimator | None:
    """The estimator of a checkpoint; None where it cannot be used, and ``tell`` is told why."""
    try:
        return load_estimator(checkpoint, identity)
    except RecognitionError as error:
        tell(f'the SNR is by the network alone: {error}')
        return None


def _unusable(path: Path, why: str) -> RecognitionError:
    return RecognitionError(
        f'cannot use the SNR estimator {path}: {why}; make one with "av-fusion calibrate --snr"'
    )
