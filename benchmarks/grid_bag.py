# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags made from clips of the GRID corpus, one sentence after another as one unbroken stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.generation.bag_writer import write_bag
from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.learning.mixing import mix, stretch
from av_fusion_ros.recognition.features import NS_PER_S

RATE_HZ = 16000
BLOCK = 320
FPS = 25
FRAME = RATE_HZ // FPS
START_NS = 1_700_000_000 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Sentence:
    """One clip in the bag: when it runs, and what is said."""

    clip: Path
    start_ns: int
    end_ns: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the bag holds: ``snr_db`` None is clean."""

    name: str
    camera: bool
    microphone: bool
    snr_db: float | None


def write_grid_bag(
    path: Path, clips: Sequence[Path], condition: Condition, noises: Sequence[Path], seed: int = 0
) -> list[Sentence]:
    """Write ``clips`` (their .align files) under ``condition``; return what is said when.

    Noise is mixed at ``snr_db`` below the active speech level of each sentence (ITU-T P.56), a
    stretch of one of ``noises`` for each. Pictures are JPEG at quality 95.
    """
    sentences = []
    start_ns = START_NS
    for clip in clips:
        length = soundfile.info(str(clip.with_suffix('.flac'))).frames // FRAME * FRAME
        end_ns = start_ns + length * NS_PER_S // RATE_HZ
        words = tuple(word.text for word in read_alignment(clip))
        sentences.append(Sentence(clip, start_ns, end_ns, words))
        start_ns = end_ns
    write_bag(
        path,
        _pictures(sentences) if condition.camera else (),
        _sound(sentences, condition.snr_db, noises, seed) if condition.microphone else (),
        jpeg=True,
    )
    return sentences


def _pictures(sentences: Sequence[Sentence]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    for sentence in sentences:
        capture = cv2.VideoCapture(str(sentence.clip.with_suffix('.mp4')))
        stamps = range(sentence.start_ns, sentence.end_ns, NS_PER_S // FPS)
        for stamp_ns in stamps:
            taken, picture = capture.read()
            if not taken:
                break
            yield stamp_ns, picture
        capture.release()


def _sound(
    sentences: Sequence[Sentence], snr_db: float | None, noises: Sequence[Path], seed: int
) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    rng = np.random.default_rng(seed)
    first_sample = 0
    for k, sentence in enumerate(sentences):
        samples, rate = soundfile.read(str(sentence.clip.with_suffix('.flac')), dtype='float32')
        assert rate == RATE_HZ, f'{sentence.clip} is not at 16 kHz'
        samples = samples[: len(samples) // FRAME * FRAME]
        if snr_db is not None:
            noise, _ = soundfile.read(str(noises[k % len(noises)]), dtype='float32')
            samples = mix(samples, stretch(rng, noise, len(samples)), snr_db)
        for begin in range(0, len(samples), BLOCK):
            last = first_sample + begin + BLOCK - 1
            stamp_ns = START_NS + last * NS_PER_S // RATE_HZ
            yield stamp_ns, first_sample + begin, samples[begin : begin + BLOCK]
        first_sample += len(samples)
