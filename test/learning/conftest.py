# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of learning share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
