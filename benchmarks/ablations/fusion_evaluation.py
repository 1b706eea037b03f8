# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Held-out sentences read with one trained arm, and how alike its two latents are."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from av_fusion_ros.learning.alignment_metrics import (
    active_units,
    centred,
    cosine_gap,
    linear_cka,
    recall_at_one,
)
from av_fusion_ros.learning.batches import CLEAN_SNR_DB
from av_fusion_ros.recognition.grammar import Grammar
from benchmarks.ablations.fusion_model import AUDIO, VISUAL, FusionModel
from benchmarks.ablations.reading import share_of_words_right
from benchmarks.ablations.stream_outputs import PICTURES, SNRS_DB, HeldOutOutputs
from benchmarks.ablations.windows import pooled

# Where both senses are used: (SNR, picture).
FUSED = (
    ('clean', 'good'), ('0 dB', 'good'), ('-8 dB', 'good'), ('-14 dB', 'good'),
    ('clean', 'spoiled'), ('-8 dB', 'spoiled'),
)  # fmt: skip


@torch.no_grad()
def evaluate_fusion(model: FusionModel, data: HeldOutOutputs, grammar: Grammar) -> dict[str, float]:
    """Figures by name.

    ``words SNR PICTURE`` is a share of words right, with one side 'absent' where one sense is
    used alone. ``words`` is the mean of the conditions with both senses, ``shortfall`` how far
    at worst both senses together are below the better one alone.
    """
    figures: dict[str, float] = {}
    for snr in (*SNRS_DB, 'absent'):
        for picture in (*PICTURES, 'absent'):
            if (snr, picture) in FUSED or (snr == 'absent') != (picture == 'absent'):
                log_probs = _log_probs(model, data, snr, picture)
                figures[f'words {snr} {picture}'] = share_of_words_right(
                    grammar, log_probs, data.texts
                )
    both = {cell: figures[f'words {cell[0]} {cell[1]}'] for cell in FUSED}
    figures['words'] = float(np.mean(list(both.values())))
    figures['shortfall'] = max(
        max(figures[f'words {snr} absent'], figures[f'words absent {picture}']) - share
        for (snr, picture), share in both.items()
    )
    return figures | alignment(model, data)


def alignment(model: FusionModel, data: HeldOutOutputs) -> dict[str, float]:
    """How alike the mean latents of sound and picture are, over windows of 1 s, both clean.

    Each sense's mean over the windows is taken off first: an offset between the senses is
    nothing that a bias could not mend. Units are counted over hops.
    """
    latents = model.encode(data.heard['clean'].float(), data.seen['good'].float())
    hops = [latents.mean[:, :, sense].numpy() for sense in (AUDIO, VISUAL)]
    heard, seen = (centred(pooled(latents.mean[:, :, sense]).numpy()) for sense in (AUDIO, VISUAL))
    units = [active_units(hop.reshape(-1, hop.shape[-1])) for hop in hops]
    to_seen, to_heard = recall_at_one(heard, seen), recall_at_one(seen, heard)
    return {
        'R@1 heard to seen': to_seen,
        'R@1 seen to heard': to_heard,
        'R@1': (to_seen + to_heard) / 2,
        'CKA': linear_cka(heard, seen),
        'cosine gap': cosine_gap(heard, seen),
        'active units heard': float(units[AUDIO]),
        'active units seen': float(units[VISUAL]),
    }


def _log_probs(model: FusionModel, data: HeldOutOutputs, snr: str, picture: str) -> Tensor:
    """Log-probabilities (N, n, classes) in one condition; what is absent is only masked."""
    ear, eye = snr != 'absent', picture != 'absent'
    heard = data.heard[snr if ear else 'clean'].float()
    seen = data.seen[picture if eye else 'good'].float()
    present = torch.tensor([ear, eye]).expand(*heard.shape[:2], 2)
    snr_db = SNRS_DB[snr] if ear else None
    truth_db = torch.full((len(heard),), CLEAN_SNR_DB if snr_db is None else snr_db)
    evidence = model.evidence(
        data.snr_estimate_db[snr if ear else 'clean'],
        truth_db,
        data.quality[picture if eye else 'good'],
    )
    fused = model.fuse(model.encode(heard, seen), present, evidence)
    return model.name_phonemes(fused)[0]
