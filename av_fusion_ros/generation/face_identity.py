# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What makes one drawn face differ from another: proportions, colours, hair, glasses, light.

Lengths are centimetres in the face's own plane: x to the picture's right, y down, the
origin midway between the outer eye corners of a face of common proportions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]  # B, G, R in [0, 255]

_SKINS: tuple[Colour, ...] = (
    (196, 214, 242), (172, 196, 232), (150, 178, 222), (128, 160, 210), (106, 140, 195),
    (88, 120, 176), (70, 98, 150), (56, 80, 126), (48, 66, 104),
)  # fmt: skip
_HAIR: tuple[Colour, ...] = (
    (20, 22, 26), (24, 32, 44), (34, 52, 78), (50, 84, 122), (96, 148, 186), (40, 62, 130),
    (140, 145, 150), (200, 204, 208),
)  # fmt: skip
_IRISES: tuple[Colour, ...] = (
    (34, 46, 70), (40, 66, 102), (92, 110, 92), (140, 120, 92), (120, 116, 108),
)  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """One face. Widths, heights and shifts multiply or move those of the common face."""

    seed: int
    skin: Colour
    hair: Colour
    iris: Colour
    lip_redness: float
    face_width: float
    jaw_width: float
    chin_length: float
    eye_size: float
    eye_spacing: float
    brow_thickness: float
    brow_height: float
    nose_width: float
    nose_length: float
    mouth_width: float
    mouth_drop: float
    upper_lip: float
    lower_lip: float
    hair_style: int  # 0 bald, 1 short, 2 parted, 3 long, 4 receding
    moustache: float  # 0 none to 1 full; the same for the others
    beard: float
    stubble: float
    glasses: int  # 0 none, 1 thin, 2 thick frames
    freckles: float
    age: float  # 0 young to 1 old: depth of the folds


@dataclass(frozen=True)
class Light:
    """Direction the light comes from (x right, y down, z to the camera) and its strengths."""

    x: float = -0.35
    y: float = -0.55
    ambient: float = 0.55
    diffuse: float = 0.6
    warmth: float = 0.0  # -1 blue to 1 orange


def random_identity(seed: int) -> Identity:
    """Draw a face; the same seed gives the same face."""
    rng = np.random.default_rng([seed, 0x1DE17])

    def around(spread: float) -> float:
        return float(1.0 + np.clip(rng.normal(0.0, spread), -2 * spread, 2 * spread))

    feminine = bool(rng.random() < 0.45)
    skin = np.array(_SKINS[int(rng.integers(len(_SKINS)))]) * rng.uniform(0.94, 1.05, 3)
    hair = _HAIR[int(rng.integers(len(_HAIR)))] if skin[2] > 160 else _HAIR[int(rng.integers(3))]
    return Identity(
        seed=seed,
        skin=(float(skin[0]), float(skin[1]), float(min(skin[2], 250.0))),
        hair=hair,
        iris=_IRISES[int(rng.integers(len(_IRISES)))] if skin[2] > 160 else _IRISES[0],
        lip_redness=float(rng.uniform(0.5, 1.0) if feminine else rng.uniform(0.15, 0.6)),
        face_width=around(0.035) * (0.98 if feminine else 1.01),
        jaw_width=around(0.05) * (0.95 if feminine else 1.03),
        chin_length=around(0.04) * (0.97 if feminine else 1.02),
        eye_size=around(0.07) * (1.06 if feminine else 0.98),
        eye_spacing=around(0.025),
        brow_thickness=around(0.2) * (0.75 if feminine else 1.15),
        brow_height=float(rng.normal(0.0, 0.12)),
        nose_width=around(0.09) * (0.95 if feminine else 1.05),
        nose_length=around(0.04),
        mouth_width=around(0.08),
        mouth_drop=float(np.clip(rng.normal(0.0, 0.12), -0.25, 0.25)),
        upper_lip=around(0.18) * (1.08 if feminine else 0.95),
        lower_lip=around(0.15) * (1.05 if feminine else 0.97),
        hair_style=3 if feminine and rng.random() < 0.7 else int(rng.integers(0, 5)),
        moustache=0.0 if feminine or rng.random() < 0.72 else float(rng.uniform(0.4, 1.0)),
        beard=0.0 if feminine or rng.random() < 0.72 else float(rng.uniform(0.4, 1.0)),
        stubble=0.0 if feminine or rng.random() < 0.6 else float(rng.uniform(0.2, 0.8)),
        glasses=int(rng.choice((0, 0, 0, 1, 2))),
        freckles=float(rng.uniform(0.0, 1.0) ** 3),
        age=float(rng.uniform(0.0, 1.0)),
    )


def random_light(rng: np.random.Generator) -> Light:
    """A light from the upper front half-space, soft to hard."""
    diffuse = float(rng.uniform(0.35, 0.8))
    return Light(
        x=float(rng.uniform(-0.8, 0.8)),
        y=float(rng.uniform(-0.8, 0.1)),
        ambient=float(np.clip(rng.uniform(0.75, 1.08) - 0.8 * diffuse, 0.2, 0.8)),
        diffuse=diffuse,
        warmth=float(rng.normal(0.0, 0.35)),
    )
