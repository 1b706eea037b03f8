# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features of all senses onto one 25 Hz grid of capture time.

Features are intervals of 40 ms, not events, so they are not paired message by message: each
sense has its own phase against the grid, and a hop takes from each sense the feature of that
interval. A hop waits a bounded time for what is late and then goes on without it. No clock is
read: time is the newest stamp received, or what ``advance_to`` is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import (
    HOP_NS,
    NS_PER_S,
    AudioFeature,
    RoadsideFeature,
    VisualFeature,
)

AUDIO, VISUAL, ROADSIDE = 'audio', 'visual', 'roadside'
SENSES = (AUDIO, VISUAL, ROADSIDE)
Feature = AudioFeature | VisualFeature | RoadsideFeature

_ALIVE_HOPS = 13  # about 0.5 s: a sense silent for longer is not waited for
_MAX_JUMP_NS = NS_PER_S  # a larger step in a sense's stamps is a jump, not a gap
_MAX_BACKLOG_HOPS = 250  # hops nobody has taken; beyond, the oldest are given up
_STRANGER_LIMIT = 25  # features of another epoch before the grid moves to it
_PHASE_GAIN = 0.05  # how fast a sense's phase follows drift between clocks


class Outcome(Enum):
    """What became of a feature."""

    TAKEN = 'taken'
    LATE = 'late'  # its hop had gone
    DUPLICATE = 'duplicate'  # its interval was filled already
    STRANGER = 'stranger'  # its stamp is far from everybody else's
    CONFLICT = 'conflict'  # not taken: it contradicts the own camera
    RESET = 'reset'  # taken; time jumped and the grid began anew


@dataclass(frozen=True, slots=True)
class AlignmentSettings:
    """``lateness_s`` is how long a hop waits for the ear or the eye.

    Roadside views come later (150 to 250 ms over the air) and are waited for only while
    ``Aligner.wait_for_roadside`` is set. ``clock_lateness_s`` is added when only the ROS clock
    says that time has passed. ``av_offset_s``: how much the sound's stamps are late against
    the picture's, positive = audio late.
    """

    lateness_s: float = 0.12
    roadside_lateness_s: float = 0.3
    clock_lateness_s: float = 0.2
    av_offset_s: float = 0.0

    def __post_init__(self) -> None:
        waits = (self.lateness_s, self.roadside_lateness_s, self.clock_lateness_s)
        if not all(0 <= wait <= 1 for wait in waits) or not abs(self.av_offset_s) <= 1:
            raise RecognitionError(
                'lateness_s, roadside_lateness_s and clock_lateness_s must be from 0 to 1 s and '
                f'av_offset_s from -1 to 1 s, not {waits} and {self.av_offset_s}'
            )


@dataclass(frozen=True, slots=True)
class AlignedHop:
    """What all senses told of one interval, which begins at ``time_ns`` in the sound's time."""

    index: int
    time_ns: int
    audio: AudioFeature | None = None
    visual: VisualFeature | None = None
    roadside: RoadsideFeature | None = None

    @property
    def stamp_ns(self) -> int:
        """Capture time of the newest sample used; the interval's begin when nothing came."""
        used = (self.audio, self.visual, self.roadside)
        return max((feature.stamp_ns for feature in used if feature), default=self.time_ns)


class _Sense:
    """One sense's features not yet handed out, and its phase against the grid."""

    def __init__(self, shift_ns: int) -> None:
        self.shift_ns = shift_ns  # onto the time of the sound
        self.waiting: dict[int, Feature] = {}
        self.phase_ns: float | None = None
        self.newest_ns: int | None = None
        self.newest_slot = -(1 << 62)

    def slot(self, stamp_ns: int) -> int:
        """The hop a stamp (ns since the grid's origin) belongs to; the phase follows slowly."""
        if self.phase_ns is None:
            self.phase_ns = (stamp_ns + HOP_NS // 2) % HOP_NS - HOP_NS / 2
        slot = round((stamp_ns - self.phase_ns) / HOP_NS)
        self.phase_ns += _PHASE_GAIN * (stamp_ns - self.phase_ns - slot * HOP_NS)
        if abs(self.phase_ns) > 0.75 * HOP_NS:
            # Drifted by almost a hop: slip by one, so that senses stay within 30 ms.
            self.phase_ns -= HOP_NS if self.phase_ns > 0 else -HOP_NS
        return slot


class Aligner:
    """Takes features in any order and hands out hops in order, without gaps."""

    def __init__(self, settings: AlignmentSettings | None = None) -> None:
        self.settings = settings or AlignmentSettings()
        self.counts: Counter[tuple[str, Outcome]] = Counter()
        self.wait_for_roadside = False
        self.av_offset_s = self.settings.av_offset_s
        self.reset()

    def reset(self) -> None:
        """Forget all features and begin a new grid at the next feature; counts are kept."""
        visual_shift_ns = round(self.av_offset_s * NS_PER_S)
        self._senses = {
            AUDIO: _Sense(0),
            VISUAL: _Sense(visual_shift_ns),
            ROADSIDE: _Sense(visual_shift_ns),
        }
        self._origin_ns: int | None = None
        self._next = 0  # the hop to hand out next
        self._newest_ns = 0
        self._clock_ns = 0
        self._strangers: dict[str, int] = dict.fromkeys(SENSES, 0)
        self._last_stranger_ns: dict[str, int] = {}

    def correct_av_offset(self, offset_s: float) -> None:
        """From the next picture on, take the sound to be late by this; a few hops may have none."""
        self.av_offset_s = offset_s
        for name in (VISUAL, ROADSIDE):
            self._senses[name].shift_ns = round(offset_s * NS_PER_S)
            self._senses[name].phase_ns = None

    def push(self, feature: Feature) -> Outcome:
        """Take a feature; on ``Outcome.RESET`` everything carried from hop to hop is void."""
        name = _sense_of(feature)
        outcome = self._push(name, feature)
        self.counts[name, outcome] += 1
        return outcome

    def _push(self, name: str, feature: Feature) -> Outcome:
        sense = self._senses[name]
        stamp_ns = interval_ns(feature) + sense.shift_ns
        if self._origin_ns is None:
            self._begin(stamp_ns)
        elif self._is_strange(stamp_ns):
            if not self._confirmed(name, stamp_ns):
                return Outcome.STRANGER
            self.reset()
            self._begin(stamp_ns)
            self._take(name, feature, stamp_ns)
            return Outcome.RESET
        # Whoever agrees with the grid speaks against those who do not.
        self._strangers = dict.fromkeys(SENSES, 0)
        return self._take(name, feature, stamp_ns)

    def _begin(self, stamp_ns: int) -> None:
        self._origin_ns = self._newest_ns = self._clock_ns = stamp_ns

    def _take(self, name: str, feature: Feature, stamp_ns: int) -> Outcome:
        assert self._origin_ns is not None
        sense = self._senses[name]
        slot = sense.slot(stamp_ns - self._origin_ns)
        sense.newest_ns = max(stamp_ns, sense.newest_ns or stamp_ns)
        sense.newest_slot = max(sense.newest_slot, slot)
        self._newest_ns = max(self._newest_ns, stamp_ns)
        if slot in sense.waiting:
            return Outcome.DUPLICATE
        if slot < self._next:
            return Outcome.LATE
        sense.waiting[slot] = feature
        self._next = max(self._next, slot - _MAX_BACKLOG_HOPS)
        if len(sense.waiting) > _MAX_BACKLOG_HOPS:
            sense.waiting = {k: f for k, f in sense.waiting.items() if k >= self._next}
        return Outcome.TAKEN

    def _is_strange(self, stamp_ns: int) -> bool:
        """Far from where time is: a jump, or a sense with another clock."""
        ahead_ns = stamp_ns - max(self._newest_ns, self._clock_ns)
        return max(ahead_ns, self._newest_ns - stamp_ns) > _MAX_JUMP_NS

    def _confirmed(self, name: str, stamp_ns: int) -> bool:
        """Whether time really jumped: the sense that led jumps twice in a row, or nobody else is.

        A single wild stamp must not move the grid, and neither must a sense whose clock is
        wrong while the others agree; when it alone is left, its time is the time.
        """
        last_ns = self._last_stranger_ns.get(name)
        self._last_stranger_ns[name] = stamp_ns
        steady = last_ns is not None and abs(stamp_ns - last_ns) <= _MAX_JUMP_NS
        self._strangers[name] = self._strangers[name] + 1 if steady else 1
        was_here = self._senses[name].newest_ns is not None
        return self._strangers[name] >= (2 if was_here else _STRANGER_LIMIT)

    def advance_to(self, stamp_ns: int) -> None:
        """Say that ROS time is ``stamp_ns``, so that hops go on when no sense sends anything.

        Ignored before the first feature, when it lies in the past, and when it is so far ahead
        that it cannot be the clock of the stamps.
        """
        if self._origin_ns is None:
            return
        newest_ns = max(self._newest_ns, self._clock_ns)
        if newest_ns < stamp_ns <= newest_ns + _MAX_JUMP_NS:
            self._clock_ns = stamp_ns

    def pop(self) -> AlignedHop | None:
        """The next hop, once it is complete or has waited long enough; else None."""
        if self._origin_ns is None or not self._is_due():
            return None
        index = self._next
        self._next += 1
        taken = {name: sense.waiting.pop(index, None) for name, sense in self._senses.items()}
        audio, visual, roadside = taken[AUDIO], taken[VISUAL], taken[ROADSIDE]
        assert audio is None or isinstance(audio, AudioFeature)
        assert visual is None or isinstance(visual, VisualFeature)
        assert roadside is None or isinstance(roadside, RoadsideFeature)
        return AlignedHop(index, self._origin_ns + index * HOP_NS, audio, visual, roadside)

    def _is_due(self) -> bool:
        assert self._origin_ns is not None
        due_ns = self._origin_ns + self._next * HOP_NS
        settings = self.settings
        use_roadside = self.wait_for_roadside and self._is_alive(ROADSIDE)
        wait_s = settings.roadside_lateness_s if use_roadside else settings.lateness_s
        # One sense is behind the other by the offset, however punctual both are.
        wait_ns = round((wait_s + abs(self.av_offset_s)) * NS_PER_S)
        if self._now_ns() >= due_ns + wait_ns:
            return True
        waited_for = [name for name in (AUDIO, VISUAL) if self._is_alive(name)]
        if use_roadside:
            waited_for.append(ROADSIDE)
        if not waited_for:
            return False
        # A transport keeps the order of one sense: what is not there by its next is lost.
        return all(self._senses[name].newest_slot >= self._next for name in waited_for)

    def _is_alive(self, name: str) -> bool:
        newest_ns = self._senses[name].newest_ns
        return newest_ns is not None and self._newest_ns - newest_ns < _ALIVE_HOPS * HOP_NS

    def age_s(self, name: str) -> float | None:
        """Seconds from a sense's newest feature to the newest of all; None before its first."""
        newest_ns = self._senses[name].newest_ns
        if newest_ns is None:
            return None
        return (self._now_ns() - newest_ns) / NS_PER_S

    def _now_ns(self) -> int:
        clock_lateness_ns = round(self.settings.clock_lateness_s * NS_PER_S)
        return max(self._newest_ns, self._clock_ns - clock_lateness_ns)


def interval_ns(feature: Feature) -> int:
    """The capture time that places a feature on the grid.

    A hop of sound is placed by its oldest sample, beside the frame taken at that moment: so
    the two were paired in training. (Its newest sample is 58 ms younger.)
    """
    return feature.start_ns if isinstance(feature, AudioFeature) else feature.stamp_ns


def _sense_of(feature: Feature) -> str:
    if isinstance(feature, AudioFeature):
        return AUDIO
    return VISUAL if isinstance(feature, VisualFeature) else ROADSIDE
