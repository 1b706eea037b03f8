# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Is somebody speaking? Read off the audio features, where noise drowns voice activity.

The network was trained to hear phonemes in loud noise; the voice activity network was not, and
finds nobody there. A logistic regression on the features says what the latter would say of the
same sound without the noise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from av_fusion_ros.recognition.audio_stream_identity import AudioStreamIdentity, identity_of
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.frozen_weights import Floats

FORMAT = 'av_fusion_ros.speech/1'
SUFFIX = '.speech.json'
#: At a lower SNR voice activity is not believed. As min_snr_db, below which the sound is poor:
#: above, all that was fitted and measured with voice activity stays as it is.
DROWNED_BELOW_DB = 2.0
#: Likewise where a place's correction is in force: the SNR is then that of what the network hears
#: and voice activity does not. Of sound at more than this the readout was taught nothing.
DROWNED_CORRECTED_BELOW_DB = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class SpeechReadout:
    """probability = logistic(``bias`` + ``weights`` (D,) . features (D,))."""

    bias: float
    weights: Floats

    def probability(self, features: Floats) -> float:
        """Probability that somebody speaks in the hop of these features (D,)."""
        return float(expit(self.bias + float(features @ self.weights)))

    def judged(
        self, voice_activity: float, features: Floats, snr_db: float, corrected: bool = False
    ) -> float:
        """What voice activity says of a hop, or the readout where noise drowns it.

        ``corrected``: features and SNR are of sound that a place's correction has cleaned; voice
        activity hears it as it came.
        """
        drowned = DROWNED_CORRECTED_BELOW_DB if corrected else DROWNED_BELOW_DB
        return self.probability(features) if snr_db < drowned else voice_activity


def readout_path(checkpoint: Path) -> Path:
    """Where the readout of a checkpoint lies: beside it."""
    return checkpoint.with_suffix(SUFFIX)


def save_readout(checkpoint: Path, readout: SpeechReadout) -> Path:
    """Write it beside its checkpoint as JSON."""
    path = readout_path(checkpoint)
    stored = {
        'format': FORMAT,
        'audio': identity_of(checkpoint).digest,
        'bias': round(readout.bias, 5),
        'weights': [round(float(weight), 5) for weight in readout.weights],
    }
    path.write_text(json.dumps(stored) + '\n', encoding='utf-8')
    return path


def load_readout(checkpoint: Path, identity: AudioStreamIdentity | None = None) -> SpeechReadout:
    """Read the readout of a checkpoint; ``identity`` is read where not given.

    Raises RecognitionError, saying what is wrong, when it is missing, damaged, or was fitted to
    another audio stream, and CheckpointError as identity_of.
    """
    path = readout_path(checkpoint)
    try:
        stored = json.loads(path.read_text(encoding='utf-8'))
        if stored['format'] != FORMAT:
            raise ValueError(f'format {stored["format"]!r}, {FORMAT!r} needed')
        known = identity or identity_of(checkpoint)
        known.check(stored['audio'])
        readout = SpeechReadout(float(stored['bias']), np.array(stored['weights'], np.float32))
        if readout.weights.shape != (known.feature_size,):
            raise ValueError(f'weights {readout.weights.shape}, ({known.feature_size},) needed')
        if not np.isfinite([readout.bias, *readout.weights]).all():
            raise ValueError('numbers that are not finite')
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecognitionError(
            f'cannot use the speech readout {path}: {error}; make one with '
            '"av-fusion calibrate --speech"'
        ) from error
    return readout


def readout_or_none(
    checkpoint: Path, tell: Callable[[str], None], identity: AudioStreamIdentity | None = None
) -> SpeechReadout | None:
    """The readout of a checkpoint; None where it cannot be used, and ``tell`` is told why."""
    try:
        return load_readout(checkpoint, identity)
    except RecognitionError as error:
        tell(f'in loud noise speech is told by voice activity alone, which misses it: {error}')
        return None
