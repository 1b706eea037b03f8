# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An admission under attack: what gets in that should not, what does not that should.

python3 -m benchmarks.v2x_fuzz [--messages 120000] [--hour-s 3600] [--node 500] [--csv FILE]
"""
