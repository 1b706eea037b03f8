# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The scene of a scenario: real clips where there are recordings, else a drawn face."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.recorded_scene import grid_clip, recorded_scene
from av_fusion_ros.generation.scenario_parts import LENGTH_S, SLOT_S, SLOTS, Scenario
from av_fusion_ros.generation.scene import Scene, SceneSettings, make_scene
from av_fusion_ros.learning.splits import grid_key, part_of

SOURCES = ('auto', 'grid', 'drawn')
GRID_FOLDER = Path('grid', 's1')
#: Phrases of config/commands.yaml, each shorter than a slot. Long words come once each: a
#: synthesiser says them alike in every sample, which is what betrays a recording in a loop.
PHRASES = (
    'go forward', 'turn left', 'pick up the red box', 'come here', 'open gripper', 'follow me',
    'go to the office', 'slow down', 'look up', 'wait here',
)  # fmt: skip
LEAD_S = 0.5  # from the beginning of a slot to that of a drawn talker's words


@dataclass(frozen=True)
class Material:
    """Where the talker comes from; ``clips`` are names in ``folder``, None = drawn."""

    label: str
    commands: str  # command file of the package
    folder: Path | None = None
    clips: tuple[str, ...] = ()


def material(source: str, data: Path | None, seed: int) -> Material:
    """Choose the talker; raises GenerationError when recordings are asked for and absent."""
    folder = (data or _data_folder()) / GRID_FOLDER
    clips = sorted(folder.glob('*.align'))
    if source == 'grid' and not clips:
        raise GenerationError(f'no GRID clips in {folder}; give --data, or --source drawn')
    if source == 'drawn' or not clips:
        return Material('a drawn face with a synthetic voice', 'config/commands.yaml')
    test = [path.stem for path in clips if part_of(grid_key(path)) == 'test']
    rng = np.random.default_rng([seed, 0x5C])
    chosen = tuple(test[k] for k in rng.choice(len(test), SLOTS, replace=False))
    return Material(
        'GRID s1, sentences not used in training (speaker-dependent)',
        'config/commands_grid.yaml',
        folder,
        chosen,
    )


def scenario_scene(scenario: Scenario, talker: Material, seed: int) -> Scene:
    """Lay the scenario's events over ten sentences of the talker."""
    if talker.folder is None:
        starts_s = [SLOT_S * slot + LEAD_S for slot in range(SLOTS)]
        return make_scene(PHRASES, scenario.events, SceneSettings(seed=seed), starts_s, LENGTH_S)
    clips = [grid_clip(talker.folder, name) for name in talker.clips]
    return recorded_scene(clips, scenario.events, SceneSettings(seed=seed))


def _data_folder() -> Path:
    given = os.environ.get('AV_FUSION_DATA')
    return Path(given) if given else Path(__file__).resolve().parents[3] / 'shared' / 'data'
