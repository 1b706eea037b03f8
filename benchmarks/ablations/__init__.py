# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small trainings that differ in one part each, to see what that part is worth."""
