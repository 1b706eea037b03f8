# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A thread that works in small pieces and takes no more than a share of one core."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

IDLE_S = 0.2
NICENESS = 10


class PacedWorker:
    """Calls ``piece`` until it says that nothing is left, then again when woken.

    After a piece of c seconds of processor time it rests for c (1 / share - 1) seconds. It runs at
    low priority where the system has priorities for threads (Linux). An error of ``piece`` is given
    to ``on_failure`` and does not end the thread.
    """

    def __init__(
        self, piece: Callable[[], bool], on_failure: Callable[[Exception], None], share: float
    ) -> None:
        self._piece, self._on_failure, self._share = piece, on_failure, share
        self._work = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name='adaptation', daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._work.set()

    def stop(self) -> None:
        """Finish the piece in work and end the thread."""
        self._end.set()
        self._work.set()
        self._thread.join()

    def _run(self) -> None:
        if sys.platform == 'linux':
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self._end.is_set():
            began_s = time.thread_time()
            try:
                more = self._piece()
            except Exception as error:  # whatever it is, hearing must go on
                self._on_failure(error)
                more = False
            used_s = time.thread_time() - began_s
            self._end.wait(used_s * (1 / self._share - 1))
            if not more and not self._end.is_set():
                self._work.wait(IDLE_S)
                self._work.clear()
