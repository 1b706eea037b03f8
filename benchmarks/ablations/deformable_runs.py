# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An audio stream trained from scratch on sound alone, with each form of its second layer."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from av_fusion_ros.learning.validation import best_path, edit_distance
from av_fusion_ros.model.audio_stream import AudioStream
from av_fusion_ros.model.phoneme_head import PhonemeHead
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.grammar import Grammar
from benchmarks.ablations.optimising import batch_order, optimise
from benchmarks.ablations.reading import share_of_words_right
from benchmarks.ablations.sounds import HeldOutSounds, TrainingSounds
from benchmarks.ablations.tracking import Track

BATCH = 12
HEAD_SIZE = 128
CHUNK = 64

# The forms need different numbers of parameters for the layer itself. What the smaller ones
# save is given to the next layer, so that all streams have the same number (to 0.03 %).
MIDDLE_CHANNELS = {'plain': 56, 'frequency': 56, 'time_frequency': 48}


class Listener(nn.Module):
    """Log-mel frames (B, 1, 64, 4 n) to phonemes (B, n, classes), by ear alone."""

    def __init__(self, spec: Specification) -> None:
        super().__init__()
        self.stream = AudioStream(spec)
        self.head = PhonemeHead(spec.feature_size, HEAD_SIZE, (1, 2, 4), dropout=0.1)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """CTC log-probabilities and logits per hop."""
        features, _ = self.stream(mel, self.stream.initial_state(len(mel)))
        log_probs, per_hop, _ = self.head(features, self.head.initial_state(len(mel)))
        return log_probs, per_hop


def specification(form: str) -> Specification:
    """The shipped one with this form and channels that make all forms equally large."""
    shipped = Specification()
    first, second, _, last = shipped.audio_channels
    channels = (first, second, MIDDLE_CHANNELS[form], last)
    return replace(shipped, deformable=form, audio_channels=channels)


def train_listener(
    form: str, data: TrainingSounds, n_steps: int, seed: int, track: Track
) -> Listener:
    """One arm, from scratch. A seed draws the same batches for every arm."""
    torch.manual_seed(seed)
    listener = Listener(specification(form))

    def loss_of(rows: Tensor) -> Tensor:
        log_probs, per_hop = listener(data.mel[rows].float())
        return data.labels.rows(rows).loss(log_probs, per_hop)

    order = batch_order(len(data.mel), BATCH, n_steps, seed)
    optimise(listener, loss_of, track(order, f'{form}, seed {seed}'), n_steps, half=True)
    return listener


@torch.no_grad()
def evaluate_listener(
    listener: Listener, data: HeldOutSounds, sentences: Grammar, keywords: Grammar
) -> dict[str, float]:
    """Figures by name: words of sentences, phoneme errors (share of phonemes), keywords."""
    figures = {}
    for snr, mel in data.sentences.items():
        log_probs = _read(listener, mel)
        figures[f'words {snr}'] = share_of_words_right(sentences, log_probs, data.sentence_texts)
        figures[f'phoneme errors {snr}'] = _phoneme_errors(data, log_probs)
    for snr, mel in data.words.items():
        log_probs = _read(listener, mel)
        figures[f'keywords {snr}'] = share_of_words_right(keywords, log_probs, data.word_texts)
    for kind in ('words', 'phoneme errors', 'keywords'):
        own = [value for name, value in figures.items() if name.startswith(kind)]
        figures[kind] = sum(own) / len(own)
    return figures


def _read(listener: Listener, mel: Tensor) -> Tensor:
    return torch.cat([listener(part.float())[0] for part in mel.split(CHUNK)])


def _phoneme_errors(data: HeldOutSounds, log_probs: Tensor) -> float:
    labels = data.sentence_labels
    errors = 0
    for stretch, targets, length in zip(log_probs, labels.targets, labels.lengths, strict=True):
        errors += edit_distance(best_path(stretch), targets[: int(length)].tolist())
    return errors / int(labels.lengths.sum())
