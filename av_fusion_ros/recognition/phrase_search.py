# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Exact search of a grammar over a stretch of hops: best phrases, and the sum over alignments.

A path is blanks, then one phrase, then blanks. Max-product (Viterbi) finds the best phrases
with their times; the log-sum variant is the likelihood CTC training maximises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK
from av_fusion_ros.recognition.grammar import Grammar

Floats = NDArray[np.float64]

WORST_HOPS = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """One phrase with its slots, as heard in a stretch.

    ``log_likelihood`` of the whole stretch (nats, best alignment); ``start`` and ``end`` are
    the first and last hop of the phrase's phonemes; ``choices`` index ``Grammar.choices``.
    ``worst``: how far the phrase lies below the best class of each hop in its least likely 0.2 s,
    mean nats per hop, <= 0. One wrong word in a long phrase shows there and hardly elsewhere.
    ``path``: the grammar's state in each hop from ``start`` to ``end``.
    """

    phrase_id: str
    text: str
    slots: dict[str, str]
    log_likelihood: float
    start: int
    end: int
    choices: tuple[int, ...]
    worst: float
    path: tuple[int, ...] = ()

    @property
    def identity(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What was said, whatever the wording: the phrase and its slots."""
        return self.phrase_id, tuple(self.slots.items())


def _silences(log_probs: Floats) -> tuple[Floats, Floats]:
    """Log-probability of blanks only, before each hop and after each hop."""
    total = np.concatenate(([0.0], np.cumsum(log_probs[:, BLANK])))
    return total[:-1], total[-1] - total[1:]


def _forward(grammar: Grammar, log_probs: Floats, sum_paths: bool) -> Floats:
    """(T, S): score of all that was heard up to and including each hop, in each state."""
    n_hops, n = len(log_probs), grammar.n_states
    lead, _ = _silences(log_probs)
    emitted = log_probs[:, grammar.labels]
    reduce = np.logaddexp.reduce if sum_paths else np.maximum.reduce
    join = np.logaddexp if sum_paths else np.maximum
    score = np.full((n_hops, n), -np.inf)
    before = np.full(n + 1, -np.inf)
    for t in range(n_hops):
        arriving = reduce(before[grammar.predecessors], axis=1)
        arriving = np.where(grammar.entry, join(arriving, lead[t]), arriving)
        score[t] = arriving + emitted[t]
        before[:n] = score[t]
    return score


def _backward(grammar: Grammar, log_probs: Floats) -> Floats:
    """(T, S): best score of all that follows each hop, from each state."""
    n_hops, n = len(log_probs), grammar.n_states
    _, trail = _silences(log_probs)
    emitted = log_probs[:, grammar.labels]
    score = np.full((n_hops, n), -np.inf)
    after = np.full(n + 1, -np.inf)
    for t in range(n_hops - 1, -1, -1):
        if t + 1 < n_hops:
            after[:n] = score[t + 1] + emitted[t + 1]
        leaving = after[grammar.successors].max(axis=1)
        score[t] = np.where(grammar.final, np.maximum(leaving, trail[t]), leaving)
    return score


def log_likelihood(grammar: Grammar, log_probs: NDArray[np.floating]) -> float:
    """Log-probability (nats) that any phrase of the grammar was said, over all alignments.

    ``log_probs`` (T, classes). -inf when no phrase fits into T hops.
    """
    values = np.asarray(log_probs, np.float64)
    if len(values) == 0:
        return -np.inf
    score = _forward(grammar, values, sum_paths=True)
    _, trail = _silences(values)
    return float(np.logaddexp.reduce((score[:, grammar.final] + trail[:, None]).ravel()))


def best_readings(
    grammar: Grammar, log_probs: NDArray[np.floating], n_best: int = 4
) -> list[Reading]:
    """The best readings of a whole stretch of log-probabilities (T, classes), best first.

    The best and the second best are exact; each further one is the best reading that
    contains some word the better ones lack. Empty when no phrase fits into T hops.
    """
    values = np.asarray(log_probs, np.float64)
    if len(values) == 0:
        return []
    forward = _forward(grammar, values, sum_paths=False)
    backward = _backward(grammar, values)
    through = forward + backward  # best whole path through each state at each hop
    hop = through.argmax(axis=0)
    best = through[hop, np.arange(grammar.n_states)]
    # Of each choice (a word at a place) the state its best path passes.
    spoken = np.flatnonzero(grammar.choice >= 0)
    order = spoken[np.argsort(-best[spoken], kind='stable')]
    found: dict[object, Reading] = {}
    seen: set[int] = set()
    for state in order:
        if len(found) >= n_best or not np.isfinite(best[state]):
            break
        if int(grammar.choice[state]) in seen:
            continue
        reading = _trace(grammar, values, forward, backward, int(hop[state]), int(state))
        seen.update(reading.choices)
        found.setdefault(reading.identity, reading)
    return list(found.values())


def _trace(
    grammar: Grammar, log_probs: Floats, forward: Floats, backward: Floats, hop: int, state: int
) -> Reading:
    """The best whole path through ``state`` at ``hop``."""
    lead, trail = _silences(log_probs)
    n = grammar.n_states
    path = [state]
    t, s = hop, state
    while True:
        options = np.append(forward[t - 1], -np.inf)[grammar.predecessors[s]] if t else None
        if options is None or (grammar.entry[s] and lead[t] >= options.max()):
            break
        s = int(grammar.predecessors[s, options.argmax()])
        path.insert(0, s)
        t -= 1
    start = t
    t, s = hop, state
    while True:
        if t + 1 < len(log_probs):
            following = backward[t + 1] + log_probs[t + 1, grammar.labels]
            options = np.append(following, -np.inf)[grammar.successors[s]]
            if not (grammar.final[s] and trail[t] >= options.max()):
                s = int(grammar.successors[s, options.argmax()])
                path.append(s)
                t += 1
                continue
        break
    assert max(path) < n
    score = float(forward[hop, state] + backward[hop, state])
    return _reading(grammar, path, score, start, t, _worst(log_probs[start : t + 1], grammar, path))


def _worst(log_probs: Floats, grammar: Grammar, path: list[int]) -> float:
    """See ``Reading.worst``; ``path`` has a state for each hop of ``log_probs``."""
    spoken = log_probs[np.arange(len(path)), grammar.labels[path]]
    width = min(WORST_HOPS, len(path))
    short = np.convolve(spoken - log_probs.max(axis=1), np.ones(width) / width, 'valid')
    return float(short.min())


def _reading(
    grammar: Grammar, path: list[int], score: float, start: int, end: int, worst: float
) -> Reading:
    indices = dict.fromkeys(int(c) for c in grammar.choice[path] if c >= 0)
    choices = [grammar.choices[i] for i in indices]
    return Reading(
        choices[0].phrase_id,
        ' '.join(choice.text for choice in choices),
        {choice.slot: choice.text for choice in choices if choice.slot},
        score,
        start,
        end,
        tuple(indices),
        worst,
        tuple(path),
    )
