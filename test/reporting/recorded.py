# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags of results as the graph would have recorded them, with known numbers in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.generation.ground_truth import FILE_NAME

BEGIN_NS = 1_760_000_000_000_000_000
DURATION_S = 10.0
TRUTH = {
    'start_ns': BEGIN_NS,
    'duration_s': DURATION_S,
    'utterances': [
        {'text': 'go forward', 'heard_text': 'go forward', 'start_s': 1.0, 'end_s': 1.8},
        {'text': 'turn left', 'heard_text': 'turn left', 'start_s': 3.0, 'end_s': 3.9},
        {'text': 'stop', 'heard_text': 'stop', 'start_s': 6.0, 'end_s': 6.5},
        {'text': 'follow me', 'heard_text': 'come here', 'start_s': 8.0, 'end_s': 8.8},
    ],
    'events': [
        {'kind': 'noise', 'start_s': 2.5, 'end_s': 5.0, 'snr_db': -8.0, 'sound': 'engine'},
        {'kind': 'blackout', 'start_s': 5.5, 'end_s': 7.5},
    ],
}
NAN = float('nan')
NOMINAL, AUDIO_DEGRADED, AUDIO_ONLY, BLIND = 0, 1, 4, 6
OK, ERROR = 0, 2


def made(type_name: str, **fields: Any) -> Any:
    """A message with these fields; the others are empty or 0."""
    store = bag_types()
    package, _, name = type_name.rpartition('/')
    values: dict[str, Any] = {}
    for field, (kind, detail) in store.fielddefs[f'{package}/{name}'][1]:
        if field in fields:
            values[field] = fields[field]
        elif kind.name == 'BASE':
            values[field] = '' if detail[0] == 'string' else 0
        elif kind.name == 'NAME':
            values[field] = made(detail)
        else:
            values[field] = []
    return store.types[type_name](**values)


def time(time_s: float) -> Any:
    """A stamp at a time of the run."""
    seconds, nanoseconds = divmod(BEGIN_NS + round(time_s * 1e9), 1_000_000_000)
    kind = bag_types().types['builtin_interfaces/msg/Time']
    return kind(sec=int(seconds), nanosec=int(nanoseconds))


def ours(name: str, time_s: float, **fields: Any) -> Any:
    """A message of this package with its stamp."""
    header = made('std_msgs/msg/Header', stamp=time(time_s), frame_id='x')
    return made(f'av_fusion_ros/msg/{name}', header=header, **fields)


def command(text: str, start_s: float, end_s: float) -> Any:
    best = made(
        'av_fusion_ros/msg/CommandHypothesis', id=text.replace(' ', '_'), text=text, confidence=0.9
    )
    return ours(
        'RecognizedCommand',
        end_s + 0.26,
        best=best,
        start=time(start_s),
        end=time(end_s),
        latency_s=0.26,
        model_id='m1',
    )


def weights(time_s: float) -> Any:
    """The ear trusted less in the noise and alone in the dark; nothing before 0.2 s."""
    audio, snr_db, quality, mode = 0.5, 20.0, 1.0, NOMINAL
    if 2.5 <= time_s < 5.0:
        audio, snr_db, mode = 0.2, -8.0, AUDIO_DEGRADED
    elif 5.5 <= time_s < 7.5:
        audio, quality, mode = 1.0, 0.0, AUDIO_ONLY
    elif time_s < 0.2:
        audio, mode = 0.0, BLIND
    return ours(
        'ModalityWeights',
        time_s,
        audio=audio,
        visual=0.0 if mode == BLIND else 1 - audio,
        audio_snr_db=snr_db,
        camera_quality=quality,
        v2x_age_s=NAN,
        mode=mode,
    )


def alarm(time_s: float, level: int, kind: int = 0, onset_s: float = 0.0) -> Any:
    onset = time(onset_s) if level else made('builtin_interfaces/msg/Time')
    return ours('ConsistencyAlarm', time_s, level=level, kind=kind, score=0.1, onset=onset)


def health(time_s: float, message: str) -> Any:
    status = made(
        'diagnostic_msgs/msg/DiagnosticStatus',
        level=1,
        name='audio_encoder: hearing',
        message=message,
        hardware_id='av_fusion_ros',
    )
    return made('diagnostic_msgs/msg/DiagnosticArray', status=[status])


def features(time_s: float) -> Any:
    """The camera is dark from 5.5 s on, and blocked from 6.5 s to 7.5 s."""
    kind = bag_types().types['av_fusion_ros/msg/VisualFeatures']
    fault = kind.HEALTH_OK
    if 5.5 <= time_s < 7.5:
        fault = kind.HEALTH_DARK if time_s < 6.5 else kind.HEALTH_BLOCKED
    arrays = {'embedding': np.zeros(0, np.float32), 'mouth_box': np.full(4, np.nan, np.float32)}
    scores = np.zeros(9, np.float32)
    return ours('VisualFeatures', time_s, **arrays, quality=1.0, health=fault, health_scores=scores)


def results(late_s: float = 0.03) -> list[tuple[float, str, Any]]:
    """(time received, topic, message) of a run in which 'turn left' was read as 'turn around'."""
    rows = [(t + late_s, '/fusion/weights', weights(t)) for t in np.arange(0, DURATION_S, 0.04)]
    rows += [(t + 0.02, '/visual_features', features(t)) for t in np.arange(0, DURATION_S, 0.04)]
    rows += [
        (end_s + 0.3, '/fusion/command', command(text, start_s, end_s))
        for text, start_s, end_s in (
            ('go forward', 1.0, 1.8),
            ('turn around', 3.1, 3.9),
            ('come here', 8.0, 8.8),
            ('stop', 9.2, 9.6),
        )
    ]
    rows += [
        (time_s + 0.03, '/fusion/mode', ours('FusionMode', time_s, mode=mode, reason=reason))
        for time_s, mode, reason in (
            (0.2, NOMINAL, 'sound and picture good'),
            (2.6, AUDIO_DEGRADED, 'noisy <b>sound</b>'),
            (5.6, AUDIO_ONLY, 'no usable picture'),
            (7.6, NOMINAL, 'sound and picture good'),
        )
    ]
    rows += [
        (time_s + 0.03, '/fusion/alarm', message)
        for time_s, message in (
            (0.1, alarm(0.1, OK)),
            (8.9, alarm(8.9, ERROR, 1, onset_s=8.2)),
            (9.9, alarm(9.9, ERROR, 1, onset_s=8.2)),
        )
    ]
    rows.append((4.0, '/diagnostics', health(4.0, 'input comes faster than it is processed')))
    return rows


def write_bag(
    path: Path, rows: list[tuple[float, str, Any]], truth: dict[str, Any] | None = None
) -> Path:
    """Write rows of (time received, topic, message) as a bag, with the truth beside it."""
    store = bag_types()
    connections: dict[str, Any] = {}
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        for time_s, topic, message in sorted(rows, key=lambda row: row[0]):
            kind = message.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=store)
            data = store.serialize_cdr(message, kind)
            writer.write(connections[topic], BEGIN_NS + round(time_s * 1e9), data)
    if truth is not None:
        (path / FILE_NAME).write_text(json.dumps(truth))
    return path
