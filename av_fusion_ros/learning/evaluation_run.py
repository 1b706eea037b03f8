# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything that `av-fusion evaluate` measures, in one pass over the recordings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.progress import track

from av_fusion_ros.learning.conditions import PICTURES, STEADY, WHITE, Sound, sounds
from av_fusion_ros.learning.corpus import Clip, CorpusError, speech_commands_clips
from av_fusion_ros.learning.corruption import CORRUPTIONS
from av_fusion_ros.learning.data_folders import DataFolders
from av_fusion_ros.learning.deployed_gate import deployed_weights_left, video_paths
from av_fusion_ros.learning.evaluation import CellResult, GridReader, SoundResult, onset_hop
from av_fusion_ros.learning.findings import Findings
from av_fusion_ros.learning.gate_figures import (
    WeightLeft,
    sum_error,
    weight_over_snr,
    weights_left,
)
from av_fusion_ros.learning.keywords import KeywordScore, score_keywords
from av_fusion_ros.learning.recipe import N_HOPS, WORD_HOPS
from av_fusion_ros.learning.regret import CANDIDATES, ORACLE, best_fixed_weight
from av_fusion_ros.learning.senses import SenseEncoder
from av_fusion_ros.learning.snr_figures import RANGE_DB, snr_errors
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.confidence import Calibration
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.snr_backend import SnrBackend
from av_fusion_ros.recognition.snr_estimate import SnrEstimator
from av_fusion_ros.recognition.torch_backend import TorchBackend
from av_fusion_ros.recognition.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Plan:
    """Which conditions, on which recordings; at most ``clips`` of each kind, None for all.

    Raises CorpusError for a picture that is not known.
    """

    snrs_db: Sequence[float | None]
    families: Sequence[str]
    pictures: Sequence[str]
    keyword_snrs_db: Sequence[float | None]
    part: Part = 'test'
    clips: int | None = None
    seed: int = 0
    command: str = ''

    def __post_init__(self) -> None:
        known = [*PICTURES, *(kind for kind in CORRUPTIONS if kind not in PICTURES.values())]
        if unknown := [picture for picture in self.pictures if picture not in known]:
            raise CorpusError(f'unknown picture {unknown[0]}; accepted: {", ".join(known)}')

    @property
    def sounds(self) -> list[Sound]:
        """The noises of the grid."""
        return list(sounds(self.snrs_db, self.families))

    def some(self, clips: Sequence[Clip]) -> Sequence[Clip]:
        """At most the wanted number, from all over."""
        if self.clips is None or self.clips >= len(clips):
            return clips
        return clips[:: len(clips) // self.clips][: self.clips]


class Evaluation:
    """One checkpoint, the grammar of sentences, the keywords, and the recordings.

    Without ``snr`` the network's own head estimates the SNR.
    """

    def __init__(
        self,
        network: AVNetwork,
        calibration: Calibration,
        sentences: Grammar,
        keywords: Vocabulary,
        folders: DataFolders,
        plan: Plan,
        snr: SnrEstimator | None = None,
    ) -> None:
        self._network, self._calibration, self._folders = network, calibration, folders
        self._snr = snr
        self._sentences, self._keywords = sentences, keywords
        self._plan = plan

    def findings(self) -> Findings:
        """Measure everything of the plan."""
        began_s = time.process_time()
        plan = self._plan
        fixed_weight = self._fixed_weight()
        reader = self._reader(plan.part)
        weights = sorted({*ORACLE, fixed_weight})
        results, levels = self._grid(reader, plan.sounds, weights, 'grid')
        steady = self._steady_levels(reader)
        onset = onset_hop(reader.spoken, self._network.spec.answer_delay_s)
        return Findings(
            model_id=self._network.spec.model_id,
            part=plan.part,
            seed=plan.seed,
            command=plan.command,
            results=results,
            fixed_weight=fixed_weight,
            snr_errors=snr_errors([*levels, *steady], onset),
            weight_over_snr=weight_over_snr(results),
            weights_left=self._weights_left(reader),
            sum_error=sum_error(reader.encoder, Sound(0.0, WHITE)),
            keywords=self._keyword_scores(),
            processor_s=time.process_time() - began_s,
        )

    def _reader(self, part: Part) -> GridReader:
        clips = self._plan.some(self._folders.sentences(part))
        return GridReader(self._encoder(clips, part, N_HOPS), self._sentences)

    def _encoder(self, clips: Sequence[Clip], part: Part, n_hops: int) -> SenseEncoder:
        noise = self._folders.recordings / 'noise'
        return SenseEncoder(self._network, clips, noise, part, n_hops, self._plan.seed, self._snr)

    def _fixed_weight(self) -> float:
        """The best for all cells of the validation part, over every other noise level."""
        noises = list(sounds(self._plan.snrs_db[::2], self._plan.families))
        reader = self._reader('validation')
        return best_fixed_weight(self._grid(reader, noises, CANDIDATES, 'fixed weights')[0])

    def _grid(
        self, reader: GridReader, noises: Sequence[Sound], weights: Sequence[float], what: str
    ) -> tuple[list[CellResult], list[SoundResult]]:
        found = reader.results(noises, self._plan.pictures, weights)
        cells: list[CellResult] = []
        levels: list[SoundResult] = []
        for level, of_sound in track(found, description=what, total=len(noises)):
            levels.append(level)
            cells += of_sound
        return cells, levels

    def _steady_levels(self, reader: GridReader) -> list[SoundResult]:
        """The estimated SNR in steady noise, which is no family of the grid."""
        low, high = RANGE_DB
        wanted = [snr for snr in self._plan.snrs_db if snr is not None and low <= snr <= high]
        return [reader.level(Sound(snr_db, STEADY)) for snr_db in wanted]

    def _weights_left(self, reader: GridReader) -> list[WeightLeft]:
        """As deployed, for every third clip, and by the gate alone."""
        videos = video_paths(self._folders.recordings / 'grid')
        network, clips = self._network, reader.encoder.clips[::3]
        backend: Backend = TorchBackend(network)
        if self._snr is not None:
            backend = SnrBackend(backend, self._snr)
        deployed = deployed_weights_left(backend, network.spec, clips, videos)
        return [*deployed, *weights_left(reader.encoder, Sound(None, 'none'))]

    def _keyword_scores(self) -> list[KeywordScore]:
        plan = self._plan
        folder = self._folders.recordings / 'speech_commands'
        clips = plan.some(list(speech_commands_clips(folder, (plan.part,))))
        encoder = self._encoder(clips, plan.part, WORD_HOPS)
        noises = list(sounds(plan.keyword_snrs_db, plan.families))
        return [
            score_keywords(encoder, self._keywords, self._calibration, sound)
            for sound in track(noises, description='keywords')
        ]
