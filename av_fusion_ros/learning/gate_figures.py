# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How the gate weighs: against the SNR, and where one sense is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from av_fusion_ros.learning.batches import Example
from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.evaluation import CellResult
from av_fusion_ros.learning.labels import HOP_S
from av_fusion_ros.learning.senses import Sense, SenseEncoder, gated, without
from av_fusion_ros.model.network import AUDIO, VISUAL
from av_fusion_ros.signals.log_mel import FRAMES_PER_HOP, N_FFT, log_mel

WITHIN_S = 0.5
ENOUGH = 0.87  # weight of the sense that is left


@dataclass(frozen=True, slots=True)
class WeightOverSnr:
    """Spearman's rank correlation of the sound's weight with the SNR, good picture.

    ``means``: (SNR in dB, mean weight) over families and clips, rising SNR.
    """

    of_clips: float
    of_means: float
    means: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class WeightLeft:
    """The weight of the sense that is left, over clips: mean, least, and the share >= 0.87.

    ``deployed``: as published, after the share that a sense still has; else the gate's alone.
    """

    event: str
    sense: str
    mean: float
    least: float
    share_enough: float
    deployed: bool = False


def weight_over_snr(results: Sequence[CellResult]) -> WeightOverSnr:
    """From the cells with noise and a good picture; NaN with fewer than two levels."""
    pairs = [
        (r.cell.snr_db, float(weight))
        for r in results
        if r.cell.picture == 'good' and r.cell.snr_db is not None
        for weight in r.weight_audio
    ]
    levels = sorted({snr_db for snr_db, _ in pairs})
    means = [float(np.mean([w for s, w in pairs if s == level])) for level in levels]
    return WeightOverSnr(
        _spearman([s for s, _ in pairs], [w for _, w in pairs]),
        _spearman(levels, means),
        tuple(zip(levels, means, strict=True)),
    )


def _spearman(a: Sequence[float], b: Sequence[float]) -> float:
    if len(set(a)) < 2 or len(set(b)) < 2:
        return float('nan')
    return float(spearmanr(a, b).statistic)


def weights_left(encoder: SenseEncoder, sound: Sound) -> list[WeightLeft]:
    """What the gate alone makes of each sense's weight when the other one goes.

    Either the loss is known (no face found, no sound arriving), or what arrives is empty: black
    pictures still taken for a face, with quality 0, and digital silence. The latter begin midway
    and are judged 0.5 s later.
    """
    heard, seen = encoder.heard(sound), encoder.seen('good')
    n_hops = heard.present.shape[1]
    middle = n_hops // 2
    after = middle + round(WITHIN_S / HOP_S)
    black, silence = _black_from(encoder, middle), _silent_from(encoder, middle)
    dark = encoder.seen('dim', severity=1.0)
    cases = (
        ('no picture arrives', AUDIO, heard, without(seen), 0),
        ('picture black midway, after 0.5 s', AUDIO, heard, black, after),
        ('picture nearly dark all along', AUDIO, heard, dark, after),
        ('no sound arrives', VISUAL, without(heard), seen, 0),
        ('sound dead midway, after 0.5 s', VISUAL, silence, seen, after),
    )
    found = []
    for event, sense, ear, eye, hop in cases:
        weights = gated(encoder.network, ear, eye)[1][:, :, sense].double().numpy()
        present = (eye if sense == VISUAL else ear).present.numpy()
        found.append(_left(event, ('audio', 'visual')[sense], weights, present, hop))
    return found


def _left(
    event: str, sense: str, weights: NDArray[np.float64], present: NDArray[np.bool_], hop: int
) -> WeightLeft:
    """At ``hop``, or for 0 the least of all hops; hops without the sense itself do not count."""
    there = np.where(present, weights, np.inf)
    values = there[:, hop] if hop else there.min(1)
    values = values[np.isfinite(values)]
    return WeightLeft(
        event, sense, float(values.mean()), float(values.min()), float((values >= ENOUGH).mean())
    )


def sum_error(encoder: SenseEncoder, sound: Sound) -> float:
    """The largest distance from 1 of the weights' sum, where any sense is there."""
    heard, seen = encoder.heard(sound), encoder.seen('good')
    weights = gated(encoder.network, heard, seen)[1]
    some = heard.present | seen.present
    return float((weights.double().sum(-1) - 1).abs()[some].max())


def _black_from(encoder: SenseEncoder, hop: int) -> Sense:
    """Black pictures from ``hop`` on, in which a face is still believed in."""

    def black(example: Example) -> Example:
        crops = example.crops.copy()
        crops[hop:] = 0
        return replace(example, crops=crops)

    seen = encoder.see(map(black, encoder.picture_examples('good')))
    evidence = seen.evidence.clone()
    evidence[:, hop:] = 0.0
    return replace(seen, evidence=evidence)


def _silent_from(encoder: SenseEncoder, hop: int) -> Sense:
    """Nothing but digital silence from ``hop`` on, as from a dead microphone."""

    def silent(example: Example) -> Example:
        mel = example.mel.copy()
        mel[:, hop * FRAMES_PER_HOP :] = log_mel(np.zeros(N_FFT, np.float32)).T
        return replace(example, mel=mel)

    return encoder.hear(map(silent, encoder.sound_examples(Sound(None, 'none'))))
