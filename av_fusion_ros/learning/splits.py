# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which recording belongs to training, validation or test.

A split is decided by a hash of what must not be shared between parts: the sentence (GRID),
the speaker (Speech Commands), the source recording (noise, of which cuts may exist). It
depends on nothing else, so adding data never moves a recording from one part to another (but
that GRID with many talkers is split by talker instead).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

Part = Literal['train', 'validation', 'test']
PARTS: tuple[Part, ...] = ('train', 'validation', 'test')

TEST_SHARE = 0.20
VALIDATION_SHARE = 0.08


def part_of(key: str) -> Part:
    """The part that everything sharing ``key`` belongs to."""
    digest = hashlib.sha256(f'av_fusion:{key}'.encode()).digest()
    position = int.from_bytes(digest[:8], 'big') / 2**64
    if position < TEST_SHARE:
        return 'test'
    return 'validation' if position < TEST_SHARE + VALIDATION_SHARE else 'train'


def by_hash(keys: Iterable[str], prefix: str = 'av_fusion:') -> list[str]:
    """The keys in an order that has no meaning and never changes."""
    return sorted(keys, key=lambda key: hashlib.sha256(f'{prefix}{key}'.encode()).digest())


def grid_key(path: Path) -> str:
    """A GRID clip is split by its sentence, spelt by its name: bbaf3s = bin blue at f 3 soon."""
    return f'grid:{path.name.split(".")[0]}'


def grid_talker_key(folder: Path) -> str:
    """Where there are many talkers, a GRID clip is split by its talker."""
    return f'grid_talker:{folder.name}'


def transcript_key(text: str) -> str:
    """A clip of a user's own is split by what is said in it."""
    return f'transcript:{text}'


def speech_commands_key(path: Path) -> str:
    """A Speech Commands clip is split by its speaker."""
    speaker = re.search(r'([0-9a-f]{8})_nohash_', path.name)
    return f'speech_commands:{speaker.group(1) if speaker else path.name}'


def noise_key(path: Path) -> str:
    """A noise recording is split by its source: ESC cuts A, B, C of one recording stay together."""
    stem = path.name.split('.')[0]
    esc = re.match(r'esc10_\d-(\d+)-[A-Z]$', stem)
    return f'noise:{esc.group(1) if esc else stem}'


def noise_parts(paths: list[Path]) -> dict[Part, list[Path]]:
    """Noise recordings of one family by part, at least one source in each.

    A family can be so small (six crowd recordings) that hashing leaves a part empty; so the
    sources are ranked by their hash and cut by share instead.
    """
    keys = by_hash({noise_key(path) for path in paths})
    if len(keys) < 3:
        raise ValueError(f'{len(keys)} noise sources cannot be split into {", ".join(PARTS)}')
    n_test = max(1, round(len(keys) * 0.3))
    n_validation = max(1, round(len(keys) * 0.15))
    part_by_key: dict[str, Part] = {}
    for rank, key in enumerate(keys):
        if rank < n_test:
            part_by_key[key] = 'test'
        else:
            part_by_key[key] = 'validation' if rank < n_test + n_validation else 'train'
    parts: dict[Part, list[Path]] = {part: [] for part in PARTS}
    for path in sorted(paths):
        parts[part_by_key[noise_key(path)]].append(path)
    return parts
