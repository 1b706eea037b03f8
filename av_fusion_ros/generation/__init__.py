# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Talking-face scenes from text: speech, face, scheduled events."""
