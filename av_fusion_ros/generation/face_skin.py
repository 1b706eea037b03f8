# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The still part of a drawn face: skin, nose, ears, neck, hair, beard, under one light."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.face_eyes import draw_brows
from av_fusion_ros.generation.face_identity import Identity, Light
from av_fusion_ros.generation.face_relief import (
    Grid,
    Plane,
    both_sides,
    bump,
    outline_half_width,
    shade,
)

Canvas = npt.NDArray[np.float32]


def _noise(grid: Grid, rng: np.random.Generator, cell_cm: float, down: float = 1.0) -> Plane:
    """Smooth noise of unit deviation with cells of `cell_cm`, stretched `down` times in y."""
    raw = rng.normal(0.0, 1.0, grid.x.shape).astype(np.float32)
    sigma = max(0.4 * cell_cm * grid.px_per_cm, 0.3)
    smooth = cv2.GaussianBlur(raw, (0, 0), sigmaX=sigma, sigmaY=sigma * down)
    return np.asarray(smooth / max(float(smooth.std()), 1e-6), np.float32)


def _soft_step(values: npt.NDArray[np.floating[Any]], width: float) -> Plane:
    return np.asarray(np.clip(0.5 + values / width, 0.0, 1.0), np.float32)


def _mix(canvas: Canvas, colour: npt.ArrayLike, weight: Plane) -> None:
    canvas += weight[..., None] * (np.asarray(colour, np.float32) - canvas)


def skin_albedo(grid: Grid, identity: Identity, rng: np.random.Generator) -> Canvas:
    """Colour of the skin (h, w, 3) before light."""
    skin = np.array(identity.skin, np.float32)
    mottled = 1.0 + 0.025 * _noise(grid, rng, 1.2) + 0.02 * _noise(grid, rng, 0.12)
    canvas = np.asarray(mottled[..., None] * skin, np.float32)
    red = skin * np.array([0.8, 0.78, 1.0], np.float32)
    blush = 0.5 * both_sides(grid, 4.3, 3.6, 1.5, 1.2) + 0.45 * bump(grid, 0.0, 3.8, 1.0, 0.8)
    _mix(canvas, red, np.asarray(blush + 0.25 * bump(grid, 0, 10.5, 1.5, 1.0), np.float32))
    tired = skin * np.array([0.8, 0.72, 0.74], np.float32)
    _mix(canvas, tired, (0.25 + 0.3 * identity.age) * both_sides(grid, 3.0, 0.95, 1.0, 0.35))
    _mix(canvas, tired, 0.3 * both_sides(grid, 2.1, -0.1, 0.6, 0.8))
    if identity.freckles > 0.1:
        spots = np.clip(_noise(grid, rng, 0.16) - 1.6, 0.0, 1.0) * identity.freckles
        where = bump(grid, 0.0, 3.0, 4.5, 2.2)
        _mix(canvas, skin * np.array([0.5, 0.6, 0.72], np.float32), spots * where)
    _face_hair(canvas, grid, identity, rng)
    return canvas


def _face_hair(canvas: Canvas, grid: Grid, identity: Identity, rng: np.random.Generator) -> None:
    """Stubble, beard and moustache."""
    mouth = 7.0 + identity.mouth_drop
    half = outline_half_width(grid, identity)
    half = np.maximum(half, 0.0)
    jaw = _soft_step(grid.y - (5.2 + 0.12 * (6.2 - np.abs(grid.x)) ** 2), 1.6)
    lip_area = bump(grid, 0.0, mouth + 0.15, 1.75, 0.95)
    off_lips = np.clip(1.0 - 1.15 * lip_area, 0.0, 1.0)
    beard_area = jaw * off_lips * _soft_step(half + 0.3 - np.abs(grid.x), 0.8)
    lip_hair = np.exp(-0.5 * ((grid.y - (mouth - 1.2 + 0.06 * grid.x**2)) / 0.33) ** 4)
    moustache_area = lip_hair * _soft_step(2.6 - np.abs(grid.x), 0.8)
    hairs = np.clip(0.75 + 0.35 * _noise(grid, rng, 0.1, 3.0), 0.0, 1.0)
    dark = np.array(identity.hair, np.float32) * 0.8
    stubble = 0.33 * identity.stubble * np.clip(0.8 + 0.4 * _noise(grid, rng, 0.08), 0, 1)
    everywhere = np.maximum(beard_area, moustache_area)
    _mix(canvas, np.minimum(dark, 70.0), np.asarray(stubble * everywhere, np.float32))
    _mix(canvas, dark, np.asarray(identity.beard * 0.85 * hairs * beard_area, np.float32))
    _mix(canvas, dark, np.asarray(identity.moustache * 0.9 * hairs * moustache_area, np.float32))


def still_face(
    grid: Grid, identity: Identity, light: Light, z: Plane
) -> tuple[Canvas, Plane, Plane]:
    """Still picture (h, w, 3), its opacity (h, w) in [0, 1] and the light's factor (h, w)."""
    rng = np.random.default_rng([identity.seed, 0x5C1])
    half = outline_half_width(grid, identity)
    inside = _soft_step(half - np.abs(grid.x), 0.35) * _soft_step(half - 0.4, 0.5)
    factor = shade(grid, z, light)
    canvas = skin_albedo(grid, identity, rng) * factor[..., None]
    gloss = both_sides(grid, 0.0, 3.2, 0.35, 0.9) * 0.5 + bump(grid, -3 * light.x, -5.0, 2.5, 1.2)
    canvas += (16.0 * light.diffuse * gloss)[..., None]
    _nostrils(canvas, grid, identity)
    draw_brows(canvas, grid, identity)
    skin = np.array(identity.skin, np.float32) * (light.ambient + 0.7 * light.diffuse)
    back, back_opacity = _neck_and_ears(grid, identity, skin)
    canvas = back + inside[..., None] * (canvas - back)
    opacity = np.maximum(inside, back_opacity)
    canvas, opacity = _hair(canvas, opacity, grid, identity, light, rng)
    warm = np.array([1.0 - 0.08 * light.warmth, 1.0, 1.0 + 0.06 * light.warmth], np.float32)
    return np.clip(canvas * warm, 0.0, 255.0), opacity, factor


def _nostrils(canvas: Canvas, grid: Grid, identity: Identity) -> None:
    tip = 3.75 * identity.nose_length
    dark = np.array(identity.skin, np.float32) * np.array([0.18, 0.16, 0.24], np.float32)
    holes = both_sides(grid, 0.62 * identity.nose_width, tip + 0.78, 0.27, 0.13)
    _mix(canvas, dark, np.minimum(0.95 * holes, 1.0))
    under = bump(grid, 0.0, tip + 1.05, 1.3 * identity.nose_width, 0.3)
    _mix(canvas, dark * 2.4, 0.38 * under)
    wings = both_sides(grid, 1.62 * identity.nose_width, tip + 0.35, 0.13, 0.4)
    _mix(canvas, dark * 2.4, 0.4 * wings)


def _neck_and_ears(
    grid: Grid, identity: Identity, skin: npt.NDArray[np.float32]
) -> tuple[Canvas, Plane]:
    chin = 12.0 * identity.chin_length
    neck_half = 4.9 * identity.jaw_width + 0.1 * np.clip(grid.y - chin, 0.0, 5.0) ** 1.5
    neck = _soft_step(neck_half - np.abs(grid.x), 0.4) * _soft_step(grid.y - 7.0, 0.5)
    below = np.clip((grid.y - chin + 0.5) / 4.5, 0.0, 1.0)
    tone = (0.5 + 0.35 * below) * (1.0 - 0.3 * (np.abs(grid.x) / 6.0) ** 2)
    canvas = np.asarray(tone[..., None] * skin, np.float32)
    x = (np.abs(grid.x) - 7.75 * identity.face_width) / 0.85
    radius = np.sqrt(x**2 + ((grid.y - 1.6) / 2.1) ** 2)
    ears = _soft_step(1.0 - radius, 0.25)
    rim = 0.72 + 0.25 * np.clip(radius, 0.0, 1.0) ** 2
    _mix(canvas, np.zeros(3), np.asarray(ears, np.float32))
    canvas += ears[..., None] * rim[..., None] * skin * np.array([0.85, 0.84, 0.95], np.float32)
    # The neck ends in a soft edge: the body is part of the background.
    return canvas, np.maximum(neck * _soft_step(15.6 - grid.y, 1.6), ears)


def _hair(
    canvas: Canvas,
    opacity: Plane,
    grid: Grid,
    identity: Identity,
    light: Light,
    rng: np.random.Generator,
) -> tuple[Canvas, Plane]:
    style = identity.hair_style
    if style == 0:
        return canvas, opacity
    side = np.abs(grid.x) / identity.face_width
    volume = (0.0, 0.3, 0.7, 0.9, 0.15)[style]
    cap = 1.0 - np.sqrt((side / (7.9 + volume)) ** 2 + ((grid.y + 2.4) / (7.6 + volume)) ** 2)
    cap_top = _soft_step(cap * 8.0, 0.5) * _soft_step(2.0 - grid.y, 0.6)
    line = (0.0, -6.0, -5.6, -5.8, -8.3)[style]
    parting = 0.25 * np.clip(grid.x + 2.0, -4.0, 6.0) if style == 2 else 0.0
    fringe = 0.18 * _noise(grid, rng, 0.3, 2.5)
    hairline = (
        fringe + line + parting + 0.012 * side**3 + 30.0 * np.clip((side - 6.0) / 6.0, 0, 1) ** 1.2
    )
    area = np.asarray(cap_top * _soft_step(hairline - grid.y, 0.5), np.float32)
    if style == 3:
        wave = 0.25 * np.sin(grid.y * 0.7 + identity.seed)
        falls = _soft_step(side - 6.7 - wave + 0.04 * grid.y, 0.6)
        falls *= _soft_step(8.9 + wave - side, 0.7)
        falls *= _soft_step(grid.y + 4.0, 2.0) * _soft_step(14.0 - grid.y, 2.0)
        area = np.asarray(np.maximum(area, falls), np.float32)
    strands = 1.0 + 0.22 * _noise(grid, rng, 0.1, 14.0) + 0.12 * _noise(grid, rng, 0.5, 6.0)
    sheen = 0.35 * bump(grid, -4.0 * light.x - 1.0, -8.0, 3.5, 1.0) * light.diffuse
    tone = (0.35 + 0.6 * light.ambient + 0.25 * light.diffuse) * strands * (1.0 + sheen)
    strand_colour = np.clip(tone, 0.2, 2.0)[..., None] * np.array(identity.hair, np.float32)
    # Hair shades the forehead below it.
    shadow = cv2.GaussianBlur(area, (0, 0), 0.5 * grid.px_per_cm) * 0.35
    canvas = np.asarray(canvas * (1.0 - shadow[..., None]), np.float32)
    _mix(canvas, strand_colour, area)
    return np.asarray(canvas, np.float32), np.maximum(opacity, area)


def draw_glasses(canvas: npt.NDArray[np.uint8], grid: Grid, identity: Identity) -> None:
    """Frames and a faint reflection, in place."""
    if identity.glasses == 0:
        return
    thickness = max(round((0.14, 0.3)[identity.glasses - 1] * grid.px_per_cm), 1)
    tone = 40 + 60 * (identity.seed % 3)
    colour = (tone, tone, tone) if identity.glasses == 1 else (28, 26, 30)
    layer = canvas.copy()
    for side in (-1.0, 1.0):
        x = 3.15 * identity.eye_spacing * side
        left, right = sorted((x - 2.15, x + 2.15))
        corners = np.round(grid.to_px([[left, -1.15], [right, 1.75]])).astype(int)
        centre = (corners[0] + corners[1]) // 2
        axes = (corners[1] - corners[0]) // 2
        angle = np.linspace(0.0, 2 * np.pi, 48)
        power = 0.7
        ring = np.stack(
            [
                centre[0] + axes[0] * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power,
                centre[1] + axes[1] * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power,
            ],
            1,
        )
        points = np.round(ring * 16).astype(np.int32)
        cv2.polylines(layer, [points], True, colour, thickness, cv2.LINE_AA, 4)
        temple = np.round(grid.to_px([[x + 2.1 * side, -0.2], [7.4 * side, -0.3]]) * 16)
        cv2.polylines(layer, [temple.astype(np.int32)], False, colour, thickness, cv2.LINE_AA, 4)
    bridge = np.round(grid.to_px([[-1.05, 0.1], [0.0, -0.15], [1.05, 0.1]]) * 16)
    cv2.polylines(layer, [bridge.astype(np.int32)], False, colour, thickness, cv2.LINE_AA, 4)
    canvas[:] = cv2.addWeighted(layer, 0.92, canvas, 0.08, 0)
