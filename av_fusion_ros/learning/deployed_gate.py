# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the weights become when a camera goes dark or a microphone dies, as the nodes would tell.

Recorded frames and samples go through the encoders and the fusion engine, spoilt from the middle
of a clip on. Camera and microphone quality are measured there, not given, and what counts is the
weight that is published: the gate's, after the share that each sense still has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.learning.data_folders import FULL_SCALE
from av_fusion_ros.learning.gate_figures import ENOUGH, WITHIN_S, WeightLeft
from av_fusion_ros.learning.grid_corpus import talkers, videos
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S, AudioFeature, VisualFeature
from av_fusion_ros.recognition.fusion_engine import FusionEngine, Step
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.recognition.vocabulary import parse_vocabulary
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

Picture = NDArray[np.uint8]
Spoil = Callable[[Picture], Picture]

BEGIN_NS = NS_PER_S  # stamps count from here; any time would do
ONSET_S = 1.5  # halfway through a GRID clip
HEARD_HOPS = 62  # of a clip: beyond the hop that is judged, with room for the engine's wait
LIGHT_LEFT, SENSOR_NOISE = 0.02, 2.0  # share of the light, grey levels of noise (sigma)
_VOCABULARY = parse_vocabulary({'commands': ['stop']})  # weights do not depend on it


def black(picture: Picture) -> Picture:
    """No light at all."""
    return np.zeros_like(picture)


def nearly_dark(picture: Picture) -> Picture:
    """A fiftieth of the light, and a sensor's noise."""
    noise = np.random.default_rng(0).normal(0, SENSOR_NOISE, picture.shape)
    return np.clip(np.rint(picture * LIGHT_LEFT + noise), 0, 255).astype(np.uint8)


def video_paths(grid: Path) -> dict[str, Path]:
    """The videos of a GRID folder by the names of their clips."""
    return {path.stem: path for talker in talkers(grid) for path in videos(talker)}


def deployed_weights_left(
    backend: Backend, spec: Specification, clips: Sequence[Clip], video_of: Mapping[str, Path]
) -> list[WeightLeft]:
    """The weight of the sense that is left, 0.5 s after the other one died, over the clips.

    ``video_of`` names the video of each clip; clips without one are left out.
    """
    weights: dict[tuple[str, str], list[float]] = {}
    for clip in clips:
        if clip.name in video_of:
            for key, weight in _of_clip(backend, spec, clip, video_of[clip.name]):
                weights.setdefault(key, []).append(weight)
    return [
        WeightLeft(
            event,
            sense,
            float(np.mean(found)),
            float(np.min(found)),
            float(np.mean(np.array(found) >= ENOUGH)),
            deployed=True,
        )
        for (event, sense), found in weights.items()
    ]


def _of_clip(
    backend: Backend, spec: Specification, clip: Clip, video: Path
) -> Iterator[tuple[tuple[str, str], float]]:
    frames = [picture for picture, _ in islice(read_frames(video), HEARD_HOPS)]
    heard_samples = round(HEARD_HOPS * HOP_NS / NS_PER_S * SAMPLE_RATE_HZ)
    samples = clip.samples[:heard_samples].astype(np.float32) / FULL_SCALE
    heard = list(_heard(backend, spec, samples))
    for event, spoil in (
        ('picture black midway, after 0.5 s', black),
        ('picture nearly dark midway, after 0.5 s', nearly_dark),
    ):
        seen = _seen(backend, spec, frames, spoil)
        yield (event, 'audio'), _left(backend, spec, heard, list(seen), 'audio')
    silent = samples.copy()
    silent[round(ONSET_S * SAMPLE_RATE_HZ) :] = 0
    unheard = list(_heard(backend, spec, silent))
    seen = _seen(backend, spec, frames, lambda picture: picture)
    event = 'sound dead midway, after 0.5 s'
    yield (event, 'visual'), _left(backend, spec, unheard, list(seen), 'visual')


def _heard(
    backend: Backend, spec: Specification, samples: NDArray[np.float32]
) -> Iterator[AudioFeature]:
    end_ns = BEGIN_NS + round((len(samples) - 1) * NS_PER_S / SAMPLE_RATE_HZ)
    yield from AudioEncoder(backend, spec).push(samples, end_ns)


def _seen(
    backend: Backend, spec: Specification, frames: Sequence[Picture], spoil: Spoil
) -> Iterator[VisualFeature]:
    encoder = VisualEncoder(backend, spec)
    for index, frame in enumerate(frames):
        bad = index * HOP_NS >= ONSET_S * NS_PER_S
        yield from encoder.push(spoil(frame) if bad else frame, BEGIN_NS + index * HOP_NS)


def _left(
    backend: Backend,
    spec: Specification,
    heard: Sequence[AudioFeature],
    seen: Sequence[VisualFeature],
    sense: str,
) -> float:
    """The weight of ``sense`` in the hop that begins 0.5 s after the onset."""
    engine = FusionEngine(backend, spec, _VOCABULARY)
    judged_ns = BEGIN_NS + round((ONSET_S + WITHIN_S) * NS_PER_S)
    steps: list[Step] = []
    for audio, visual in zip(heard, seen, strict=False):
        engine.add_audio(audio)
        engine.add_visual(visual)
        steps += engine.advance()
    first = next(step for step in steps if step.stamp_ns >= judged_ns)
    return float(getattr(first.weights, sense))
