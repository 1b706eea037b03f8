# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Spectrograms for training an audio stream from scratch, made once and kept."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from av_fusion_ros.learning.batches import Batch, ExampleMaker, stack
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.data_folders import DataFolders
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.recipe import N_HOPS, WORD_HOPS, sentences_of_three
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.grammar import Grammar
from benchmarks.ablations.phoneme_labels import PhonemeLabels
from benchmarks.ablations.recordings import CHUNK, kept, noise, sentences, words
from benchmarks.ablations.tracking import Track

SENTENCE_SNRS_DB: dict[str, float | None] = {'clean': None, '0 dB': 0.0, '-8 dB': -8.0}
WORD_SNRS_DB: dict[str, float | None] = {'clean': None, '0 dB': 0.0}
MAX_WORDS = 300  # single words read a condition, spread over the speakers


@dataclass(slots=True)
class TrainingSounds:
    """N corrupted clips: log-mel (N, 1, 64, 4 n) in half precision, and what was said."""

    mel: Tensor
    labels: PhonemeLabels


@dataclass(slots=True)
class HeldOutSounds:
    """Spectrograms by SNR: GRID sentences, and single keywords of speakers not trained on."""

    sentences: dict[str, Tensor]
    sentence_labels: PhonemeLabels
    sentence_texts: list[str]
    words: dict[str, Tensor]
    word_texts: list[str]


def training_sounds(
    folders: DataFolders, spec: Specification, draws: int, cache: Path, track: Track
) -> TrainingSounds:
    """GRID sentences, and words by threes, ``draws`` times each, corrupted as in training."""

    def make() -> dict[str, Any]:
        rng = np.random.default_rng(0)
        spoken = [_sound(clip) for clip in sentences(folders, 'train')]
        single = words(folders, 'train')
        voices = [*spoken[::4], *single[::6]]
        maker = ExampleMaker(spec, pronounce, noise(folders, 'train', voices), N_HOPS)
        parts = []
        for draw in range(draws):
            clips = [*spoken, *sentences_of_three(single, rng)]
            for i in track(range(0, len(clips), CHUNK), f'sounds, draw {draw + 1}'):
                batch = stack([maker.make(rng, clip) for clip in clips[i : i + CHUNK]])
                parts.append({'mel': batch.mel.half(), **_as_dict(PhonemeLabels.of(batch))})
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    stored = kept(cache / f'sounds_{draws}.pt', make)
    return TrainingSounds(stored.pop('mel'), PhonemeLabels(**stored))


def held_out_sounds(
    folders: DataFolders, spec: Specification, part: Part, keywords: Grammar, cache: Path
) -> HeldOutSounds:
    """Sentences and keywords of ``part`` in its noises."""

    def make() -> dict[str, Any]:
        spoken = [_sound(clip) for clip in sentences(folders, part)]
        known = {choice.text for choice in keywords.choices}
        single = [clip for clip in words(folders, part) if clip.text in known]
        single = single[:: -(-len(single) // MAX_WORDS)]
        source = noise(folders, part)
        by_sentence = ExampleMaker(spec, pronounce, source, N_HOPS)
        by_word = ExampleMaker(spec, pronounce, source, WORD_HOPS)
        labels = PhonemeLabels.of(_plain(by_sentence, spoken, None)[1])
        return {
            'sentences': {
                k: _plain(by_sentence, spoken, v)[0] for k, v in SENTENCE_SNRS_DB.items()
            },
            'labels': _as_dict(labels),
            'sentence_texts': [clip.text for clip in spoken],
            'words': {k: _plain(by_word, single, v)[0] for k, v in WORD_SNRS_DB.items()},
            'word_texts': [clip.text for clip in single],
        }

    stored = kept(cache / f'sounds_{part}.pt', make)
    return HeldOutSounds(
        stored['sentences'],
        PhonemeLabels(**stored['labels']),
        stored['sentence_texts'],
        stored['words'],
        stored['word_texts'],
    )


def _plain(maker: ExampleMaker, clips: list[Clip], snr_db: float | None) -> tuple[Tensor, Batch]:
    """Spectrograms of all clips at one SNR, the same noise for every caller; and the batch."""
    rng = np.random.default_rng(0)
    batch = stack([maker.make_plain(rng, clip, snr_db) for clip in clips])
    return batch.mel.half(), batch


def _sound(clip: Clip) -> Clip:
    """The clip without its picture."""
    return replace(clip, crops=None, found=None)


def _as_dict(labels: PhonemeLabels) -> dict[str, Tensor]:
    return {field.name: getattr(labels, field.name) for field in fields(labels)}
