# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded clips in a row, as the encoders of the nodes make features of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile

from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import STEP_SAMPLES, AudioEncoder
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import HOP_NS, AudioFeature, VisualFeature
from av_fusion_ros.recognition.visual_encoder import VisualEncoder

_SAMPLE_NS = 62_500  # at 16 kHz


def encoded_clips(
    clips: Iterable[Path], backend: Backend, spec: Specification, begin_ns: int
) -> tuple[list[AudioFeature], list[VisualFeature]]:
    """Features of sound and picture hop by hop, the first sample taken at ``begin_ns``.

    ``clips``: paths of which NAME.mp4 (25 pictures a second) and NAME.flac (16 kHz, mono) are
    read; what of one is longer than the other is left out.
    """
    seeing, sound = VisualEncoder(backend, spec), []
    visual: list[VisualFeature] = []
    for clip in clips:
        samples, _ = soundfile.read(str(clip.with_suffix('.flac')), dtype='float32')
        frames = [picture for picture, _ in read_frames(clip.with_suffix('.mp4'))]
        hops = min(len(frames), len(samples) // STEP_SAMPLES)
        sound.append(samples[: hops * STEP_SAMPLES])
        for picture in frames[:hops]:
            visual += seeing.push(picture, begin_ns + len(visual) * HOP_NS)
    heard = np.concatenate(sound)
    end_ns = begin_ns + (len(heard) - 1) * _SAMPLE_NS
    return AudioEncoder(backend, spec).push(heard, end_ns), visual
