# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One thread on which networks run, so that the executor is always free to take messages.

A multi-threaded executor costs four times the processor time of this arrangement.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

Work = Callable[[Any], None]
Failure = Callable[[Exception], None]


class Lane:
    """One node's bounded queue of work; beyond ``capacity`` the oldest item is dropped."""

    def __init__(
        self, worker: InferenceWorker, work: Work, on_failure: Failure, capacity: int
    ) -> None:
        self._worker = worker
        self.work = work
        self.on_failure = on_failure
        self.capacity = capacity
        self.waiting: deque[tuple[int, Any]] = deque()  # with the number of the submission

    def submit(self, item: Any) -> int:
        """Hand ``item`` to the worker; return how many older items were dropped for it."""
        return self._worker.submit(self, item)

    def clear(self) -> None:
        """Forget what waits and return when nothing of this lane is being worked on."""
        self._worker.clear(self)


class InferenceWorker:
    """Serves its lanes in order of submission on one thread; it outlives an item that fails.

    ``inline=True`` works at once in the caller's thread instead: deterministic, for tests.
    """

    def __init__(self, *, inline: bool = False) -> None:
        self._lanes: list[Lane] = []
        self._changed = threading.Condition()
        self._busy: Lane | None = None
        self._numbers = count()
        self._stopping = False
        self._thread: threading.Thread | None = None
        if not inline:
            self._thread = threading.Thread(target=self._run, name='inference', daemon=True)
            self._thread.start()

    def lane(self, work: Work, on_failure: Failure, capacity: int) -> Lane:
        """Return a new lane whose items are passed to ``work``, its errors to ``on_failure``."""
        lane = Lane(self, work, on_failure, capacity)
        with self._changed:
            self._lanes.append(lane)
        return lane

    def remove(self, lane: Lane) -> None:
        """Clear ``lane`` and serve it no more."""
        self.clear(lane)
        with self._changed:
            if lane in self._lanes:
                self._lanes.remove(lane)

    def submit(self, lane: Lane, item: Any) -> int:
        """Queue ``item``; return how many older items were dropped for it."""
        if self._thread is None:
            self._attempt(lane, item)
            return 0
        with self._changed:
            lane.waiting.append((next(self._numbers), item))
            dropped = max(0, len(lane.waiting) - lane.capacity)
            for _ in range(dropped):
                lane.waiting.popleft()
            self._changed.notify_all()
        return dropped

    def clear(self, lane: Lane) -> None:
        """Forget what waits in ``lane`` and wait until none of it is in work."""
        with self._changed:
            lane.waiting.clear()
            if threading.current_thread() is not self._thread:
                self._changed.wait_for(lambda: self._busy is not lane)

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait until every lane is empty and nothing is in work; False when time ran out."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._busy is None and not any(lane.waiting for lane in self._lanes),
                timeout_s,
            )

    def stop(self) -> None:
        """Finish the item in work and end the thread; waiting items are forgotten."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = None
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._stopping or any(lane.waiting for lane in self._lanes)
                )
                if self._stopping:
                    return
                # Oldest first over all lanes: when there is too much to do, sound and picture
                # fall behind together instead of apart.
                lane = min(
                    (lane for lane in self._lanes if lane.waiting),
                    key=lambda lane: lane.waiting[0][0],
                )
                item = lane.waiting.popleft()[1]
                self._busy = lane
            self._attempt(lane, item)

    @staticmethod
    def _attempt(lane: Lane, item: Any) -> None:
        try:
            lane.work(item)
        except Exception as error:  # whatever it is, the node has to live
            lane.on_failure(error)
