# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Audio-visual command recognition for ROS 2."""

from pkgutil import extend_path

# Run from a checkout, this folder shadows the installed package; the generated
# av_fusion_ros.msg is found in the installed one all the same.
__path__ = extend_path(__path__, __name__)

__version__ = '0.1.0'
