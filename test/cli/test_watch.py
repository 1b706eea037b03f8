# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion watch`: what it shows of messages, and the command itself over real DDS."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rich.console import Console

from av_fusion_ros.cli.live_view import LiveState, panel
from av_fusion_ros.msg import (
    CommandHypothesis,
    ConsistencyAlarm,
    FusionMode,
    ModalityWeights,
    RecognizedCommand,
)
from av_fusion_ros.nodes import qos
from av_fusion_ros.nodes.graph import FUSION
from av_fusion_ros.nodes.message_types import message_class

ROOT = Path(__file__).resolve().parents[2]
NAN = float('nan')


def weights(**fields):
    values = {'audio': 0.25, 'visual': 0.75, 'audio_snr_db': -8.0, 'camera_quality': 0.9}
    return ModalityWeights(**values | {'v2x_age_s': NAN, 'mode': 1} | fields)


def command(text, **fields):
    best = CommandHypothesis(id=text.replace(' ', '_'), text=text, confidence=0.875)
    return RecognizedCommand(best=best, latency_s=0.26, **fields)


def shown(state, now_s, width=80):
    console = Console(width=width, record=True, file=open(os.devnull, 'w'))  # noqa: SIM115, PTH123
    console.print(panel(state, now_s))
    return console.export_text()


def filled():
    state = LiveState()
    state.take_mode(FusionMode(mode=1, reason='noisy or poor sound'), 0.0)
    state.take_weights(weights(), 10.0)
    state.take_command(command('turn left'), 7.0)
    state.take_alarm(ConsistencyAlarm(level=2, kind=3, detail='same picture'), 9.0)
    return state


@pytest.mark.parametrize('width', [50, 80, 160])
def test_the_view_tells_everything_at_any_width(width):
    text = shown(filled(), 10.2, width)
    for part in ('AUDIO DEGRADED', 'noisy or poor', '0.25', '0.75', '-8.0 dB', '0.90', 'turn left'):
        assert part in text
    assert '3 s ago' in text
    assert 'ERROR' in text
    assert max(map(len, text.splitlines())) <= width


def test_a_bar_is_as_long_as_its_weight():
    state = LiveState()
    lengths = []
    for value in (0.0, 0.5, 1.0):
        state.take_weights(weights(audio=value), 0.0)
        console = Console(width=100, force_terminal=True, color_system='truecolor')
        with console.capture() as capture:
            console.print(panel(state, 0.1))
        ear = next(line for line in capture.get().splitlines() if 'ear' in line)
        # Rich paints the filled part in the sense's colour: blue is colour 4.
        lengths.append(sum(len(bar) for bar in re.findall(r'\x1b\[34m(━+)', ear)))
    none, half, whole = lengths
    assert none == 0
    assert half == pytest.approx(whole / 2, abs=1)
    assert whole > 30


def test_silence_is_told_and_ended_by_the_next_weights():
    state = LiveState()
    assert 'is it up?' in shown(state, 0.0)
    state.take_weights(weights(), 10.0)
    assert 'no weights' not in shown(state, 10.5)
    assert 'no weights for 4 s' in shown(state, 14.2)


def test_the_reason_of_a_mode_that_has_passed_is_not_shown():
    state = filled()
    state.take_weights(weights(mode=0), 11.0)
    text = shown(state, 11.0)
    assert 'NOMINAL' in text
    assert 'noisy' not in text


def test_a_running_hypothesis_is_no_command_and_a_repeated_alarm_is_listed_once():
    state = filled()
    state.take_command(command('turn', partial=True), 8.0)
    state.take_alarm(ConsistencyAlarm(level=2, kind=3), 10.0)
    state.take_alarm(ConsistencyAlarm(level=0), 11.0)
    state.take_alarm(ConsistencyAlarm(level=1, kind=2), 12.0)
    assert [m.best.text for _, m in state.commands] == ['turn left']
    assert [m.kind for _, m in state.alarms] == [2, 3]


def test_a_level_and_a_confidence_that_nobody_knows_are_shown_and_not_fatal():
    state = filled()
    unknown = command('turn left')
    unknown.best.confidence = NAN
    state.take_command(unknown, 9.0)
    state.take_alarm(ConsistencyAlarm(level=9, kind=200), 9.5)
    assert 'level 9: kind 200' in shown(state, 10.0)
    told = json.loads(json.dumps(state.snapshot(), allow_nan=False))
    assert told['alarm']['level'] == 'level 9'
    assert told['commands'][0]['confidence'] is None


def test_the_snapshot_has_null_for_what_is_unknown():
    assert LiveState().snapshot()['mode'] is None
    told = json.loads(json.dumps(filled().snapshot(), allow_nan=False))
    assert told['mode'] == 'AUDIO_DEGRADED'
    assert told['reason'] == 'noisy or poor sound'
    assert told['weights'] == {'audio': 0.25, 'visual': 0.75, 'v2x': 0.0}
    assert told['v2x_age_s'] is None
    assert told['commands'] == [{'text': 'turn left', 'id': 'turn_left', 'confidence': 0.875}]
    assert told['alarm'] == {
        'level': 'error',
        'kind': 'picture stands still',
        'detail': 'same picture',
    }


class Fusion:
    """Publishes as the fusion node does, from the same table."""

    def __init__(self, namespace=''):
        self.node = Node('fusion', namespace=namespace)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self._publishers = {}
        for name in ('~/weights', '~/mode', '~/command', '~/alarm'):
            topic = FUSION.topic(name)
            self._publishers[name] = self.node.create_publisher(
                message_class(topic.type), topic.resolved(FUSION.name), qos.profile(topic)
            )

    def publish(self, name, message):
        self._publishers[name].publish(message)

    def heard(self, name):
        return self._publishers[name].get_subscription_count() > 0

    def close(self):
        self.executor.remove_node(self.node)
        self.node.destroy_node()
        self.executor.shutdown()


@pytest.fixture
def fusion(ros):
    made = Fusion('robot')
    yield made
    made.close()


def watch(*arguments, **options):
    environment = os.environ | {'PYTHONPATH': str(ROOT), 'TERM': 'xterm'}
    return subprocess.Popen(
        [sys.executable, '-m', 'av_fusion_ros.cli', 'watch', '--namespace', 'robot', *arguments],
        env=environment,
        **options,
    )


def test_once_prints_what_the_running_graph_says(fusion, spin_until):
    fusion.publish('~/mode', FusionMode(mode=1, reason='noisy or poor sound'))
    process = watch('--once', '--wait', '120', stdout=subprocess.PIPE, text=True)

    def ended():
        fusion.publish('~/weights', weights())
        return process.poll() is not None

    spin_until(fusion.executor, ended, timeout_s=150)
    told = json.loads(process.communicate()[0])
    assert process.returncode == 0
    assert told['weights'] == {'audio': 0.25, 'visual': 0.75, 'v2x': 0.0}
    # The mode was published before anybody listened: it is latched.
    assert (told['mode'], told['reason']) == ('AUDIO_DEGRADED', 'noisy or poor sound')


def test_once_without_a_graph_says_so_by_its_status(ros):
    process = watch('--once', '--wait', '0.1', stdout=subprocess.PIPE, text=True)
    told = json.loads(process.communicate(timeout=120)[0])
    assert process.returncode == 1
    assert told['weights']['audio'] is None


def test_the_live_view_shows_commands_and_alarms_as_they_come_and_ends_by_ctrl_c(
    fusion, spin_until
):
    ours, theirs = pty.openpty()
    process = watch(stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    screen = b''

    def drain():
        nonlocal screen
        while select.select([ours], [], [], 0)[0]:
            try:
                screen += os.read(ours, 1 << 16)
            except OSError:  # the other end is closed: the process has ended
                return

    def sees(*words):
        def condition():
            fusion.publish('~/weights', weights())
            drain()
            return all(word in screen for word in words)

        return condition

    def ended():
        fusion.publish('~/weights', weights())  # so that the signal meets a busy view
        drain()
        return process.poll() is not None

    try:
        spin_until(fusion.executor, sees(b'0.25', b'AUDIO DEGRADED'), timeout_s=150)
        spin_until(fusion.executor, lambda: fusion.heard('~/command'), timeout_s=30)
        fusion.publish('~/command', command('turn left'))
        fusion.publish('~/alarm', ConsistencyAlarm(level=2, kind=5))
        spin_until(fusion.executor, sees(b'turn left', b'microphone is dead'), timeout_s=60)
        process.send_signal(signal.SIGINT)
        spin_until(fusion.executor, ended, timeout_s=60)
    finally:
        process.kill()
        drain()
        os.close(ours)
        print(screen[-4000:].decode(errors='replace'))  # shown with a failure
    assert process.returncode == 0
