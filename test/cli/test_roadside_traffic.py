# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a scenario puts on the air: the gateway's admission takes the honest and nothing else."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.cli.roadside_traffic import RoadsideTraffic
from av_fusion_ros.generation.drawn_talker import DrawnTalker
from av_fusion_ros.generation.events import V2x, V2xAttack
from av_fusion_ros.generation.scene import SceneSettings, Utterance, assemble
from av_fusion_ros.generation.speech import Speech, TimedPhoneme, TimedWord, Voice
from av_fusion_ros.nodes.roadside_conversion import roadside_message
from av_fusion_ros.nodes.trust_file import load_trust_file
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.v2x_admission import V2xAdmission
from av_fusion_ros.recognition.v2x_reject import Reject

MODELS = Path(__file__).resolve().parents[2] / 'models'
LENGTH_S = 2.0


@pytest.fixture(scope='module')
def network():
    return open_backend(MODELS / 'av_fusion.safetensors', parts=('visual',), graph_folders=[MODELS])


def scene(*events):
    phonemes = (TimedPhoneme('ʌ', ('AH',), 0.2, 0.9), TimedPhoneme('uː', ('UW',), 0.9, 1.6))
    samples = np.full(32000, 0.1, np.float32)
    speech = Speech('ah', Voice(), samples, phonemes, (TimedWord('ah', 0.2, 1.6),))
    settings = SceneSettings(seed=3, width=320, height=240)
    talker = DrawnTalker([(0.0, phonemes)], settings.seed, None, 320, 240)
    return assemble(settings, [Utterance('ah', 0.0, speech, speech)], events, LENGTH_S, talker)


def outcomes(made, network, folder):
    """(station, outcome) counts of what arrives, and how late the admitted pictures are."""
    backend, spec = network
    traffic = RoadsideTraffic(made, backend, spec)
    traffic.write_trust_file(folder / 'trust.yaml')
    admission = V2xAdmission(
        load_trust_file(folder / 'trust.yaml'), spec.model_id, spec.feature_size
    )
    counts, late_s, arrivals = Counter(), [], []
    for arrival_ns, message in traffic.messages():
        arrivals.append(arrival_ns)
        outcome = admission.admit(roadside_message(message), arrival_ns)
        refused = isinstance(outcome, Reject)
        counts[message.station_id, outcome.value if refused else 'admitted'] += 1
        if not refused:
            late_s.append((arrival_ns - outcome.stamp_ns) / 1e9)
    assert arrivals == sorted(arrivals)
    return counts, late_s


def test_honest_views_are_admitted_as_late_as_the_air_makes_them(network, tmp_path):
    made = scene(V2x(latency_s=0.03, air_s=0.12, jitter_s=0.1, loss=0.2))
    counts, late_s = outcomes(made, network, tmp_path)
    assert set(counts) == {('rsu-1', 'admitted')}
    assert 30 <= counts['rsu-1', 'admitted'] <= 48
    assert 0.149 <= min(late_s) <= max(late_s) <= 0.251


@pytest.mark.parametrize(
    ('attack', 'station', 'reasons'),
    [
        (V2xAttack(attack='forge'), 'rsu-1', {'bad_signature', 'rate_limited'}),
        (V2xAttack(attack='stranger'), 'nobody-knows-me', {'unknown_station'}),
        (V2xAttack(attack='replay', delay_s=0.1), 'rsu-1', {'replayed'}),
        (V2xAttack(attack='replay', delay_s=1.0), 'rsu-1', {'too_old'}),
    ],
    ids=['forge', 'stranger', 'replay at once', 'replay later'],
)
def test_an_attack_gets_nothing_in_and_the_honest_views_stay(
    attack, station, reasons, network, tmp_path
):
    counts, _ = outcomes(scene(V2x(), attack), network, tmp_path)
    alone, _ = outcomes(scene(V2x()), network, tmp_path)
    assert counts['rsu-1', 'admitted'] == alone['rsu-1', 'admitted'] > 40
    refused = {key: count for key, count in counts.items() if key[1] != 'admitted'}
    assert refused
    assert {key[0] for key in refused} == {station}
    assert {key[1] for key in refused} <= reasons
    assert sum(refused.values()) >= 20
