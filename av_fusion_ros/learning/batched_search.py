# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The best reading of many stretches at once, for evaluations that read tens of thousands.

The search is that of ``recognition/phrase_search.py``, Viterbi over the grammar's states, with the
stretches side by side in the last axis and nothing kept but the best text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK
from av_fusion_ros.recognition.grammar import Grammar

Floats = NDArray[np.float64]
FEW = 3  # predecessors; a grammar's other states, where the words of a slot meet, are rare


def best_texts(grammar: Grammar, log_probs: NDArray[np.floating]) -> list[str]:
    """What ``best_readings`` reads in each of B stretches of log-probabilities (B, T, classes).

    '' where no phrase fits into T hops.
    """
    n_stretches, n_hops, _ = log_probs.shape
    if n_hops == 0:
        return [''] * n_stretches
    values = np.ascontiguousarray(np.moveaxis(np.asarray(log_probs, np.float64), 0, -1))
    blank = np.cumsum(values[:, BLANK], axis=0)
    lead = np.concatenate((np.zeros((1, n_stretches)), blank[:-1]))
    trail = blank[-1] - blank
    score = _forward(grammar, values, lead)
    whole = np.where(grammar.final[:, None], score[:, :-1] + trail[:, None], -np.inf)
    best = whole.reshape(-1, n_stretches).argmax(axis=0)
    end, state = np.divmod(best, grammar.n_states)
    paths = _trace(grammar, score, lead, end, state)
    fits = np.isfinite(whole.max(axis=(0, 1)))
    return [_text(grammar, path) if fit else '' for path, fit in zip(paths.T, fits, strict=True)]


def _forward(grammar: Grammar, values: Floats, lead: Floats) -> Floats:
    """(T, S + 1, B): best score up to and including each hop; the last row stands for "none"."""
    n_hops, _, n_stretches = values.shape
    n = grammar.n_states
    many = np.flatnonzero((grammar.predecessors < n).sum(axis=1) > FEW)
    entry = np.flatnonzero(grammar.entry)
    score = np.full((n_hops, n + 1, n_stretches), -np.inf)
    before = score[0].copy()
    for t in range(n_hops):
        arriving = before[:-1].copy()  # a state's first predecessor is itself
        for column in range(1, min(FEW, grammar.predecessors.shape[1])):
            np.maximum(arriving, before[grammar.predecessors[:, column]], out=arriving)
        arriving[many] = before[grammar.predecessors[many]].max(axis=1)
        arriving[entry] = np.maximum(arriving[entry], lead[t])
        score[t, :-1] = arriving + values[t, grammar.labels]
        before = score[t]
    return score


def _trace(
    grammar: Grammar, score: Floats, lead: Floats, end: NDArray[np.intp], state: NDArray[np.intp]
) -> NDArray[np.intp]:
    """States (T, B) of the best paths that end at hop ``end`` (B,) in ``state``; -1 in silence."""
    n_hops, _, n_stretches = score.shape
    paths = np.full((n_hops, n_stretches), -1, np.intp)
    column = np.arange(n_stretches)
    begun = np.zeros(n_stretches, bool)
    state = state.copy()
    for t in range(n_hops - 1, -1, -1):
        inside = (t <= end) & ~begun
        paths[t] = np.where(inside, state, -1)
        if t == 0:
            break
        options = grammar.predecessors[state]
        scores = score[t - 1, options, column[:, None]]
        which = scores.argmax(axis=1)
        begun |= inside & grammar.entry[state] & (lead[t] >= scores[column, which])
        state = np.where(inside & ~begun, options[column, which], state)
    return paths


def _text(grammar: Grammar, path: NDArray[np.intp]) -> str:
    spoken = grammar.choice[path[path >= 0]]
    indices = dict.fromkeys(int(choice) for choice in spoken if choice >= 0)
    return ' '.join(grammar.choices[index].text for index in indices)
