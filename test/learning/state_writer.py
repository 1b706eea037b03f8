# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writes states and snapshots until it is killed; the first argument is the folder."""

import sys
from itertools import count
from pathlib import Path

import numpy as np

from av_fusion_ros.learning.site_state import SiteStateStore
from av_fusion_ros.recognition.site_correction import SiteCorrection

store = SiteStateStore(Path(sys.argv[1]), 'model')
for k in count():
    # Every band holds the same number, so that a mixture of two states would show.
    correction = SiteCorrection(np.full(64, k % 1000, np.float32), k % 3 / 2)
    store.write(correction, k)
    store.snapshot(correction, k, f'round {k}')
    if k == 0:
        print('writing', flush=True)
