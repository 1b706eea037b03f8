# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Adapter, memory, state on disk and worker together: what a node starts, asks and stops."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.adaptation_errors import AdaptationError
from av_fusion_ros.learning.ear_scores import Scorer
from av_fusion_ros.learning.lesson import (
    TAIL_NS,
    MelMemory,
    SelectionSettings,
    Understood,
    lesson_from,
)
from av_fusion_ros.learning.paced_worker import PacedWorker
from av_fusion_ros.learning.site_adapter import SiteAdapter, Tuner
from av_fusion_ros.learning.site_state import SiteStateStore
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection

Floats = NDArray[np.float32]

INBOX = 500  # hops and commands that wait for the worker; 20 s
DELIVERED = 0  # the number of the snapshot that is none: the model as it was delivered


@dataclass(frozen=True, slots=True)
class Status:
    """Where the session stands; the fields are those of GetAdaptationStatus.srv."""

    state: str
    strength: float
    lessons: int
    counts: Counter[str]
    variety: float
    contradiction: float
    last_event: str


class AdaptationSession:
    """Learns from ``hear`` and ``understand`` until it is closed.

    Both only put down what is given and may be called from any thread; all learning happens on
    the session's own. ``in_force`` is called with each correction that is put in force. Raises
    AdaptationError when the folder cannot be used or its state cannot be trusted; ``fresh`` begins
    without that state.
    """

    def __init__(
        self,
        scorer: Scorer,
        tuner: Tuner,
        folder: Path,
        model: str,
        in_force: Callable[[SiteCorrection], None],
        on_failure: Callable[[Exception], None],
        cpu_share: float = 0.1,
        fresh: bool = False,
    ) -> None:
        self._store = SiteStateStore(folder, model)
        try:
            kept = None if fresh else self._store.read()
        except AdaptationError:
            self._store.close()
            raise
        self.model, self.folder = model, folder
        self._in_force = in_force
        self._lock = threading.RLock()
        self._inbox: deque[tuple[int, Floats] | Understood] = deque(maxlen=INBOX)
        self._memory = MelMemory()
        self._unheard: deque[Understood] = deque(maxlen=INBOX)  # answered before their sound ended
        self._refused: Counter[str] = Counter()
        self._stamp_ns = 0
        self._last_event = ''
        self._adapter = SiteAdapter(scorer, tuner, self._told, correction=kept or NO_CORRECTION)
        in_force(self._adapter.correction)
        self._worker = PacedWorker(self._piece, on_failure, cpu_share)

    def hear(self, stamp_ns: int, frames: Floats) -> None:
        """One hop of raw log-mel (4, 64) with the capture time of its newest sample."""
        self._inbox.append((stamp_ns, frames))

    def understand(self, command: Understood) -> None:
        """A command as the fusion published it."""
        self._inbox.append(command)
        self._worker.wake()

    def snapshot(self, label: str) -> int:
        """Keep the correction in force; returns its number. Raises AdaptationError."""
        with self._lock:
            return self._store.snapshot(self._adapter.correction, self._stamp_ns, label)

    def roll_back(self, number: int) -> None:
        """Put a snapshot, or with DELIVERED no correction, in force. Raises AdaptationError."""
        with self._lock:
            delivered = number == DELIVERED
            correction = NO_CORRECTION if delivered else self._store.load(number).correction
            self._store.write(correction, self._stamp_ns)
            self._adapter.begin()
            self._adapter.put_in_force(correction, self._stamp_ns)
            self._last_event = 'rolled back to ' + ('none' if delivered else f'snapshot {number}')
            self._in_force(correction)

    def status(self) -> Status:
        """Where it stands now."""
        with self._lock:
            adapter = self._adapter
            return Status(
                f'held: {adapter.held}' if adapter.held else 'learning',
                adapter.correction.strength,
                adapter.lessons,
                adapter.counts + self._refused,
                adapter.guards.variety,
                adapter.guards.contradiction,
                self._last_event,
            )

    def snapshots(self) -> dict[int, str]:
        """The labels of the snapshots by number, oldest first; what is wrong with a damaged one."""
        labels = {}
        with self._lock:
            for number in self._store.numbers():
                try:
                    labels[number] = self._store.load(number).label
                except AdaptationError as error:
                    labels[number] = f'cannot be used: {error}'
        return labels

    def close(self) -> None:
        """Learn no more; the correction stays in force."""
        self._worker.stop()
        self._store.close()

    # On the worker's thread

    def _piece(self) -> bool:
        with self._lock:
            while self._inbox:
                item = self._inbox.popleft()
                if isinstance(item, Understood):
                    self._learn(item)
                    return True
                self._hear(*item)
            return self._adapter.work()

    def _hear(self, stamp_ns: int, frames: Floats) -> None:
        if stamp_ns < self._stamp_ns - 25 * HOP_NS:  # a bag that loops: what was is not before
            self._adapter.guards.reset()
            self._unheard.clear()
        self._stamp_ns = stamp_ns
        self._memory.add(stamp_ns, frames)
        while self._unheard and self._unheard[0].end_ns + TAIL_NS <= stamp_ns:
            self._learn(self._unheard.popleft())

    def _learn(self, command: Understood) -> None:
        heard_until_ns = self._stamp_ns  # 0: nothing heard yet, so there is nothing to wait for
        if 0 < heard_until_ns < command.end_ns + TAIL_NS <= heard_until_ns + 25 * HOP_NS:
            self._unheard.append(command)
            return
        lesson = lesson_from(command, self._memory, SelectionSettings())
        if isinstance(lesson, str):
            self._refused[lesson] += 1
        else:
            self._adapter.offer(lesson)

    def _told(self, what: str, correction: SiteCorrection, why: str) -> None:
        self._last_event = f'{what}: {why}'
        if what == 'kept':
            return
        self._in_force(correction)
        self._store.write(correction, self._stamp_ns)
        if what == 'promoted':
            self._store.snapshot(correction, self._stamp_ns, 'promoted')
