# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learning the noise of a place while working in it, so that it cannot run away.

Lessons are commands that eye and ear have agreed on. A trial makes the noise profile anew from
their pauses, chooses how strongly to take it out (and, with a tuner, tunes the bands) on the
lessons themselves, and judges that on reserved lessons, which never choose anything. Only what
the ear reads better there, on the mean and in more of them than chance would bring (sign test), is
put in force. "No correction" takes part in every trial: what a changed place has made harmful is
voted out.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from av_fusion_ros.learning.ear_scores import Scorer
from av_fusion_ros.learning.lesson import Lesson
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
    """Numbers of lessons, and what a promotion takes, in nats per phoneme.

    Every ``reserve_every``-th lesson is reserved; ``reserve`` and ``lessons`` are kept, of which
    the newest ``profile`` give the noise profile. A trial
    is due every ``trial_every`` lessons. The mean gain must reach ``min_gain``, and the lessons
    that are read better must outnumber the others by ``errors`` standard errors of a fair coin: a
    few sentences gain or lose ten times what the others do, so the error of the mean is too wide
    to see what nearly all of them gain. Chosen on the validation part.
    """

    lessons: int = 64
    profile: int = 24
    reserve: int = 64
    reserve_every: int = 2
    trial_every: int = 12
    min_reserve: int = 12
    strengths: tuple[float, ...] = (0.5, 1.0)
    min_gain: float = 0.02
    errors: float = 3.0
    guards: GuardSettings = field(default_factory=GuardSettings)


class SiteAdapter:
    """One thread offers lessons and works; ``told`` is called from it.

    ``work`` does one piece (one lesson under one correction), so that the caller can spread the
    work over time.
    """

    def __init__(
        self,
        scorer: Scorer,
        told: Told,
        settings: AdapterSettings | None = None,
        correction: SiteCorrection = NO_CORRECTION,
        tuner: Tuner | None = None,
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
        shadows = [SiteCorrection(power, s) for s in self.settings.strengths]
        if self._tuner is not None or not self.correction.nothing:
            shadows.insert(0, NO_CORRECTION)
        means = []
        for shadow in shadows:
            total = 0.0
            for lesson in newest:
                total += self._scorer.score(lesson, shadow).likelihood
                yield
            means.append(total)
        shadow = shadows[int(np.argmax(means))]
        if self._tuner is not None:
            before = self._tuned
            if before.strength == shadow.strength:
                shadow = replace(shadow, gain=before.gain, shift=before.shift)
            shadow = yield from self._tuner.tune(lessons, shadow)
            self._tuned = shadow
        shadows = [shadow]
        if self._tuner is not None and not self.correction.nothing:
            shadows.append(NO_CORRECTION)
        gains = []
        for lesson in reserve:
            now = self._scorer.score(lesson, self.correction).likelihood
            gains.append([self._scorer.score(lesson, s).likelihood - now for s in shadows])
            yield
        stamp_ns = max(x.stamp_ns for x in (*lessons, *reserve))
        self._decide(shadows, np.array(gains), stamp_ns)

    def _decide(self, shadows: Sequence[SiteCorrection], gains: np.ndarray, stamp_ns: int) -> None:
        """``gains`` (reserved lessons, shadows), in nats per phoneme."""
        self.counts['trials'] += 1
        best = int(np.argmax(gains.mean(axis=0)))
        shadow, gained = shadows[best], gains[:, best]
        gain, better, worse = float(gained.mean()), int((gained > 0).sum()), int((gained < 0).sum())
        found = (
            f'strength {shadow.strength:g}, tuning {shadow.tuning:.2f} brings {gain:+.3f} nats per '
            f'phoneme, better in {better} of {len(gained)} reserved lessons'
        )
        by_chance = self.settings.errors * np.sqrt(better + worse)
        if gain < self.settings.min_gain or better - worse < by_chance:
            self._told('kept', self.correction, found)
            return
        self.correction = shadow
        self._earlier.append((stamp_ns, shadow))
        self.counts['promotions'] += 1
        self._told('promoted', shadow, found)
