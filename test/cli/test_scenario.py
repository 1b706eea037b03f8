# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion scenario`: its list, its report, and one scenario through the running graph."""

import shutil

import pytest

from av_fusion_ros import cli
from av_fusion_ros.cli.replay_result import Heard
from av_fusion_ros.cli.scenario_report import ScenarioResult, findings, summary
from av_fusion_ros.cli.scenario_scene import PHRASES, material, scenario_scene
from av_fusion_ros.generation.scenario import SCENARIOS, scenarios_named
from av_fusion_ros.generation.scenario_parts import LENGTH_S, SLOTS

NAN = float('nan')


def result_of_tunnel():
    """What a graph that works publishes when the light goes from 9 s to 18 s."""
    said = [{'text': f'go {k}', 'start_s': 3.0 * k, 'end_s': 3.0 * k + 3.0} for k in range(SLOTS)]
    truth = {'duration_s': LENGTH_S, 'start_ns': 0, 'utterances': said, 'events': []}
    result = ScenarioResult(truth)
    result.commands = [
        Heard(u['start_s'] + 0.5, u['end_s'] - 0.5, u['text'], '', 0.9, 0.3) for u in said
    ]
    result.modes = [(0.24, 0, 'good'), (9.36, 4, 'no usable picture'), (19.2, 0, 'good')]
    result.faults = [(0.0, 'camera', 'OK'), (9.2, 'camera', 'DARK'), (19.0, 'camera', 'OK')]
    for k in range(750):
        at_s = 0.04 * k
        dark = 9.1 <= at_s < 18.1
        result.weights.append(
            (
                at_s,
                1.0 if dark else 0.5,
                0.0 if dark else 0.5,
                0.0,
                20.0,
                0.0 if dark else 1.0,
                NAN,
                4 if dark else 0,
            )
        )
    return result


def test_the_list_names_every_scenario(capsys):
    assert cli.main(['scenario', '--list']) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown] == [scenario.name for scenario in SCENARIOS]


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ([], 'which scenario'),
        (['hail'], 'no scenario'),
        (['tunnel', '--source', 'grid', '--data', 'nowhere'], 'no GRID clips'),
    ],
)
def test_a_mistake_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(['scenario', *arguments]) == cli.MISTAKE
    assert message in capsys.readouterr().err


def test_a_graph_that_works_passes_and_its_report_says_so(tmp_path):
    (tunnel,) = scenarios_named(('tunnel',))
    result = result_of_tunnel()
    found = findings(tunnel, result)
    assert all(each.holds for each in found), found
    text = summary(tunnel, result, found, 'nobody')
    assert 'FAILED' not in text
    assert '| 9.36 s | AUDIO_ONLY | no usable picture |' in text
    result.write_tables(tmp_path)
    assert len((tmp_path / 'modes.csv').read_text().splitlines()) == 4


@pytest.mark.parametrize(
    'broken',
    [
        lambda r: r.modes.pop(1),
        lambda r: r.modes.append((25.0, 2, 'poor picture')) or r.modes.append((26.0, 0, '')),
        lambda r: r.commands.clear(),
        lambda r: r.faults.clear(),
        lambda r: r.weights.clear(),
        lambda r: r.weights.__setitem__(300, (12.0, 0.9, 0.1, 0.0, 20.0, 0.0, NAN, 4)),
    ],
)
def test_a_graph_that_does_not_work_fails(broken):
    (tunnel,) = scenarios_named(('tunnel',))
    result = result_of_tunnel()
    broken(result)
    assert not all(each.holds for each in findings(tunnel, result))


@pytest.mark.skipif(shutil.which('espeak-ng') is None, reason='needs espeak-ng')
def test_a_drawn_talker_has_one_phrase_in_each_slot():
    (clear,) = scenarios_named(('clear',))
    scene = scenario_scene(clear, material('drawn', None, 1), seed=1)
    assert scene.duration_s == LENGTH_S
    assert [u.text for u in scene.utterances] == list(PHRASES)
    for slot, utterance in enumerate(scene.utterances):
        assert 3.0 * slot < utterance.start_s < utterance.end_s < 3.0 * slot + 3.0


def test_a_recorded_talker_has_one_held_out_clip_in_each_slot(shared_data):
    from av_fusion_ros.learning.splits import part_of

    (clear,) = scenarios_named(('clear',))
    talker = material('grid', shared_data, 1)
    assert all(part_of(f'grid:{name}') == 'test' for name in talker.clips)
    scene = scenario_scene(clear, talker, seed=1)
    assert scene.duration_s == LENGTH_S
    assert [u.start_s for u in scene.utterances] == [3.0 * slot for slot in range(SLOTS)]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which('espeak-ng') is None, reason='needs espeak-ng')
def test_a_scenario_runs_through_the_graph_and_leaves_its_report(tmp_path, monkeypatch, capsys):
    """Nothing to hear or see: the modes, which do not hang on what is recognised."""
    monkeypatch.chdir(tmp_path)
    cli.main(['scenario', 'blackout', '--source', 'drawn', '--output', 'result'])
    shown = capsys.readouterr().out
    rows = [line for line in shown.splitlines() if line.startswith('| ')]
    assert '| BLIND within 1 s of 9 s |' in shown
    modes_and_weights = [r for r in rows if 'BLIND' in r or 'no command' in r or 'weight' in r]
    assert len(modes_and_weights) == 5
    assert all(row.endswith('| ok |') for row in modes_and_weights), shown
    said = (tmp_path / 'result' / 'blackout' / 'summary.md').read_text()
    assert '| microphone | DEAD |' in said
    assert '| camera | ' in said
    left = {path.name for path in (tmp_path / 'result' / 'blackout').iterdir()}
    assert {'summary.md', 'plot.png', 'weights.csv', 'modes.csv', 'commands.csv'} <= left
