# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A process that writes its state all the time, killed at random moments, and opened again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np

from av_fusion_ros.learning.site_state import SiteStateStore

WRITER = Path(__file__).resolve().parents[2] / 'test' / 'learning' / 'state_writer.py'
LATEST_S = 0.2


def kills(count: int, seed: int) -> dict[str, object]:
    """Kill ``count`` times with SIGKILL; how often the state was whole, and had gone on."""
    rng = np.random.default_rng(seed)
    whole = gone_on = unfinished = newest = 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            process = subprocess.Popen(
                [sys.executable, str(WRITER), folder],
                stdout=subprocess.PIPE,
                env=os.environ | {'PYTHONPATH': os.pathsep.join(sys.path)},
            )
            assert process.stdout is not None
            process.stdout.readline()
            threading.Timer(float(rng.uniform(0, LATEST_S)), process.kill).start()
            assert process.wait() == -signal.SIGKILL
            unfinished += len(list(Path(folder).rglob('*.unfinished')))
            store = SiteStateStore(Path(folder), 'model')
            try:
                kept = [store.read(), *(store.load(n).correction for n in store.numbers())]
                whole += all(
                    one is not None and len(set(one.noise_power.tolist())) == 1 for one in kept
                )
            except ValueError as error:
                print(error)
            gone_on += max(store.numbers()) > newest
            newest = max(store.numbers())
            store.close()
    return {
        'kills': count,
        'seed': seed,
        'state_whole': whole,
        'newer_than_before': gone_on,
        'in_the_middle_of_a_write': unfinished,
        'writes': newest,
    }
