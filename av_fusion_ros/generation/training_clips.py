# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Many short talking-face clips for training, as mouth crops and samples.

    python -m av_fusion_ros.generation.training_clips OUT --count 1500 --seed 1

Only the mouth's surroundings are drawn, and the crop is placed by the drawn landmarks
instead of a face mesh, with the small errors a mesh makes. Frame k of a clip is taken at
k / 25 s.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.sentences import random_text
from av_fusion_ros.generation.speech import (
    SAMPLE_RATE_HZ,
    TimedPhoneme,
    TimedWord,
    random_voice,
    synthesise,
)
from av_fusion_ros.generation.talking_head import TalkingHead
from av_fusion_ros.generation.tracked_landmarks import crop_region, mesh_landmarks
from av_fusion_ros.signals.mouth_crop import mouth_crop

FRAME_RATE_HZ = 25
CROP_PX = 64
_SIZES = ((640, 480), (640, 480), (480, 360), (360, 288), (320, 240))


@dataclass(frozen=True)
class TrainingClip:
    """Grey crops (T, 64, 64) uint8 at 25 Hz and samples (n,) int16 at 16 kHz with their times."""

    text: str
    crops: npt.NDArray[np.uint8]
    samples: npt.NDArray[np.int16]
    words: tuple[TimedWord, ...]
    phonemes: tuple[TimedPhoneme, ...]


def generate_clip(seed: int, text: str | None = None) -> TrainingClip:
    """One clip; voice, face, light, pose, picture size and text (if None) vary by seed.

    Raises GenerationError without espeak-ng.
    """
    rng = np.random.default_rng([seed, 0xC11])
    text = random_text(rng) if text is None else text
    speech = synthesise(text, random_voice(rng))
    lead_s, tail_s = rng.uniform(0.15, 0.5, 2)
    duration_s = lead_s + speech.duration_s + tail_s
    samples = np.zeros(round(duration_s * SAMPLE_RATE_HZ), np.float32)
    first = round(lead_s * SAMPLE_RATE_HZ)
    lead_s = first / SAMPLE_RATE_HZ
    samples[first : first + len(speech.samples)] = speech.samples
    samples *= 10 ** (rng.uniform(-14.0, 0.0) / 20.0) / max(float(np.abs(samples).max()), 1e-6)
    times_s = np.arange(int(duration_s * FRAME_RATE_HZ)) / FRAME_RATE_HZ
    return TrainingClip(
        text=text,
        crops=_crops(rng, speech.phonemes, times_s, lead_s),
        samples=np.asarray(np.clip(np.round(samples * 32767.0), -32768, 32767), np.int16),
        words=tuple(TimedWord(w.text, w.start_s + lead_s, w.end_s + lead_s) for w in speech.words),
        phonemes=tuple(
            TimedPhoneme(p.ipa, p.cmu, p.start_s + lead_s, p.end_s + lead_s)
            for p in speech.phonemes
        ),
    )


def _crops(
    rng: np.random.Generator,
    phonemes: tuple[TimedPhoneme, ...],
    times_s: npt.NDArray[np.float64],
    lead_s: float,
) -> npt.NDArray[np.uint8]:
    width, height = _SIZES[int(rng.integers(len(_SIZES)))]
    head = TalkingHead(int(rng.integers(1 << 31)), width=width, height=height)
    mouths = head.mouths(phonemes, times_s - lead_s)
    # What a face mesh misjudges on these faces, in outer-eye distances: steadily for a clip,
    # and from frame to frame (FaceTracker on 18 faces: 0.009 +- 0.007 across, size +- 3 %).
    steady = rng.normal([0.009, 0.002], [0.007, 0.007])
    sized = float(rng.normal(1.0, 0.028))
    jitter = rng.normal(0.0, 0.004, (len(times_s), 2))
    crops = np.empty((len(times_s), CROP_PX, CROP_PX), np.uint8)
    for index, time_s in enumerate(times_s):
        drawn = head.landmarks(mouths[index], float(time_s))
        landmarks = mesh_landmarks(drawn, steady + jitter[index], sized)
        only = crop_region(landmarks, CROP_PX, width, height)
        picture = head.region(mouths[index], float(time_s), index, only)
        landmarks -= np.array([only[1].start, only[0].start], np.float32)
        crops[index] = mouth_crop(picture, landmarks, CROP_PX)
    return crops


def write_clip(folder: Path, seed: int) -> Path:
    """Generate clip `seed` and write it as clip_SEED.npz."""
    cv2.setNumThreads(1)
    clip = generate_clip(seed)
    path = folder / f'clip_{seed:08d}.npz'
    pending = path.with_suffix('.tmp')
    with pending.open('wb') as file:
        np.savez_compressed(
            file,
            crops=clip.crops,
            samples=clip.samples,
            text=np.array(clip.text),
            words=np.array([word.text.lower() for word in clip.words]),
            word_starts_s=np.array([word.start_s for word in clip.words]),
            word_ends_s=np.array([word.end_s for word in clip.words]),
            phonemes=np.array([' '.join(p.cmu) for p in clip.phonemes]),
            phoneme_starts_s=np.array([p.start_s for p in clip.phonemes]),
            phoneme_ends_s=np.array([p.end_s for p in clip.phonemes]),
        )
    pending.rename(path)
    return path


def main(arguments: list[str] | None = None) -> int:
    """Write clips with seeds seed*1000000 onwards."""
    parser = argparse.ArgumentParser(description='Write talking-face clips for training.')
    parser.add_argument('out', type=Path, help='folder for the .npz files')
    parser.add_argument('--count', type=int, default=1500)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--processes', type=int, default=2)
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    seeds = [given.seed * 1_000_000 + index for index in range(given.count)]
    done = 0
    with ProcessPoolExecutor(given.processes) as pool:
        for _ in pool.map(partial(write_clip, given.out), seeds, chunksize=8):
            done += 1
            if done % 100 == 0:
                sys.stderr.write(f'{done}/{given.count} clips\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
