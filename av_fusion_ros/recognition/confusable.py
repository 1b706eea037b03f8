# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which phrases sound alike: edits between their phonemes (Levenshtein 1966)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from av_fusion_ros.recognition.lexicon import Pronunciation
from av_fusion_ros.recognition.vocabulary import Part, Phrase, SpokenWord, Vocabulary

#: Edits over the longer one's phonemes, at or below which two phrases are called alike.
ALIKE = 0.34
WORDINGS = 2000  # of one phrase; slots multiply


@dataclass(frozen=True, slots=True)
class Alike:
    """Another phrase as it is said, and by how many phonemes of how many it differs."""

    phrase: str
    said: str
    edits: int
    phonemes: int


def confusable(vocabulary: Vocabulary, phrase: Phrase) -> list[Alike]:
    """The other phrases that sound like ``phrase``, the most alike first."""
    own = list(_wordings(phrase))
    found = []
    for other in vocabulary.phrases:
        if other.id == phrase.id:
            continue
        best = min(
            (
                Alike(other.text, said, edits(sounds, mine), max(len(sounds), len(mine)))
                for said, sounds in _wordings(other)
                for _, mine in own
                # So many edits at least: most of a long list need not be compared.
                if abs(len(sounds) - len(mine)) <= ALIKE * max(len(sounds), len(mine))
            ),
            key=lambda alike: alike.edits / alike.phonemes,
            default=None,
        )
        if best is not None and best.edits <= ALIKE * best.phonemes:
            found.append(best)
    return sorted(found, key=lambda alike: alike.edits / alike.phonemes)


def edits(a: Pronunciation, b: Pronunciation) -> int:
    """Least insertions, deletions and substitutions between two phoneme sequences."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def _wordings(phrase: Phrase) -> Iterator[tuple[str, Pronunciation]]:
    """Up to WORDINGS ways to say a phrase: text and phonemes, first pronunciations first."""

    def sounds(words: tuple[SpokenWord, ...]) -> Iterator[tuple[str, Pronunciation]]:
        text = ' '.join(word.text for word in words)
        for spoken in product(*(word.pronunciations for word in words)):
            yield text, tuple(phoneme for one in spoken for phoneme in one)

    def part(one: Part) -> list[tuple[str, Pronunciation]]:
        return [said for words in one.choices for said in sounds(words)]

    ways = (said for variant in phrase.variants for said in product(*map(part, variant)))
    for pieces in islice(ways, WORDINGS):
        yield (
            ' '.join(text for text, _ in pieces),
            tuple(phoneme for _, sound in pieces for phoneme in sound),
        )
