# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What adaptation at the place of use raises."""


class AdaptationError(ValueError):
    """A state, snapshot or request that adaptation cannot work with; says what to do."""
