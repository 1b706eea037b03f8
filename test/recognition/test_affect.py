# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scores of feeling, and when a smile is held against an angry voice."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest

from av_fusion_ros.recognition.affect import facial_affect, vocal_affect
from av_fusion_ros.recognition.affect_conflict import AffectConflict, AffectSettings
from av_fusion_ros.recognition.consistency import Alarm, Kind, Level
from av_fusion_ros.recognition.features import HOP_NS, AudioFeature, VisualFeature
from av_fusion_ros.signals.expression import ActionUnits
from av_fusion_ros.signals.vocal_tone import VocalTone

T0 = 1_700_000_000_000_000_000
NOTHING = np.zeros(0, np.float32)


def test_a_smile_is_happy_a_frown_with_wide_eyes_angry_and_neither_is_both() -> None:
    smile = facial_affect(ActionUnits(smile=2.0, brow=0.0, press=0.0, lids=0.0))
    frown = facial_affect(ActionUnits(smile=0.0, brow=2.0, press=0.0, lids=1.0))
    plain = facial_affect(ActionUnits(smile=0.0, brow=0.0, press=0.0, lids=0.0))
    assert smile.happy > 0.9 > 0.1 > smile.angry
    assert frown.angry > 0.9 > 0.1 > frown.happy
    assert max(plain.happy, plain.angry) < 0.1


def test_what_is_unknown_has_no_score() -> None:
    face, voice = facial_affect(ActionUnits()), vocal_affect(VocalTone())
    assert all(isnan(x) for x in (face.happy, face.angry))
    assert all(isnan(x) for x in (voice.arousal, voice.anger, voice.valence))


def test_a_shout_is_angry_and_a_high_voice_is_only_roused() -> None:
    shout = vocal_affect(VocalTone(level_db=14.0, pitch_st=4.0, balance_db=8.0))
    lively = vocal_affect(VocalTone(level_db=4.0, pitch_st=5.0, balance_db=1.0))
    calm = vocal_affect(VocalTone(level_db=0.0, pitch_st=0.0, balance_db=0.0))
    assert shout.anger > 0.8
    assert shout.valence < 0.5 < lively.valence
    assert lively.anger < 0.2 < 0.6 < lively.arousal
    assert max(calm.anger, calm.arousal) < 0.2


def test_every_score_rises_with_its_cue() -> None:
    angers = [vocal_affect(VocalTone(level_db=db)).anger for db in range(0, 20, 2)]
    smiles = [facial_affect(ActionUnits(x / 4, 0.0, 0.0, 0.0)).happy for x in range(12)]
    assert angers == sorted(angers)
    assert smiles == sorted(smiles)
    assert 0 <= angers[0] < angers[-1] <= 1


class Scene:
    """Hops of a face's happiness and a voice's anger, and what is said of them."""

    def __init__(self, threshold: float = 0.5) -> None:
        self.conflict = AffectConflict(AffectSettings(threshold=threshold))
        self.hop = 0

    def play(self, seconds: float, happy: float, anger: float, quality: float = 0.9) -> list[Alarm]:
        said = []
        for _ in range(round(seconds * 25)):
            stamp_ns = T0 + self.hop * HOP_NS
            audio = AudioFeature(stamp_ns, stamp_ns, self.hop, NOTHING, quality=1.0, anger=anger)
            visual = VisualFeature(
                stamp_ns, self.hop, NOTHING, face_id=1, quality=quality, happy=happy
            )
            alarm = self.conflict.alarm(stamp_ns, audio, visual)
            said += [alarm] if alarm else []
            self.hop += 1
        return said


def test_a_lasting_smile_with_an_angry_voice_is_told_with_its_onset_and_taken_back() -> None:
    scene = Scene()
    assert scene.play(3, happy=0.1, anger=0.9) == []
    onset_ns = T0 + scene.hop * HOP_NS
    first, *again = scene.play(4, happy=0.9, anger=0.9)
    assert (first.kind, first.level, first.onset_ns) == (Kind.AFFECT, Level.WARN, onset_ns)
    assert first.stamp_ns - onset_ns == 2_000_000_000
    assert first.score == pytest.approx(1 - 0.81)
    assert first.score < first.threshold
    assert len(again) == 1  # at 1 Hz
    *_, last = scene.play(3, happy=0.9, anger=0.1)
    assert (last.kind, last.level, last.onset_ns) == (Kind.AFFECT, Level.OK, 0)


def test_a_moment_of_both_is_not_enough() -> None:
    scene = Scene()
    for _ in range(5):
        assert scene.play(1.8, happy=0.9, anger=0.9) == []
        assert scene.play(0.2, happy=0.9, anger=0.1) == []


@pytest.mark.parametrize(('happy', 'anger'), [(0.95, 0.4), (0.4, 0.95), (nan, 0.95), (0.95, nan)])
def test_one_side_that_is_not_sure_is_not_enough(happy: float, anger: float) -> None:
    assert Scene().play(5, happy, anger) == []


def test_a_poor_picture_is_no_evidence_and_makes_a_raised_conflict_unknown() -> None:
    assert Scene().play(5, 0.9, 0.9, quality=0.2) == []
    scene = Scene()
    assert scene.play(3, 0.9, 0.9)
    *_, last = scene.play(3, 0.9, 0.9, quality=0.2)
    assert last.level is Level.UNKNOWN
    assert isnan(last.score)


def test_as_shipped_the_alarm_is_off() -> None:
    scene = Scene(threshold=AffectSettings().threshold)
    assert scene.play(10, 1.0, 1.0) == []
