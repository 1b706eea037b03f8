# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is seen, trusted and understood, drawn into a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.reporting.palette import PALETTE

STRIP_PX = 76  # below the picture, for the bars
_FONT, _SIZE, _LINE_PX = cv2.FONT_HERSHEY_SIMPLEX, 0.5, 22
_WHITE, _GREY, _DARK = (255, 255, 255), (90, 90, 90), (32, 28, 24)


Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Notes:
    """What to write; NaN or empty = unknown, and nothing is drawn for it.

    Boxes are x, y, width, height in pixels of the picture: of the mouth that is read, and of the
    others in view.
    """

    mouth_box: Box | None = None
    other_boxes: tuple[Box, ...] = ()
    ear: float = float('nan')
    eye: float = float('nan')
    roadside: float = float('nan')
    snr_db: float = float('nan')
    camera_quality: float = float('nan')
    mode: str = ''
    words: str = ''
    alarm: str = ''


def annotated(picture: NDArray[np.uint8], notes: Notes, width_px: int) -> NDArray[np.uint8]:
    """Return a copy of a picture (h, w, 3) BGR, at most ``width_px`` wide, with the notes.

    The bars stand below the picture, in STRIP_PX more rows.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, width_px / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    drawn = cv2.copyMakeBorder(small, 0, STRIP_PX, 0, 0, cv2.BORDER_CONSTANT, value=_DARK)
    for box in notes.other_boxes:
        _frame(drawn, box, scale, _GREY, 1)
    if notes.mouth_box is not None:
        _frame(drawn, notes.mouth_box, scale, _bgr('eye'), 2)
    _bars(drawn, notes, size[1])
    if notes.words:
        _write(drawn, notes.words, (8, size[1] - 10), 1.4 * _SIZE)
    if notes.alarm:
        cv2.rectangle(drawn, (1, 1), (size[0] - 2, size[1] - 2), _bgr('wrong'), 3)
        _write(drawn, notes.alarm, (8, _LINE_PX), _SIZE)
    return np.asarray(drawn, np.uint8)


def _frame(
    drawn: NDArray[np.uint8], box: Box, scale: float, colour: tuple[int, int, int], thick: int
) -> None:
    if np.isfinite(box).all():
        x, y, width, height = (scale * value for value in box)
        corners = (round(x), round(y)), (round(x + width), round(y + height))
        cv2.rectangle(drawn, *corners, colour, thick)


def _bars(drawn: NDArray[np.uint8], notes: Notes, top: int) -> None:
    """A bar for each sense on the left, mode and signs on the right."""
    middle = drawn.shape[1] // 2
    senses = (('ear', notes.ear), ('eye', notes.eye), ('roadside', notes.roadside))
    for row, (name, weight) in enumerate(senses):
        y = top + 20 + row * _LINE_PX
        told = '-' if np.isnan(weight) else f'{weight:.2f}'
        _write(drawn, f'{name} {told}', (8, y), 0.9 * _SIZE)
        left, right = 116, max(120, middle - 8)
        cv2.rectangle(drawn, (left, y - 10), (right, y - 1), _GREY, -1)
        if weight > 0:
            end = left + round((right - left) * min(1.0, weight))
            cv2.rectangle(drawn, (left, y - 10), (end, y - 1), _bgr(name), -1)
    signs = (
        notes.mode,
        '' if np.isnan(notes.snr_db) else f'SNR {notes.snr_db:.0f} dB',
        '' if np.isnan(notes.camera_quality) else f'picture {notes.camera_quality:.2f}',
    )
    for row, text in enumerate(signs):
        _write(drawn, text, (middle + 8, top + 20 + row * _LINE_PX), 0.9 * _SIZE)


def _write(drawn: NDArray[np.uint8], text: str, at: tuple[int, int], size: float) -> None:
    """White on a dark outline; OpenCV's letters are ASCII."""
    plain = text.encode('ascii', 'replace').decode()
    cv2.putText(drawn, plain, at, _FONT, size, _DARK, 4, cv2.LINE_AA)
    cv2.putText(drawn, plain, at, _FONT, size, _WHITE, 1, cv2.LINE_AA)


def _bgr(name: str) -> tuple[int, int, int]:
    """A colour of the palette, its shade for dark surroundings."""
    shade = PALETTE[name][1]
    red, green, blue = (int(shade[k : k + 2], 16) for k in (1, 3, 5))
    return blue, green, red
