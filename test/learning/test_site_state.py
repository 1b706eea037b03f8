# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A place's state is whole after any kill, and refused where it is damaged or another model's."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from av_fusion_ros.learning.adaptation_errors import AdaptationError
from av_fusion_ros.learning.site_state import (
    IN_FORCE,
    MAX_SNAPSHOTS,
    UNTUNED_FORMAT,
    SiteStateStore,
    _digest,
    model_name,
)
from av_fusion_ros.recognition.site_correction import SiteCorrection

KILLS = 8
CORRECTION = SiteCorrection(
    np.linspace(0, 9, 64, dtype=np.float32),
    1.0,
    np.linspace(-0.5, 0.5, 64, dtype=np.float32),
    np.linspace(2, -2, 64, dtype=np.float32),
)


@pytest.fixture
def store(tmp_path):
    made = SiteStateStore(tmp_path / 'state', 'grid-s1 abc')
    yield made
    made.close()


def again(store, model='grid-s1 abc'):
    """The folder as a restarted process opens it."""
    store.close()
    return SiteStateStore(store.folder, model)


def test_a_new_folder_holds_nothing(store):
    assert store.read() is None
    assert store.numbers() == []


def test_what_was_written_is_read_after_a_restart(store):
    store.write(CORRECTION, 7)
    number = store.snapshot(CORRECTION, 7, 'before the harvest')
    opened = again(store)
    found = opened.load(number)
    for correction in (opened.read(), found.correction):
        np.testing.assert_array_equal(correction.noise_power, CORRECTION.noise_power)
        np.testing.assert_array_equal(correction.gain, CORRECTION.gain)
        np.testing.assert_array_equal(correction.shift, CORRECTION.shift)
        assert correction.strength == 1.0
    assert (found.label, found.stamp_ns) == ('before the harvest', 7)
    opened.close()


def test_only_so_many_snapshots_are_kept_and_numbers_are_never_used_again(store):
    for k in range(MAX_SNAPSHOTS + 5):
        store.snapshot(CORRECTION, k, '')
    assert store.numbers() == list(range(6, MAX_SNAPSHOTS + 6))
    with pytest.raises(AdaptationError, match='no snapshot 2; kept are: 6'):
        store.load(2)


@pytest.mark.parametrize('place', range(0, 640, 37))
def test_one_flipped_byte_anywhere_is_noticed(store, place):
    store.write(CORRECTION, 7)
    path = store.folder / IN_FORCE
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 0x01
    path.write_bytes(content)
    with pytest.raises(AdaptationError, match='in_force'):
        store.read()


@pytest.mark.parametrize('content', [b'', b'not a state', b'\x00' * 4096], ids=len)
def test_what_is_no_state_is_refused_by_name(store, content):
    (store.folder / IN_FORCE).write_bytes(content)
    with pytest.raises(AdaptationError, match=r'in_force.*move it away'):
        store.read()


def test_a_state_that_was_cut_off_is_refused(store):
    store.write(CORRECTION, 7)
    path = store.folder / IN_FORCE
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(AdaptationError):
        store.read()


def test_the_state_of_another_model_is_refused(store):
    store.write(CORRECTION, 7)
    other = again(store, 'grid-s1 def')
    with pytest.raises(AdaptationError, match='grid-s1 abc, not grid-s1 def'):
        other.read()
    other.close()


def test_a_state_from_before_bands_were_tuned_is_still_read(store):
    arrays = {'noise_power': CORRECTION.noise_power}
    about = {'format': UNTUNED_FORMAT, 'model': 'grid-s1 abc', 'number': 0, 'label': ''}
    about |= {'stamp_ns': 7, 'strength': 1.0}
    content = save(arrays, {'about': json.dumps(about), 'sha256': _digest(arrays, about)})
    (store.folder / IN_FORCE).write_bytes(content)
    found = store.read()
    np.testing.assert_array_equal(found.noise_power, CORRECTION.noise_power)
    assert (found.strength, found.tuning) == (1.0, 0.0)


def test_a_later_format_is_refused(store):
    content = save({'gain': CORRECTION.gain}, {'about': '{"format": "x/3"}', 'sha256': ''})
    (store.folder / IN_FORCE).write_bytes(content)
    with pytest.raises(AdaptationError, match="format 'x/3'"):
        store.read()


def test_a_second_process_is_refused_the_folder(store):
    with pytest.raises(AdaptationError, match='in use by another'):
        SiteStateStore(store.folder, 'grid-s1 abc')


def test_a_model_of_the_same_name_with_other_numbers_is_another(tmp_path):
    (tmp_path / 'a').write_bytes(b'1')
    (tmp_path / 'b').write_bytes(b'2')
    names = {model_name('m', tmp_path / name) for name in 'ab'}
    assert len(names) == 2


def test_a_process_killed_at_any_moment_leaves_a_valid_state(tmp_path):
    """The benchmark does it a hundred times: benchmarks/adaptation.py kills."""
    rng = np.random.default_rng(0)
    writer = Path(__file__).with_name('state_writer.py')
    newest = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, str(writer), str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {'PYTHONPATH': os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == 'writing\n'
        timer = threading.Timer(float(rng.uniform(0, 0.1)), process.kill)
        timer.start()
        assert process.wait(timeout=10) == -9
        store = SiteStateStore(tmp_path, 'model')
        corrections = [store.read(), *(store.load(n).correction for n in store.numbers())]
        for correction in corrections:
            assert correction is not None
            assert len(set(correction.noise_power.tolist())) == 1
        assert max(store.numbers()) > newest
        newest = max(store.numbers())
        assert not list(tmp_path.rglob('*.unfinished'))
        store.close()
