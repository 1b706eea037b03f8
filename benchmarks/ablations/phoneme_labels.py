# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What was said in each clip, and the loss of naming it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from av_fusion_ros.learning.batches import Batch
from av_fusion_ros.learning.labels import NO_TARGET
from av_fusion_ros.learning.objective import restrict
from av_fusion_ros.model.phonemes import BLANK

LONGEST = 60  # phonemes in a clip of 3 s


@dataclass(slots=True)
class PhonemeLabels:
    """Of N clips of n hops."""

    per_hop: Tensor  # (N, n) class spoken at each hop
    targets: Tensor  # (N, LONGEST) classes in order, padded
    lengths: Tensor  # (N,)
    allowed: Tensor  # (N, n, classes) what may be named at each hop

    @classmethod
    def of(cls, batch: Batch) -> PhonemeLabels:
        """The labels of a batch of examples."""
        lengths = batch.target_lengths
        targets = torch.zeros(len(lengths), LONGEST, dtype=torch.long)
        for row, part in enumerate(batch.targets.split(lengths.tolist())):
            targets[row, : len(part)] = part
        return cls(batch.per_hop, targets, lengths, batch.allowed)

    def rows(self, rows: Tensor) -> PhonemeLabels:
        """The labels of some clips; ``rows`` are numbers or a mask."""
        return PhonemeLabels(*(getattr(self, field.name)[rows] for field in fields(self)))

    def loss(self, log_probs: Tensor, per_hop_logits: Tensor) -> Tensor:
        """CTC per phoneme plus cross entropy per hop, of (N, n, classes) each; 0 of no clips.

        CTC counts only paths that name a phoneme about when it is said, as the shipped training.
        """
        if len(self.lengths) == 0:
            return log_probs.new_zeros(())
        hops = torch.full_like(self.lengths, log_probs.shape[1])
        possible, in_place = restrict(log_probs.float(), self.allowed)
        ctc = F.ctc_loss(
            possible.transpose(0, 1),
            self.targets,
            hops,
            self.lengths,
            blank=BLANK,
            reduction='none',
            zero_infinity=True,
        )
        loss = ((ctc - in_place.sum(1)) / self.lengths.clamp_min(1)).mean()
        if bool((self.per_hop == NO_TARGET).all()):
            return loss
        named = F.cross_entropy(per_hop_logits.float().flatten(0, 1), self.per_hop.flatten())
        return loss + named
