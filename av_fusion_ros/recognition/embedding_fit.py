# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the embedding of a feature is one that the loaded network can take."""

from __future__ import annotations

import numpy as np

from av_fusion_ros.recognition.alignment import Feature
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import VisualFeature


def require_fit(feature: Feature, size: int) -> None:
    """Raise RecognitionError for an embedding that is not (size,) finite numbers.

    That of a picture may be empty (no face); the other faces of a picture are looked at as well.
    """
    no_face = isinstance(feature, VisualFeature) and feature.embedding.size == 0
    if isinstance(feature, VisualFeature):
        for other in feature.others:
            require_fit(other, size)
    if not no_face and (
        feature.embedding.shape != (size,) or not np.isfinite(feature.embedding).all()
    ):
        raise RecognitionError(
            f'{type(feature).__name__} has an embedding of shape {feature.embedding.shape}, '
            f'or one that is not finite; the loaded checkpoint needs ({size},): '
            'use the same model_path for all nodes'
        )
