# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The attacks: each makes one message that must not be admitted.

Some need no key (mutations, replays, forgeries), some have the key of a captured unit and lie.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from av_fusion_ros.recognition.roadside_message import (
    CONTENT_FEATURES,
    CONTENT_JPEG,
    RoadsideMessage,
    sign,
)
from benchmarks.v2x_fuzz.road import CAPTURED, HONEST, MODEL_ID, MS, SIZE, STRANGER, Road, key_of

NO_CODES = np.zeros(0, np.int8)
FIELDS = list(RoadsideMessage.__dataclass_fields__)
Attack = Callable[[Road], RoadsideMessage]


def _changed(message: RoadsideMessage, name: str, rng: random.Random) -> RoadsideMessage:
    """The message with one field changed by a bit, a character or a length."""
    value = getattr(message, name)
    if isinstance(value, (bytes, np.ndarray)):
        raw = bytearray(value if isinstance(value, bytes) else value.tobytes()) or bytearray(4)
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        if rng.random() < 0.2:
            raw = raw[: 4 * rng.randrange(len(raw) // 4 + 1)]
        new: object = bytes(raw) if isinstance(value, bytes) else np.frombuffer(raw, value.dtype)
    elif isinstance(value, str):
        at = rng.randrange(len(value) + 1)
        new = value[:at] + chr(rng.randrange(1, 0xD7FF)) + value[at + rng.randrange(2) :]
    elif isinstance(value, tuple):
        new = tuple(metres + rng.choice((0.0, 1e-9, -2.0, np.nan, np.inf)) for metres in value)
    elif isinstance(value, float):
        new = rng.choice((np.nan, np.inf, -1.0, rng.random(), value * 1.001))
    else:
        new = value ^ (1 << rng.randrange(63))
    return replace(message, **{name: new})  # type: ignore[arg-type]


def mutated_field(road: Road) -> RoadsideMessage:
    message = road.fresh()
    return _changed(message, road.rng.choice(FIELDS), road.rng)


def mutated_twice(road: Road) -> RoadsideMessage:
    message = road.fresh()
    for name in road.rng.sample(FIELDS, 2):
        message = _changed(message, name, road.rng)
    return message


def replayed(road: Road) -> RoadsideMessage:
    return road.rng.choice(road.overheard) if road.overheard else forged(road)


def replayed_as_new(road: Road) -> RoadsideMessage:
    now_ns = road.now_ns
    return replace(replayed(road), stamp_ns=now_ns, generated_ns=now_ns, sequence=now_ns // MS)


def forged(road: Road) -> RoadsideMessage:
    """The right names, a key that nobody knows."""
    return sign(road.fresh(), key_of(f'forger {road.rng.randrange(100)}'))


def wrong_station(road: Road) -> RoadsideMessage:
    """A captured key speaks for another station."""
    return sign(replace(road.fresh(), station_id=HONEST), key_of(CAPTURED))


def unknown_station(road: Road) -> RoadsideMessage:
    return road.fresh(STRANGER)


def unknown_key(road: Road) -> RoadsideMessage:
    return sign(replace(road.fresh(), key_id=f'k{road.rng.randrange(1000)}'), key_of(HONEST))


def expired_key(road: Road) -> RoadsideMessage:
    return sign(replace(road.fresh(), key_id='expired'), key_of('expired'))


def future_key(road: Road) -> RoadsideMessage:
    return sign(replace(road.fresh(), key_id='future'), key_of('future'))


def late(road: Road) -> RoadsideMessage:
    """Held back by 0.5 s to an hour; honest, but no longer true."""
    return road.fresh(age_ms=480.001 + 10 ** road.rng.uniform(-3, 6.5))


def early(road: Road) -> RoadsideMessage:
    return road.fresh(CAPTURED, age_ms=-(40.001 + 10 ** road.rng.uniform(-3, 6.5)))


def old_picture(road: Road) -> RoadsideMessage:
    """An old picture, signed anew."""
    return road.captured(stamp_ns=road.now_ns - round(road.rng.uniform(501, 5000) * MS))


def old_sequence(road: Road) -> RoadsideMessage:
    """A number from before, on a new picture."""
    now_ns = road.now_ns
    return road.captured(sequence=road.rng.randrange(now_ns // MS - 5000), generated_ns=now_ns)


def not_finite(road: Road) -> RoadsideMessage:
    if road.rng.random() < 0.5:
        return road.captured(scale=road.rng.choice((np.nan, np.inf, 0.0, -1.0, 1e30)))
    values = np.zeros(SIZE, np.float32)
    values[road.rng.randrange(SIZE)] = road.rng.choice((np.nan, np.inf, -np.inf, 3e38))
    return road.captured(content=CONTENT_FEATURES, codes=NO_CODES, scale=0.0, embedding=values)


def giant(road: Road) -> RoadsideMessage:
    size = 1 << road.rng.randrange(13, 18)
    kind = road.rng.randrange(4)
    if kind == 0:
        return road.captured(codes=np.ones(size, np.int8))
    if kind == 1:
        return road.captured(
            content=CONTENT_FEATURES, codes=NO_CODES, embedding=np.ones(size, np.float32)
        )
    if kind == 2:
        return road.captured(content=CONTENT_JPEG, codes=NO_CODES, jpeg=bytes(size * 16))
    return road.captured(**{road.rng.choice(('model_id', 'frame_id', 'station_id')): 'x' * size})


def wrong_model(road: Road) -> RoadsideMessage:
    if road.rng.random() < 0.5:
        return road.captured(model_id=MODEL_ID + '2')
    return road.captured(codes=np.ones(SIZE + road.rng.choice((-1, 1, 300)), np.int8))


def moved_station(road: Road) -> RoadsideMessage:
    return road.captured(position=(10.0, 20.0 + 10 ** road.rng.uniform(0.8, 6), 3.0))


def contradictory(road: Road) -> RoadsideMessage:
    """Content and fields disagree."""
    kind = road.rng.randrange(4)
    if kind == 0:
        return road.captured(content=road.rng.randrange(3, 256))
    if kind == 1:
        return road.captured(jpeg=b'x')
    if kind == 2:
        return road.captured(quality=road.rng.choice((-0.1, 1.1, np.inf)))
    return road.captured(content=CONTENT_JPEG)


def hostile_frame(road: Road) -> RoadsideMessage:
    picture = np.full((48, 64, 3), road.rng.randrange(256), np.uint8)
    plain = bytes(cv2.imencode('.jpg', picture)[1])
    at = plain.index(b'\xff\xc0')
    jpeg = road.rng.choice(
        (
            plain[: at + 5] + b'\xff\xff\xff\xff' + plain[at + 9 :],  # claims 65535 x 65535
            bytes(cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1]),
            plain.replace(b'\xff\xda', b'\xff\xda' * 3000),
            bytes(cv2.imencode('.png', picture)[1]),
            plain[:at],
            road.rng.randbytes(road.rng.randrange(1, 60000)),
        )
    )
    return road.captured(content=CONTENT_JPEG, codes=NO_CODES, scale=0.0, jpeg=jpeg)


def nonsense(road: Road) -> RoadsideMessage:
    """Every field at random."""
    rng = road.rng
    return RoadsideMessage(
        rng.choice((HONEST, CAPTURED, '', '\0', '../etc', 'rsu-1\n')),
        rng.choice(('k', '', 'K' * 65)),
        rng.choice((-1, 0, 1 << 63, 1 << 64, road.now_ns // MS)),
        rng.choice((road.now_ns, -1, 1 << 62)),
        rng.choice((road.now_ns, -1, 1 << 62)),
        rng.randrange(-1, 300),
        rng.choice((MODEL_ID, '\ud800', '')),
        np.zeros(rng.randrange(3), np.float32),
        np.zeros(rng.choice((0, SIZE)), np.int8),
        rng.choice((0.0, 1.0, np.nan)),
        rng.randbytes(rng.randrange(3)),
        rng.choice((0.5, np.nan, -5.0)),
        rng.choice(((0.0, 0.0, 0.0), (np.nan,) * 3, (0.0,))),  # type: ignore[arg-type]
        '',
        rng.randbytes(rng.choice((0, 63, 64, 65))),
    )


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        mutated_field, mutated_twice, replayed, replayed_as_new, forged, wrong_station,
        unknown_station, unknown_key, expired_key, future_key, late, early, old_picture,
        old_sequence, not_finite, giant, wrong_model, moved_station, contradictory,
        hostile_frame, nonsense,
    )
}  # fmt: skip
