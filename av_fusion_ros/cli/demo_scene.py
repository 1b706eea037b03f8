# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The scene of the demo: commands of config/commands.yaml, a noise episode, a blackout."""

from __future__ import annotations

from av_fusion_ros.generation.events import Blackout, Noise
from av_fusion_ros.generation.scene import Scene, SceneSettings, make_scene

#: What is said in peace, under noise, while the camera is dark, and at the end.
CLEAN = ('go forward', 'turn left', 'pick up the red box')
NOISY = ('come here', 'turn around')
DARK = ('follow me', 'go to the kitchen')
AFTER = ('slow down', 'stop')
NOISE_SNR_DB = -8.0
MARGIN_S = 0.5  # an episode begins before its first word and ends after its last


def demo_scene(seed: int) -> Scene:
    """Return the scene; the episodes lie around the utterances they are meant for."""
    texts = (*CLEAN, *NOISY, *DARK, *AFTER)
    settings = SceneSettings(seed=seed, gap_s=1.4)
    plain = make_scene(texts, (), settings)

    def span(first: int, count: int) -> tuple[float, float]:
        spoken = plain.utterances[first : first + count]
        return spoken[0].start_s - MARGIN_S, spoken[-1].end_s + MARGIN_S

    noise_start_s, noise_end_s = span(len(CLEAN), len(NOISY))
    dark_start_s, dark_end_s = span(len(CLEAN) + len(NOISY), len(DARK))
    events = (
        Noise(start_s=noise_start_s, end_s=noise_end_s, snr_db=NOISE_SNR_DB, sound='engine'),
        Blackout(start_s=dark_start_s, end_s=dark_end_s),
    )
    return make_scene(texts, events, settings)
