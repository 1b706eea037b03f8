# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every attack is rejected for the right reason, and honest messages are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import RoadsideFeature
from av_fusion_ros.recognition.roadside_message import (
    CONTENT_CODES,
    CONTENT_JPEG,
    RoadsideMessage,
    sign,
    signed_bytes,
    with_codes,
)
from av_fusion_ros.recognition.v2x_admission import (
    AdmissionSettings,
    Reject,
    RoadsideFrame,
    V2xAdmission,
)
from av_fusion_ros.recognition.v2x_trust import TrustedKey, parse_public_key
from av_fusion_ros.signals.roadside_frame import encode_frame

NOW = 1_700_000_000_000_000_000
MS = 1_000_000
SIZE = 16
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
DOCS = Path(__file__).resolve().parents[2] / 'docs' / 'v2x.md'


def admission(settings: AdmissionSettings | None = None) -> V2xAdmission:
    trusted = {
        ('rsu-1', 'k1'): TrustedKey(KEY.public_key(), position=(1.0, 2.0, 3.0)),
        ('rsu-2', 'k1'): TrustedKey(OTHER_KEY.public_key()),
        ('rsu-1', 'old'): TrustedKey(KEY.public_key(), not_after_ns=NOW - 1),
        ('rsu-1', 'new'): TrustedKey(KEY.public_key(), not_before_ns=NOW + 1),
    }
    return V2xAdmission(trusted, 'model', SIZE, settings)


def message(sequence: int = 1, age_ms: float = 200.0, **changes: object) -> RoadsideMessage:
    stamp_ns = NOW - round(age_ms * MS)
    honest = RoadsideMessage(
        'rsu-1',
        'k1',
        sequence,
        stamp_ns,
        stamp_ns + 20 * MS,
        model_id='model',
        embedding=np.arange(SIZE, dtype=np.float32),
        quality=0.8,
        position=(1.0, 2.0, 3.0),
        frame_id='camera',
    )
    return replace(honest, **changes)  # type: ignore[arg-type]


def coded() -> RoadsideMessage:
    return with_codes(message(embedding=np.zeros(0, np.float32)), message().embedding)


def frame(jpeg: bytes) -> RoadsideMessage:
    return message(content=CONTENT_JPEG, embedding=np.zeros(0, np.float32), jpeg=jpeg, model_id='')


def test_an_honest_message_is_admitted() -> None:
    gate = admission()
    view = gate.admit(sign(message(), KEY), NOW)
    assert isinstance(view, RoadsideFeature)
    assert (view.station_id, view.sequence, view.quality) == ('rsu-1', 1, 0.8)
    np.testing.assert_array_equal(view.embedding, np.arange(SIZE, dtype=np.float32))
    assert gate.admitted == 1
    assert not gate.rejected


def test_codes_are_features_to_half_a_step() -> None:
    sent = coded()
    assert sent.content == CONTENT_CODES
    view = admission().admit(sign(sent, KEY), NOW)
    assert isinstance(view, RoadsideFeature)
    assert np.abs(view.embedding - np.arange(SIZE)).max() <= (SIZE - 1) / 127 / 2 + 1e-6


def test_a_frame_is_admitted_as_the_picture_in_it() -> None:
    sent = frame(encode_frame(np.full((48, 64, 3), 90, np.uint8)))
    view = admission().admit(sign(sent, KEY), NOW)
    assert isinstance(view, RoadsideFrame)
    assert view.image_bgr.shape == (48, 64, 3)
    assert abs(float(view.image_bgr.mean()) - 90) < 2


def test_frames_are_refused_where_only_features_are_taken() -> None:
    gate = admission(AdmissionSettings(frames=False))
    sent = frame(encode_frame(np.full((48, 64, 3), 90, np.uint8)))
    assert gate.admit(sign(sent, KEY), NOW) is Reject.UNSUPPORTED


ATTACKS: dict[str, tuple[Callable[[], RoadsideMessage], Reject]] = {
    'unsigned': (lambda: message(), Reject.MALFORMED),
    'signed by another key': (lambda: sign(message(), OTHER_KEY), Reject.BAD_SIGNATURE),
    'signed by another station': (
        lambda: sign(message(station_id='rsu-2'), KEY), Reject.BAD_SIGNATURE,
    ),
    'station not trusted': (lambda: sign(message(station_id='rsu-9'), KEY), Reject.UNKNOWN_STATION),
    'key not trusted': (lambda: sign(message(key_id='k9'), KEY), Reject.UNKNOWN_STATION),
    'key expired': (lambda: sign(message(key_id='old'), KEY), Reject.KEY_EXPIRED),
    'key not valid yet': (lambda: sign(message(key_id='new'), KEY), Reject.KEY_NOT_YET_VALID),
    'picture too old': (lambda: sign(message(age_ms=501), KEY), Reject.TOO_OLD),
    'old picture signed anew': (
        lambda: sign(message(age_ms=5000, generated_ns=NOW), KEY), Reject.TOO_OLD,
    ),
    'generated in the future': (
        lambda: sign(message(generated_ns=NOW + 41 * MS), KEY), Reject.FROM_FUTURE,
    ),
    'picture from the future': (
        lambda: sign(message(age_ms=-41, generated_ns=NOW), KEY), Reject.FROM_FUTURE,
    ),
    'features of another checkpoint': (
        lambda: sign(message(model_id='x'), KEY), Reject.WRONG_MODEL,
    ),
    'features of another size': (
        lambda: sign(message(embedding=np.zeros(3, np.float32)), KEY), Reject.WRONG_MODEL,
    ),
    'NaN features': (
        lambda: sign(message(embedding=np.full(SIZE, np.nan, np.float32)), KEY), Reject.MALFORMED,
    ),
    'huge features': (
        lambda: sign(message(embedding=np.zeros(5000, np.float32)), KEY), Reject.MALFORMED,
    ),
    'no features': (
        lambda: sign(message(embedding=np.zeros(0, np.float32)), KEY), Reject.MALFORMED,
    ),
    'features and a frame': (lambda: sign(message(jpeg=b'x'), KEY), Reject.MALFORMED),
    'huge frame': (
        lambda: sign(
            message(content=CONTENT_JPEG, embedding=np.zeros(0, np.float32), jpeg=bytes(65537)), KEY
        ),
        Reject.MALFORMED,
    ),
    'no picture': (lambda: sign(frame(b'x'), KEY), Reject.BAD_FRAME),
    'codes without a step': (
        lambda: sign(replace(coded(), scale=0.0), KEY), Reject.MALFORMED,
    ),
    'codes with a huge step': (
        lambda: sign(replace(coded(), scale=1e9), KEY), Reject.MALFORMED,
    ),
    'codes of huge values': (
        lambda: sign(replace(coded(), scale=100.0), KEY), Reject.MALFORMED,
    ),
    'codes and features': (
        lambda: sign(replace(coded(), embedding=message().embedding), KEY), Reject.MALFORMED,
    ),
    'huge values': (
        lambda: sign(message(embedding=np.full(SIZE, 1e6, np.float32)), KEY), Reject.MALFORMED,
    ),
    'a station that moved': (
        lambda: sign(message(position=(1.0, 2.0, 9.0)), KEY), Reject.IMPLAUSIBLE,
    ),
    'unknown content': (lambda: sign(message(content=7), KEY), Reject.MALFORMED),
    'quality out of range': (lambda: sign(message(quality=1.5), KEY), Reject.MALFORMED),
    'a position beyond the earth': (
        lambda: sign(message(position=(1e12, 0.0, 0.0)), KEY), Reject.MALFORMED,
    ),
    'a name that is no text of ROS': (
        lambda: replace(message(model_id='\ud800'), signature=bytes(64)), Reject.MALFORMED,
    ),
    'infinite position': (
        lambda: sign(message(position=(np.inf, 0.0, 0.0)), KEY), Reject.MALFORMED,
    ),
    'bad station name': (lambda: sign(message(station_id='rsu 1\n'), KEY), Reject.MALFORMED),
    'long station name': (lambda: sign(message(station_id='r' * 65), KEY), Reject.MALFORMED),
    'negative sequence': (
        lambda: replace(message(sequence=-1), signature=bytes(64)), Reject.MALFORMED,
    ),
}  # fmt: skip


@pytest.mark.parametrize('name', ATTACKS)
def test_each_attack_is_rejected_for_its_reason(name: str) -> None:
    make, reason = ATTACKS[name]
    gate = admission()
    assert gate.admit(make(), NOW) is reason
    assert gate.rejected == {reason: 1}
    # It leaves no trace: the honest message still comes in.
    assert isinstance(gate.admit(sign(message(2, age_ms=190), KEY), NOW), RoadsideFeature)


def test_every_reason_is_tested() -> None:
    apart = {Reject.REPLAYED, Reject.RATE_LIMITED, Reject.UNSUPPORTED}
    assert {reason for _, reason in ATTACKS.values()} == set(Reject) - apart


CHANGED = {
    'station_id': 'rsu-2', 'key_id': 'k2', 'sequence': 2, 'stamp_ns': NOW, 'generated_ns': NOW,
    'content': 1, 'model_id': 'other', 'embedding': np.arange(1, SIZE + 1, dtype=np.float32),
    'codes': np.ones(3, np.int8), 'scale': 0.5, 'jpeg': b'j', 'quality': 0.9,
    'position': (1.0, 2.0, 4.0), 'frame_id': 'x',
}  # fmt: skip


def test_the_signature_covers_every_field() -> None:
    names = {field.name for field in fields(RoadsideMessage)} - {'signature'}
    assert names == set(CHANGED)
    honest = message()
    for name, value in CHANGED.items():
        assert signed_bytes(replace(honest, **{name: value})) != signed_bytes(honest)  # type: ignore[arg-type]


def test_lengths_keep_neighbouring_texts_apart() -> None:
    one = signed_bytes(message(frame_id='ab', station_id='c'))
    other = signed_bytes(message(frame_id='a', station_id='bc'))
    assert one != other


def test_the_documented_bytes_are_the_bytes() -> None:
    empty = RoadsideMessage(
        's', 'k', 3, 1_000_000_002, 4_000_000_005, quality=0.5, position=(1, 2, 3)
    )
    assert signed_bytes(empty).hex() in DOCS.read_text().replace('\n', '')


def test_replays_are_rejected_and_reordered_messages_are_not() -> None:
    gate = admission()
    first, second = sign(message(1), KEY), sign(message(2, age_ms=160), KEY)
    assert isinstance(gate.admit(second, NOW), RoadsideFeature)
    assert gate.admit(second, NOW) is Reject.REPLAYED
    assert isinstance(gate.admit(first, NOW), RoadsideFeature)
    assert gate.admit(first, NOW) is Reject.REPLAYED
    # A higher number on an older view, and the other way round, contradict what was seen.
    assert gate.admit(sign(message(3, age_ms=300), KEY), NOW) is Reject.REPLAYED
    assert gate.admit(sign(message(0, age_ms=100), KEY), NOW) is Reject.REPLAYED
    # Stations are counted apart.
    assert isinstance(
        gate.admit(sign(message(1, station_id='rsu-2'), OTHER_KEY), NOW), RoadsideFeature
    )


def test_a_station_that_floods_gets_no_more_than_its_rate() -> None:
    gate = admission(AdmissionSettings(max_rate_hz=25.0))
    admitted = 0
    for k in range(5000):  # a message each millisecond for 5 s
        now_ns = NOW + k * MS
        sent = sign(message(k, stamp_ns=now_ns, generated_ns=now_ns), KEY)
        admitted += isinstance(gate.admit(sent, now_ns), RoadsideFeature)
    assert 125 <= admitted <= 125 + 14  # and what may have been held up for 0.5 s
    assert gate.rejected == {Reject.RATE_LIMITED: 5000 - admitted}


def test_false_signatures_are_checked_no_faster_than_the_limit_and_cost_no_views() -> None:
    gate = admission(AdmissionSettings(max_rate_hz=10.0))
    for k in range(1000):
        gate.admit(sign(message(k), OTHER_KEY), NOW)
    assert gate.rejected[Reject.BAD_SIGNATURE] == 60
    assert gate.rejected[Reject.RATE_LIMITED] == 940
    later_ns = NOW + 1000 * MS
    honest = sign(message(1000, stamp_ns=later_ns, generated_ns=later_ns), KEY)
    assert isinstance(gate.admit(honest, later_ns), RoadsideFeature)


def test_a_station_too_far_from_the_vehicle_is_implausible_while_its_place_is_known() -> None:
    gate = admission()
    gate.note_vehicle((300.0, 2.0, 3.0), NOW)
    assert gate.admit(sign(message(1), KEY), NOW) is Reject.IMPLAUSIBLE
    gate.note_vehicle((150.0, 2.0, 3.0), NOW)
    assert isinstance(gate.admit(sign(message(2, age_ms=190), KEY), NOW), RoadsideFeature)
    gate.note_vehicle((300.0, 2.0, 3.0), NOW - 3000 * MS)  # too old to count
    assert isinstance(gate.admit(sign(message(3, age_ms=180), KEY), NOW), RoadsideFeature)


def test_old_and_new_key_are_valid_side_by_side_until_the_old_one_expires() -> None:
    trusted = {
        ('rsu-1', 'old'): TrustedKey(KEY.public_key(), not_after_ns=NOW + 1000 * MS),
        ('rsu-1', 'new'): TrustedKey(OTHER_KEY.public_key(), not_before_ns=NOW - 1000 * MS),
    }
    gate = V2xAdmission(trusted, 'model', SIZE)
    for key_id, key in (('old', KEY), ('new', OTHER_KEY)):
        assert isinstance(gate.admit(sign(message(key_id=key_id), key), NOW), RoadsideFeature)
    later_ns = NOW + 2000 * MS
    after = message(9, stamp_ns=later_ns, generated_ns=later_ns)
    assert gate.admit(sign(replace(after, key_id='old'), KEY), later_ns) is Reject.KEY_EXPIRED
    new = sign(replace(after, key_id='new'), OTHER_KEY)
    assert isinstance(gate.admit(new, later_ns), RoadsideFeature)


def test_a_clock_outside_the_window_is_told_of_though_nothing_is_admitted() -> None:
    gate = admission()
    for k in range(5):
        now_ns = NOW + k * 1100 * MS
        wrong_ns = now_ns + 3000 * MS
        sent = sign(message(k, stamp_ns=wrong_ns, generated_ns=wrong_ns), KEY)
        assert gate.admit(sent, now_ns) is Reject.FROM_FUTURE
    assert dict(gate.clocks(NOW))['rsu-1'].offset_s == pytest.approx(-3.0)


def test_what_began_anew_may_be_seen_again() -> None:
    gate = admission()
    seen = sign(message(5), KEY)
    gate.admit(seen, NOW)
    gate.forget()
    assert isinstance(gate.admit(seen, NOW), RoadsideFeature)


def test_keys_are_replaced_without_forgetting_what_was_seen() -> None:
    gate = admission()
    seen = sign(message(5), KEY)
    gate.admit(seen, NOW)
    gate.replace_trust_list({('rsu-1', 'k1'): TrustedKey(KEY.public_key())})
    assert gate.admit(seen, NOW) is Reject.REPLAYED
    assert (
        gate.admit(sign(message(1, station_id='rsu-2'), OTHER_KEY), NOW) is Reject.UNKNOWN_STATION
    )


def test_another_key_of_the_same_name_begins_with_nothing_seen() -> None:
    gate = admission()
    stolen = sign(message((1 << 64) - 1), KEY)  # nothing can come after it
    assert isinstance(gate.admit(stolen, NOW), RoadsideFeature)
    gate.replace_trust_list({('rsu-1', 'k1'): TrustedKey(OTHER_KEY.public_key())})
    assert isinstance(gate.admit(sign(message(2), OTHER_KEY), NOW), RoadsideFeature)


def test_no_mutation_of_a_signed_message_comes_in() -> None:
    rng = random.Random(0)
    gate = admission()
    honest = sign(message(), KEY)
    for _ in range(2000):
        name = rng.choice([*CHANGED, 'signature'])
        value = getattr(honest, name)
        if isinstance(value, bytes):
            data = bytearray(value or bytes(1))
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            changed: object = bytes(data)
        elif isinstance(value, str):
            changed = value[:-1] + chr(rng.randrange(1, 0x7FF))
        elif isinstance(value, np.ndarray):
            raw = bytearray(value.tobytes() or bytes(4))
            raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
            changed = np.frombuffer(bytes(raw), value.dtype)
        elif isinstance(value, tuple):
            changed = (rng.random(), *value[1:])
        elif isinstance(value, float):
            changed = rng.random()
        else:
            changed = value ^ (1 << rng.randrange(70))
        if isinstance(changed, str) and changed == value:
            continue
        assert isinstance(gate.admit(replace(honest, **{name: changed}), NOW), Reject)  # type: ignore[arg-type]
    assert gate.admitted == 0


def test_jitter_and_reordering_cause_no_false_reject() -> None:
    gate = admission()
    rng = random.Random(0)
    arrivals = []
    for k in range(2000):
        sent_ns = NOW + k * 40 * MS
        sent = sign(message(k, stamp_ns=sent_ns, generated_ns=sent_ns + 20 * MS), KEY)
        arrivals.append((sent_ns + rng.randrange(20, 400) * MS, sent))
    for arrival_ns, sent in sorted(arrivals, key=lambda pair: pair[0]):  # out of order
        assert isinstance(gate.admit(sent, arrival_ns), RoadsideFeature)


def test_public_keys_are_read_from_hex() -> None:
    raw = KEY.public_key().public_bytes_raw()
    assert parse_public_key(raw.hex()).public_bytes_raw() == raw
    for wrong in ('', 'xyz', raw.hex()[:-2]):
        with pytest.raises(RecognitionError, match='64 hexadecimal digits'):
            parse_public_key(wrong)


def test_impossible_windows_are_refused() -> None:
    with pytest.raises(RecognitionError):
        AdmissionSettings(max_age_s=0)
