# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far the results of two backends are apart."""

from __future__ import annotations

import numpy as np

from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend, Floats


def largest_differences(
    one: Backend, other: Backend, spec: Specification, streams: int = 3, hops: int = 40
) -> dict[str, float]:
    """Largest absolute difference of each result over random streams, hop by hop.

    The features of the first backend are what both fuse.
    """
    rng = np.random.default_rng(0)
    backends = one, other
    heard = [backend.initial_state('audio', streams) for backend in backends]
    seen = [backend.initial_state('visual', streams) for backend in backends]
    fused = [backend.initial_state('fusion', streams) for backend in backends]
    largest = dict.fromkeys(('heard', 'snr_db', 'seen', 'log_probs', 'weights', 'agreement'), 0.0)

    def note(**results: list[Floats]) -> None:
        for name, (a, b) in results.items():
            largest[name] = max(largest[name], float(np.abs(a - b).max()))

    for _ in range(hops):
        # About what log-mel frames of speech are like.
        mel = rng.normal(-4, 4, (streams, 1, spec.n_mels, spec.mel_frames_per_hop))
        crops = rng.random((streams, 1, 1, spec.crop_px, spec.crop_px), np.float32)
        sounds = [b.hear(mel.astype(np.float32), s) for b, s in zip(backends, heard, strict=True)]
        sights = [b.see(crops, s) for b, s in zip(backends, seen, strict=True)]
        features = np.stack([sounds[0][0], sights[0][0], sights[0][0]], 2)
        present = (rng.random((streams, 1, 3)) < 0.7).astype(np.float32)
        evidence = rng.random((streams, 1, 3), np.float32)
        joint = [
            b.fuse(features, present, evidence, s) for b, s in zip(backends, fused, strict=True)
        ]
        note(heard=[r[0] for r in sounds], snr_db=[r[1] for r in sounds])
        note(seen=[r[0] for r in sights], log_probs=[r[0] for r in joint])
        note(weights=[r[1] for r in joint], agreement=[r[2] for r in joint])
        heard, seen = [r[-1] for r in sounds], [r[-1] for r in sights]
        fused = [r[-1] for r in joint]
    return largest
