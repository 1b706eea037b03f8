# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does the cross-check find a roadside view that shows something else, and only that?

python3 benchmarks/v2x_cross_check.py [--clips 80] [--part test] [--seed 0]

GRID clips of the part, four in a row as one stream of 12 s. The roadside view is simulated: the
same pictures turned, smaller, softer and as JPEG (generation/viewpoint.py); there are no real
recordings of one talker by two cameras here, and only one talker. The thresholds were chosen on
the validation part.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.generation.media_file import video_frames
from av_fusion_ros.generation.viewpoint import Viewpoint, seen_from
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S, RoadsideFeature, VisualFeature
from av_fusion_ros.recognition.v2x_cross_check import RoadsideCrossCheck
from av_fusion_ros.recognition.visual_encoder import VisualEncoder

ROOT = Path(__file__).resolve().parents[1]
CLIPS_PER_STREAM = 4
CLIP_HOPS = 74
STREAM_HOPS = CLIPS_PER_STREAM * CLIP_HOPS
T0 = 1_760_000_000_000_000_000
Stream = list[VisualFeature | None]


def viewpoint(rng: np.random.Generator) -> Viewpoint:
    """A camera up to 25 degrees aside and 12 above, at half to three quarters of the size."""
    return Viewpoint(
        scale=float(rng.uniform(0.5, 0.75)),
        yaw_deg=float(rng.uniform(-25, 25)),
        pitch_deg=float(rng.uniform(0, 12)),
        blur_sigma_px=float(rng.uniform(0.4, 1.0)),
        jpeg_quality=int(rng.integers(40, 80)),
    )


def encoded(
    backend: Backend, spec: object, clip: Path, camera: Viewpoint | None
) -> list[VisualFeature]:
    """The ticks of one clip, seen by the own camera or from another viewpoint."""
    encoder = VisualEncoder(backend, spec)  # type: ignore[arg-type]
    ticks: list[VisualFeature] = []
    for k, picture in enumerate(video_frames(clip)):
        image: NDArray[np.uint8] = picture if camera is None else seen_from(picture, camera)
        ticks += encoder.push(image, T0 + k * HOP_NS)
    return ticks[:CLIP_HOPS]


def played(own: Stream, other: Stream) -> tuple[float, float]:
    """Seconds until a conflict is held (inf = never), and the share of time it is."""
    check = RoadsideCrossCheck()
    raised_s, held = np.inf, 0
    for hop in range(STREAM_HOPS):
        stamp_ns = T0 + hop * HOP_NS
        here, there = own[hop], other[hop]
        if here is not None:
            check.add_visual(_at(here, stamp_ns))
        if there is not None:
            view = RoadsideFeature(stamp_ns, 'rsu', hop, there.embedding, there.quality)
            check.add_roadside(view)
        if check.contradicted('rsu'):
            raised_s, held = min(raised_s, hop * HOP_NS / NS_PER_S), held + 1
    return raised_s, held / STREAM_HOPS


def _at(tick: VisualFeature, stamp_ns: int) -> VisualFeature:
    values = {name: getattr(tick, name) for name in VisualFeature.__dataclass_fields__}
    return VisualFeature(**(values | {'stamp_ns': stamp_ns}))


def joined(clips: list[list[VisualFeature]], order: NDArray[np.int64]) -> Stream:
    """Clips one after another, a tick for every hop; None where no face was seen."""
    stream: Stream = []
    for number in order:
        ticks = [tick if tick.embedding.size else None for tick in clips[number]]
        stream += ticks + [None] * (CLIP_HOPS - len(ticks))
    return stream


def shifted(stream: Stream, hops: int) -> Stream:
    """The stream later by so many hops."""
    return [None] * hops + stream[: len(stream) - hops]


def main() -> None:
    """Print one row for each kind of roadside view."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clips', type=int, default=80)
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--seed', type=int, default=0)
    arguments = parser.parse_args()
    data = Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    paths = sorted((data / 'grid' / 's1').glob('*.mp4'))
    paths = [path for path in paths if part_of(grid_key(path)) == arguments.part]
    rng = np.random.default_rng(arguments.seed)
    chosen = [paths[k] for k in rng.permutation(len(paths))[: arguments.clips]]
    backend, spec = open_backend(ROOT / 'models' / 'av_fusion.safetensors')
    own, other = [], []
    for clip in chosen:
        own.append(encoded(backend, spec, clip, None))
        other.append(encoded(backend, spec, clip, viewpoint(rng)))
    kinds: dict[str, list[tuple[float, float]]] = {}
    for first in range(0, len(chosen) - CLIPS_PER_STREAM + 1, CLIPS_PER_STREAM):
        order = np.arange(first, first + CLIPS_PER_STREAM)
        here, there = joined(own, order), joined(other, order)
        other_words = joined(other, (order + CLIPS_PER_STREAM) % len(chosen))
        still = [there[CLIP_HOPS // 2]] * STREAM_HOPS
        for kind, view in (
            ('the same lips', there),
            ('the same lips, unit clock off by 40 ms', shifted(there, 1)),
            ('the same lips, unit clock off by 80 ms', shifted(there, 2)),
            ('the same lips, unit clock off by 200 ms', shifted(there, 5)),
            ('the same lips 1.5 s ago', shifted(there, 37)),
            ('other words in the same rhythm', other_words),
            ('a frozen picture', still),
        ):
            kinds.setdefault(kind, []).append(played(here, view))
    print(f'{"roadside view":42s} streams  found  median s  max s  share of time held')
    for kind, results in kinds.items():
        times = np.array([raised_s for raised_s, _ in results])
        found = times[np.isfinite(times)]
        print(
            f'{kind:42s} {len(times):7d} {len(found):6d} '
            f'{np.median(found) if found.size else np.nan:9.1f} '
            f'{found.max() if found.size else np.nan:6.1f} '
            f'{np.mean([share for _, share in results]):8.2f}'
        )


if __name__ == '__main__':
    main()
