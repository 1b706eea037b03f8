# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The inference thread: order, bounded queues, failures, and no work after clear."""

import threading

import pytest

from av_fusion_ros.nodes.inference_worker import InferenceWorker


@pytest.fixture
def worker():
    made = InferenceWorker()
    yield made
    made.stop()


def test_items_are_worked_on_in_order_on_another_thread(worker):
    done = []
    lane = worker.lane(lambda item: done.append((item, threading.get_ident())), print, 100)
    for item in range(50):
        assert lane.submit(item) == 0
    assert worker.wait_until_idle(10.0)
    assert [item for item, _ in done] == list(range(50))
    assert {thread for _, thread in done}.isdisjoint({threading.get_ident()})


def test_beyond_its_capacity_a_lane_drops_the_oldest_and_says_how_many(worker):
    gate, begun, done = threading.Event(), threading.Event(), []

    def work(item):
        begun.set()
        gate.wait(10.0)
        done.append(item)

    lane = worker.lane(work, print, 2)
    lane.submit('first')
    assert begun.wait(10.0)
    assert [lane.submit(item) for item in (1, 2, 3, 4)] == [0, 0, 1, 1]
    gate.set()
    assert worker.wait_until_idle(10.0)
    assert done == ['first', 3, 4]


def test_a_failing_item_is_reported_and_the_next_is_worked_on(worker):
    done, failures = [], []
    lane = worker.lane(lambda item: done.append(1 / item), failures.append, 10)
    for item in (0, 2):
        lane.submit(item)
    assert worker.wait_until_idle(10.0)
    assert done == [0.5]
    assert [type(failure) for failure in failures] == [ZeroDivisionError]


def test_after_clear_nothing_of_the_lane_is_under_way(worker):
    begun, done = threading.Event(), []

    def work(item):
        begun.set()
        done.append(item)

    lane = worker.lane(work, print, 1000)
    for item in range(1000):
        lane.submit(item)
    assert begun.wait(10.0)
    lane.clear()
    finished = len(done)
    assert not lane.waiting
    assert worker.wait_until_idle(10.0)
    assert len(done) == finished


def test_lanes_are_served_in_the_order_of_submission_so_that_senses_stay_together(worker):
    gate, order = threading.Event(), []
    gatekeeper = worker.lane(lambda item: gate.wait(10.0), print, 1)
    picture = worker.lane(lambda item: order.append(('picture', item)), print, 100)
    sound = worker.lane(lambda item: order.append(('sound', item)), print, 100)
    gatekeeper.submit(None)
    wanted = []
    for k in range(10):
        for lane, name, item in (
            (picture, 'picture', k),
            (sound, 'sound', 2 * k),
            (sound, 'sound', 2 * k + 1),
        ):
            lane.submit(item)
            wanted.append((name, item))
    gate.set()
    assert worker.wait_until_idle(10.0)
    assert order == wanted


def test_inline_work_is_done_when_submit_returns():
    worker = InferenceWorker(inline=True)
    done = []
    lane = worker.lane(lambda item: done.append(threading.get_ident()), print, 1)
    lane.submit(1)
    assert done == [threading.get_ident()]
    worker.remove(lane)
    worker.stop()
