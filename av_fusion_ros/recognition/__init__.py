# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streaming inference: carried state, command decoding, modes, consistency, V2X admission."""
