# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Single faults of a camera's picture, as the optics and the sensor make them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

_GAMMA = 2.2
_FULL_WELL_ELECTRONS = 8000.0  # of a small sensor; shot noise is the root of the electrons
_READ_NOISE_ELECTRONS = 12.0
_MUD, _SKIN = (52.0, 72.0, 92.0), (98.0, 120.0, 170.0)  # BGR


def defocus(picture: Picture, radius_px: float) -> Picture:
    """Out of focus: every point becomes an even disc of `radius_px`."""
    reach = int(np.ceil(radius_px))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    disc = np.clip(radius_px + 0.5 - np.sqrt(x * x + y * y), 0.0, 1.0)
    return np.asarray(
        cv2.filter2D(picture, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT), np.uint8
    )


def expose(picture: Picture, gain: float, rng: np.random.Generator) -> Picture:
    """`gain` times the light on the same sensor, with shot and read noise, cut off at full."""
    light = (picture.astype(np.float32) / 255.0) ** _GAMMA * (gain * _FULL_WELL_ELECTRONS)
    noise = np.sqrt(light + _READ_NOISE_ELECTRONS**2)
    light += noise * rng.standard_normal(picture.shape, np.float32)
    level = np.clip(light / _FULL_WELL_ELECTRONS, 0.0, 1.0) ** (1 / _GAMMA)
    return np.asarray(np.rint(255.0 * level), np.uint8)


def glare(
    picture: Picture, strength: float, lamp_at: tuple[float, float] = (0.62, 0.22)
) -> Picture:
    """Light into the lens: a veil over everything, full white near the lamp.

    `lamp_at`: x, y in picture widths.
    """
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] / width - lamp_at[0]
    y = np.arange(height, dtype=np.float32)[:, None] / width - lamp_at[1]
    distance = x * x + y * y
    veil = strength * (95.0 + 420.0 * np.exp(-distance / 0.05))
    washed = picture.astype(np.float32) * (1.0 - 0.5 * strength) + veil[..., None]
    return np.asarray(np.clip(washed, 0.0, 255.0), np.uint8)


def block(picture: Picture, share: float, seed: int) -> Picture:
    """Mud, a hand or the like close before the lens hides `share` of the picture (0 to 1).

    It is far out of focus: soft at the edge, without detail. The same seed hides the same part.
    """
    if share <= 0.0:
        return picture
    rng = np.random.default_rng([seed, 0xB10])
    height, width = picture.shape[:2]
    mud = rng.random() < 0.5
    # A lump somewhere for mud; in from a side, with fingers, for a hand.
    small = (max(4, width // 8), max(4, height // 8))
    lumps = cv2.resize(
        rng.standard_normal((9, 12) if mud else (4, 5)).astype(np.float32),
        small,
        interpolation=cv2.INTER_CUBIC,
    )
    y, x = np.mgrid[0 : small[1], 0 : small[0]].astype(np.float32)
    x, y = x / small[0], y / small[1]
    if mud:
        centre = rng.uniform(0.25, 0.75, 2)
        towards = -np.hypot(x - centre[0], y - centre[1]) / 0.35
    else:
        angle = rng.uniform(0.0, 2.0 * np.pi)
        towards = 2.5 * (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5))
    height_of = towards + (0.35 if mud else 0.25) * lumps
    level = np.quantile(height_of, 1.0 - share) if share < 1.0 else height_of.min() - 1.0
    solid = (height_of > level).astype(np.float32)
    solid = cv2.resize(solid, (width, height), interpolation=cv2.INTER_LINEAR)
    soft = rng.uniform(0.008, 0.03) * width
    solid = cv2.GaussianBlur(solid, (0, 0), soft)[..., None]
    tone = np.array(_MUD if mud else _SKIN, np.float32) * rng.uniform(0.5, 1.2)
    shade = cv2.resize(rng.normal(0, 7, (3, 4)).astype(np.float32), (width, height))
    cover = tone + shade[..., None] + rng.normal(0, 1.2, picture.shape).astype(np.float32)
    mixed = picture * (1.0 - solid) + cover * solid
    return np.asarray(np.clip(mixed, 0.0, 255.0), np.uint8)


def re_encode(picture: Picture, quality: int) -> Picture:
    """The picture through JPEG of a quality (1 to 100), as a stuck source re-sent by an encoder."""
    _, data = cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
