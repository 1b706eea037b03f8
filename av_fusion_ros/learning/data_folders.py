# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where recordings, and what is made of them beforehand, are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.corpus import (
    Clip,
    CorpusError,
    read_samples,
    sound_files,
    speech_commands_clips,
)
from av_fusion_ros.learning.grid_corpus import grid_clips
from av_fusion_ros.learning.splits import Part, noise_parts

FULL_SCALE = np.float32(32768)


@dataclass(frozen=True, slots=True)
class DataFolders:
    """``recordings`` holds grid, speech_commands and noise; ``cache`` what is made beforehand.

    That is grid_TALKER, by av_fusion_ros.learning.crop_cache, and generated, by
    av_fusion_ros.generation.training_clips.
    """

    recordings: Path
    cache: Path

    @property
    def generated(self) -> Path:
        """Folder of generated clips."""
        return self.cache / 'generated'

    def crops(self, talker: Path) -> Path:
        """Folder of the mouth crops of a GRID talker's folder."""
        return self.cache / f'grid_{talker.name}'

    def sentences(self, part: Part) -> list[Clip]:
        """GRID sentences of one part, seen and heard."""
        return list(grid_clips(self.recordings / 'grid', self.cache, (part,)))

    def words(self, part: Part) -> list[Clip]:
        """Single words of one part, sound alone."""
        return list(speech_commands_clips(self.recordings / 'speech_commands', (part,)))

    def noise(self, part: Part) -> list[NDArray[np.float32]]:
        """The noise recordings of one part, all families."""
        families = sorted((self.recordings / 'noise').iterdir())
        found = [recording for family in families for recording in family_noise(family, part)]
        if not found:
            raise CorpusError(f'no noise recordings under {self.recordings / "noise"}')
        return found


def family_noise(family: Path, part: Part) -> list[NDArray[np.float32]]:
    """The recordings of one part in a family's folder, in [-1, 1]."""
    paths = noise_parts(sound_files(family))[part]
    return [read_samples(path).astype(np.float32) / FULL_SCALE for path in paths]


def recordings_folder(given: Path | None = None) -> Path:
    """The folder given, else $AV_FUSION_DATA, else ../shared/data beside the working folder.

    Raises CorpusError when it is not there.
    """
    folder = given or Path(os.environ.get('AV_FUSION_DATA', '../shared/data'))
    if not (folder / 'grid').is_dir():
        raise CorpusError(
            f'no recordings at {folder} (grid/, speech_commands/, noise/ expected); name their '
            'folder with --data or AV_FUSION_DATA'
        )
    return folder
