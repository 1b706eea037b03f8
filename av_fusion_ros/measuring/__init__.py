# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the package costs on this machine: `av-fusion benchmark`."""
