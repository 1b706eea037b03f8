# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Sequences of real pictures for the camera benchmark, and the faults put into them.

Pictures are split before anything is tuned on them: GRID clips as everywhere, photographs by name
in turn. The photographs are those inside scikit-image's wheel that a camera made of the world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.generation.picture_faults import block, defocus, expose, glare, re_encode
from av_fusion_ros.generation.rain import RainOnLens
from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.learning.splits import grid_key, part_of

Picture = NDArray[np.uint8]
VGA = (640, 480)
_LEAST_SPREAD = 5.0  # grey levels; an even grey stands where a key frame was lost


@dataclass(frozen=True, slots=True)
class Fault:
    """`make(seed, first)` gives what takes a picture and its time to the spoilt one.

    `told`: the condition that must be told, '' where either answer is right: too weak to matter.
    """

    level: str
    told: str
    make: Callable[[int, Picture], Callable[[Picture, float], Picture]]


def clips(folder: Path, part: str, count: int) -> list[Path]:
    """GRID clips of a part (`tune` or `test`), spread over it."""
    wanted = 'test' if part == 'test' else 'validation'
    found = [c for c in sorted(folder.glob('*.mp4')) if part_of(grid_key(c)) == wanted]
    return found[:: max(1, len(found) // count)][:count]


def clip_frames(path: Path) -> list[Picture]:
    """All frames as recorded, 360x288; none of a damaged clip, which begins without a picture."""
    frames = [frame for frame, _ in read_frames(path)]
    return frames if frames and float(frames[0].std()) > _LEAST_SPREAD else []


def hand_held(photograph: Picture, seed: int, count: int) -> Iterator[Picture]:
    """A 640x480 camera held at a window of a photograph, with sensor noise."""
    rng = np.random.default_rng([seed, 0x4A])
    height, width = photograph.shape[:2]
    scale = max(VGA[0] / width, VGA[1] / height) * rng.uniform(1.02, 1.3)
    big = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    room = np.array([big.shape[1] - VGA[0], big.shape[0] - VGA[1]], float)
    at = rng.uniform(0.1, 0.9, 2) * room
    for _ in range(count):
        at = np.clip(at + rng.normal(0, 0.4, 2), 0, room)
        move = np.float32([[1, 0, -at[0]], [0, 1, -at[1]]])
        seen = cv2.warpAffine(big, move, VGA, flags=cv2.INTER_LINEAR)
        noisy = seen + rng.normal(0, 2.0, (VGA[1], VGA[0], 1)).astype(np.float32)
        yield np.asarray(np.clip(noisy, 0, 255), np.uint8)


def faults() -> dict[str, list[Fault]]:
    """Every fault by what it is, weak ones first. Lengths are for pictures 640 wide."""

    def still(change: Callable[[Picture], Picture]):
        return lambda seed, first: lambda picture, time_s: change(picture)

    def shot(gain: float):
        def make(seed: int, first: Picture):
            rng = np.random.default_rng(seed)
            return lambda picture, time_s: expose(picture, gain, rng)

        return make

    def lamp(strength: float):
        def make(seed: int, first: Picture):
            at = np.random.default_rng([seed, 1]).uniform((0.0, 0.0), (1.0, 0.7))
            return lambda picture, time_s: glare(picture, strength, (at[0], at[1]))

        return make

    def rain(amount: float, **kind: bool):
        def make(seed: int, first: Picture):
            height, width = first.shape[:2]
            weather = RainOnLens(seed, amount, width, height, **kind)
            return lambda picture, time_s: weather.apply(picture, 1.0 + time_s)

        return make

    def blurred(radius: float):
        return still(lambda picture: defocus(picture, radius * picture.shape[1] / 640))

    def hidden(share: float):
        return lambda seed, first: lambda picture, time_s: block(picture, share, seed)

    def frozen(change: Callable[[Picture, np.random.Generator], Picture]):
        def make(seed: int, first: Picture):
            rng = np.random.default_rng(seed)
            return lambda picture, time_s: change(first, rng)

        return make

    def noisy(picture: Picture, rng: np.random.Generator) -> Picture:
        return np.clip(np.rint(picture + rng.normal(0, 0.7, picture.shape)), 0, 255).astype(
            np.uint8
        )

    return {
        'clean': [Fault('as it is', 'OK', still(lambda picture: picture))],
        'DARK': [
            Fault(f'light x {gain}', told, shot(gain))
            for gain, told in ((0.1, ''), (0.03, ''), (0.01, 'DARK'), (0.002, 'DARK'), (0, 'DARK'))
        ],
        'GLARE': [
            *(
                Fault(f'lamp {strength}', told, lamp(strength))
                for strength, told in ((0.2, ''), (0.5, 'GLARE'), (0.7, 'GLARE'), (0.95, 'GLARE'))
            ),
            *(
                Fault(f'light x {gain}', told, shot(gain))
                for gain, told in ((3, ''), (10, 'GLARE'), (40, 'GLARE'))
            ),
        ],
        'BLUR': [
            Fault(f'disc {radius} px', told, blurred(radius))
            for radius, told in ((2, ''), (4, ''), (6, 'BLUR'), (10, 'BLUR'), (18, 'BLUR'))
        ],
        'BLOCKED': [
            Fault(f'{share:.0%} hidden', told, hidden(share))
            for share, told in ((0.1, ''), (0.25, 'BLOCKED'), (0.6, 'BLOCKED'), (1.0, 'BLOCKED'))
        ],
        'RAIN': [
            *(
                Fault(f'drops and streaks {amount}', told, rain(amount))
                for amount, told in ((0.1, ''), (0.3, 'RAIN'), (0.6, 'RAIN'), (1.0, 'RAIN'))
            ),
            Fault('drops alone 0.5', 'RAIN', rain(0.5, streaks=False)),
            Fault('streaks alone 0.5', 'RAIN', rain(0.5, drops=False)),
        ],
        'FROZEN': [
            Fault('the same picture', 'FROZEN', frozen(lambda picture, rng: picture)),
            Fault(
                'encoded anew, JPEG 60 to 95',
                'FROZEN',
                frozen(lambda picture, rng: re_encode(picture, int(rng.integers(60, 96)))),
            ),
            Fault('with noise of 0.7 levels', 'FROZEN', frozen(noisy)),
        ],
    }
