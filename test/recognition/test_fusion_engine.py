# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The engine: weights, modes, commands and resets from features of any senses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.phonemes import CLASS_OF, N_CLASSES
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.agreement_calibration import (
    AgreementCalibration,
    WindowCalibration,
)
from av_fusion_ros.recognition.alignment import Feature, Outcome
from av_fusion_ros.recognition.backend import Backend, Floats, State
from av_fusion_ros.recognition.confidence import Calibration
from av_fusion_ros.recognition.consistency import Kind, Level
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from av_fusion_ros.recognition.content_calibration import ContentCalibration
from av_fusion_ros.recognition.decoder import DecoderSettings
from av_fusion_ros.recognition.engine_settings import FusionSettings
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import (
    HOP_NS,
    AudioFeature,
    Command,
    RoadsideFeature,
    VisualFeature,
)
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.fusion_engine import FusionEngine, Step
from av_fusion_ros.recognition.modes import Mode
from av_fusion_ros.recognition.vocabulary import parse_vocabulary

T0 = 1_700_000_000_000_000_000
VOCABULARY = parse_vocabulary({'commands': ['stop', 'turn left', 'go back']})
TURN_LEFT = ['T', 'ER', 'N', '', 'L', 'EH', 'F', 'T']


class EchoBackend:
    """A backend whose embeddings are the log-probabilities."""

    name = 'echo'
    agreement_temperature = 0.1

    def initial_state(self, part: str, streams: int = 1) -> State:
        return [np.zeros((streams, 1), np.float32)]

    def fuse(
        self, features: Floats, present: Floats, evidence: Floats, state: State
    ) -> tuple[Floats, Floats, Floats, State]:
        weights = present / present.sum(-1, keepdims=True)
        mixed = (features * weights[..., None]).sum(2)
        log_probs = mixed - np.log(np.exp(mixed).sum(-1, keepdims=True))
        return log_probs, weights, evidence[..., 0], [state[0] + 1]

    def projections(self, state: State) -> Floats:
        return np.ones((len(state[0]), 2, 64), np.float32)


ECHO_SPEC = Specification(model_id='echo', feature_size=N_CLASSES)


def echo_engine(**changes: object) -> FusionEngine:
    return FusionEngine(EchoBackend(), ECHO_SPEC, VOCABULARY, FusionSettings(**changes))  # type: ignore[arg-type]


def posteriors(phonemes: list[str], before: int, after: int) -> list[np.ndarray]:
    classes = [0] * before
    for name in phonemes:
        classes += [CLASS_OF[name]] * 2 if name else [0]
    classes += [0] * after
    return [np.where(np.arange(N_CLASSES) == c, 12.0, 0.0).astype(np.float32) for c in classes]


def sound(k: int, embedding: np.ndarray, quality: float = 0.9) -> AudioFeature:
    start_ns = T0 + k * HOP_NS
    return AudioFeature(start_ns, start_ns + 62_000_000, k, embedding, quality, 0.9, 15.0, -30.0)


def picture(k: int, embedding: np.ndarray, quality: float = 0.9) -> VisualFeature:
    return VisualFeature(T0 + k * HOP_NS, k, embedding, 7, 0.9, quality=quality, motion=1.0)


def roadside(k: int, embedding: np.ndarray, quality: float = 0.9) -> RoadsideFeature:
    return RoadsideFeature(T0 + k * HOP_NS, 'rsu', k, embedding, quality)


def earlier(feature: Feature, by_ns: int) -> Feature:
    if isinstance(feature, AudioFeature):
        feature = replace(feature, start_ns=feature.start_ns - by_ns)
    return replace(feature, stamp_ns=feature.stamp_ns - by_ns)


def feed(engine: FusionEngine, features: list[Feature]) -> list[Step]:
    steps = []
    for feature in features:
        if isinstance(feature, AudioFeature):
            engine.add_audio(feature)
        elif isinstance(feature, VisualFeature):
            engine.add_visual(feature)
        else:
            engine.add_roadside(feature)
        steps += engine.advance()
    return steps


def commands(steps: list[Step]) -> list[Command]:
    return [command for step in steps for command in step.commands]


@pytest.mark.parametrize(('wait', 'unheard_hops', 'latency_hops'), [(True, 0, 2), (False, 1, -1)])
def test_a_command_is_published_once_with_times_weights_and_face(
    wait: bool, unheard_hops: int, latency_hops: int
) -> None:
    hops = posteriors(TURN_LEFT, 20, 30)
    features = [f for k, e in enumerate(hops) for f in (sound(k, e), picture(k, e))]
    steps = feed(echo_engine(decoder=DecoderSettings(wait_for_silence=wait)), features)
    (command,) = commands(steps)
    assert command.best.id == 'turn_left'
    assert command.best.confidence > 0.9
    assert command.best.score > -0.1
    assert command.face_id == 7
    # The network answers 120 ms late; start and end are put back by that.
    assert command.start_ns == T0 + 20 * HOP_NS - 120_000_000
    # The last phoneme lasts two hops; one answered with the first of them has not heard the other.
    last = len(hops) - 30 - unheard_hops
    assert command.end_ns == T0 + last * HOP_NS - 120_000_000
    assert command.latency_s == pytest.approx(0.12 + 0.062 + latency_hops * 0.04, abs=0.001)
    assert command.weights is not None
    assert (command.weights.audio, command.weights.visual) == (0.5, 0.5)
    assert command.weights.mode == Mode.NOMINAL
    assert len(steps) >= len(hops) - 1


@pytest.mark.parametrize('make', [sound, picture, roadside])
def test_one_sense_alone_is_enough(make: object) -> None:
    hops = posteriors(TURN_LEFT, 20, 30)
    steps = feed(echo_engine(), [make(k, e) for k, e in enumerate(hops)])  # type: ignore[operator]
    assert [c.best.id for c in commands(steps)] == ['turn_left']
    expected = {sound: Mode.AUDIO_ONLY, picture: Mode.VISUAL_ONLY, roadside: Mode.V2X_FALLBACK}
    assert steps[-1].weights.mode == expected[make]  # type: ignore[index]


def test_blind_publishes_no_weight_and_no_command() -> None:
    hops = posteriors(TURN_LEFT, 20, 30)
    engine = echo_engine()
    steps = feed(engine, [sound(k, e, quality=0.0) for k, e in enumerate(hops)])
    assert commands(steps) == []
    assert engine.mode is Mode.BLIND
    for step in steps:
        assert (step.weights.audio, step.weights.visual, step.weights.v2x) == (0, 0, 0)


def test_an_improbable_utterance_is_rejected_and_counted() -> None:
    hops = posteriors(TURN_LEFT, 20, 30)
    engine = echo_engine(calibration=Calibration(bias=-50.0))
    assert commands(feed(engine, [sound(k, e) for k, e in enumerate(hops)])) == []
    assert engine.rejected == 1


def test_a_command_below_its_own_limit_is_not_given_up_before_the_pause_is_over() -> None:
    vocabulary = parse_vocabulary({'commands': [{'phrase': 'turn left', 'min_confidence': 1.0}]})
    engine = FusionEngine(EchoBackend(), ECHO_SPEC, vocabulary, FusionSettings())
    hops = posteriors(TURN_LEFT, 20, 30)
    rejected = []
    for k, embedding in enumerate(hops):
        feed(engine, [sound(k, embedding)])
        rejected.append(engine.rejected)
    last = len(hops) - 30 - 1
    assert rejected.index(1) == last + DecoderSettings().unsure_hops
    assert rejected[-1] == 1


def test_a_jump_back_of_time_begins_anew() -> None:
    hops = posteriors(TURN_LEFT, 20, 30)
    engine = echo_engine()
    stream = [f for k, e in enumerate(hops) for f in (sound(k, e), picture(k, e))]
    half = stream[: 2 * 26]  # in the middle of the command
    feed(engine, half)
    again = [earlier(f, 10**10) for f in stream]
    found = commands(feed(engine, again))
    assert [c.best.id for c in found] == ['turn_left']
    assert found[0].start_ns == T0 - 10**10 + 20 * HOP_NS - 120_000_000
    assert engine.resets == 1


def test_camera_lost_moves_all_weight_to_sound_at_once_and_the_mode_within_half_a_second() -> None:
    engine = echo_engine()
    silence = posteriors([], 100, 0)
    steps = feed(engine, [f for k, e in enumerate(silence) for f in (sound(k, e), picture(k, e))])
    assert steps[-1].weights.mode == Mode.NOMINAL
    black = [
        f for k in range(100, 130) for f in (sound(k, silence[0]), picture(k, silence[0], 0.0))
    ]
    steps = feed(engine, black)
    after = [step for step in steps if step.stamp_ns > T0 + 100 * HOP_NS + 62_000_000]
    assert all(step.weights.visual == 0 and step.weights.audio == 1 for step in after)
    (change,) = [step.mode_change for step in steps if step.mode_change]
    assert change.mode is Mode.AUDIO_ONLY
    assert change.stamp_ns - (T0 + 100 * HOP_NS) <= 500_000_000


def test_a_roadside_view_stands_in_though_it_comes_late() -> None:
    engine = echo_engine()
    silence = posteriors([], 1, 0)[0]
    features: list[Feature] = []
    for k in range(100):
        features += [sound(k, silence), picture(k, silence, 0.0)]
        features += [roadside(k - 5, silence)] if k >= 5 else []
    steps = feed(engine, features)
    last = steps[-1].weights
    assert last.mode == Mode.V2X_FALLBACK
    assert last.v2x == 0.5
    assert last.v2x_age_s == pytest.approx(0.2, abs=0.05)
    # The link is lost: out within the age limit and a little.
    steps = feed(
        engine, [f for k in range(100, 150) for f in (sound(k, silence), picture(k, silence, 0.0))]
    )
    (change,) = [step.mode_change for step in steps if step.mode_change]
    assert change.mode is Mode.AUDIO_ONLY
    assert change.stamp_ns - (T0 + 94 * HOP_NS) <= 900_000_000


def test_silence_of_all_senses_is_noticed_by_the_clock() -> None:
    engine = echo_engine()
    silence = posteriors([], 1, 0)[0]
    feed(engine, [f for k in range(50) for f in (sound(k, silence), picture(k, silence))])
    assert engine.mode is Mode.NOMINAL
    steps = []
    for k in range(50, 90):
        engine.advance_to(T0 + k * HOP_NS)
        steps += engine.advance()
    assert engine.mode is Mode.BLIND
    assert steps[-1].weights.audio == 0


@pytest.mark.parametrize('wrong', [np.zeros(3, np.float32), np.full(N_CLASSES, np.nan, np.float32)])
def test_an_embedding_that_does_not_fit_is_refused(wrong: np.ndarray) -> None:
    engine = echo_engine()
    for add, make in (
        (engine.add_audio, sound),
        (engine.add_visual, picture),
        (engine.add_roadside, roadside),
    ):
        with pytest.raises(RecognitionError, match='same model_path'):
            add(make(0, wrong))  # type: ignore[operator]
    assert engine.advance() == []


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_weights_sum_to_one_and_absent_senses_get_exactly_zero(
    backend: Backend, spec: Specification, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    engine = FusionEngine(backend, spec, VOCABULARY)
    features: list[Feature] = []
    here = rng.random((60, 3)) < 0.8
    for k in range(60):
        embedding = rng.normal(size=spec.feature_size).astype(np.float32)
        if here[k, 0]:
            features.append(sound(k, embedding, float(rng.choice([0.0, 0.3, 1.0, np.nan]))))
        if here[k, 1]:
            face = embedding if rng.random() < 0.8 else np.zeros(0, np.float32)
            features.append(picture(k, face, float(rng.choice([0.0, 0.3, 1.0, np.nan]))))
        if here[k, 2]:
            features.append(roadside(k, embedding))
    steps = feed(engine, features)
    assert len(steps) > 40
    for step in steps:
        w = step.weights
        total = w.audio + w.visual + w.v2x
        assert total == 0 or total == pytest.approx(1, abs=1e-6)
        assert total == 0 or w.mode != Mode.BLIND
        assert w.visual == 0 or w.v2x == 0


def test_the_same_features_give_the_same_steps(backend: Backend, spec: Specification) -> None:
    rng = np.random.default_rng(0)
    features: list[Feature] = []
    for k in range(60):
        embedding = rng.normal(size=spec.feature_size).astype(np.float32)
        features += [sound(k, embedding), picture(k, embedding)]
    engine = FusionEngine(backend, spec, VOCABULARY)
    first = feed(engine, features)
    engine.reset()
    assert repr(feed(engine, features)) == repr(first)


def test_a_roadside_view_that_contradicted_the_camera_does_not_stand_in_for_it() -> None:
    rng = np.random.default_rng(0)
    here, there = (rng.normal(0, 2, (200, N_CLASSES)).astype(np.float32) for _ in range(2))

    def run(lips_there: np.ndarray) -> tuple[FusionEngine, list[Step]]:
        engine = echo_engine()
        features: list[Feature] = []
        for k in range(200):
            opening = 0.3 + 0.1 * float(np.sin(k / 3))
            seen = replace(picture(k, here[k]), mouth_opening=opening)
            features.append(sound(k, here[k]))
            features += [seen] if k < 120 else []
            features.append(roadside(k, lips_there[k]))
        return engine, feed(engine, features)

    engine, steps = run(here)
    assert engine.mode is Mode.V2X_FALLBACK
    assert steps[-1].weights.v2x > 0
    engine, steps = run(there)
    assert engine.mode is not Mode.V2X_FALLBACK
    assert all(step.weights.v2x == 0 for step in steps[-60:])
    assert Kind.V2X_CONFLICT in {step.alarm.kind for step in steps if step.alarm}
    assert engine.counts['roadside', Outcome.CONFLICT] > 60


@pytest.mark.parametrize('with_head', [True, False])
def test_without_what_reads_each_sense_a_calibration_of_content_is_not_used(
    backend: Backend, spec: Specification, network: AVNetwork, with_head: bool
) -> None:
    """By content every hop fits, by similarity none does."""
    always = AgreementCalibration(
        hop=WindowCalibration(-9.0, (0.0,) * 4), content=ContentCalibration(9.0, (0.0,) * 7)
    )
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    head = FrozenHead(arrays) if with_head else None
    given = FusionSettings(consistency=ConsistencySettings(calibration=always))
    engine = FusionEngine(backend, spec, VOCABULARY, given, head)
    rng = np.random.default_rng(0)
    features: list[Feature] = []
    for k in range(60):
        for make in (sound, picture):
            features.append(make(k, rng.normal(size=spec.feature_size).astype(np.float32)))
    alarms = [step.alarm for step in feed(engine, features) if step.alarm]
    assert any(alarm.level is Level.WARN for alarm in alarms) is not with_head
    assert alarms
