# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What lies beside a checkpoint and reads its audio features must have been fitted to these."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from av_fusion_ros.model.checkpoint_file import read_checkpoint


@dataclass(frozen=True, slots=True)
class AudioStreamIdentity:
    """``digest`` tells one checkpoint's audio stream from another's; D, the size of features."""

    digest: str
    feature_size: int

    def check(self, digest: object) -> None:
        """Raises ValueError where another audio stream is meant."""
        if digest != self.digest:
            raise ValueError('it was fitted to the audio stream of another checkpoint')


def identity_of(checkpoint: Path) -> AudioStreamIdentity:
    """Of the audio stream in a checkpoint, which is read whole; raises CheckpointError."""
    arrays, spec = read_checkpoint(checkpoint)
    digest = sha256()
    for name in sorted(arrays):
        if name.startswith('audio.'):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return AudioStreamIdentity(digest.hexdigest(), spec.feature_size)
