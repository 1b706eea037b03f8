# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well contradictions of eye and ear are found: python3 -m benchmarks.consistency --help."""
