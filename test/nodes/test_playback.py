# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Playing is paced by the recording's times; nothing here waits in earnest."""

from av_fusion_ros.nodes.playback import CLOCK_STEP_NS, Playback
from av_fusion_ros.nodes.recording import Channel, Due

CHANNEL = Channel('/audio', 'av_fusion_ros/msg/Audio')
MS = 1_000_000


class PlayedAt:
    """A steady clock that stands where the player should have waited to."""

    def __init__(self):
        self.sent, self.ticks = [], []

    def play(self, times_ms, rate=1000.0):
        playback = Playback(
            lambda due: self.sent.append((due.t_ns, len(self.ticks))),
            self.ticks.append,
            lambda: rate,
        )
        playback.play(Due(t * MS, CHANNEL, b'') for t in times_ms)
        return playback


def test_every_message_is_sent_once_in_order():
    played = PlayedAt()
    played.play([5, 5, 18, 40, 41])
    assert [t for t, _ in played.sent] == [t * MS for t in (5, 5, 18, 40, 41)]


def test_the_clock_runs_evenly_and_never_past_the_message_due():
    played = PlayedAt()
    played.play([0, 35, 100])
    assert played.ticks == [k * CLOCK_STEP_NS for k in range(11)]
    for t_ns, ticks_before in played.sent:
        assert played.ticks[ticks_before - 1] <= t_ns < played.ticks[ticks_before - 1] + 10 * MS


def test_a_rate_of_two_halves_the_time_waited():
    waited = {}
    for rate in (1000.0, 2000.0):
        waits = []
        playback = Playback(lambda due: None, lambda t_ns: None, lambda r=rate: r)
        playback._monotonic = lambda: 0.0
        playback._stopped.wait = lambda seconds, w=waits: bool(w.append(seconds))
        playback.play(Due(t * MS, CHANNEL, b'') for t in (0, 1000))
        waited[rate] = waits[-1]
    assert waited[1000.0] == 2 * waited[2000.0]


def test_stopping_ends_the_playing_between_messages():
    sent = []
    playback = Playback(
        lambda due: (sent.append(due), playback.stop()), lambda t_ns: None, lambda: 1000.0
    )
    playback.play(Due(t * MS, CHANNEL, b'') for t in range(0, 500, 20))
    assert len(sent) == 1
