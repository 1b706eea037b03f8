# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well another clip's lips are told in a place's noise, without and with what was learnt.

Areas under the ROC curve of the monitor's score, own picture against that of another clip, over 1 s
and over 3 s of speech. Windows are chosen by where the monitor notices speech in clean sound, so
that they are the same in every condition, and what it does not know there counts as a score of 0.5:
a noise in which speech is no longer noticed costs what is then not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.agreement_conditions import Material
from av_fusion_ros.learning.agreement_fitting import pairs
from av_fusion_ros.learning.agreement_material import HeardHop, MaterialEncoder, Samples
from av_fusion_ros.learning.agreement_reading import with_phonemes
from av_fusion_ros.learning.mixing import mix
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.recognition.agreement_calibration import load_agreement_calibration
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.site_correction import SiteCorrection
from benchmarks.ablations.agreement_evaluation import auroc
from benchmarks.adaptation.places import Place
from benchmarks.adaptation.robot import Robot
from benchmarks.consistency.streams import joined, run
from benchmarks.consistency.windows import EVERY, SETTLED, SWAPS

Floats = NDArray[np.floating]
Learnt = Sequence[tuple[Sequence[int], SiteCorrection]]
SEED = 99
#: Of the monitor's scores: the column, and its name in a row.
SPANS = ((0, '1s'), (1, '3s'))


class SwapBench:
    """Holds the pictures of a robot's clips, and judges sounds beside them."""

    def __init__(self, robot: Robot, model: Path, noise: Path, part: Part, crops: Path) -> None:
        self._robot, self._noise, self._part, self._crops = robot, noise, part, crops
        self._head = FrozenHead(robot.arrays)
        calibration = load_agreement_calibration(model.with_suffix('.consistency.json'))
        shipped = ConsistencySettings(calibration=calibration)
        #: As shipped it does not judge below ``min_snr_db``; what it would say there is told too.
        self._judging = {'shipped': shipped, 'any_snr': replace(shipped, min_snr_db=-np.inf)}

    def areas(self, noise: Place, snr_db: float, learnt: Learnt) -> dict[str, float]:
        """Areas by condition (clean, before, after), who judges and span.

        ``learnt``: the clips scored and the correction that others have taught.
        """
        materials = [self._material(noise, snr_db, *one) for one in learnt]
        found: dict[str, float] = {}
        for judge, settings in self._judging.items():
            for condition in ('clean', 'before', 'after'):
                parts = [self._scores(one, condition, settings) for one in materials]
                matched, swapped = (np.concatenate(side) for side in zip(*parts, strict=True))
                for column, span in SPANS:
                    area = auroc(matched[:, column], swapped[:, column])
                    found[f'swaps_{judge}_{span}_{condition}'] = round(area, 4)
        return found

    def _material(
        self, noise: Place, snr_db: float, scored: Sequence[int], correction: SiteCorrection
    ) -> Material:
        robot = self._robot
        clips = [robot.clips[index] for index in scored]
        encoder = MaterialEncoder(robot.backend, robot.spec, clips, self._noise, self._part)

        def noisy(index: int, samples: Samples) -> Samples:
            drawn = noise.draw(np.random.default_rng([SEED, scored[index]]), len(samples))
            return mix(samples, drawn, snr_db)

        heard = {
            'clean': encoder.heard(lambda index, samples: samples),
            'before': encoder.heard(noisy),
            'after': encoder.heard(noisy, correction),
        }
        names = [clip.name for clip in clips]
        return with_phonemes(
            Material(names, heard, {'good': encoder.seen(self._crops)}), self._head
        )

    def _scores(
        self, material: Material, condition: str, settings: ConsistencySettings
    ) -> tuple[Floats, Floats]:
        """Scores (windows, 2) of own pictures and of SWAPS others, unknown as 0.5."""
        heard, pictures = joined(material.heard[condition]), material.seen['good']
        hops = speech_windows(joined(material.heard['clean']))
        n = len(pictures)

        def judged(move: int) -> Floats:
            seen = [hop for k in range(n) for hop in pictures[(k + move) % n]]
            found = run(heard, seen, settings, self._robot.backend.agreement_temperature)
            return np.nan_to_num(np.array(found.scores)[hops], nan=0.5)

        return judged(0), np.concatenate([judged(move) for move in pairs(n, SWAPS)])


def speech_windows(heard: Sequence[HeardHop]) -> list[int]:
    """Every fifth hop, where somebody speaks, once three seconds have been heard."""
    spoken = [hop.feature.speech_probability > 0.5 for hop in heard]
    return [k for k in range(SETTLED, len(spoken), EVERY) if spoken[k]]
