# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a roadside view shows the same lips as the own camera, while that is good.

Both views are encoded by one network, so that the same lips move the features in the same way
from wherever they are seen; their mean differs with the place, their movement does not. So the
movements of two seconds are compared: the cosine of both feature sequences, each less its mean.
A signature says who sends, not what: this tells a unit that shows somebody or something else.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.consistency_alarm import Alarm, Kind, Level
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S, RoadsideFeature, VisualFeature

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CrossCheckSettings:
    """Similarities in [-1, 1], chosen on validation clips: benchmarks/v2x_cross_check.py."""

    conflict_below: float = 0.3
    agree_above: float = 0.5
    hold_s: float = 1.0  # for which either must be found
    min_quality: float = 0.4  # of the own picture
    lips_moving: float = 0.02  # spread of the own mouth opening; still lips say nothing


_WINDOW = 50  # hops compared
_KEPT = 100  # hops remembered of each view: the window, and how late a view may be
_LAGS = range(-2, 3)  # hops by which the unit's clock may be off
_NEEDED = 40  # hops of the window that both views must have
_EVERY = 5  # views are compared
_MAX_STATIONS = 16
_REPEAT_NS = NS_PER_S


class _View:
    """The newest hops of one view by their number on a common 25 Hz grid."""

    def __init__(self) -> None:
        self.hops: OrderedDict[int, tuple[Floats, float]] = OrderedDict()

    def add(self, stamp_ns: int, features: Floats, opening: float = nan) -> int:
        """Remember one hop; returns its number."""
        hop = round(stamp_ns / HOP_NS)
        if self.hops and abs(hop - next(reversed(self.hops))) > _KEPT:
            self.hops.clear()  # time jumped
        self.hops[hop] = (features, opening)
        if len(self.hops) > _KEPT:
            self.hops.popitem(last=False)
        return hop


@dataclass(slots=True)
class _Finding:
    """What is held of one station."""

    view: _View
    views: int = 0
    score: float = nan
    conflict: bool = False
    since_ns: int = 0  # when the finding against the held one began; 0 = not
    onset_ns: int = 0
    said_ns: int = 0
    to_say: bool = False


class RoadsideCrossCheck:
    """Takes both views as they come; remembers which stations contradict the own camera.

    A contradiction is held until the two agree again: when the own camera goes blind in the
    middle of one, there is no telling who was right.
    """

    def __init__(self, settings: CrossCheckSettings | None = None) -> None:
        self.settings = settings or CrossCheckSettings()
        self.reset()

    def reset(self) -> None:
        """Forget both views and every finding."""
        self._own = _View()
        self._stations: OrderedDict[str, _Finding] = OrderedDict()

    def contradicted(self, station_id: str) -> bool:
        """Whether this station's views must not be used."""
        found = self._stations.get(station_id)
        return found is not None and found.conflict

    def score(self, station_id: str) -> float:
        """The last similarity that could be judged, [-1, 1]; NaN before the first."""
        found = self._stations.get(station_id)
        return nan if found is None else found.score

    def add_visual(self, feature: VisualFeature) -> None:
        """Take a tick of the own camera; what is poor or frozen is no measure."""
        good = (
            feature.face_id
            and feature.quality >= self.settings.min_quality
            and not feature.motion <= 0.05
        )
        if good:
            self._own.add(feature.stamp_ns, feature.embedding, feature.mouth_opening)

    def add_roadside(self, feature: RoadsideFeature) -> None:
        """Take a view and compare, where both were seen for long enough."""
        found = self._stations.setdefault(feature.station_id, _Finding(_View()))
        self._stations.move_to_end(feature.station_id)
        if len(self._stations) > _MAX_STATIONS:
            self._forget_one()
        hop = found.view.add(feature.stamp_ns, feature.embedding)
        found.views += 1
        score = nan if found.views % _EVERY else self._similarity(found.view, hop)
        if not np.isnan(score):
            found.score = score
            self._follow(found, score, feature.stamp_ns)

    def _forget_one(self) -> None:
        """Of those without a conflict, or else of all, the one not heard for longest."""
        at_peace = (name for name, found in self._stations.items() if not found.conflict)
        longest = next(at_peace, '')
        if longest == next(reversed(self._stations)):  # the one that speaks just now
            longest = next(iter(self._stations))
        del self._stations[longest]

    def _follow(self, found: _Finding, score: float, stamp_ns: int) -> None:
        settings = self.settings
        agrees, conflicts = score > settings.agree_above, score < settings.conflict_below
        against = agrees if found.conflict else conflicts
        if not against:
            found.since_ns = 0
        elif not found.since_ns or stamp_ns < found.since_ns:
            found.since_ns = stamp_ns
        elif stamp_ns - found.since_ns >= round(settings.hold_s * NS_PER_S):
            found.conflict = not found.conflict
            found.onset_ns, found.since_ns = found.since_ns, 0
            found.to_say = True

    def _similarity(self, view: _View, hop: int) -> float:
        """The best similarity over the lags, of the window that ends with ``hop``; NaN unknown."""
        scores = [self._at_lag(view, hop, lag) for lag in _LAGS]
        known = [score for score in scores if not np.isnan(score)]
        return max(known, default=nan)

    def _at_lag(self, view: _View, hop: int, lag: int) -> float:
        own, other, openings = [], [], []
        for number in range(hop - _WINDOW + 1, hop + 1):
            there, here = view.hops.get(number), self._own.hops.get(number + lag)
            if there is not None and here is not None:
                own.append(here[0])
                openings.append(here[1])
                other.append(there[0])
        if len(own) < _NEEDED or not np.std(openings) > self.settings.lips_moving:
            return nan
        return _cosine_of_movement(np.array(own), np.array(other))

    def alarm(self, stamp_ns: int) -> Alarm | None:
        """What there is to say at this hop: a change, or once a second what still holds."""
        for station_id, found in self._stations.items():
            repeat = found.conflict and stamp_ns - found.said_ns >= _REPEAT_NS
            if found.to_say or repeat:
                found.to_say, found.said_ns = False, stamp_ns
                return self._alarm(station_id, found, stamp_ns)
        return None

    def _alarm(self, station_id: str, found: _Finding, stamp_ns: int) -> Alarm:
        verb = 'contradicts the own camera and is not used' if found.conflict else 'agrees again'
        return Alarm(
            stamp_ns,
            Level.UNKNOWN if found.conflict else Level.OK,
            Kind.V2X_CONFLICT,
            score=max(0.0, found.score),
            threshold=self.settings.conflict_below,
            onset_ns=found.onset_ns if found.conflict else 0,
            detail=f'the view of {station_id} {verb}',
        )


def _cosine_of_movement(one: Floats, other: Floats) -> float:
    """Cosine of two sequences (n, size), each less its mean over time; 0 where one stands still."""
    one, other = one - one.mean(0), other - other.mean(0)
    length = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / length if length > 0 else 0.0
