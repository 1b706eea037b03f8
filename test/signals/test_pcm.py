# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import array

import numpy as np
import pytest

from av_fusion_ros.signals.pcm import (
    ENCODINGS,
    PORTAUDIO_ENCODINGS,
    AudioFormatError,
    bytes_per_sample,
    decode_pcm,
)

SAMPLES = np.array([0.0, 0.5, -0.5, -1.0, 0.25], np.float64)
ENCODED = {
    'S16LE': (SAMPLES * 32768).astype('<i2').tobytes(),
    'S16BE': (SAMPLES * 32768).astype('>i2').tobytes(),
    'S32LE': (SAMPLES * 2147483648).astype('<i4').tobytes(),
    'S32BE': (SAMPLES * 2147483648).astype('>i4').tobytes(),
    'F32LE': SAMPLES.astype('<f4').tobytes(),
    'F32BE': SAMPLES.astype('>f4').tobytes(),
    'F64LE': SAMPLES.astype('<f8').tobytes(),
    'U8': (SAMPLES * 128 + 128).astype('u1').tobytes(),
    'S8': (SAMPLES * 128).astype('i1').tobytes(),
    'S24LE': b''.join(int(x * 8388608).to_bytes(3, 'little', signed=True) for x in SAMPLES),
}


def test_every_encoding_is_tested_and_portaudios_are_among_them() -> None:
    assert set(ENCODED) == set(ENCODINGS)
    assert set(PORTAUDIO_ENCODINGS.values()) <= set(ENCODINGS)


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_each_encoding_gives_the_same_samples(encoding: str) -> None:
    decoded = decode_pcm(ENCODED[encoding], encoding, 1)
    assert decoded.dtype == np.float32
    assert np.array_equal(decoded, SAMPLES.astype(np.float32))
    assert len(ENCODED[encoding]) == len(SAMPLES) * bytes_per_sample(encoding)


@pytest.mark.parametrize('channels', [2, 6, 32])
def test_channels_are_averaged(channels: int) -> None:
    frames = np.random.default_rng(0).integers(-32768, 32768, (50, channels)).astype('<i2')
    decoded = decode_pcm(frames.tobytes(), 'S16LE', channels)
    assert np.allclose(decoded, frames.mean(1) / 32768, atol=1e-6)


def test_typed_arrays_of_a_message_are_taken_as_they_are() -> None:
    assert decode_pcm(memoryview(array.array('h', [16384])), 'S16LE', 1) == pytest.approx([0.5])


def test_no_bytes_are_no_samples() -> None:
    assert decode_pcm(b'', 'S16LE', 2).shape == (0,)


def test_a_float_driver_that_overshoots_is_clipped() -> None:
    data = np.array([1.2, -1.5], '<f4').tobytes()
    assert decode_pcm(data, 'F32LE', 1).tolist() == [1.0, -1.0]


@pytest.mark.parametrize(
    ('data', 'encoding', 'channels', 'message'),
    [
        (b'12', 'mp3', 1, "encoding 'mp3' is not understood; accepted: S16LE, S32LE"),
        (b'12', 's16le', 1, "encoding 's16le' is not understood"),
        (b'12', 'S16LE', 0, '0 sound channels; accepted are 1 to 32'),
        (b'12', 'S16LE', 33, '33 sound channels; accepted are 1 to 32'),
        (b'123456', 'S16LE', 2, '6 bytes of sound are not a whole number of frames of 2 channels'),
        (b'123', 'F32LE', 1, '3 bytes of sound are not a whole number'),
        (
            np.array([0, np.nan, np.inf], '<f4').tobytes(),
            'F32LE',
            1,
            '2 of 3 F32LE samples are NaN or infinite',
        ),
        (np.array([1, 9000.0], '<f4').tobytes(), 'F32LE', 1, 'F32LE samples reach 9e'),
    ],
)
def test_bad_sound_is_refused_with_what_is_wrong(
    data: bytes, encoding: str, channels: int, message: str
) -> None:
    with pytest.raises(AudioFormatError, match=message):
        decode_pcm(data, encoding, channels)
