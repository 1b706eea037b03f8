# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pronunciations for training labels, from the same lexicon that reads command files."""

from __future__ import annotations

from functools import cache

from av_fusion_ros.recognition.lexicon import Lexicon

# The talkers of GRID say "zed".
LEXICON = Lexicon({'z': (('Z', 'EH', 'D'),)})


@cache
def pronounce(word: str) -> tuple[str, ...]:
    """The most common pronunciation of a word; VocabularyError when it has none."""
    return LEXICON.pronounce(word, spelled=len(word) == 1)[0]
