# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The room's error."""


class ReportError(ValueError):
    """There is nothing to report on, or a bag that cannot be read."""
