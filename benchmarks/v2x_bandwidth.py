# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a roadside view costs on the air: features against JPEG frames and video.

python3 benchmarks/v2x_bandwidth.py [--clips 5]

Real GRID clips (360x288, 25 frames a second). Messages are counted as DDS sends them: CDR, with
signature, and what RTPS, UDP and IPv4 add to each packet. Video is
what OpenCV's own encoders make of the clip, and the bit rate of the clip as distributed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from av_fusion_ros.cli.wheels_environment import use_wheels_environment
from av_fusion_ros.generation.media_file import video_frames, video_rate_hz
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.roadside_message import RoadsideMessage, sign
from av_fusion_ros.recognition.v2x_unit import RoadsideUnit, UnitIdentity
from av_fusion_ros.recognition.visual_encoder import VisualEncoder

ROOT = Path(__file__).resolve().parents[1]
T0 = 1_760_000_000_000_000_000
Picture = NDArray[np.uint8]

PACKET_BYTES = 1472  # payload of UDP in one Ethernet frame
PACKET_OVERHEAD = 28  # IPv4 and UDP
RTPS_OVERHEAD = 52  # RTPS header, INFO_TS and DATA submessage (RTPS 2.3, section 9.4)


def on_the_air(cdr_bytes: int) -> int:
    """Bytes of one message with the headers of every packet it takes."""
    total = cdr_bytes + RTPS_OVERHEAD
    return total + ceil(total / PACKET_BYTES) * PACKET_OVERHEAD


def cdr_bytes(message: RoadsideMessage) -> int:
    """Size of the message as DDS serialises it."""
    from rclpy.serialization import serialize_message

    from av_fusion_ros.nodes.roadside_conversion import v2x_visual

    return len(serialize_message(v2x_visual(message)))


def feature_messages(frames: list[Picture], codes: bool) -> list[RoadsideMessage]:
    """The messages of a clip, as 8-bit codes or as float32."""
    backend, spec = open_backend(ROOT / 'models' / 'av_fusion.safetensors', parts=('visual',))
    encoder = VisualEncoder(backend, spec)
    sender = unit()
    sent = []
    for k, picture in enumerate(frames):
        for tick in encoder.push(picture, T0 + k * HOP_NS):
            if tick.embedding.size:
                message = sender.features(tick, spec.model_id, tick.stamp_ns, 'camera')
                sent.append(message if codes else _as_floats(message, tick.embedding))
    return sent


def _as_floats(message: RoadsideMessage, features: NDArray[np.float32]) -> RoadsideMessage:
    names = ('station_id', 'key_id', 'sequence', 'stamp_ns', 'generated_ns', 'model_id')
    same = {name: getattr(message, name) for name in (*names, 'quality', 'frame_id')}
    return sign(RoadsideMessage(**same, embedding=features), KEY)


def frame_messages(frames: list[Picture]) -> list[RoadsideMessage]:
    """The messages of a clip as JPEG frames."""
    sender = unit()
    times = [T0 + k * HOP_NS for k in range(len(frames))]
    return [sender.frame(p, t, t) for p, t in zip(frames, times, strict=True)]


def unit() -> RoadsideUnit:
    """A unit with names of usual length."""
    return RoadsideUnit(UnitIdentity('rsu-crossing-12', '2026-a', KEY, (1.0, 2.0, 3.0)))


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def video_bytes(frames: list[Picture], codec: str, suffix: str) -> int:
    """Size of the clip as video; 0 where OpenCV has no such encoder."""
    height, width = frames[0].shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f'clip{suffix}'
        fourcc = cv2.VideoWriter.fourcc(*codec)
        writer = cv2.VideoWriter(str(path), fourcc, 25.0, (width, height))
        if not writer.isOpened():
            return 0
        for picture in frames:
            writer.write(picture)
        writer.release()
        return path.stat().st_size


def main() -> None:
    """Print bytes a second of every way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clips', type=int, default=5)
    options = parser.parse_args()
    data = Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    paths = sorted((data / 'grid' / 's1').glob('*.mp4'))
    chosen = [paths[k] for k in np.linspace(0, len(paths) - 1, options.clips).astype(int)]
    totals: dict[str, list[float]] = {}
    seconds = 0.0

    def add(name: str, air_bytes: float, messages: int) -> None:
        sums = totals.setdefault(name, [0.0, 0.0])
        sums[0] += air_bytes
        sums[1] += messages

    messages_of: dict[str, Callable[[list[Picture]], list[RoadsideMessage]]] = {
        'features, 8-bit codes (as sent)': lambda frames: feature_messages(frames, codes=True),
        'features, float32': lambda frames: feature_messages(frames, codes=False),
        'JPEG frames in V2xVisual': frame_messages,
    }
    for path in chosen:
        frames = list(video_frames(path))
        seconds += len(frames) / video_rate_hz(path)
        for name, make in messages_of.items():
            made = make(frames)
            add(name, sum(on_the_air(cdr_bytes(message)) for message in made), len(made))
        for name, codec, suffix in (
            ('video, MPEG-4 (OpenCV defaults), no headers', 'mp4v', '.mp4'),
            ('video, VP9 (OpenCV defaults), no headers', 'VP90', '.webm'),
        ):
            add(name, video_bytes(frames, codec, suffix), len(frames))
        add('the clips as distributed, sound included', path.stat().st_size, len(frames))
        add('raw bgr8 pictures', sum(picture.nbytes for picture in frames), len(frames))
    print(f'{len(chosen)} GRID clips, {seconds:.0f} s')
    print(f'{"what is sent":45s} {"bytes each":>11s} {"kB/s":>9s} {"kbit/s":>9s}')
    for name, (size, count) in totals.items():
        if size:
            print(
                f'{name:45s} {size / count:11.0f} {size / seconds / 1e3:9.1f} '
                f'{8 * size / seconds / 1e3:9.0f}'
            )


if __name__ == '__main__':
    use_wheels_environment()
    main()
