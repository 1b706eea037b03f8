# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How many words are read rightly from phonemes."""

from __future__ import annotations

from torch import Tensor

from av_fusion_ros.learning.batched_search import best_texts
from av_fusion_ros.learning.evaluation import words_right
from av_fusion_ros.recognition.grammar import Grammar


def share_of_words_right(grammar: Grammar, log_probs: Tensor, texts: list[str]) -> float:
    """Share of the words of ``texts`` in their place in what (N, n, classes) is read as."""
    heard = best_texts(grammar, log_probs.float().numpy())
    right = sum(words_right(said, text) for said, text in zip(texts, heard, strict=True))
    return right / sum(len(text.split()) for text in texts)
