# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What adaptation at the place of use brings and what it can spoil; see __main__.py."""
