# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The ROS 2 nodes: parameters, topics, lifecycle and diagnostics around recognition."""
