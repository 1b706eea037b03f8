# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Is the speaking one of two faces listened to, and how soon after the other takes over?

python3 benchmarks/two_faces.py [--streams 60] [--part test] [--seed 0] [--csv FILE]

Two GRID clips after two others, side by side in one picture of 720 x 288, for 12 s. The sound is
one side's for 6 s, then the other's; which is first is drawn. Both sides are the same man (GRID
has one talker here, s1, whom the network knows) saying different sentences at the same rhythm: two
people differ more in timing and face, but their lips would be strangers to the network. 'listener'
puts a silent face beside the talker instead: frames from before his first word, to and fro.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.generation.media_file import read_sound, video_frames
from av_fusion_ros.learning.mixing import mix
from av_fusion_ros.learning.splits import grid_key, noise_parts, part_of
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.features import AudioFeature, VisualFeature
from av_fusion_ros.recognition.fusion_engine import FusionEngine, FusionSettings
from av_fusion_ros.recognition.speaking_face import SpeakingFaceSettings
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.recognition.vocabulary import load_vocabulary
from av_fusion_ros.signals.face_tracker import FaceTracker

ROOT = Path(__file__).resolve().parents[1]
CLIP_FRAMES, CLIPS, WIDTH = 75, 4, 360
HOPS = CLIP_FRAMES * CLIPS
SWAP = HOPS // 2
HOP_NS, HOP_SAMPLES = 40_000_000, 640
T0 = 1_760_000_000_000_000_000
CONDITIONS = ('clean', '0 dB machine', 'listener')
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Stream:
    """Features of a stream, and at each hop the side that is heard and whether a word is said."""

    audio: list[AudioFeature]
    visual: list[VisualFeature]
    side: NDArray[np.int64]
    words: NDArray[np.bool_]


def silent_frames(clip: Path) -> Iterator[Picture]:
    """The face before its first word, to and fro, for as long as a clip."""
    still = list(video_frames(clip))[:6]
    for k in range(CLIP_FRAMES):
        yield still[abs((k + 5) % 10 - 5)]


def words_said(clip: Path) -> NDArray[np.bool_]:
    """Whether a word is being said at each hop, (CLIP_FRAMES,)."""
    said = np.zeros(CLIP_FRAMES, bool)
    for line in clip.with_suffix('.align').read_text().splitlines():
        start, end, word = line.split()
        if word not in ('sil', 'sp'):
            said[int(start) // 1000 : int(end) // 1000] = True
    return said


def padded(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A clip's sound as long as its picture."""
    whole = np.zeros(CLIP_FRAMES * HOP_SAMPLES, np.float32)
    whole[: len(samples)] = samples[: len(whole)]
    return whole


def recorded(
    backend: Backend, spec: object, sides: list[list[Path]], condition: str, first: int, noise: Path
) -> Stream:
    """Encode a stream: ``sides`` hold the clips on the left and on the right."""
    side = np.where(np.arange(HOPS) < SWAP, first, 1 - first)
    heard = [sides[side[k * CLIP_FRAMES]][k] for k in range(CLIPS)]
    sound = np.concatenate([padded(read_sound(clip.with_suffix('.flac'))) for clip in heard])
    if condition.startswith('0 dB'):
        hum = np.resize(read_sound(noise), len(sound))
        sound = mix(sound, hum, 0.0).astype(np.float32)
    ear, eye = AudioEncoder(backend, spec), VisualEncoder(backend, spec, FaceTracker(max_faces=2))  # type: ignore[arg-type]
    audio = ear.push(sound, T0 + HOPS * HOP_NS)
    visual: list[VisualFeature] = []
    for k in range(CLIPS):
        views = [
            video_frames(sides[s][k])
            if condition != 'listener' or s == side[k * CLIP_FRAMES]
            else silent_frames(sides[s][k])
            for s in (0, 1)
        ]
        for number, pair in enumerate(zip(*views, strict=False)):
            stamp_ns = T0 + (k * CLIP_FRAMES + number) * HOP_NS
            visual += eye.push(np.hstack(pair), stamp_ns)
    return Stream(audio, visual, side, np.concatenate([words_said(clip) for clip in heard]))


def chosen_sides(engine: FusionEngine, stream: Stream) -> NDArray[np.int64]:
    """The side listened to at each hop, (HOPS,); -1 = no face."""
    engine.reset()
    side_of = {
        (tick.stamp_ns, face.face_id): int(face.mouth_box[0] + face.mouth_box[2] / 2 > WIDTH)
        for tick in stream.visual
        for face in (tick, *tick.others)
    }
    found = np.full(HOPS, -1)
    waiting = list(stream.visual)
    steps = []
    for heard in stream.audio:
        while waiting and waiting[0].stamp_ns <= heard.stamp_ns:
            engine.add_visual(waiting.pop(0))
        engine.add_audio(heard)
        steps += engine.advance()
    for step in steps:
        # The newest sample is the sound's; the picture beside it is of the hop's begin.
        hop = round((step.stamp_ns - T0 - 62_000_000) / HOP_NS)
        known = (side_of.get((T0 + k * HOP_NS, step.weights.face_id)) for k in (hop, hop - 1))
        side = next((s for s in known if s is not None), -1)
        if 0 <= hop < HOPS:
            found[hop] = side
    return found


@dataclass(frozen=True, slots=True)
class Result:
    """Shares of time on the right face, of spoken hops and from 1 s after each change; times."""

    right: float
    right_speaking: float
    settled: float
    first_s: float
    swap_s: float
    switches: int


def judged(stream: Stream, found: NDArray[np.int64]) -> Result:
    """What became of one stream; a time is inf where the right face was never found."""
    right = found == stream.side
    settled = right.copy()
    settled[:50] = settled[SWAP : SWAP + 50] = False
    n_settled = HOPS - 100

    def after(begin: int, end: int) -> float:
        """Seconds until the right face is held to the end of the half, bar half a second."""
        lasting = np.flatnonzero(~right[begin : end - 12])
        if not lasting.size:
            return 0.0
        return float('inf') if lasting[-1] >= end - begin - 25 else (lasting[-1] + 1) * 0.04

    return Result(
        float(right.mean()),
        float(right[stream.words].mean()),
        float(settled.sum() / n_settled),
        after(0, SWAP),
        after(SWAP, HOPS),
        int((np.diff(found[found >= 0]) != 0).sum()),
    )


def told(results: list[Result], rng: np.random.Generator) -> list[str]:
    """Means with 95 % intervals over streams, times as median, 95 % and share never found."""
    cells = []
    for name in ('right', 'right_speaking', 'settled', 'switches'):
        values = np.array([getattr(result, name) for result in results])
        draws = rng.choice(values, (2000, len(values))).mean(1)
        low, high = np.percentile(draws, [2.5, 97.5])
        cells.append(f'{values.mean():.3f} [{low:.3f}, {high:.3f}]')
    for name in ('first_s', 'swap_s'):
        times = np.array([getattr(result, name) for result in results])
        p50, p95 = np.quantile(times, [0.5, 0.95], method='higher')
        cells.append(f'{p50:.2f} / {p95:.2f}, never {np.isinf(times).sum()}')
    return cells


COLUMNS = ('right', 'of spoken hops', 'from 2 s after a change', 'switches a stream',
           'first: median / 95 % s', 'swap: median / 95 % s')  # fmt: skip


def streams_of(
    backend: Backend, spec: object, part: str, count: int, seed: int
) -> Iterator[tuple[str, Stream]]:
    """Every condition's streams, of clips and noise of the part."""
    data = Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    paths = sorted((data / 'grid' / 's1').glob('*.mp4'))
    paths = [path for path in paths if part_of(grid_key(path)) == part]
    noises = noise_parts(sorted((data / 'noise' / 'machine').iterdir()))[part]  # type: ignore[index]
    rng = np.random.default_rng(seed)
    for number in range(count):
        names = rng.permutation(len(paths))[: 2 * CLIPS]
        sides = [[paths[k] for k in names[:CLIPS]], [paths[k] for k in names[CLIPS:]]]
        first, noise = int(rng.integers(2)), noises[int(rng.integers(len(noises)))]
        condition = CONDITIONS[number % len(CONDITIONS)]
        yield condition, recorded(backend, spec, sides, condition, first, noise)


def main() -> None:
    """Print one row for each condition."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--streams', type=int, default=60)
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--csv', type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    backend, spec = open_backend(ROOT / 'models' / 'av_fusion.safetensors')
    vocabulary = load_vocabulary(ROOT / 'config' / 'commands.yaml')
    settings = FusionSettings(speaking=SpeakingFaceSettings())
    engine = FusionEngine(backend, spec, vocabulary, settings)
    results: dict[str, list[Result]] = {name: [] for name in CONDITIONS}
    for condition, stream in streams_of(
        backend, spec, arguments.part, arguments.streams, arguments.seed
    ):
        results[condition].append(judged(stream, chosen_sides(engine, stream)))
    rng = np.random.default_rng(arguments.seed)
    rows = [[name, str(len(r)), *told(r, rng)] for name, r in results.items() if r]
    for row in (('sound and picture', 'streams', *COLUMNS), ('---',) * 8, *rows):
        print('| ' + ' | '.join(row) + ' |')
    if arguments.csv is not None:
        with arguments.csv.open('w', newline='') as file:
            writer = csv.writer(file, lineterminator='\n')
            fields = list(Result.__dataclass_fields__)
            writer.writerow(('condition', *fields))
            for name, found in results.items():
                for result in found:
                    writer.writerow((name, *(getattr(result, f) for f in fields)))


if __name__ == '__main__':
    main()
