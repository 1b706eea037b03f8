# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bytes of uncompressed sound to mono samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_CHANNELS = 32
# Floats may overshoot 1 a little; this far beyond they are integers that somebody forgot to scale.
_MAX_FLOAT = 4.0


class AudioFormatError(ValueError):
    """Sound bytes that are not what their format says, or a format that is not understood."""


# Encoding name -> (sample type, full scale, value of silence). The names are those of Audio.msg and
# of GStreamer, which audio_common_msgs/AudioInfo uses; S24LE is packed in three bytes.
_ENCODINGS: dict[str, tuple[str, float, float]] = {
    'S16LE': ('<i2', 32768.0, 0.0),
    'S32LE': ('<i4', 2147483648.0, 0.0),
    'F32LE': ('<f4', 1.0, 0.0),
    'U8': ('u1', 128.0, 128.0),
    'S8': ('i1', 128.0, 0.0),
    'S24LE': ('S24', 8388608.0, 0.0),
    'F64LE': ('<f8', 1.0, 0.0),
    'S16BE': ('>i2', 32768.0, 0.0),
    'S32BE': ('>i4', 2147483648.0, 0.0),
    'F32BE': ('>f4', 1.0, 0.0),
}
ENCODINGS = tuple(_ENCODINGS)

# PortAudio's PaSampleFormat, which the AudioInfo.format of mgonzs13/audio_common holds.
PORTAUDIO_ENCODINGS = {1: 'F32LE', 2: 'S32LE', 4: 'S24LE', 8: 'S16LE', 16: 'S8', 32: 'U8'}


def bytes_per_sample(encoding: str) -> int:
    """Bytes that one sample of one channel takes; raises ``AudioFormatError`` when unknown."""
    if encoding not in _ENCODINGS:
        raise AudioFormatError(
            f'sound encoding {encoding!r} is not understood; accepted: {", ".join(ENCODINGS)}. '
            'Set the capturing node to one of them'
        )
    kind = _ENCODINGS[encoding][0]
    return 3 if kind == 'S24' else np.dtype(kind).itemsize


def decode_pcm(data: bytes | memoryview, encoding: str, channels: int) -> NDArray[np.float32]:
    """Return the mean of all channels of interleaved samples, float32 (n,) in [-1, 1].

    Raises:
        AudioFormatError: unknown encoding, impossible channel count, bytes that are not a whole
            number of frames, or floats that are not finite or far beyond full scale.
    """
    width = bytes_per_sample(encoding)
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioFormatError(
            f'{channels} sound channels; accepted are 1 to {MAX_CHANNELS}. Correct the count'
        )
    raw = memoryview(data).cast('B')
    if len(raw) % (width * channels):
        raise AudioFormatError(
            f'{len(raw)} bytes of sound are not a whole number of frames of {channels} channels x '
            f'{width} bytes ({encoding}). Correct the encoding or the channel count'
        )
    if not len(raw):
        return np.zeros(0, np.float32)
    kind, full_scale, zero = _ENCODINGS[encoding]
    if kind == 'S24':
        # The three bytes become the upper three of an int32, which keeps the sign.
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        samples = wide.view('<i4')[:, 0].astype(np.float64) / 256.0
    else:
        samples = np.frombuffer(raw, kind).astype(np.float64)
    if kind.endswith(('f4', 'f8')):
        _check_floats(samples, encoding)
    mono = (samples.reshape(-1, channels).mean(axis=1) - zero) / full_scale
    return np.asarray(np.clip(mono, -1.0, 1.0), np.float32)


def _check_floats(samples: NDArray[np.float64], encoding: str) -> None:
    bad = int(np.count_nonzero(~np.isfinite(samples)))
    if bad:
        raise AudioFormatError(
            f'{bad} of {samples.size} {encoding} samples are NaN or infinite; accepted are finite '
            'samples within [-1, 1]. Check the driver, or that the encoding is right'
        )
    peak = float(np.abs(samples).max())
    if peak > _MAX_FLOAT:
        raise AudioFormatError(
            f'{encoding} samples reach {peak:.3g}; accepted are samples within [-1, 1]. Divide by '
            'the full scale in the driver, or correct the encoding'
        )
