# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fitting the confidence on the validation part: commands, noisy commands, and other talk.

The utterances are those that the streaming decoder spots, since they are what a robot decides
on; single words are read whole as well, because the keyword figures are taken that way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.streams import Spotted, lanes_of, run_lanes, spot
from av_fusion_ros.learning.trials import Trial, log_probabilities, read
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.confidence import Calibration, Evidence, fit
from av_fusion_ros.recognition.decoder import DecoderSettings
from av_fusion_ros.recognition.grammar import Grammar

SNRS_DB: tuple[float | None, ...] = (None, 5.0, 0.0, -5.0, -8.0, -12.0)
LANES = 8
DRAWS = 2  # of the noise
#: Every utterance after the same silence, since the confidence is what later waits go by.
WHOLE = DecoderSettings(wait_for_silence=True)


def calibration_trials(
    network: AVNetwork,
    sentences: Sequence[Clip],
    words: Sequence[Clip],
    makers: tuple[ExampleMaker, ExampleMaker],
    grammars: tuple[Grammar, Grammar, Grammar],
    seed: int = 0,
) -> list[Trial | Spotted]:
    """Trials right and wrong.

    ``sentences`` are audio-visual and spotted with the first grammar, theirs, and with the
    second, of which few are a part: most of what is heard there is wrong. ``words`` are sound
    alone, spotted with the second, which has some of them, and read whole with the third.
    ``makers`` cut sentences, with a pause, and words.

    What a robot mostly does, hearing and seeing, counts for most: it is heard in ``DRAWS`` draws of
    the noise, and by ear alone in one. By eye alone once, as noise changes nothing there: at every
    level, the same few misread lips were taken for so many more.
    """
    own, foreign, keywords = grammars
    delay_s = network.spec.answer_delay_s
    trials: list[Trial | Spotted] = []
    for draw, snr_db, at in _passes(seed):
        heard = run_lanes(
            network, makers[0], lanes_of(sentences, LANES, at), snr_db, at, _senses(draw, snr_db)
        )
        for lanes in heard.values():
            trials += [found for lane in lanes for found in spot(own, lane, delay_s, WHOLE)]
        single = run_lanes(network, makers[1], lanes_of(words, LANES, at), snr_db, at, ('audio',))
        lanes = [*heard['fused'], *single['audio']]
        others = [found for lane in lanes for found in spot(foreign, lane, delay_s, WHOLE)]
        trials += [
            Trial(found.heard if found.within else '', found.heard, found.evidence)
            for found in others
        ]
        if draw == 0:
            for clip, outputs in log_probabilities(network, makers[1], words, snr_db, at):
                trials.append(read(keywords, outputs['audio'], clip.text))
    return trials


def _passes(seed: int) -> Iterator[tuple[int, float | None, int]]:
    """Number of the draw, level and seed of every time that everything is heard."""
    for draw in range(DRAWS):
        for index, snr_db in enumerate(SNRS_DB):
            yield draw, snr_db, seed + draw * len(SNRS_DB) + index


def _senses(draw: int, snr_db: float | None) -> tuple[str, ...]:
    if draw > 0:
        return ('fused',)
    return ('audio', 'fused') if snr_db is not None else ('audio', 'visual', 'fused')


def fit_confidence(trials: Sequence[Trial | Spotted]) -> Calibration:
    """Calibration of the probability that a trial is right; those without a phrase are left out."""
    known: list[tuple[Evidence, bool]] = [
        (trial.evidence, trial.right) for trial in trials if trial.evidence is not None
    ]
    return fit([evidence for evidence, _ in known], [right for _, right in known])
