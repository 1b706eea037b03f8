# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The order in which the network takes its senses. No torch: the run-time imports it alone."""

from __future__ import annotations

AUDIO, VISUAL, V2X = range(3)
SENSES = ('audio', 'visual', 'v2x')
