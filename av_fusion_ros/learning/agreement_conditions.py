# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The conditions in which voice and lips are held against each other, and where they are kept."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import soundfile

from av_fusion_ros.learning.agreement_material import (
    Crops,
    HeardHop,
    MaterialEncoder,
    Samples,
    SeenHop,
    still_lips,
    with_still_lips,
)
from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.corruption import blur
from av_fusion_ros.learning.data_folders import DataFolders
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

LATE_125_MS = round(0.125 * SAMPLE_RATE_HZ)
#: Noise at a ratio to the speech: the name of the condition, and what it is.
NOISY = {
    'clean': Sound(None, 'none'),
    'machine 10': Sound(10.0, 'machine'),
    'crowd 5': Sound(5.0, 'crowd'),
    'rain 5': Sound(5.0, 'rain'),
    'vehicle 0': Sound(0.0, 'vehicle'),
    'machine -5': Sound(-5.0, 'machine'),
    'crowd -5': Sound(-5.0, 'crowd'),
}
CONSISTENT = ('clean', 'fade', 'machine 10', 'crowd 5', 'rain 5', 'vehicle 0', 'machine -5')
SILENT = ('room', 'noise alone')
PICTURES = ('good', 'dimmed', 'turned', 'soft')


@dataclass(frozen=True, slots=True)
class Material:
    """Hops of each clip in each condition of sound and picture; the clips' names."""

    names: list[str]
    heard: dict[str, list[list[HeardHop]]]
    seen: dict[str, list[list[SeenHop]]]


def faded(index: int, samples: Samples) -> Samples:
    """The level goes up and down by 15 dB in six seconds."""
    time_s = np.arange(len(samples)) / SAMPLE_RATE_HZ + 3 * index
    return (samples * 10 ** (-0.75 * (0.5 - 0.5 * np.cos(np.pi / 3 * time_s)))).astype(np.float32)


def as_mp3(index: int, samples: Samples) -> Samples:
    """There and back through MP3."""
    file = BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE_HZ, format='MP3')
    file.seek(0)
    decoded = soundfile.read(file, dtype='float32')[0][: len(samples)]
    return np.pad(decoded, (0, len(samples) - len(decoded))).astype(np.float32)


def softer(index: int, samples: Samples) -> Samples:
    """12 dB less."""
    return (samples * np.float32(10**-0.6)).astype(np.float32)


def late(index: int, samples: Samples) -> Samples:
    """125 ms late; the silence at the end goes to the beginning."""
    return np.roll(samples, LATE_125_MS)


def dimmed(index: int, crops: Crops) -> Crops:
    """Light that comes and goes, down to a third, in four seconds."""
    time_s = np.arange(len(crops)) / 25 + 3 * index
    gain = 0.65 + 0.35 * np.cos(np.pi / 2 * time_s)
    return np.clip(crops * gain[:, None, None], 0, 255).astype(np.uint8)


def turned(index: int, crops: Crops) -> Crops:
    """A head that turns and nods: the crop squeezed to 75 % across, moved and tilted by turns."""
    size = crops.shape[1]
    out = np.empty_like(crops)
    for k, crop in enumerate(crops):
        phase = 2 * np.pi * (k / 25 + 3 * index) / 3.7
        squeeze, tilt = 0.875 + 0.125 * np.cos(phase), np.deg2rad(8 * np.sin(phase))
        move = 3 * np.sin(1.7 * phase)
        matrix = np.array(
            [[squeeze * np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt) * squeeze, np.cos(tilt), 0]]
        )
        middle = np.array([size / 2, size / 2])
        matrix[:, 2] = middle + np.array([move, 0.5 * move]) - matrix[:, :2] @ middle
        out[k] = cv2.warpAffine(crop, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
    return out


def soft(index: int, crops: Crops) -> Crops:
    """A little out of focus: a Gaussian of 1.6 px."""
    return blur(np.random.default_rng(0), crops, 0.2)


HEARD_OTHERWISE: dict[str, Callable[[int, Samples], Samples]] = {
    'fade': faded,
    'mp3': as_mp3,
    '-12 dB level': softer,
    '125 ms late': late,
}


def sound_change(
    encoder: MaterialEncoder, name: str, seed: int = 1
) -> Callable[[int, Samples], Samples]:
    """What makes a condition's sound of a clip."""
    if name in NOISY:
        return encoder.in_noise(NOISY[name], seed)
    if name == 'room':
        return encoder.noise_alone('white', -62.0, seed)
    if name == 'noise alone':
        return encoder.noise_alone('machine', -32.0, seed)
    return HEARD_OTHERWISE[name]


def make(
    encoder: MaterialEncoder,
    crops: Path,
    heard: tuple[str, ...],
    tell: Callable[[str], None] = print,
) -> Material:
    """Encode every picture and the named sounds; 27 s of a core for each sound of 180 clips."""
    seen = {
        'good': encoder.seen(crops),
        'dimmed': encoder.seen(crops, dimmed, 0.8),
        'turned': encoder.seen(crops, turned, 0.9),
        'soft': encoder.seen(crops, soft, 0.7),
    }
    still = encoder.seen(crops, lambda index, one: still_lips(one))
    seen['still'] = [with_still_lips(*pair) for pair in zip(still, seen['good'], strict=True)]
    sounds: dict[str, list[list[HeardHop]]] = {}
    for name in heard:
        tell(name)
        sounds[name] = encoder.heard(sound_change(encoder, name))
    return Material([clip.name for clip in encoder.clips], sounds, seen)


def encoded(model: Path, folders: DataFolders, part: Part) -> tuple[Material, float]:
    """A part in every condition, kept in the cache, and the agreement head's temperature.

    Encoding takes some ten minutes of a core for the test part.
    """
    backend, spec = open_backend(model)
    path = folders.cache / f'agreement_{spec.model_id}_{part}.pkl'

    def made() -> Material:
        noise = folders.recordings / 'noise'
        encoder = MaterialEncoder(backend, spec, folders.sentences(part), noise, part)
        names = (*NOISY, *SILENT, *HEARD_OTHERWISE)
        return make(encoder, folders.cache / 'grid_s1', names)

    return kept(path, made), backend.agreement_temperature


def kept(path: Path, made: Callable[[], Material]) -> Material:
    """What was encoded before, in a file of this program's own, else made and kept."""
    if path.is_file():
        with path.open('rb') as stream:
            stored: Material = pickle.load(stream)
        return stored
    material = made()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('wb') as stream:
        pickle.dump(material, stream)
    return material
