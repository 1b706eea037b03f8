# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn into the picture for people who look on."""

import numpy as np
import pytest

from av_fusion_ros.reporting.annotation import STRIP_PX, Notes, annotated
from av_fusion_ros.reporting.palette import PALETTE

GREY = np.full((480, 640, 3), 120, np.uint8)


def of_colour(picture, name):
    """Where the picture has exactly this colour of the palette."""
    shade = PALETTE[name][1]
    bgr = [int(shade[k : k + 2], 16) for k in (5, 3, 1)]
    return (picture == bgr).all(2)


@pytest.mark.parametrize(
    ('size', 'wanted'), [((480, 640), 640), ((1080, 1920), 640), ((60, 80), 80)]
)
def test_the_picture_is_made_smaller_and_never_larger(size, wanted):
    drawn = annotated(np.zeros((*size, 3), np.uint8), Notes(), 640)
    assert drawn.shape == (round(size[0] * wanted / size[1]) + STRIP_PX, wanted, 3)


def test_without_anything_known_the_picture_itself_is_untouched():
    assert np.array_equal(annotated(GREY, Notes(), 640)[:480], GREY)
    assert (GREY == 120).all()


def test_the_box_lies_where_the_mouth_is_in_the_smaller_picture_too():
    wide = np.full((960, 1280, 3), 120, np.uint8)
    for picture, box in ((GREY, (200.0, 300.0, 80.0, 60.0)), (wide, (400.0, 600.0, 160.0, 120.0))):
        rows, columns = np.nonzero(
            of_colour(annotated(picture, Notes(mouth_box=box), 640)[:480], 'eye')
        )
        assert (columns.min(), columns.max()) == pytest.approx((200, 280), abs=2)
        assert (rows.min(), rows.max()) == pytest.approx((300, 360), abs=2)


def test_a_box_that_is_not_known_or_outside_does_no_harm():
    for box in ((float('nan'),) * 4, (-50.0, -50.0, 5000.0, 5000.0)):
        assert annotated(GREY, Notes(mouth_box=box), 640).shape == (480 + STRIP_PX, 640, 3)


def test_bars_are_as_long_as_the_weights():
    strip = annotated(GREY, Notes(ear=0.25, eye=0.75, roadside=0.0), 640)[480:]
    ear, eye, roadside = (
        of_colour(strip, name).any(0).sum() for name in ('ear', 'eye', 'roadside')
    )
    assert eye == pytest.approx(3 * ear, abs=3)
    assert ear > 40
    assert roadside == 0


def test_words_mode_and_alarm_are_written():
    plain = annotated(GREY, Notes(), 640).astype(int)
    for notes, region in (
        (Notes(words='turn left'), (slice(440, 480), slice(0, 200))),
        (Notes(mode='AUDIO_ONLY'), (slice(480, 510), slice(320, 640))),
        (Notes(alarm='picture stands still'), (slice(5, 30), slice(0, 300))),
    ):
        changed = np.abs(annotated(GREY, notes, 640).astype(int) - plain).max(2) > 60
        assert changed[region].sum() > 100
    assert of_colour(annotated(GREY, Notes(alarm='x'), 640), 'wrong').sum() > 1000


def test_letters_beyond_ascii_do_not_stop_it():
    assert annotated(GREY, Notes(words='Tür öffnen – 開けて'), 640).shape[1] == 640
