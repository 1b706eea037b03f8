# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion enroll` from real clips with a tiny budget: what it trains, measures and writes."""

from __future__ import annotations

import argparse
import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from av_fusion_ros.cli import enroll as command
from av_fusion_ros.learning import enrolling
from av_fusion_ros.learning.corpus import Clip, CorpusError, Word
from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.recognition.backend import open_backend

MODELS = Path(__file__).resolve().parents[2] / 'models'
MODEL = MODELS / 'av_fusion.safetensors'


@pytest.fixture
def folder(shared_data: Path, tmp_path: Path) -> Path:
    """Six sentences as a user would bring them: video, sound, and the words as text."""
    clips = tmp_path / 'mine'
    clips.mkdir()
    for path in sorted((shared_data / 'grid' / 's1').glob('*.align'))[:240:40]:
        for suffix in ('.mp4', '.flac'):
            shutil.copy(path.with_suffix(suffix), clips)
        words = ' '.join(word.text for word in read_alignment(path))
        (clips / f'{path.stem}.txt').write_text(f'{words.capitalize()}.\n')
    return clips


@pytest.mark.slow
def test_it_trains_the_later_layers_alone_and_writes_what_the_nodes_can_run(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    output = tmp_path / 'out' / 'me.safetensors'
    given = [str(folder), '--output', str(output), '--cache', str(tmp_path), '--steps', '2']
    assert command.run(parser.parse_args([*given, '--model', str(MODEL)])) == 0

    before, spec = load_network(MODEL)
    after, own = load_network(output)
    assert own.model_id == f'{spec.model_id}+mine'
    assert own.architecture() == spec.architecture()
    changed = {
        name
        for name, value in after.state_dict().items()
        if not torch.equal(value, before.state_dict()[name])
    }
    assert changed
    assert all(name.startswith(enrolling.ADAPTED) for name in changed)
    assert not any('running_' in name or 'num_batches' in name for name in changed)
    assert {name.split('.')[0] for name in changed} >= {'audio', 'visual', 'distiller', 'head'}

    # No export, and calibrations to go with it.
    backend, _ = open_backend(output, 'onnxruntime', graph_folders=[MODELS])
    assert backend.name.startswith('onnxruntime')
    for suffix in ('.calibration.json', '.consistency.json'):
        assert output.with_suffix(suffix).read_text() == MODEL.with_suffix(suffix).read_text()

    rows = list(csv.DictReader(output.with_suffix('.enroll.csv').open()))
    assert [(row['snr_db'], row['reading']) for row in rows] == [
        (noise, reading) for noise in ('clean', '0') for reading in ('audio', 'visual', 'fused')
    ]
    assert all(row['clips'] == '2' for row in rows)
    clean = rows[2]
    assert float(clean['right_before']) == 1  # s1 is known, and six sentences are few
    assert 0 <= float(clean['phoneme_error_rate_before']) < 0.5
    assert '4 clips to learn from, 2 of other sentences' in capsys.readouterr().out


def clip(name: str, text: str, seconds: float = 2.0) -> Clip:
    words = tuple(Word(word, 0.0, seconds) for word in text.split())
    return Clip(name, 'me', np.zeros(round(16000 * seconds), np.int16), words, timed=False)


def test_no_sentence_is_both_learned_and_measured() -> None:
    clips = [clip(f'{text}{take}', text) for text in 'abcdefghi' for take in range(3)]
    learned, measured = enrolling.split(clips)
    assert len(learned) == 18
    assert len(measured) == 9
    assert not {c.text for c in learned} & {c.text for c in measured}


def test_a_long_clip_gets_a_window_in_which_it_fits() -> None:
    assert enrolling.window_hops([clip('a', 'stop')]) == 75
    assert enrolling.window_hops([clip('a', 'stop'), clip('b', 'go', 6.0)]) == 150 + 8


def test_too_few_sentences_are_refused(folder: Path, tmp_path: Path) -> None:
    next(folder.glob('*.txt')).unlink()
    with pytest.raises(CorpusError, match='fewer than 6 different sentences'):
        enrolling.clips_of(folder, tmp_path)


def test_a_folder_without_clips_is_told_with_what_is_accepted(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r'NAME\.mp4 beside NAME\.txt'):
        command.cut_mouths(tmp_path, tmp_path / 'cache')
    with pytest.raises(CorpusError, match='there is no folder'):
        command.cut_mouths(tmp_path / 'none', tmp_path / 'cache')
