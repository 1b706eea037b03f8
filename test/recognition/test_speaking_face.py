# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whose lips are listened to, of several faces."""

from __future__ import annotations

from math import nan

import numpy as np

from av_fusion_ros.recognition.backend import Floats, State
from av_fusion_ros.recognition.features import HOP_NS, AudioFeature, VisualFeature
from av_fusion_ros.recognition.speaking_face import SpeakingFace


class Judge:
    """A network whose agreement logit is the product of what is heard and what is seen."""

    name = 'judge'

    def __init__(self) -> None:
        self.calls = 0

    def initial_state(self, part: str, streams: int = 1) -> State:
        return [np.zeros(1, np.float32)]

    def hear(self, mel: Floats, state: State) -> tuple[Floats, Floats, State]:
        raise NotImplementedError

    def see(self, crops: Floats, state: State) -> tuple[Floats, State]:
        raise NotImplementedError

    def fuse(
        self, features: Floats, present: Floats, evidence: Floats, state: State
    ) -> tuple[Floats, Floats, Floats, State]:
        self.calls += 1
        logit = features[..., 0, 0] * features[..., 1, 0]
        return np.zeros((1, 1, 40)), np.zeros((1, 1, 3)), logit, state


def face(number: int, agrees: float) -> VisualFeature:
    return VisualFeature(0, 0, np.array([agrees], np.float32), face_id=number, quality=0.9)


def seen(*faces: VisualFeature) -> VisualFeature:
    """The first face as the visual encoder's, the others beside it."""
    values = {name: getattr(faces[0], name) for name in VisualFeature.__dataclass_fields__}
    return VisualFeature(**(values | {'others': faces[1:]}))


def heard(speech: float = 0.9, snr_db: float = 20.0) -> AudioFeature:
    return AudioFeature(
        0, HOP_NS, 0, np.ones(1, np.float32), speech_probability=speech, snr_db=snr_db
    )


def listened(
    speaking: SpeakingFace, audio: AudioFeature | None, visual: VisualFeature, hops: int
) -> list[int]:
    found = []
    for _ in range(hops):
        chosen = speaking.choose(audio, visual)
        assert chosen is not None
        found.append(chosen.face_id)
    return found


def test_the_face_that_fits_the_sound_is_found_and_the_others_stay_beside_it() -> None:
    speaking = SpeakingFace(Judge(), 1)
    both = seen(face(1, -4.0), face(2, 4.0))
    found = listened(speaking, heard(), both, 25)
    assert found[0] == 1
    assert found[-1] == 2
    assert sorted(found) == found  # one switch
    chosen = speaking.choose(heard(), both)
    assert chosen is not None
    assert [other.face_id for other in chosen.others] == [1]
    assert speaking.of(both).face_id == 2


def test_when_the_other_takes_over_the_choice_follows_within_a_second() -> None:
    speaking = SpeakingFace(Judge(), 1)
    listened(speaking, heard(), seen(face(1, 4.0), face(2, -4.0)), 250)
    found = listened(speaking, heard(), seen(face(1, -4.0), face(2, 4.0)), 50)
    assert 2 in found[:25]
    assert found[-1] == 2


def test_a_lucky_syllable_does_not_turn_the_choice() -> None:
    speaking = SpeakingFace(Judge(), 1)
    for _ in range(20):
        assert set(listened(speaking, heard(), seen(face(1, -4.0), face(2, 4.0)), 2)) == {1}
        assert set(listened(speaking, heard(), seen(face(1, 4.0), face(2, -4.0)), 3)) == {1}


def test_without_speech_or_in_loud_noise_the_choice_stands() -> None:
    other_fits = seen(face(1, -4.0), face(2, 4.0))
    for audio in (heard(speech=0.1), heard(snr_db=-12.0), heard(speech=nan), None):
        assert set(listened(SpeakingFace(Judge(), 1), audio, other_fits, 100)) == {1}


def test_a_new_choice_of_the_encoder_by_lip_activity_is_followed() -> None:
    speaking = SpeakingFace(Judge(), 1)
    listened(speaking, None, seen(face(1, 0.0), face(2, 0.0)), 10)
    assert set(listened(speaking, None, seen(face(2, 0.0), face(1, 0.0)), 10)) == {2}


def test_a_face_that_leaves_hands_over_to_the_encoders() -> None:
    speaking = SpeakingFace(Judge(), 1)
    listened(speaking, heard(), seen(face(1, -4.0), face(2, 4.0)), 25)
    assert listened(speaking, heard(), seen(face(1, -4.0)), 1) == [1]


def test_one_face_or_none_costs_nothing_and_is_handed_on_as_it_is() -> None:
    judge = Judge()
    speaking = SpeakingFace(judge, 1)
    alone, empty = face(3, 1.0), VisualFeature(0, 0, np.zeros(0, np.float32))
    assert listened(speaking, heard(), alone, 5) == [3] * 5
    assert speaking.choose(heard(), alone) == alone
    assert speaking.choose(heard(), empty) == empty
    assert speaking.choose(heard(), None) is None
    assert judge.calls == 0
