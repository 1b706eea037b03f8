# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small networks that judge a sense, on ONNX Runtime: cheap enough for one thread."""

from __future__ import annotations

from pathlib import Path

import onnxruntime


def open_on_one_thread(path: Path) -> onnxruntime.InferenceSession:
    """Open the network at ``path``; raises what ONNX Runtime does, which has no common class."""
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
