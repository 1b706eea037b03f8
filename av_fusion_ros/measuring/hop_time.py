# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Milliseconds of one 40 ms hop by stage, and of many streams in one call, on one thread.

Wall is what a clock shows; CPU is what the thread itself used, which is what the wall time would
be on a machine with nothing else to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.measuring.takes import Picture, shown_at
from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.agreement_calibration import load_agreement_calibration
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend, Floats, State
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from av_fusion_ros.recognition.engine_settings import FusionSettings
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.recognition.vocabulary import Vocabulary
from av_fusion_ros.signals.face_tracker import Face, FaceTracker

Spent = NDArray[np.float64]  # (n, 2): wall and CPU milliseconds of each call
Hop = tuple[Floats, Picture]

WARM_UP_HOPS = 25  # the first hops load caches and fill windows
WHOLE_HOP = 'the whole hop'


class Watch:
    """Adds up wall and CPU milliseconds of the calls that are made through it."""

    def __init__(self) -> None:
        self.spent: Spent = np.zeros(2)

    def call(self, work: Callable[..., Any], *given: Any) -> Any:
        """Call ``work``."""
        before = np.array([time.perf_counter(), time.thread_time()])
        result = work(*given)
        self.spent += 1e3 * (np.array([time.perf_counter(), time.thread_time()]) - before)
        return result

    def take(self) -> Spent:
        """What was added up (2,), beginning again at 0."""
        spent, self.spent = self.spent, np.zeros(2)
        return spent


class WatchedBackend:
    """A backend whose calls are timed."""

    def __init__(self, backend: Backend) -> None:
        self.name, self.watch = backend.name, Watch()
        self._backend = backend
        self.agreement_temperature = backend.agreement_temperature
        self.speech = backend.speech
        self.initial_state, self.projections = backend.initial_state, backend.projections

    def hear(self, mel: Floats, state: State) -> Any:
        """See ``Backend.hear``."""
        return self.watch.call(self._backend.hear, mel, state)

    def see(self, crops: Floats, state: State) -> Any:
        """See ``Backend.see``."""
        return self.watch.call(self._backend.see, crops, state)

    def fuse(self, features: Floats, present: Floats, evidence: Floats, state: State) -> Any:
        """See ``Backend.fuse``."""
        return self.watch.call(self._backend.fuse, features, present, evidence, state)


class WatchedTracker:
    """A face tracker that is timed."""

    def __init__(self) -> None:
        self.watch = Watch()
        self._tracker = FaceTracker()
        self.reset = self._tracker.reset

    def track(self, image_bgr: Picture, stamp_ns: int) -> list[Face]:
        """See ``FaceTracker.track``."""
        found: list[Face] = self.watch.call(self._tracker.track, image_bgr, stamp_ns)
        return found


def engine_of(
    model: Path, backend: Backend, spec: Specification, vocabulary: Vocabulary
) -> FusionEngine:
    """The engine as the node has it, with the calibration beside the checkpoint ``model``."""
    known = load_agreement_calibration(model.with_suffix('.consistency.json'))
    settings = FusionSettings(consistency=ConsistencySettings(calibration=known))
    head = FrozenHead(read_checkpoint(model)[0])
    return FusionEngine(backend, spec, vocabulary, settings, head)


def stages(
    model: Path,
    backend: Backend,
    spec: Specification,
    vocabulary: Vocabulary,
    hops: Sequence[Hop],
) -> dict[str, Spent]:
    """Milliseconds of each stage; ``rest`` is everything of a stage but what is named.

    ``face`` is finding the face and its landmarks.
    """
    watched, tracker, watch = WatchedBackend(backend), WatchedTracker(), Watch()
    ear, eye = AudioEncoder(watched, spec), VisualEncoder(watched, spec, tracker)
    engine = engine_of(model, watched, spec, vocabulary)
    found: dict[str, list[Spent]] = {}

    def note(name: str, work: Callable[..., Any], *given: Any) -> Any:
        result = watch.call(work, *given)
        network, face, whole = watched.watch.take(), tracker.watch.take(), watch.take()
        found.setdefault(f'{name}: network', []).append(network)
        if name == 'eye':
            found.setdefault(f'{name}: face', []).append(face)
        found.setdefault(f'{name}: rest', []).append(whole - network - face)
        return result

    def fuse(heard: list[Any], seen: list[Any]) -> None:
        for feature in heard:
            engine.add_audio(feature)
        for feature in seen:
            engine.add_visual(feature)
        engine.advance()

    for k, (samples, picture) in enumerate(hops):
        heard = note('ear', ear.push, samples, (k + 1) * HOP_NS)
        seen = note('eye', eye.push, picture, k * HOP_NS)
        note('fusion', fuse, heard, seen)
    arrays = {name: np.array(spent[WARM_UP_HOPS:]) for name, spent in found.items()}
    parts = tuple(arrays.values())
    networks = [spent for name, spent in arrays.items() if name.endswith('network')]
    return {**arrays, 'all networks': np.sum(networks, 0), WHOLE_HOP: np.sum(parts, 0)}


def side_by_side(backend: Backend, spec: Specification, streams: int, calls: int) -> Spent:
    """Milliseconds of one hop of all three networks for so many streams in one call."""
    rng = np.random.default_rng(0)
    mel = rng.normal(-4, 4, (streams, 1, spec.n_mels, spec.mel_frames_per_hop)).astype(np.float32)
    crops = rng.random((streams, 1, 1, spec.crop_px, spec.crop_px), np.float32)
    present = np.ones((streams, 1, 3), np.float32)
    heard, seen = backend.initial_state('audio', streams), backend.initial_state('visual', streams)
    fused = backend.initial_state('fusion', streams)

    def hop() -> None:
        nonlocal heard, seen, fused
        sound, _, heard = backend.hear(mel, heard)
        sight, seen = backend.see(crops, seen)
        *_, fused = backend.fuse(np.stack([sound, sight, sight], 2), present, present, fused)

    watch, spent = Watch(), []
    for _ in range(calls + 3):
        watch.call(hop)
        spent.append(watch.take())
    return np.array(spent[3:])


def picture_sizes(
    backend: Backend, spec: Specification, hops: Sequence[Hop], sizes: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], Spent]:
    """Milliseconds of the eye for each picture of each (width, height)."""
    found = {}
    for width, height in sizes:
        eye, watch, spent = VisualEncoder(backend, spec), Watch(), []
        for k, (_, picture) in enumerate(hops):
            watch.call(eye.push, shown_at(picture, width, height), k * HOP_NS)
            spent.append(watch.take())
        found[width, height] = np.array(spent[WARM_UP_HOPS:])
    return found
