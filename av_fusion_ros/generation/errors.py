# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong while a scene is made."""

from __future__ import annotations


class GenerationError(ValueError):
    """A scene cannot be made as asked; the message says what to change."""
