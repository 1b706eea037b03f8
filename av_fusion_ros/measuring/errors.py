# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The error of this room."""


class MeasuringError(ValueError):
    """Something cannot be measured here; the message says why and what to do."""
