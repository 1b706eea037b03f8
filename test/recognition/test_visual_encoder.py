# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The visual encoder: ticks, the face it follows, and what happens without one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import HOP_NS, VisualFeature
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.signals.camera_health import CameraCondition
from av_fusion_ros.signals.face_tracker import Face
from av_fusion_ros.signals.mouth_crop import mouth_crop

T0 = 1_700_000_000_000_000_000


def picture(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (120, 160, 3), np.uint8)


def face(number: int, size: float = 60.0, x: float = 80.0) -> Face:
    """A face whose landmarks lie about its centre, eyes and mouth where they belong."""
    landmarks = np.tile(np.array([x, 60.0], np.float32), (468, 1))
    landmarks[33] += (-size / 3, -size / 4)
    landmarks[263] += (size / 3, -size / 4)
    landmarks[[61, 291, 0, 17, 13, 14]] += size * np.array(
        [(-0.2, 0.2), (0.2, 0.2), (0, 0.15), (0, 0.25), (0, 0.18), (0, 0.22)], np.float32
    )
    return Face(number, 0.9, landmarks, (x - size / 2, 30.0, size, size))


class ScriptedTracker:
    """Sees the faces it is told to."""

    def __init__(self, script: Callable[[int], list[Face]]) -> None:
        self.script = script
        self.looked: list[int] = []

    def track(self, image_bgr: NDArray[np.uint8], stamp_ns: int) -> list[Face]:
        self.looked.append(stamp_ns)
        return self.script(stamp_ns)

    def reset(self) -> None:
        pass


def watch(encoder: VisualEncoder, n: int, rate_hz: float = 25.0) -> list[VisualFeature]:
    features = []
    for k in range(n):
        features += encoder.push(picture(k), T0 + round(k * 1e9 / rate_hz))
    return features


def test_embeddings_are_the_networks_own_on_the_crops(
    network: AVNetwork, backend: Backend, spec: Specification
) -> None:
    features = watch(VisualEncoder(backend, spec, ScriptedTracker(lambda _: [face(1)])), 8)
    crops = np.stack([mouth_crop(picture(k), face(1).landmarks, spec.crop_px) for k in range(8)])
    with torch.inference_mode():
        expected, _ = network.visual(
            torch.from_numpy(crops)[None, None].float() / 255, network.visual.initial_state(1)
        )
    np.testing.assert_allclose(
        np.stack([f.embedding for f in features]), expected[0].numpy(), atol=1e-5
    )
    assert [f.sequence for f in features] == list(range(8))
    assert all(f.face_id == 1 for f in features)
    assert np.isfinite(features[-1].mouth_opening)


def test_any_frame_rate_becomes_25_ticks_a_second(backend: Backend, spec: Specification) -> None:
    for rate_hz in (12.5, 25.0, 30.0, 60.0):
        tracker = ScriptedTracker(lambda _: [face(1)])
        features = watch(VisualEncoder(backend, spec, tracker), round(2 * rate_hz), rate_hz)
        assert 47 <= len(features) <= 51
        steps = np.diff([f.stamp_ns for f in features])
        assert (steps == HOP_NS).all()
        assert len(tracker.looked) <= 51  # frames nobody needs cost nothing
        assert tracker.looked == sorted(set(tracker.looked))


def test_no_face_gives_an_empty_embedding(backend: Backend, spec: Specification) -> None:
    features = watch(VisualEncoder(backend, spec, ScriptedTracker(lambda _: [])), 3)
    assert len(features) == 3
    for feature in features:
        assert feature.embedding.size == 0
        assert feature.face_id == 0
        assert feature.face_confidence == 0
        assert np.isnan(feature.mouth_box).all()
        assert feature.quality == 0


def test_the_face_followed_is_kept_while_a_larger_one_passes(
    backend: Backend, spec: Specification
) -> None:
    def script(stamp_ns: int) -> list[Face]:
        k = (stamp_ns - T0) // HOP_NS
        if k < 3:
            return [face(1, 40), face(2, 60, 100)]
        return [face(3, 80), face(2, 60, 100)] if k < 6 else [face(3, 80)]

    features = watch(VisualEncoder(backend, spec, ScriptedTracker(script)), 8)
    assert [f.face_id for f in features] == [2] * 6 + [3] * 2


def test_a_new_face_is_read_afresh(backend: Backend, spec: Specification) -> None:
    def script(stamp_ns: int) -> list[Face]:
        return [face(1 if stamp_ns < T0 + 4 * HOP_NS else 2)]

    features = watch(VisualEncoder(backend, spec, ScriptedTracker(script)), 6)
    fresh = VisualEncoder(backend, spec, ScriptedTracker(lambda _: [face(2)]))
    expected = [f for k in (4, 5) for f in fresh.push(picture(k), T0 + k * HOP_NS)]
    for a, b in zip(features[4:], expected, strict=True):
        np.testing.assert_array_equal(a.embedding, b.embedding)


def test_a_jump_of_time_begins_anew(backend: Backend, spec: Specification) -> None:
    encoder = VisualEncoder(backend, spec, ScriptedTracker(lambda _: [face(1)]))
    first = watch(encoder, 10)
    again = watch(encoder, 10)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.embedding, b.embedding)
        assert a.sequence == b.sequence


def test_a_short_loss_keeps_time_running(
    network: AVNetwork, backend: Backend, spec: Specification
) -> None:
    def script(stamp_ns: int) -> list[Face]:
        return [] if stamp_ns == T0 + 2 * HOP_NS else [face(1)]

    features = watch(VisualEncoder(backend, spec, ScriptedTracker(script)), 4)
    assert [f.embedding.size > 0 for f in features] == [True, True, False, True]
    crops = [mouth_crop(picture(k), face(1).landmarks, spec.crop_px) for k in (0, 1, 1, 3)]
    with torch.inference_mode():
        expected, _ = network.visual(
            torch.from_numpy(np.stack(crops))[None, None].float() / 255,
            network.visual.initial_state(1),
        )
    np.testing.assert_allclose(features[3].embedding, expected[0, 3].numpy(), atol=1e-5)


def test_what_is_wrong_with_the_camera_goes_with_every_tick(
    backend: Backend, spec: Specification
) -> None:
    encoder = VisualEncoder(backend, spec, ScriptedTracker(lambda _: []))
    features = watch(encoder, 10)
    assert features[-1].health == CameraCondition.NO_FACE
    assert all(len(feature.health_scores) == len(CameraCondition) for feature in features)
    late = encoder.push(picture(10), T0 + 10 * HOP_NS, staleness=1.0)
    assert late[0].health_scores[CameraCondition.STALE] == 1


def test_a_restart_forgets_what_was_wrong_with_the_camera(
    backend: Backend, spec: Specification
) -> None:
    encoder = VisualEncoder(backend, spec, ScriptedTracker(lambda _: []))
    assert watch(encoder, 10)[-1].health == CameraCondition.NO_FACE
    encoder.reset()
    assert watch(encoder, 1)[0].health == CameraCondition.OK


def test_every_face_in_view_is_read_as_if_it_were_alone(
    backend: Backend, spec: Specification
) -> None:
    def both(_: int) -> list[Face]:
        return [face(1, 60, 40), face(2, 50, 110)]

    together = watch(VisualEncoder(backend, spec, ScriptedTracker(both)), 30)
    assert [f.face_id for f in together] == [1] * 30
    assert [[other.face_id for other in f.others] for f in together] == [[2]] * 30
    for k, read in ((0, together), (1, [f.others[0] for f in together])):
        alone = watch(
            VisualEncoder(backend, spec, ScriptedTracker(lambda n, k=k: [both(n)[k]])), 30
        )
        for a, b in zip(read, alone, strict=True):
            np.testing.assert_array_equal(a.embedding, b.embedding)
            assert (a.stamp_ns, a.sequence) == (b.stamp_ns, b.sequence)
            np.testing.assert_array_equal(a.quality, b.quality)
            np.testing.assert_array_equal(a.mouth_box, b.mouth_box)


def opened(number: int, gap: float, x: float) -> Face:
    made = face(number, 60, x)
    made.landmarks[14] += (0.0, gap)
    return made


def test_the_face_whose_lips_alone_move_is_followed(backend: Backend, spec: Specification) -> None:
    def script(stamp_ns: int) -> list[Face]:
        k = (stamp_ns - T0) // HOP_NS
        first, second = (k % 4, 0) if k < 40 else (0, k % 4)
        return [opened(1, 2.0 * first, 40), opened(2, 2.0 * second, 110)]

    features = watch(VisualEncoder(backend, spec, ScriptedTracker(script)), 90)
    followed = [f.face_id for f in features]
    assert followed[:40] == [1] * 40
    assert followed[70:] == [2] * 20
    assert features[39].lip_activity > 0.03 > 0.015 > features[39].others[0].lip_activity


def test_while_both_mouths_move_the_face_followed_stays(
    backend: Backend, spec: Specification
) -> None:
    def script(stamp_ns: int) -> list[Face]:
        k = (stamp_ns - T0) // HOP_NS
        return [opened(1, 1.0 * (k % 4), 40), opened(2, 3.0 * (k % 4), 110)]

    features = watch(VisualEncoder(backend, spec, ScriptedTracker(script)), 60)
    assert {f.face_id for f in features} == {1}


def test_numbers_that_come_and_go_do_not_pile_up(backend: Backend, spec: Specification) -> None:
    def script(stamp_ns: int) -> list[Face]:
        k = (stamp_ns - T0) // HOP_NS
        return [face(1, 60, 40), face(2 + k, 50, 110)]

    encoder = VisualEncoder(backend, spec, ScriptedTracker(script))
    features = watch(encoder, 60)
    assert [f.others[0].face_id for f in features] == list(range(2, 62))
    assert len(encoder._streams) <= 6
