# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phoneme posteriors with their capture times to commands with a confidence."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isnan, nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.confidence import Calibration
from av_fusion_ros.recognition.decoder import DecoderSettings, StreamingDecoder
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S, Command, Hypothesis, Weights
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.utterance import Utterance, evidence_of
from av_fusion_ros.recognition.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class RecognizerSettings:
    """``min_confidence`` [0, 1]: below it an utterance is rejected.

    ``sure_confidence`` [0, 1]: below it one is not answered at once, but after a longer pause.
    """

    min_confidence: float = 0.5
    # Chosen on validation clips: docs/evaluation/answer_time.md.
    sure_confidence: float = 0.85

    def __post_init__(self) -> None:
        for name in ('min_confidence', 'sure_confidence'):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise RecognitionError(f'{name} {value} must be from 0 to 1')


@dataclass(frozen=True, slots=True)
class HopContext:
    """What belongs to one hop besides its posteriors.

    ``time_ns``: where the hop begins; ``stamp_ns``: the newest sample used; ``quiet``: the sound
    is silence (``is_quiet``).
    """

    time_ns: int
    stamp_ns: int
    weights: Weights
    face_id: int = 0
    quiet: bool = False


class CommandRecognizer:
    """One command per utterance that is probable enough."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        settings: RecognizerSettings | None = None,
        decoder: DecoderSettings | None = None,
        calibration: Calibration | None = None,
        answer_delay_s: float = 0.0,
    ) -> None:
        """Recognise ``vocabulary``.

        ``answer_delay_s``: how long after a phoneme was spoken the network was trained to name
        it; start and end of a command are put back by it.
        """
        self._answer_delay_ns = round(answer_delay_s * NS_PER_S)
        self.settings = settings or RecognizerSettings()
        self.calibration = calibration or Calibration()
        self.rejected = 0  # utterances not probable enough, since the start
        self._decoder_settings = decoder
        self.use_vocabulary(vocabulary)

    def use_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Listen for other commands from now on; one that is half said is lost."""
        self._limits = {
            phrase.id: phrase.min_confidence
            for phrase in vocabulary.phrases
            if phrase.min_confidence is not None
        }
        grammar = compile_grammar(vocabulary)
        self._decoder = StreamingDecoder(grammar, self._decoder_settings, self._is_sure)
        self._context: deque[HopContext] = deque(maxlen=self._decoder.settings.max_hops + 32)

    def reset(self) -> None:
        """Forget everything heard."""
        self._decoder.reset()
        self._context.clear()

    def push(self, log_probs: NDArray[np.floating], context: HopContext) -> Command | None:
        """Take one hop of log-probabilities (classes,); returns the command that just ended."""
        self._context.append(context)
        utterance = self._decoder.push(log_probs, context.quiet)
        if utterance is None:
            return None
        command = self._command(utterance)
        if command.best.confidence < self._limit(utterance):
            self.rejected += 1
            return None
        return command

    def _limit(self, utterance: Utterance) -> float:
        return self._limits.get(utterance.readings[0].phrase_id, self.settings.min_confidence)

    def _is_sure(self, utterance: Utterance) -> bool:
        least = max(self.settings.sure_confidence, self._limit(utterance))
        return self.calibration.probability(evidence_of(utterance)) >= least

    def _command(self, utterance: Utterance) -> Command:
        oldest = self._decoder.hop - len(self._context) + 1
        during = [
            self._context[hop - oldest]
            for hop in range(max(utterance.start, oldest), utterance.end + 1)
        ]
        weights = mean_weights([hop.weights for hop in during])
        confidence = self.calibration.probability(evidence_of(utterance))
        best, *others = (
            Hypothesis(
                reading.phrase_id,
                reading.text,
                reading.slots,
                # A flat prior: as much less probable as less likely.
                confidence
                * exp(min(0.0, reading.log_likelihood - utterance.readings[0].log_likelihood)),
                score,
            )
            for reading, score in zip(utterance.readings, utterance.scores, strict=True)
        )
        delay_ns = self._answer_delay_ns
        faces = [hop.face_id for hop in during if hop.face_id]
        return Command(
            stamp_ns=self._context[-1].stamp_ns,
            start_ns=during[0].time_ns - delay_ns,
            end_ns=during[-1].time_ns + HOP_NS - delay_ns,
            best=best,
            alternatives=tuple(others),
            weights=weights,
            face_id=max(set(faces), key=faces.count) if faces else 0,
        )


def mean_weights(weights: Sequence[Weights]) -> Weights | None:
    """Mean over the hops in which any sense was trusted; stamp and mode of the newest hop."""
    if not weights:
        return None
    trusted = [w for w in weights if w.audio + w.visual + w.v2x > 0]
    newest, n = weights[-1], max(len(trusted), 1)
    return Weights(
        newest.stamp_ns,
        sum(w.audio for w in trusted) / n,
        sum(w.visual for w in trusted) / n,
        sum(w.v2x for w in trusted) / n,
        _known_mean([w.snr_db for w in weights]),
        _known_mean([w.camera_quality for w in weights]),
        newest.v2x_age_s,
        newest.mode,
    )


def _known_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return sum(known) / len(known) if known else nan
