# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion replay`: which exit status tells what."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from av_fusion_ros import cli


def status(monkeypatch: pytest.MonkeyPatch, *, weights: int, ctrl_c: bool, given: list[str]) -> int:
    """Run the command with a session that heard so many weights, and ends by Ctrl-C or not."""

    class Session:
        sent = 100
        heard_weights = weights

        def __init__(self, *args: Any, **options: Any) -> None:
            self.closed = False

        def run(self) -> None:
            if ctrl_c:
                raise KeyboardInterrupt

        def close(self) -> None:
            self.closed = True

    @contextmanager
    def no_ros(arguments: Any = ()) -> Iterator[None]:
        yield None

    monkeypatch.setattr('av_fusion_ros.nodes.replay_session.ReplaySession', Session)
    monkeypatch.setattr('av_fusion_ros.cli.ros_session.ros_session', no_ros)
    return cli.main(['replay', 'bag', *given])


@pytest.mark.parametrize(
    ('weights', 'ctrl_c', 'given', 'expected'),
    [
        (50, False, [], cli.DONE),
        (0, False, [], cli.FAILED),
        (50, True, [], cli.INTERRUPTED),
        (0, True, [], cli.INTERRUPTED),
        (50, True, ['--loop'], cli.DONE),
        (0, True, ['--loop'], cli.FAILED),
    ],
)
def test_the_exit_status_tells_whether_it_was_heard_to_the_end(
    monkeypatch: pytest.MonkeyPatch, weights: int, ctrl_c: bool, given: list[str], expected: int
) -> None:
    assert status(monkeypatch, weights=weights, ctrl_c=ctrl_c, given=given) == expected


def test_that_nobody_answered_is_told_with_what_to_look_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status(monkeypatch, weights=0, ctrl_c=False, given=[])
    assert 'av-fusion up --use-sim-time' in capsys.readouterr().err
