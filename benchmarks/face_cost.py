# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Milliseconds a tick for one, two and three faces in view, on one core.

python3 benchmarks/face_cost.py [--ticks 250]

Real GRID faces side by side in a picture of 1080 x 288, grey where there is none; the picture is
the same size whatever the number of faces. 'seeing' is all of the visual encoder: tracking, crops,
quality, expression, network. 'fusing' is all of the fusion's hop, with as many faces to compare.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.generation.media_file import read_sound, video_frames
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.recognition.vocabulary import load_vocabulary
from av_fusion_ros.signals.face_tracker import FaceTracker

ROOT = Path(__file__).resolve().parents[1]
HOP_NS, HOP_SAMPLES, WIDTH, MOST = 40_000_000, 640, 360, 3
T0 = 1_760_000_000_000_000_000


def pictures(clips: list[list[NDArray[np.uint8]]], faces: int) -> list[NDArray[np.uint8]]:
    """Frames with so many of the clips beside each other, and grey for the rest."""
    grey = np.full_like(clips[0][0], 120)
    return [
        np.hstack([*shown[:faces], *[grey] * (MOST - faces)]) for shown in zip(*clips, strict=False)
    ]


def main() -> None:
    """Print a row for each number of faces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--ticks', type=int, default=250)
    ticks = parser.parse_args().ticks
    cv2.setNumThreads(1)
    data = Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    paths = sorted((data / 'grid' / 's1').glob('*.mp4'))[::200][:MOST]
    clips = [list(video_frames(path)) for path in paths]
    words = read_sound(paths[0].with_suffix('.flac'))
    sound = np.resize(words, ticks * HOP_SAMPLES)
    backend, spec = open_backend(ROOT / 'models' / 'av_fusion.safetensors')
    vocabulary = load_vocabulary(ROOT / 'config' / 'commands.yaml')
    heard = AudioEncoder(backend, spec).push(sound, T0 + ticks * HOP_NS)
    print('| faces | seeing: p50 ms | p95 ms | fusing: p50 ms | p95 ms |\n|---|---|---|---|---|')
    for faces in range(1, MOST + 1):
        encoder = VisualEncoder(backend, spec, FaceTracker(max_faces=faces))
        engine = FusionEngine(backend, spec, vocabulary)
        shown = pictures(clips, faces)
        seeing, fusing = [], []
        for k, hop in enumerate(heard):
            start = time.perf_counter()
            seen = encoder.push(shown[k % len(shown)], T0 + k * HOP_NS)
            middle = time.perf_counter()
            for feature in seen:
                engine.add_visual(feature)
            engine.add_audio(hop)
            engine.advance()
            seeing.append(1e3 * (middle - start))
            fusing.append(1e3 * (time.perf_counter() - middle))
        cells = [f'{x:.2f}' for t in (seeing, fusing) for x in np.percentile(t[25:], [50, 95])]
        print(f'| {faces} | ' + ' | '.join(cells) + ' |')
    print(f'\n{len(heard)} ticks, one thread, load average {os.getloadavg()[0]:.1f}')


if __name__ == '__main__':
    main()
