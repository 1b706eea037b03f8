# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well trained projections tell matched from swapped windows, and what the loss pulls at."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor

from av_fusion_ros.model.agreement import Agreement
from benchmarks.ablations.agreement_training import BATCH, embeddings
from benchmarks.ablations.stream_outputs import HeldOutOutputs
from benchmarks.ablations.windows import STARTS

SNRS = ('clean', '0 dB', '-8 dB')
HARD, EASY = 0.1, 0.5  # shares of the negatives: the most alike, the least alike

Floats = NDArray[np.floating]


def evaluate_agreement(
    agreement: Agreement, data: HeldOutOutputs, validation: HeldOutOutputs
) -> dict[str, float]:
    """Figures by name; the threshold of F1 is the best one on the validation part.

    AUROC is of matched windows against the sound of another clip (``1 s``, and ``3 s``: both
    windows of a clip together) or of the same clip's other window (``other moment``).
    """
    figures: dict[str, float] = {}
    for snr in SNRS:
        matrix = logit_matrix(agreement, data, snr)
        figures |= {f'AUROC {name} {snr}': value for name, value in aurocs(matrix).items()}
    threshold = best_threshold(*matched_and_swapped(logit_matrix(agreement, validation, 'clean')))
    figures['F1 1 s clean'] = f1(
        *matched_and_swapped(logit_matrix(agreement, data, 'clean')), threshold
    )
    figures |= hard_examples(agreement, data)
    used = getattr(agreement.loss, 'temperature_in_use', None)
    if used is not None:
        figures['temperature'] = float(used().detach())
    return figures


@torch.no_grad()
def logit_matrix(agreement: Agreement, data: HeldOutOutputs, snr: str) -> Floats:
    """Logits (2 N seen, 2 N heard) of both windows of N clips, the first of every clip first."""
    return agreement.loss.logits(_similarity(agreement, data, snr)).numpy()


def _similarity(agreement: Agreement, data: HeldOutOutputs, snr: str) -> Tensor:
    seen, heard = embeddings(agreement, data.heard[snr].float(), data.seen['good'].float(), STARTS)
    return agreement.loss.comparable(seen) @ agreement.loss.comparable(heard).T


def aurocs(logits: Floats) -> dict[str, float]:
    """Areas under the ROC curve by what matched windows are told from.

    Another clip is taken at the same place of the sentence: what is said in the first second and
    in the second are so different that telling these apart would show little.
    """
    n = len(logits) // 2
    clip, place = np.arange(2 * n) % n, np.arange(2 * n) // n
    matched = np.diag(logits)
    elsewhere = clip[:, None] != clip[None, :]
    other_clip = logits[elsewhere & (place[:, None] == place[None, :])]
    other_moment = np.concatenate((np.diag(logits[:n, n:]), np.diag(logits[n:, :n])))
    whole = (logits[:n, :n] + logits[n:, n:]) / 2
    return {
        '1 s': auroc(matched, other_clip),
        '3 s': auroc(np.diag(whole), whole[~np.eye(n, dtype=bool)]),
        'other moment': auroc(matched, other_moment),
    }


def auroc(positives: Floats, negatives: Floats) -> float:
    """Share of pairs in which the positive scores higher; ties count half."""
    ranks = rankdata(np.concatenate((positives, negatives)))
    n = len(positives)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * len(negatives)))


def matched_and_swapped(logits: Floats) -> tuple[Floats, Floats]:
    """As many swapped windows as matched ones.

    The sound is that of the clip half the part away: neighbours begin with the same words.
    """
    n = len(logits) // 2
    other = np.concatenate([(np.arange(n) + n // 2) % n + place * n for place in (0, 1)])
    return np.diag(logits), logits[np.arange(2 * n), other]


def f1(positives: Floats, negatives: Floats, threshold: float) -> float:
    """F1 of calling matched what scores above ``threshold``."""
    found = int((positives > threshold).sum())
    wrong = int((negatives > threshold).sum())
    return 2 * found / (found + wrong + len(positives))


def best_threshold(positives: Floats, negatives: Floats) -> float:
    """The score above which F1 is highest."""
    scores = np.sort(np.concatenate((positives, negatives)))
    between = (scores[:-1] + scores[1:]) / 2
    return float(max(between, key=lambda threshold: f1(positives, negatives, threshold)))


def hard_examples(agreement: Agreement, data: HeldOutOutputs) -> dict[str, float]:
    """How the loss's gradient over similarities is shared among the negatives of a batch.

    ``hard gradient share``: what falls on the tenth of the negatives that is most alike.
    ``hard over easy``: their mean gradient over that of the half that is least alike.
    """
    with torch.no_grad():
        whole = _similarity(agreement, data, 'clean')
    n = len(whole) // 2
    shares, ratios = [], []
    for clips in torch.arange(n).split(BATCH // 2):
        rows = torch.cat((clips, clips + n))
        similarity = whole[rows][:, rows].clone().requires_grad_()
        agreement.loss.of_similarities(similarity, rows).backward()
        negative = ~torch.eye(len(rows), dtype=torch.bool)
        assert similarity.grad is not None
        order = similarity.detach()[negative].argsort(descending=True)
        # The article's form can saturate: a gradient of zero is a tiny one here.
        pull = similarity.grad[negative].abs().double()[order].clamp_min(1e-30)
        hard, easy = pull[: int(HARD * len(pull))], pull[-int(EASY * len(pull)) :]
        shares.append(float(hard.sum() / pull.sum()))
        ratios.append(float(hard.mean() / easy.mean()))
    return {
        'hard gradient share': float(np.mean(shares)),
        'hard over easy, log10': float(np.mean(np.log10(ratios))),
    }
