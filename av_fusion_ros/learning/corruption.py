# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What weather, light and optics do to mouth crops, and the variety of an honest picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Crops = NDArray[np.uint8]  # (frames, height, width), grey


def jitter(rng: np.random.Generator, crops: Crops, size_px: int, strength: float = 1.0) -> Crops:
    """Cut ``size_px`` crops out of larger ones with one random shift, turn, scale, flip and light.

    With strength 0 this is the central cut.
    """
    n, height, width = crops.shape
    centre = (width / 2, height / 2)
    angle = float(rng.uniform(-8, 8)) * strength
    scale = float(np.exp(rng.uniform(-0.12, 0.12) * strength))
    matrix = cv2.getRotationMatrix2D(centre, angle, scale)
    matrix[:, 2] += rng.uniform(-3, 3, 2) * strength
    matrix[:, 2] += (size_px - np.array([width, height])) / 2
    cut = (
        np.stack(
            [
                cv2.warpAffine(crop, matrix, (size_px, size_px), borderMode=cv2.BORDER_REPLICATE)
                for crop in crops
            ]
        )
        if n
        else np.zeros((0, size_px, size_px), np.uint8)
    )
    if strength and rng.random() < 0.5:
        cut = cut[:, :, ::-1]
    if strength:
        gain, lift = np.exp(rng.uniform(-0.35, 0.35)), rng.uniform(-25, 25)
        table = np.clip(np.arange(256) * gain + lift, 0, 255).astype(np.uint8)
        cut = table[cut]
    return np.ascontiguousarray(cut)


def blur(rng: np.random.Generator, crops: Crops, severity: float) -> Crops:
    """Defocus: a Gaussian of up to 5 px."""
    sigma = 0.8 + 4.2 * severity
    return np.stack([cv2.GaussianBlur(crop, (0, 0), sigma) for crop in crops])


def coarse(rng: np.random.Generator, crops: Crops, severity: float) -> Crops:
    """A far or heavily compressed view: down-scaled, JPEG, up-scaled."""
    size = crops.shape[1]
    small = max(8, int(size * (0.7 - 0.5 * severity)))
    quality = int(60 - 45 * severity)
    out = []
    for crop in crops:
        shrunk = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
        _, data = cv2.imencode('.jpg', shrunk, [cv2.IMWRITE_JPEG_QUALITY, quality])
        back = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        out.append(cv2.resize(back, (size, size), interpolation=cv2.INTER_LINEAR))
    return np.stack(out)


def occlude(rng: np.random.Generator, crops: Crops, severity: float) -> Crops:
    """Something solid before the mouth: a rectangle of random place and grey."""
    _, height, width = crops.shape
    h = int(height * (0.25 + 0.6 * severity))
    w = int(width * (0.25 + 0.6 * severity))
    y = int(rng.integers(0, height - h + 1))
    x = int(rng.integers(0, width - w + 1))
    out = crops.copy()
    texture = rng.normal(float(rng.uniform(20, 220)), 8, (h, w))
    out[:, y : y + h, x : x + w] = np.clip(texture, 0, 255).astype(np.uint8)
    return out


def rain(rng: np.random.Generator, crops: Crops, severity: float) -> Crops:
    """Drops on the lens: round patches that show a blurred, shifted picture; and a veil."""
    _, height, width = crops.shape
    veil = blur(rng, crops, 0.3 * severity)
    bent = np.stack([cv2.GaussianBlur(np.roll(crop, 6, 0), (0, 0), 3.0) for crop in crops])
    mask = np.zeros((height, width), np.float32)
    for _ in range(int(2 + 8 * severity)):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(mask, centre, int(rng.uniform(3, 5 + 7 * severity)), 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.0)
    mixed = veil * (1 - mask) + (bent * 0.8 + 40) * mask
    return np.clip(mixed, 0, 255).astype(np.uint8)


def dim(rng: np.random.Generator, crops: Crops, severity: float) -> Crops:
    """Little light: a small part of the range, with sensor noise."""
    gain = 0.35 * (1 - severity) + 0.02
    noise = rng.normal(0, 3 + 5 * severity, crops.shape)
    return np.clip(crops * gain + noise, 0, 255).astype(np.uint8)


def glare(rng: np.random.Generator, crops: Crops, severity: float) -> Crops:
    """Light into the lens: contrast lost towards white."""
    lift = 120 + 130 * severity
    return np.clip(crops * (1 - 0.8 * severity) + lift * severity, 0, 255).astype(np.uint8)


def freeze(rng: np.random.Generator, crops: Crops, severity: float) -> Crops:
    """The picture stands still from some frame on."""
    start = int(rng.integers(0, max(1, len(crops) // 2)))
    out = crops.copy()
    out[start:] = crops[start]
    return out


CORRUPTIONS: dict[str, Callable[[np.random.Generator, Crops, float], Crops]] = {
    'blur': blur,
    'coarse': coarse,
    'occlude': occlude,
    'rain': rain,
    'dim': dim,
    'glare': glare,
    'freeze': freeze,
}


def apparent_quality(rng: np.random.Generator, kind: str | None, severity: float) -> float:
    """What a camera-quality measure would say: near 1 when clean, falling with severity, noisy.

    Training uses this in place of the measure, so that the gate learns to weigh an imperfect one.
    """
    true = 0.9 if kind is None else 0.9 - 0.8 * (0.3 + 0.7 * severity)
    if kind == 'freeze':
        true = 0.0  # the measure says so of a picture that stands still
    return float(np.clip(true + rng.normal(0, 0.1), 0.0, 1.0))
