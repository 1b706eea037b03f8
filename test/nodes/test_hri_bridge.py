# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Commands reach ROS4HRI's topics where hri_msgs is installed."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rclpy.lifecycle import TransitionCallbackReturn

from av_fusion_ros.nodes.hri_bridge import HriBridge, language_of

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


@pytest.mark.slow
def test_commands_become_live_speech_of_the_voice_in_the_topics_name(hri_msgs):
    environment = hri_msgs | {'PYTHONPATH': os.pathsep.join([str(ROOT), hri_msgs['PYTHONPATH']])}
    environment.pop('_ROS_WHEELS_BOOTSTRAP_COMPLETE', None)
    done = subprocess.run(
        [sys.executable, str(FOLDER / 'hri_node.py')],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout)
    assert heard['voices'] == ['ann']
    partial, final = heard['speech']
    assert (partial['incremental'], partial['final'], partial['stamp_s']) == ('turn', '', 5)
    assert final == {
        'incremental': 'turn left',
        'final': 'turn left',
        'confidence': 0.75,
        'locale': 'en_GB',
        'stamp_s': 6,
        'frame_id': 'microphone',
    }
    assert heard['speaking'] == [False, True, False]


@pytest.mark.skipif(importlib.util.find_spec('hri_msgs') is not None, reason='hri_msgs is here')
def test_without_hri_msgs_it_stays_unconfigured_and_says_what_to_install(ros):
    node = HriBridge()
    assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
    assert 'install the package hri_msgs' in node.task.report('node', '').message
    node.destroy_node()


@pytest.mark.parametrize(
    ('fields', 'wanted'),
    [
        ({'final': 'string', 'locale': 'string'}, ('locale', 'en_US')),
        ({'final': 'string', 'language': 'string'}, ('language', 'en-US')),
        ({'final': 'string'}, ('', '')),
    ],
)
def test_the_language_is_written_as_the_installed_version_wants_it(fields, wanted):
    assert language_of(fields, 'en-US') == wanted
