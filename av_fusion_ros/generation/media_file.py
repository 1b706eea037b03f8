# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a sound file to 16 kHz mono samples and a video file to frames."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from math import gcd
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import resample_poly

from av_fusion_ros.generation.errors import GenerationError

SAMPLE_RATE_HZ = 16000


def read_sound(path: Path) -> npt.NDArray[np.float32]:
    """Samples (n,) float32 at 16 kHz, channels averaged, of a sound file or a video's sound.

    Raises GenerationError for a file that cannot be read; sound inside a video needs ffmpeg.
    """
    if not path.is_file():
        raise GenerationError(f'there is no sound file {path}')
    try:
        samples, rate_hz = soundfile.read(str(path), dtype='float32', always_2d=True)
    except soundfile.LibsndfileError:
        return _sound_by_ffmpeg(path)
    mono = samples.mean(axis=1)
    if rate_hz != SAMPLE_RATE_HZ:
        factor = gcd(rate_hz, SAMPLE_RATE_HZ)
        mono = resample_poly(mono, SAMPLE_RATE_HZ // factor, rate_hz // factor)
    return np.asarray(mono, np.float32)


def _sound_by_ffmpeg(path: Path) -> npt.NDArray[np.float32]:
    if shutil.which('ffmpeg') is None:
        raise GenerationError(
            f'{path} is no sound file, and to take the sound out of a video needs ffmpeg; '
            'install the Debian package ffmpeg, or give a .wav or .flac beside it'
        )
    command = ['ffmpeg', '-v', 'error', '-i', str(path), '-vn', '-f', 's16le', '-ac', '1']
    command += ['-ar', str(SAMPLE_RATE_HZ), '-']
    result = subprocess.run(command, capture_output=True, check=False)
    if result.returncode != 0 or not result.stdout:
        reason = result.stderr.decode(errors='replace').strip() or 'it holds no sound'
        raise GenerationError(f'cannot read sound from {path}: {reason}')
    samples = np.frombuffer(result.stdout, '<i2').astype(np.float32)
    return np.asarray(samples / np.float32(32768.0))


def video_rate_hz(path: Path) -> float:
    """Frames a second as the file states them."""
    capture = _open(path)
    rate_hz = float(capture.get(cv2.CAP_PROP_FPS))
    capture.release()
    if not 0.1 < rate_hz < 1000.0:
        raise GenerationError(f'{path} states {rate_hz:g} frames a second; convert it first')
    return rate_hz


def video_frames(path: Path) -> Iterator[npt.NDArray[np.uint8]]:
    """Frames (h, w, 3) BGR in order."""
    capture = _open(path)
    try:
        while True:
            found, frame = capture.read()
            if not found:
                return
            yield np.asarray(frame, np.uint8)
    finally:
        capture.release()


def _open(path: Path) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise GenerationError(f'cannot read video from {path}')
    return capture
