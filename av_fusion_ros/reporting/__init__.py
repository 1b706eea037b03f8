# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recorded run as one page: read from bags, compared with the truth, drawn. No ROS."""
