# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learning the noise of a place while working in it, so that it cannot run away.

Lessons are commands that eye and ear have agreed on. A trial makes the noise profile anew from
their pauses, chooses how strongly to take it out and tunes the bands on the lessons themselves,
and judges that on reserved lessons, which never choose anything (``promotion``). "No correction"
takes part in every trial: what a changed place has made harmful is voted out.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from av_fusion_ros.learning.ear_scores import Scorer
from av_fusion_ros.learning.lesson import Lesson
from av_fusion_ros.learning.promotion import PromotionSettings, verdict
from av_fusion_ros.learning.stream_guards import GuardSettings, StreamGuards
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection

#: Told what happened: 'promoted', 'rolled_back' or 'kept', the correction in force, and why.
Told = Callable[[str, SiteCorrection, str], None]


class Tuner(Protocol):
    """What tunes the bands; see ``BandTuner``."""

    def tune(
        self, lessons: Sequence[Lesson], start: SiteCorrection
    ) -> Generator[None, None, SiteCorrection]:
        """Yields after each lesson and returns the tuned correction."""


@dataclass(frozen=True, slots=True)
class AdapterSettings:
    """Numbers of lessons.

    Every ``reserve_every``-th lesson is reserved; ``reserve`` and ``lessons`` are kept, of which
    the newest ``profile`` give the noise profile. A trial is due every ``trial_every`` lessons.
    """

    lessons: int = 64
    profile: int = 24
    reserve: int = 64
    reserve_every: int = 2
    trial_every: int = 12
    min_reserve: int = 12
    strengths: tuple[float, ...] = (0.0, 0.5, 1.0)
    promotion: PromotionSettings = field(default_factory=PromotionSettings)
    guards: GuardSettings = field(default_factory=GuardSettings)


class SiteAdapter:
    """One thread offers lessons and works; ``told`` is called from it.

    ``work`` does one piece (one lesson under one correction), so that the caller can spread the
    work over time.
    """

    def __init__(
        self,
        scorer: Scorer,
        tuner: Tuner,
        told: Told,
        settings: AdapterSettings | None = None,
        correction: SiteCorrection = NO_CORRECTION,
    ) -> None:
        self.settings = settings or AdapterSettings()
        self.counts: Counter[str] = Counter()
        self.correction = correction
        self.guards = StreamGuards(self.settings.guards)
        self.held = ''  # why nothing is learnt at the moment
        self._scorer, self._told, self._tuner = scorer, told, tuner
        self._tuned = correction  # goes on from trial to trial, in force or not
        self._lessons: deque[Lesson] = deque(maxlen=self.settings.lessons)
        self._reserve: deque[Lesson] = deque(maxlen=self.settings.reserve)
        self._earlier: deque[tuple[int, SiteCorrection]] = deque([(0, correction)], maxlen=8)
        self._since_trial = 0
        self._trial: Iterator[None] | None = None

    @property
    def lessons(self) -> int:
        """How many lessons are kept, reserved ones included."""
        return len(self._lessons) + len(self._reserve)

    @property
    def busy(self) -> bool:
        """Whether a trial is under way."""
        return self._trial is not None

    def put_in_force(self, correction: SiteCorrection, stamp_ns: int = 0) -> None:
        """Take over a correction from outside, such as a snapshot; a trial under way is dropped."""
        self.correction, self._tuned, self._trial = correction, correction, None
        self._earlier.append((stamp_ns, correction))

    def begin(self) -> None:
        """Forget all lessons; the correction stays in force."""
        self._lessons.clear()
        self._reserve.clear()
        self.guards.reset()
        self._tuned = self.correction
        self._trial, self._since_trial, self.held = None, 0, ''

    def offer(self, lesson: Lesson) -> None:
        """Take a lesson, unless the ear says something else or the stream must not teach."""
        contradiction = self._scorer.score(lesson, self.correction).contradiction
        self.guards.note(lesson.stamp_ns, lesson.command, contradiction)
        alarm = self.guards.alarm()
        if alarm and not self.held:
            self._roll_back(alarm)
        elif self.held and not alarm:
            self._since_trial = 0
        self.held = alarm
        if alarm:
            self.counts['held'] += 1
            return
        if self.settings.guards.contradicted(contradiction):
            self.counts['contradicted'] += 1
            return
        self.counts['taken'] += 1
        reserved = self.counts['taken'] % self.settings.reserve_every == 0
        (self._reserve if reserved else self._lessons).append(lesson)
        self._since_trial += 1
        enough = len(self._reserve) >= self.settings.min_reserve
        if self._trial is None and enough and self._since_trial >= self.settings.trial_every:
            self._since_trial = 0
            self._trial = self._tried(list(self._lessons), list(self._reserve))

    def work(self) -> bool:
        """Do one piece of the trial under way; False when there is nothing to do."""
        if self._trial is None:
            return False
        try:
            next(self._trial)
        except StopIteration:
            self._trial = None
        return True

    def _roll_back(self, reason: str) -> None:
        """Go back to what was in force before the stream went bad, and forget its lessons."""
        before = self.guards.since_ns
        good = [(at, kept) for at, kept in self._earlier if at <= before] or [(0, NO_CORRECTION)]
        self._earlier = deque(good, maxlen=self._earlier.maxlen)
        self.correction = self._tuned = good[-1][1]
        self._lessons.clear()
        self._reserve.clear()
        self._trial = None
        self.counts['rollbacks'] += 1
        self._told('rolled_back', self.correction, reason)

    def _tried(self, lessons: Sequence[Lesson], reserve: Sequence[Lesson]) -> Iterator[None]:
        newest = lessons[-self.settings.profile :]
        power = np.median([lesson.pause_power for lesson in newest], axis=0).astype(np.float32)
        before = self._tuned
        shadows = [
            SiteCorrection(power, strength, before.gain, before.shift)
            for strength in self.settings.strengths
        ]
        if not (self.correction.nothing and before.nothing):
            shadows.insert(0, NO_CORRECTION)
        means = []
        for shadow in shadows:
            total = 0.0
            for lesson in newest:
                total += self._scorer.score(lesson, shadow).likelihood
                yield
            means.append(total)
        best = shadows[int(np.argmax(means))]
        self._tuned = yield from self._tuner.tune(lessons, best)
        tried = [self._tuned] if self.correction.nothing else [self._tuned, NO_CORRECTION]
        found = []
        for lesson in reserve:
            judged = (self.correction, *tried)
            found.append([self._scorer.score(lesson, one).likelihood for one in judged])
            yield
        stamp_ns = max(x.stamp_ns for x in (*lessons, *reserve))
        self._decide(tried, np.array(found), stamp_ns)

    def _decide(
        self, tried: Sequence[SiteCorrection], likelihoods: np.ndarray, stamp_ns: int
    ) -> None:
        self.counts['trials'] += 1
        found = verdict(self.correction, tried, likelihoods, self.settings.promotion)
        if not found.promoted:
            self._told('kept', self.correction, found.why)
            return
        self.correction = found.correction
        self._earlier.append((stamp_ns, found.correction))
        self.counts['promotions'] += 1
        self._told('promoted', found.correction, found.why)
