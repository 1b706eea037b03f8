# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: it renders, at a desk and on a phone, by day and by night."""

import re
from dataclasses import replace

import numpy as np
import pytest
from browser import Browser

from av_fusion_ros.reporting.bag_reader import read_run
from av_fusion_ros.reporting.page import page
from av_fusion_ros.reporting.run import Mouth, Spectrogram
from av_fusion_ros.reporting.timeline import timeline

#: Everything the browser would tell of: console, exceptions, violations of the policy.
COMPLAINTS = ('Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded')
LEAST_FONT_PX = 11.0
LEAST_CONTRAST = 4.5  # WCAG 2.1 AA, text


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    made = Browser(tmp_path_factory.mktemp('profile'))
    yield made
    made.close()


@pytest.fixture(scope='module')
def page_path(tmp_path_factory):
    from recorded import TRUTH, results, write_bag

    folder = tmp_path_factory.mktemp('page')
    run = read_run([write_bag(folder / 'bag', results(), TRUTH)])
    rng = np.random.default_rng(0)
    noise = rng.random((1000, 64)).astype(np.float16)
    crops = rng.integers(0, 255, (20, 48, 48), np.uint8)
    full = replace(
        run,
        sound=Spectrogram(np.arange(0, 10, 0.01), noise),
        mouths=tuple(Mouth(k / 2, crop, k % 5 > 0) for k, crop in enumerate(crops)),
    )
    path = folder / 'page.html'
    path.write_text(page(full, timeline(full), 'A run with everything in it'), encoding='utf-8')
    return path


@pytest.mark.parametrize('dark', [False, True])
@pytest.mark.parametrize('width', [390, 1280])
def test_it_renders_without_complaint_or_network(browser, page_path, width, dark):
    browser.open(page_path, width, dark=dark)
    picture = browser.screenshot()
    assert not browser.told(*COMPLAINTS)
    asked = {event['request']['url'] for event in browser.told('Network.requestWillBeSent')}
    assert {url for url in asked if not url.startswith('data:')} == {page_path.as_uri()}
    height = browser.evaluate('document.documentElement.scrollHeight')
    assert picture.shape == (height, width, 3)
    assert 1500 < height < 6000
    assert browser.evaluate('document.documentElement.scrollWidth') == width
    background = picture[5, 5].mean()
    assert background < 60 if dark else background > 200
    # Trust, blue for the ear and orange for the eye, covers a good part of its strip.
    for colour in ('ear', 'eye'):
        blue, green, red = colour_on_page(browser, colour)
        near = np.abs(picture.astype(int) - (blue, green, red)).max(2) < 45
        assert near.sum() > 2000, colour


def colour_on_page(browser, name):
    value = browser.evaluate(
        f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()"
    )
    return [int(value[k : k + 2], 16) for k in (5, 3, 1)]


@pytest.mark.parametrize('dark', [False, True])
def test_all_text_is_large_and_clear_enough_to_read(browser, page_path, dark):
    browser.open(page_path, 390, dark=dark)
    texts = browser.evaluate(
        """[...document.querySelectorAll('main *')].filter(e => !e.closest('svg') &&
            [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
        ).map(e => { let b = e; let back = 'rgba(0, 0, 0, 0)';
            while (b && back === 'rgba(0, 0, 0, 0)') {
                back = getComputedStyle(b).backgroundColor; b = b.parentElement; }
            const s = getComputedStyle(e);
            return [e.textContent.slice(0, 30), parseFloat(s.fontSize), s.color, back]; })"""
    )
    assert len(texts) > 100
    paper = browser.evaluate('getComputedStyle(document.body).backgroundColor')
    small = [t for t in texts if t[1] < LEAST_FONT_PX]
    assert not small
    faint = [
        t
        for t in texts
        if contrast(t[2], t[3] if t[3].startswith('rgb(') else paper) < LEAST_CONTRAST
    ]
    assert not faint


def contrast(first, second):
    """WCAG 2.1's ratio of two CSS colours rgb(r, g, b)."""

    def luminance(colour):
        values = np.array([float(v) for v in re.findall(r'[\d.]+', colour)[:3]]) / 255
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_it_looks_the_same_without_scripts(browser, page_path):
    browser.open(page_path, 1280)
    with_scripts = browser.screenshot()
    browser.open(page_path, 1280, scripts=False)
    assert np.array_equal(browser.screenshot(), with_scripts)


def test_the_pointer_tells_what_was_true_there(browser, page_path):
    browser.open(page_path, 1280)
    x, y = browser.evaluate(
        """(() => { const track = [...document.querySelectorAll('.track')]
              .find(t => t.textContent.startsWith('Trust'));
            track.scrollIntoView();
            const box = track.querySelector('.plot').getBoundingClientRect();
            return [box.left + 0.4 * box.width, box.top + box.height / 2]; })()"""
    )
    browser.call('Input.dispatchMouseEvent', type='mouseMoved', x=x, y=y)
    told = browser.evaluate(
        "[...document.querySelectorAll('.track output')].map(o => o.textContent).join('|')"
    )
    assert 'ear 0.2, eye 0.8, roadside 0' in told
    assert '-8 dB' in told
    assert 'audio degraded' in told
    assert told.startswith('4.0')


def test_on_a_phone_the_timeline_scrolls_and_its_headings_stay(browser, page_path):
    browser.open(page_path, 390)
    inside, outside = browser.evaluate(
        "[document.querySelector('.timeline').scrollWidth, "
        "document.querySelector('.timeline').clientWidth]"
    )
    assert inside > outside
    lefts = browser.evaluate(
        """(() => { const box = document.querySelector('.timeline');
            const left = () => document.querySelector('.track h3').getBoundingClientRect().left;
            const before = left(); box.scrollLeft = 100; return [before, left()]; })()"""
    )
    assert lefts[0] == pytest.approx(lefts[1], abs=4)
