# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When each word of a known sentence was said, by the network's own reading of it.

Without word times a network is free to learn to name words before they are said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.corpus import Clip, Word
from av_fusion_ros.learning.labels import HOP_S, Pronounce
from av_fusion_ros.learning.trials import log_probabilities
from av_fusion_ros.learning.validation import best_path, edit_distance
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.phonemes import BLANK, CLASS_OF

TRUSTED_ERROR_RATE = 0.5  # of phonemes; a clip that is read worse is not aligned
_ONSET_S = 0.08  # a phoneme is named at its clearest, not at its begin


def timed(network: AVNetwork, maker: ExampleMaker, clips: Sequence[Clip]) -> list[Clip]:
    """The clips with word times, but for those that the network cannot read; others as they are.

    ``maker``'s window must begin with the clip, and hold all of it.
    """
    done = {clip.name: clip for clip in clips}
    wanted = [clip for clip in clips if not clip.timed]
    for clip, outputs in log_probabilities(network, maker, wanted, None, 0):
        log_probs = outputs['audio' if clip.crops is None else 'fused']
        classes = [CLASS_OF[p] for word in clip.words for p in maker.pronounce(word.text)]
        errors = edit_distance(best_path(torch.from_numpy(log_probs)), classes)
        if errors <= TRUSTED_ERROR_RATE * len(classes):
            words = word_times(log_probs, clip.words, maker.pronounce, network.spec.answer_delay_s)
            done[clip.name] = replace(clip, words=words, timed=True)
    return list(done.values())


def word_times(
    log_probs: NDArray[np.float32], words: Sequence[Word], pronounce: Pronounce, delay_s: float
) -> tuple[Word, ...]:
    """``words`` with the times at which log-probabilities (n, classes) name them best.

    ``delay_s`` is how long after a phoneme the network names it.
    """
    lengths = [len(pronounce(word.text)) for word in words]
    classes = [CLASS_OF[p] for word in words for p in pronounce(word.text)]
    first, last = named_hops(log_probs, classes)
    ends = np.cumsum(lengths)
    starts_s = first[ends - lengths] * HOP_S - delay_s - _ONSET_S
    ends_s = (last[ends - 1] + 1) * HOP_S - delay_s
    # Words follow one another: where they overlap, they part in the middle.
    middle_s = np.minimum(ends_s[:-1], (ends_s[:-1] + starts_s[1:]) / 2)
    ends_s[:-1] = np.where(ends_s[:-1] > starts_s[1:], middle_s, ends_s[:-1])
    starts_s[1:] = np.maximum(starts_s[1:], ends_s[:-1])
    starts_s[0] = max(0.0, starts_s[0])
    return tuple(
        Word(word.text, float(start_s), float(max(start_s, end_s)))
        for word, start_s, end_s in zip(words, starts_s, ends_s, strict=True)
    )


def named_hops(
    log_probs: NDArray[np.float32], classes: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last hop of each class on the best CTC path, (len(classes),) each.

    The Viterbi search of Graves et al. 2006, over the classes with blanks between them.
    """
    states = np.full(2 * len(classes) + 1, BLANK)
    states[1::2] = classes
    scores = log_probs[:, states].astype(np.float64)
    # A blank may be passed over unless it parts two equal phonemes.
    skips = np.zeros(len(states), bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    best = np.full(len(states), -np.inf)
    best[:2] = scores[0, :2]
    came_from = np.zeros(scores.shape, np.int64)
    for hop in range(1, len(scores)):
        stay = best
        step = np.concatenate([[-np.inf], best[:-1]])
        skip = np.where(skips, np.concatenate([[-np.inf, -np.inf], best[:-2]]), -np.inf)
        choices = np.stack([stay, step, skip])
        came_from[hop] = choices.argmax(0)
        best = choices.max(0) + scores[hop]
    path = np.zeros(len(scores), np.int64)
    path[-1] = len(states) - (1 if best[-1] >= best[-2] else 2)
    for hop in range(len(scores) - 1, 0, -1):
        path[hop - 1] = path[hop] - came_from[hop, path[hop]]
    at = [np.flatnonzero(path == 2 * k + 1) for k in range(len(classes))]
    return np.array([hops[0] for hops in at]), np.array([hops[-1] for hops in at])
