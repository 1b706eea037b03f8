# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From hops and commands to a correction in force, on the session's own thread."""

import threading

import numpy as np
import pytest

from av_fusion_ros.learning.adaptation_errors import AdaptationError
from av_fusion_ros.learning.adaptation_session import AdaptationSession
from av_fusion_ros.learning.ear_scores import EarScore
from av_fusion_ros.learning.lesson import Understood
from av_fusion_ros.learning.paced_worker import PacedWorker
from av_fusion_ros.learning.site_state import IN_FORCE
from av_fusion_ros.recognition.features import HOP_NS

WORDS = ('stop', 'left', 'right', 'forward', 'gripper', 'office', 'kitchen')
COMMAND_HOPS = 60


class Ear:
    """The less noise is left, the better it reads."""

    def score(self, lesson, correction):
        return EarScore(-0.35 + 0.3 * correction.strength, 0.0)


class Untuned:
    """Leaves the bands as they are."""

    def tune(self, lessons, start):
        yield
        return start


class Run:
    """A session with what it put in force, and who waits for that."""

    def __init__(self, folder):
        self.failures, self.in_force = [], []
        self.changed = threading.Condition()
        self.session = AdaptationSession(
            Ear(), Untuned(), folder, 'model', self.note, self.failures.append, cpu_share=1.0
        )

    def note(self, correction):
        with self.changed:
            self.in_force.append(correction)
            self.changed.notify_all()

    def wait_for_strength(self, strength):
        with self.changed:
            assert self.changed.wait_for(
                lambda: self.in_force[-1].strength == strength or self.failures, 10
            )
        assert not self.failures

    def speak(self, count):
        for k in range(count):
            for hop in range(COMMAND_HOPS * k, COMMAND_HOPS * (k + 1)):
                self.session.hear((hop + 1) * HOP_NS, np.zeros((4, 64), np.float32))
            end_ns = (COMMAND_HOPS * (k + 1) - 10) * HOP_NS
            word = WORDS[k % len(WORDS)]
            self.session.understand(Understood(word, 0.95, 0.5, end_ns - 20 * HOP_NS, end_ns))
            self.heard_out()

    def heard_out(self):
        """Do what the worker does until nothing is left, as it is in real time."""
        while self.session._piece():
            pass


@pytest.fixture
def run(tmp_path):
    made = Run(tmp_path)
    yield made
    made.session.close()


def test_what_is_learnt_is_put_in_force_kept_and_found_after_a_restart(run, tmp_path):
    run.speak(40)
    run.wait_for_strength(1.0)
    status = run.session.status()
    assert status.counts['promotions'] == 1
    assert run.session.snapshots() == {1: 'promoted'}
    assert status.last_event.startswith(('promoted', 'kept'))
    run.session.close()
    again = Run(tmp_path)
    assert again.in_force[0].strength == 1.0
    again.session.roll_back(0)
    assert again.in_force[-1].strength == 0
    again.session.close()
    assert Run(tmp_path).in_force[0].strength == 0


def test_a_damaged_state_ends_no_session_quietly(run, tmp_path):
    run.session.close()
    (tmp_path / IN_FORCE).write_bytes(b'x')
    with pytest.raises(AdaptationError, match='in_force'):
        Run(tmp_path)
    fresh = AdaptationSession(
        Ear(), Untuned(), tmp_path, 'model', run.note, run.failures.append, fresh=True
    )
    fresh.roll_back(0)
    fresh.close()
    assert Run(tmp_path).in_force[0].strength == 0


def test_a_worker_outlives_a_piece_that_fails():
    failures, done = [], threading.Event()

    def piece():
        if not failures:
            raise RuntimeError('once')
        done.set()
        return False

    worker = PacedWorker(piece, failures.append, 1.0)
    assert done.wait(5)
    worker.stop()
    assert [str(error) for error in failures] == ['once']


def test_a_worker_keeps_to_its_share_of_a_core():
    import time

    used_s, begun_s = [0.0], time.monotonic()
    enough = threading.Event()

    def piece():
        before_s = time.thread_time()
        while time.thread_time() - before_s < 0.01:
            pass
        used_s[0] += time.thread_time() - before_s
        if used_s[0] > 0.1:
            enough.set()
        return True

    worker = PacedWorker(piece, lambda error: None, 0.1)
    assert enough.wait(30)
    worker.stop()
    assert used_s[0] / (time.monotonic() - begun_s) < 0.13
