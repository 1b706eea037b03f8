# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Mode switches in scenes in which nothing changes for five minutes.

python3 benchmarks/steady_scenes.py [--minutes 5] [--output docs/evaluation/degradation]

Held-out GRID clips as one stream, under one steady noise and one steady fault of the picture,
through the encoders and the fusion engine, without ROS. The goal is one switch a minute at most.
Clips that begin without a picture are left out: half a second of grey is a loss of it.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.generation.events import Blur, Event, Exposure, Glare, Rain
from av_fusion_ros.generation.picture_events import PictureEvents
from av_fusion_ros.generation.sound_track import ACTIVE_LEVEL_DBFS
from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.learning.splits import grid_key, noise_parts, part_of
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S, AudioFeature, VisualFeature
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.modes import Mode
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.recognition.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[1]
START_NS = 1_700_000_000 * NS_PER_S
RATE_HZ, HOP_SAMPLES, HOPS_PER_MINUTE = 16000, 640, 1500
SETTLE_HOPS = 50
GOAL_PER_MINUTE = 1.0
LEAST_SPREAD = 10.0  # grey levels, standard deviation; a plain frame has none

#: Each picture with the sound that goes with it, each sound with a good picture.
PICTURES: tuple[tuple[str, Event | None], ...] = (
    ('good', None),
    ('rain 0.5', Rain(amount=0.5)),
    ('rain 1', Rain(amount=1.0)),
    ('glare 1', Glare(strength=1.0)),
    ('dusk', Exposure(gain=0.08)),
    ('defocus 2 px', Blur(sigma_px=2.0)),
    ('defocus 3 px', Blur(sigma_px=3.0)),
)
SOUNDS: tuple[tuple[str, float], ...] = (
    ('machine', 5.0),
    ('machine', -8.0),
    ('crowd', 10.0),
    ('crowd', 5.0),
    ('rain', 5.0),
    ('vehicle', 0.0),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one scene did."""

    picture: str
    sound: str
    minutes: float
    switches: int
    worst_minute: int
    modes: str


def speech(clips: Sequence[Path], hops: int) -> NDArray[np.float32]:
    """The clips' sound at one active level, (hops * 640,), in time with their pictures."""
    parts, level = [], 10 ** (ACTIVE_LEVEL_DBFS / 20)
    for clip in clips:
        samples, rate = soundfile.read(str(clip.with_suffix('.flac')), dtype='float32')
        assert rate == RATE_HZ, f'{clip} is not at 16 kHz'
        loud = samples[np.abs(samples) > 0.02]
        samples = samples * np.float32(level / np.sqrt(np.mean(loud**2)))
        length = frames_of(clip) * HOP_SAMPLES
        samples = samples[:length]
        parts.append(np.pad(samples, (0, length - len(samples))))
        if sum(map(len, parts)) >= hops * HOP_SAMPLES:
            break
    return np.concatenate(parts)[: hops * HOP_SAMPLES]


def frames_of(clip: Path) -> int:
    """How many pictures a clip has."""
    capture = cv2.VideoCapture(str(clip.with_suffix('.mp4')))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    return count


def begins_with_a_picture(clip: Path) -> bool:
    """Whether there is something to see in a clip's first frame."""
    picture, _ = next(iter(read_frames(clip.with_suffix('.mp4'))))
    return float(picture.std()) > LEAST_SPREAD


def seen(
    clips: Sequence[Path], hops: int, event: Event | None, backend: Backend, spec: Specification
) -> list[VisualFeature]:
    """The features of the clips' pictures under one fault."""
    encoder = VisualEncoder(backend, spec)
    faults = PictureEvents([event] if event else [], 0, 360, 288)
    features: list[VisualFeature] = []
    index = 0
    for clip in clips:
        for picture, _ in read_frames(clip.with_suffix('.mp4')):
            if index >= hops:
                return features
            stamp_ns = START_NS + index * HOP_NS
            features += encoder.push(faults.apply(picture, index / 25), stamp_ns)
            index += 1
    return features


def heard(
    clean: NDArray[np.float32],
    noise: Path | None,
    snr_db: float,
    backend: Backend,
    spec: Specification,
) -> list[AudioFeature]:
    """The features of the speech in one noise, which goes round and round; None = a quiet room."""
    if noise is None:
        rng = np.random.default_rng(0)
        added = rng.standard_normal(len(clean)).astype(np.float32)
        snr_db = 46.0
    else:
        recorded, _ = soundfile.read(str(noise), dtype='float32')
        added = np.resize(recorded, len(clean))
    added /= np.sqrt(np.mean(added**2)) + 1e-9
    mixed = clean + np.float32(10 ** ((ACTIVE_LEVEL_DBFS - snr_db) / 20)) * added
    mixed *= min(1.0, 0.98 / float(np.abs(mixed).max()))
    end_ns = START_NS + (len(mixed) - 1) * NS_PER_S // RATE_HZ
    return AudioEncoder(backend, spec).push(mixed.astype(np.float32), end_ns)


def row(
    picture: str,
    sound: str,
    audio: Sequence[AudioFeature],
    visual: Sequence[VisualFeature],
    backend: Backend,
    spec: Specification,
) -> Row:
    """Run the engine over one scene."""
    vocabulary = load_vocabulary(ROOT / 'config' / 'commands_grid.yaml')
    engine = FusionEngine(backend, spec, vocabulary)
    hops, switched, time_in = 0, [], Counter[str]()
    for pair in zip(audio, visual, strict=False):
        engine.add_audio(pair[0])
        engine.add_visual(pair[1])
        for step in engine.advance():
            hops += 1
            if hops <= SETTLE_HOPS:
                continue
            time_in[Mode(step.weights.mode).name] += 1
            if step.mode_change is not None:
                switched.append(hops)
    by_minute = Counter(hop // HOPS_PER_MINUTE for hop in switched)
    total = sum(time_in.values())
    modes = ', '.join(f'{name} {100 * n / total:.0f} %' for name, n in time_in.most_common())
    worst = max(by_minute.values(), default=0)
    return Row(picture, sound, hops / HOPS_PER_MINUTE, len(switched), worst, modes)


def rows(args: argparse.Namespace) -> Iterator[Row]:
    """One row for each scene."""
    clips = sorted((args.data / 'grid' / 's1').glob('*.align'))
    clips = [clip for clip in clips if part_of(grid_key(clip)) == args.part]
    hops = round(args.minutes * HOPS_PER_MINUTE)
    clips = [clip for clip in clips if begins_with_a_picture(clip)]
    clips = (clips * 20)[: hops // 70 + 1]
    backend, spec = open_backend(args.model, graph_folders=[ROOT / 'models'])
    clean = speech(clips, hops)
    quiet = heard(clean, None, 0.0, backend, spec)
    good = seen(clips, hops, None, backend, spec)
    for family, snr_db in SOUNDS:
        noise = noise_parts(sorted((args.data / 'noise' / family).glob('*.flac')))[args.part][0]
        audio = heard(clean, noise, snr_db, backend, spec)
        yield row('good', f'{family} {snr_db:+g} dB', audio, good, backend, spec)
    for name, event in PICTURES:
        visual = good if event is None else seen(clips, hops, event, backend, spec)
        yield row(name, 'quiet room', quiet, visual, backend, spec)


def main() -> int:
    """Run every scene and print the table; status 1 when one switches too often."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, default=None, help='default: $AV_FUSION_DATA')
    parser.add_argument('--minutes', type=float, default=5.0)
    parser.add_argument('--part', default='test', choices=('test', 'validation'))
    parser.add_argument('--model', type=Path, default=ROOT / 'models' / 'av_fusion.safetensors')
    parser.add_argument('--output', type=Path, help='folder for steady.md and steady.csv')
    args = parser.parse_args()
    cv2.setNumThreads(1)
    args.data = args.data or Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    lines = ['| picture | sound | switches | most in a minute | time in each mode | |']
    lines.append('|---|---|---|---|---|---|')
    print(*lines, sep='\n', flush=True)
    done = []
    for each in rows(args):
        done.append(each)
        calm = each.switches <= GOAL_PER_MINUTE * round(each.minutes)
        lines.append(
            f'| {each.picture} | {each.sound} | {each.switches} in {each.minutes:.1f} min | '
            f'{each.worst_minute} | {each.modes} | {"ok" if calm else "MISSED"} |'
        )
        print(lines[-1], flush=True)
    if args.output is not None:
        args.output.mkdir(parents=True, exist_ok=True)
        (args.output / 'steady.md').write_text('\n'.join(lines) + '\n')
        with (args.output / 'steady.csv').open('w', newline='') as file:
            writer = csv.writer(file)
            writer.writerow(('picture', 'sound', 'minutes', 'switches', 'worst_minute', 'modes'))
            writer.writerows(
                (r.picture, r.sound, f'{r.minutes:.2f}', r.switches, r.worst_minute, r.modes)
                for r in done
            )
    return 0 if all('MISSED' not in line for line in lines) else 1


if __name__ == '__main__':
    raise SystemExit(main())
