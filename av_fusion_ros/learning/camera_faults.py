# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Training samples of camera health: a clean scene, faults of known strength, the maps of both.

A target is 0 below what matters, 1 above what certainly does, straight between, so that a score
says how bad it is; NaN = not to be learned from this sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.generation.picture_faults import block, defocus, expose, glare, re_encode
from av_fusion_ros.generation.rain import RainOnLens
from av_fusion_ros.learning.camera_scenes import Picture, Scene
from av_fusion_ros.signals.camera_health_network import SCORED
from av_fusion_ros.signals.camera_maps import (
    HEIGHT,
    WIDTH,
    Maps,
    assemble,
    light_and_detail,
    working_grey,
)

Targets = NDArray[np.float32]  # (len(SCORED),)

_DARK_P90 = (60.0, 25.0)  # grey level that a tenth of the picture exceeds
_BURNT = (0.10, 0.35)  # share of the picture
_VEIL = (0.25, 0.55)  # strength
_DISC_PX = (1.2, 3.2)  # of defocus, in a picture 320 wide
_HIDDEN = (0.08, 0.22)  # share of the picture
_DROPS = (0.008, 0.04)  # share of the picture behind drops
_STREAKS = (0.08, 0.25)  # amount of rain


@dataclass(slots=True)
class _Spoilt:
    """The scene's pictures under faults, and how bad each fault is."""

    scene: list[Picture]
    targets: Targets

    def set(self, name: str, value: float) -> None:
        at = SCORED.index(name)
        self.targets[at] = np.fmax(self.targets[at], value)

    def ignore(self, *names: str) -> None:
        for name in names:
            self.targets[SCORED.index(name)] = np.nan


def _ramp(value: float, span: tuple[float, float]) -> float:
    return float(np.clip((value - span[0]) / (span[1] - span[0]), 0.0, 1.0))


def sample(rng: np.random.Generator, scene: Scene) -> tuple[Maps, Targets]:
    """Maps (5, 120, 160) of the scene's last picture, spoilt or not, and what is wrong with it."""
    spoilt = _Spoilt(list(scene), np.zeros(len(SCORED), np.float32))
    if rng.random() < 0.72:
        faults = [_rain, _rain, _blocked, _blurred, _glaring, _exposed]
        chosen = rng.permutation(len(faults))[: 1 if rng.random() < 0.85 else 2]
        for index in sorted(chosen):
            faults[index](rng, spoilt)
    dark = _ramp(float(np.percentile(working_grey(spoilt.scene[2]), 90)), _DARK_P90)
    spoilt.set('DARK', dark)
    if dark > 0.3:
        spoilt.ignore('GLARE', 'BLUR', 'BLOCKED', 'RAIN')
    return _maps(rng, scene, spoilt.scene), spoilt.targets


def _maps(rng: np.random.Generator, clean: Scene, spoilt: list[Picture]) -> Maps:
    noise, quality = rng.uniform(0.0, 3.5), int(rng.integers(40, 98))
    coded, soft = rng.random() < 0.4, float(rng.uniform(0.0, 0.6))

    def seen(picture: Picture) -> Maps:
        if soft > 0.2:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), soft), np.uint8)
        grain = rng.normal(0, noise, picture.shape[:2])[..., None]
        picture = np.clip(picture + grain, 0, 255).astype(np.uint8)
        return light_and_detail(working_grey(re_encode(picture, quality) if coded else picture))

    now, before = seen(spoilt[2]), seen(spoilt[1])
    start = rng.random()
    if start < 0.12:  # the very first picture
        return assemble(now, np.zeros_like(now[0]), now)
    # The fault has just come, is being taken for usual, or was there from the start.
    learned = 0.0 if start < 0.45 else 1.0 if start > 0.8 else float(rng.random())
    memory = (1 - learned) * seen(clean[0]) + learned * seen(spoilt[0])
    flash = (now[0] - before[0]) * 127.5
    return assemble(now, flash, memory.astype(np.float32))


def _rain(rng: np.random.Generator, spoilt: _Spoilt) -> None:
    amount = float(rng.uniform(0.05, 1.0) ** 1.3)
    kind = rng.random()
    drops, streaks = kind < 0.85, kind > 0.3
    weather = RainOnLens(
        int(rng.integers(1 << 31)), amount, WIDTH, HEIGHT, drops=drops, streaks=streaks
    )
    since_s = float(rng.uniform(0.3, 10.0))
    spoilt.scene = [
        weather.apply(picture, since_s - ago)
        for picture, ago in zip(spoilt.scene, (4, 0.04, 0), strict=True)
    ]
    bad = max(_ramp(weather.coverage, _DROPS), _ramp(amount, _STREAKS) if streaks else 0.0)
    spoilt.set('RAIN', bad)
    if drops and amount > 0.5:
        spoilt.ignore('BLUR')


def _blocked(rng: np.random.Generator, spoilt: _Spoilt) -> None:
    share = 1.0 if rng.random() < 0.2 else float(rng.uniform(0.03, 0.95))
    seed = int(rng.integers(1 << 31))
    spoilt.scene = [block(picture, share, seed) for picture in spoilt.scene]
    spoilt.set('BLOCKED', _ramp(share, _HIDDEN))
    if share > 0.7:
        spoilt.ignore('BLUR', 'RAIN', 'DARK')


def _blurred(rng: np.random.Generator, spoilt: _Spoilt) -> None:
    radius_px = float(np.exp(rng.uniform(np.log(0.7), np.log(14.0))))
    spoilt.scene = [defocus(picture, radius_px) for picture in spoilt.scene]
    spoilt.set('BLUR', _ramp(radius_px, _DISC_PX))


def _glaring(rng: np.random.Generator, spoilt: _Spoilt) -> None:
    strength = float(rng.uniform(0.1, 1.0))
    lamp_at = (float(rng.uniform(-0.1, 1.1)), float(rng.uniform(-0.1, 0.85)))
    spoilt.scene = [glare(picture, strength, lamp_at) for picture in spoilt.scene]
    spoilt.set('GLARE', _ramp(strength, _VEIL))


def _exposed(rng: np.random.Generator, spoilt: _Spoilt) -> None:
    before = _burnt(spoilt.scene[2])
    bright = rng.random() < 0.5
    gain = np.exp(rng.uniform(np.log(1.5), np.log(40)) if bright else rng.uniform(-7.0, -1.0))
    spoilt.scene = [expose(picture, float(gain), rng) for picture in spoilt.scene]
    spoilt.set('GLARE', _ramp(_burnt(spoilt.scene[2]) - before, _BURNT))


def _burnt(picture: Picture) -> float:
    return float(np.mean(working_grey(picture) >= 250))
