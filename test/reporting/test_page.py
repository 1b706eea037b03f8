# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page and the picture as files: complete, small, and harmless whatever a bag holds."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from av_fusion_ros import cli
from av_fusion_ros.recognition.mode_table import Mode
from av_fusion_ros.reporting.page import page
from av_fusion_ros.reporting.run import AlarmState, Command, ModeChange, Mouth, Spectrogram
from av_fusion_ros.reporting.timeline import timeline
from av_fusion_ros.reporting.track_png import write_png

HOSTILE = '</script><img src=http://evil.example/x onerror=alert(1)>"\'&'
WITHOUT_END = {'meta', 'img', 'path', 'br'}


class Reader(HTMLParser):
    """Elements, attributes and text of a page; raises when an element is not closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ''
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def page_of(run):
    return page(run, timeline(run), 'A run')


def test_the_page_is_whole_and_fetches_nothing(run):
    html = page_of(run)
    read = Reader(html)
    assert {'h1', 'svg', 'table', 'script', 'style'} <= set(read.tags)
    assert not {'link', 'iframe', 'object', 'a'} & set(read.tags)
    for name, value in read.attributes:
        if name in ('src', 'href', 'srcset', 'data', 'poster'):
            assert value.startswith('data:image/png;base64,')
    assert 'url(' not in html
    assert '@import' not in html
    assert "default-src 'none'" in dict(read.attributes)['content'] or "default-src 'none'" in html


def test_every_track_is_on_the_page(run):
    full = replace(
        run,
        sound=Spectrogram(np.arange(0, 10, 0.01), np.random.default_rng(0).random((1000, 64))),
        mouths=tuple(Mouth(k / 2, np.full((48, 48), 90, np.uint8), True) for k in range(20)),
    )
    read = Reader(page_of(full))
    for title in (
        *('Disturbances', 'Commands', 'Sound', 'Mouth', 'Speech over noise', 'Picture quality'),
        *('Faults', 'Trust', 'Mode', 'Alarms', 'Latency'),
    ):
        assert title in read.text
    for word in ('✓ go forward', '✗ turn around', '✗ missed', 'audio degraded', 'noise −8 dB'):
        assert word in read.text


def test_texts_of_a_bag_are_shown_and_not_obeyed(run):
    hostile = replace(
        run,
        commands=(Command(1.0, 2.0, 2.3, HOSTILE, 0.9, 0.2),),
        modes=(ModeChange(0.0, Mode.NOMINAL, HOSTILE),),
        alarms=(AlarmState(1.0, 2, 1, 0.1, 1.0, HOSTILE),),
        notes=(HOSTILE,),
        model_id=HOSTILE,
        truth=None,
    )
    html = page(hostile, timeline(hostile), HOSTILE)
    read = Reader(html)
    assert read.text.count(HOSTILE) >= 5
    assert 'img' not in read.tags
    assert read.tags.count('script') == 2
    assert 'onerror' not in dict(read.attributes)


def test_what_the_script_reads_is_json_without_nan(run):
    html = page_of(run)
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', html, re.DOTALL)

    def refuse(constant):
        raise AssertionError(f'{constant} is no JSON')

    tracks = json.loads(found[1], parse_constant=refuse)
    assert len(tracks) == html.count('<section class="track">')
    trust = next(t for t in tracks if [line['name'] for line in t['lines']][:1] == ['ear'])
    ear, eye = trust['lines'][:2]
    at = np.searchsorted(ear['t'], 4.0)
    assert (ear['v'][at], eye['v'][at]) == (0.2, 0.8)


def test_an_hours_page_stays_small(run):
    hours = 3600.0
    time_s = np.arange(0, hours, 0.04)
    rng = np.random.default_rng(1)
    weights = {name: np.resize(column, len(time_s)) for name, column in run.weights.items()}
    weights |= {'time_s': time_s, 'received_s': time_s + 0.03}
    long = replace(
        run,
        duration_s=hours,
        weights=weights,
        sound=Spectrogram(np.arange(0, hours, 0.1), rng.random((36000, 64)).astype(np.float16)),
    )
    html = page_of(long)
    assert len(html) < 3_000_000
    widest = max(float(px) for px in re.findall(r'min-width:(\d+)px" data', html))
    assert widest <= 12000


def test_the_command_writes_page_and_picture(bag, tmp_path, capsys):
    pytest.importorskip('matplotlib', reason='matplotlib is optional; it draws the PNG')
    output = tmp_path / 'out' / 'page.html'
    assert cli.main(['report', str(bag), '--output', str(output), '--title', 'My run']) == 0
    assert '<h1>My run</h1>' in output.read_text()
    assert capsys.readouterr().out.split() == [str(output), str(output.with_suffix('.png'))]
    picture = cv2.imread(str(output.with_suffix('.png')))
    assert picture.shape[1] == 1430
    assert picture.std() > 20


def test_without_matplotlib_the_page_is_written_and_the_lack_told(
    bag, tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(__import__('sys').modules, 'matplotlib.figure', None)
    output = tmp_path / 'page.html'
    assert cli.main(['report', str(bag), '-o', str(output)]) == 0
    assert output.is_file()
    assert 'matplotlib' in capsys.readouterr().out


def test_a_mistake_is_one_line_with_status_2(tmp_path, capsys):
    assert cli.main(['report', str(tmp_path)]) == cli.MISTAKE
    assert 'is no bag' in capsys.readouterr().err


def test_the_picture_of_a_run_without_events_or_truth_is_drawn(run, tmp_path):
    pytest.importorskip('matplotlib', reason='matplotlib is optional; it draws the PNG')
    bare = replace(run, truth=None, alarms=(), health=())
    write_png(timeline(bare), tmp_path / 'x.png')
    assert cv2.imread(str(tmp_path / 'x.png')).std() > 20


def test_a_bag_of_pictures_and_sound_alone_has_a_page_too(run):
    """What `av-fusion generate` makes, and a recording of which no graph has heard yet."""
    bare = replace(run, weights={}, hearing={}, seeing={}, commands=(), modes=(), alarms=())
    assert Reader(page(bare, timeline(bare), 'drive')).open == []


def test_a_run_without_a_word_of_alarm_has_a_page(run):
    quiet = replace(run, alarms=())
    assert Reader(page(quiet, timeline(quiet), 'drive')).open == []
