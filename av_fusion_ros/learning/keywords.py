# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ten keywords and the choice to say nothing, on speakers the network has not heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from av_fusion_ros.learning.calibration_error import expected_calibration_error
from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.senses import SenseEncoder, gated, without
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.learning.trials import Trial, read
from av_fusion_ros.recognition.command_recognizer import RecognizerSettings
from av_fusion_ros.recognition.confidence import Calibration
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class KeywordScore:
    """What was answered to keywords, and to other words and silence, in one noise.

    Of ``keywords`` clips ``keywords_right`` were accepted as what they are and ``wrong_word`` as
    another keyword; the rest was rejected. ``closed_right`` counts the keywords whose best reading
    is right, accepted or not: the choice among ten. Of ``others``, ``others_rejected`` is right.
    """

    sound: Sound
    keywords: int
    keywords_right: int
    wrong_word: int
    closed_right: int
    others: int
    others_rejected: int
    calibration_error: float

    @property
    def clips(self) -> int:
        """All clips."""
        return self.keywords + self.others

    @property
    def right(self) -> int:
        """Clips answered rightly: the keyword, or nothing for other words and silence."""
        return self.keywords_right + self.others_rejected

    @property
    def keywords_rejected(self) -> int:
        """Keywords that were answered by nothing."""
        return self.keywords - self.keywords_right - self.wrong_word

    @property
    def accuracy(self) -> float:
        """Share of clips right."""
        return self.right / max(1, self.clips)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.right, self.clips)


def score_keywords(
    encoder: SenseEncoder, vocabulary: Vocabulary, calibration: Calibration, sound: Sound
) -> KeywordScore:
    """Read single words by ear; what is less sure than the vocabulary's limits is refused."""
    grammar = compile_grammar(vocabulary)
    heard = encoder.heard(sound)
    log_probs = gated(encoder.network, heard, without(heard))[0].numpy()
    trials = [
        read(grammar, output, clip.text)
        for clip, output in zip(encoder.clips, log_probs, strict=True)
    ]
    return counted(sound, trials, limits_of(vocabulary), calibration)


def limits_of(vocabulary: Vocabulary) -> dict[str, float]:
    """The least confidence of each phrase by its text."""
    usual = RecognizerSettings().min_confidence
    return {
        phrase.text: usual if phrase.min_confidence is None else phrase.min_confidence
        for phrase in vocabulary.phrases
    }


def counted(
    sound: Sound, trials: list[Trial], limits: Mapping[str, float], calibration: Calibration
) -> KeywordScore:
    """The answers of trials counted; ``limits``: the keywords with their least confidence."""
    read_trials = [trial for trial in trials if trial.evidence is not None]
    probabilities = np.zeros(0)
    if read_trials:
        probabilities = calibration.probabilities([t.evidence for t in read_trials if t.evidence])
    accepted = {
        id(trial)
        for trial, probability in zip(read_trials, probabilities, strict=True)
        if probability >= limits[trial.heard]
    }
    keywords = [t for t in trials if t.truth in limits]
    others = [t for t in trials if t.truth not in limits]
    taken = [t for t in keywords if id(t) in accepted]
    return KeywordScore(
        sound,
        keywords=len(keywords),
        keywords_right=sum(t.right for t in taken),
        wrong_word=sum(not t.right for t in taken),
        closed_right=sum(t.right for t in keywords),
        others=len(others),
        others_rejected=sum(id(t) not in accepted for t in others),
        calibration_error=expected_calibration_error(probabilities, [t.right for t in read_trials]),
    )
