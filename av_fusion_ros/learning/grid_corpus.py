# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The GRID corpus, one talker or all 34 (Cooke et al. 2006, Zenodo 3625687).

A talker's folder holds ID.mp4 or ID.mpg, ID.flac or ID.wav, and ID.align; they may lie in folders
of their own below it (align/, video/, audio/), as they come out of the archives.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from pathlib import Path

import numpy as np

from av_fusion_ros.learning.corpus import (
    SOUND_SUFFIXES,
    Clip,
    CorpusError,
    Word,
    read_samples,
)
from av_fusion_ros.learning.splits import Part, grid_key, grid_talker_key, part_of

ALIGN_UNITS_PER_S = 25000  # GRID .align files as distributed
VIDEO_SUFFIXES = ('.mp4', '.mpg')
TALKERS_TO_SPLIT = 5  # from so many talkers on, those of the test part are never trained on


def talkers(folder: Path) -> list[Path]:
    """The talkers' folders (s1, s2, ...) of a GRID folder. Raises CorpusError without any."""
    found = sorted(path for path in folder.glob('s*') if any(path.rglob('*.align')))
    if not found:
        raise CorpusError(
            f'{folder} holds no talker; accepted: folders s1, s2, ... with .align files'
        )
    return found


def videos(talker: Path) -> list[Path]:
    """Every video of a talker."""
    return sorted(path for path in talker.rglob('*') if path.suffix in VIDEO_SUFFIXES)


def read_alignment(path: Path) -> tuple[Word, ...]:
    """Words of a GRID .align file, silence left out."""
    words = []
    for line in path.read_text().split('\n'):
        if len(parts := line.split()) == 3 and parts[2] not in ('sil', 'sp'):
            start, end = (int(value) / ALIGN_UNITS_PER_S for value in parts[:2])
            words.append(Word(parts[2], start, end))
    if not words:
        raise CorpusError(f'{path}: no words; accepted: lines of "start end word"')
    return tuple(words)


def grid_clips(
    folder: Path, crops: Path, parts: Iterable[Part], only: Container[str] | None = None
) -> Iterator[Clip]:
    """Clips of the given parts, of every talker in ``folder``; of these ``only`` those named.

    ``crops``/grid_TALKER/ID.npz is what av_fusion_ros.learning.crop_cache makes of the videos. Few
    talkers are split by sentence, ``TALKERS_TO_SPLIT`` or more by talker.
    """
    wanted = set(parts)
    found = talkers(folder)
    for talker in found:
        sounds = {path.stem: path for path in talker.rglob('*') if path.suffix in SOUND_SUFFIXES}
        for path in sorted(talker.rglob('*.align')):
            key = grid_key(path) if len(found) < TALKERS_TO_SPLIT else grid_talker_key(talker)
            if part_of(key) in wanted and (only is None or path.stem in only):
                yield _clip(path, talker.name, sounds, crops / f'grid_{talker.name}')


def _clip(alignment: Path, talker: str, sounds: dict[str, Path], crops: Path) -> Clip:
    name = alignment.stem
    cached = crops / f'{name}.npz'
    if not cached.is_file():
        raise CorpusError(
            f'no mouth crops for {name} in {crops}: name their folder with --cache, or make them '
            f'with `python -m av_fusion_ros.learning.crop_cache VIDEOS {crops}`'
        )
    if name not in sounds:
        raise CorpusError(f'no sound for {alignment}; accepted: {", ".join(SOUND_SUFFIXES)}')
    with np.load(cached) as stored:
        return Clip(
            name=name,
            speaker=talker,
            samples=read_samples(sounds[name]),
            words=read_alignment(alignment),
            crops=stored['crops'],
            found=stored['found'],
            source='grid',
        )
