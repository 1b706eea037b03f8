# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Sensor data to arrays: no ROS and no neural network of ours."""
