# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded examples of a phrase: are they understood, and how sure is that?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.clip_folder import SOUND_SUFFIXES, VIDEO_SUFFIXES, video_sound
from av_fusion_ros.learning.corpus import CorpusError, read_samples
from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.learning.data_folders import FULL_SCALE
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.command_recognizer import RecognizerSettings
from av_fusion_ros.recognition.confidence import Calibration
from av_fusion_ros.recognition.engine_settings import FusionSettings
from av_fusion_ros.recognition.features import NS_PER_S, Command
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.recognition.vocabulary import Vocabulary
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

SILENCE_S = 1.0  # after an example, so that its end is heard
ENOUGH = 3  # examples, before a phrase gets a limit of its own
HEADROOM = 0.8  # of the least sure example
LIMITS = (0.2, 0.9)


@dataclass(frozen=True, slots=True)
class Heard:
    """One example: what was understood ('' = nothing), and how surely."""

    path: Path
    text: str
    confidence: float


class ExampleListener:
    """Plays recordings to the same parts as the nodes run."""

    def __init__(
        self,
        backend: Backend,
        spec: Specification,
        vocabulary: Vocabulary,
        calibration: Calibration,
    ) -> None:
        self._backend, self._spec, self._vocabulary = backend, spec, vocabulary
        # Whatever its confidence: a phrase that is hardly understood has to be told of.
        self._settings = FusionSettings(
            recognizer=RecognizerSettings(min_confidence=0.0), calibration=calibration
        )

    def listen(self, path: Path) -> Heard:
        """The surest command in a sound file, or in a video with sound.

        Raises CorpusError for a file that cannot be read.
        """
        engine = FusionEngine(self._backend, self._spec, self._vocabulary, self._settings)
        samples = np.concatenate((sound_of(path), np.zeros(int(SILENCE_S * SAMPLE_RATE_HZ), 'f4')))
        commands: list[Command] = []
        seen = []
        if is_video(path):
            eye = VisualEncoder(self._backend, self._spec)
            seen = [f for image, at_ns in read_frames(path) for f in eye.push(image, at_ns)]
        end_ns = round(len(samples) * NS_PER_S / SAMPLE_RATE_HZ)
        for hop in AudioEncoder(self._backend, self._spec).push(samples, end_ns):
            while seen and seen[0].stamp_ns <= hop.stamp_ns:
                engine.add_visual(seen.pop(0))
            engine.add_audio(hop)
            commands += [c for step in engine.advance() for c in step.commands]
        engine.advance_to(end_ns + NS_PER_S)
        commands += [c for step in engine.advance() for c in step.commands]
        if not commands:
            return Heard(path, '', 0.0)
        surest = max(commands, key=lambda command: command.best.confidence)
        return Heard(path, surest.best.text, surest.best.confidence)


def sound_of(path: Path) -> NDArray[np.float32]:
    """Samples (n,) at 16 kHz in [-1, 1] of a sound file or a video.

    A sound file beside a video, of the same name, is taken for its sound. Raises CorpusError.
    """
    if not path.is_file():
        raise CorpusError(f'no example at {path}; give sound files or videos with sound')
    samples = read_samples(path) if not is_video(path) else _beside_or_within(path)
    return samples.astype(np.float32) / FULL_SCALE


def is_video(path: Path) -> bool:
    """Whether a file is a video by its name."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def _beside_or_within(video: Path) -> NDArray[np.int16]:
    beside = next((p for s in SOUND_SUFFIXES if (p := video.with_suffix(s)).is_file()), None)
    return video_sound(video) if beside is None else read_samples(beside)


def least_confidence(phrase: str, examples: Sequence[Heard]) -> float | None:
    """The limit that a phrase's own examples ask for; None where they are too few or not heard.

    0.8 of the least sure of them, within LIMITS; none is left out as an outlier.
    """
    heard = [one.confidence for one in examples if one.text == phrase]
    if len(heard) < ENOUGH or len(heard) < len(examples):
        return None
    return round(float(np.clip(HEADROOM * min(heard), *LIMITS)), 2)
