# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every backend gives what the network itself gives, over real recordings and any batch."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.measuring.hop_time import side_by_side
from av_fusion_ros.model.checkpoint import load_network, save_network
from av_fusion_ros.model.checkpoint_file import CheckpointError
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.onnx_backend import OPENVINO_PROVIDER, has_provider
from av_fusion_ros.recognition.snr_estimate import load_estimator
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.signals.log_mel import log_mel

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models' / 'av_fusion.safetensors'
TOLERANCE = 1e-4

shipped = pytest.fixture(scope='module')(lambda: load_network(MODEL)[0])


@pytest.fixture(scope='module', params=['torch', 'onnxruntime', 'openvino'])
def opened(request: pytest.FixtureRequest) -> tuple[Backend, Specification]:
    if request.param == 'openvino' and not has_provider(OPENVINO_PROVIDER):
        pytest.skip('the installed onnxruntime has no OpenVINO (onnxruntime-openvino has)')
    return open_backend(MODEL, request.param)


@pytest.mark.skipif(has_provider(OPENVINO_PROVIDER), reason='OpenVINO is here')
def test_openvino_says_what_to_install_where_it_is_missing() -> None:
    with pytest.raises(RecognitionError, match='install onnxruntime-openvino'):
        open_backend(MODEL, 'openvino')


@pytest.fixture(scope='module')
def clip(shared_data: Path) -> tuple[NDArray[np.float32], list[NDArray[np.uint8]]]:
    """Sound and pictures of one GRID sentence."""
    path = shared_data / 'grid' / 's1' / 'bbaf3s.mp4'
    samples, rate_hz = soundfile.read(path.with_suffix('.flac'), dtype='float32')
    assert rate_hz == 16000
    return samples, [image for image, _ in read_frames(path)]


@torch.no_grad()
def test_a_recording_gives_through_all_stages_what_the_network_makes_of_it_at_once(
    opened: tuple[Backend, Specification],
    shipped: AVNetwork,
    clip: tuple[NDArray[np.float32], list[NDArray[np.uint8]]],
) -> None:
    backend, spec = opened
    samples, pictures = clip
    # Hop by hop, as it comes live.
    ear, eye = AudioEncoder(backend, spec), VisualEncoder(backend, spec)
    heard = [f for k in range(0, len(samples), 320) for f in ear.push(samples[k : k + 320], k)]
    seen = [f for k, image in enumerate(pictures) for f in eye.push(image, k * HOP_NS)]
    assert len(heard) > 60
    assert len(seen) > 60

    frames = len(heard) * spec.mel_frames_per_hop
    mel = torch.from_numpy(log_mel(samples)[:frames].T.copy())[None, None]
    features, _ = shipped.audio(mel, shipped.audio.initial_state(1))
    assert np.abs(np.stack([f.embedding for f in heard]) - features[0].numpy()).max() < TOLERANCE
    estimator = load_estimator(MODEL)
    told, _ = estimator.estimate(features.numpy(), mel.numpy(), estimator.initial_state())
    snr_db = told[0]
    assert np.abs(np.array([f.snr_db for f in heard]) - snr_db).max() < TOLERANCE

    crops: list[NDArray[np.uint8]] = []
    again = VisualEncoder(Recorder(backend, crops), spec)
    for k, image in enumerate(pictures):
        again.push(image, k * HOP_NS)
    looks = torch.from_numpy(np.concatenate(crops, 2))
    features, _ = shipped.visual(looks, shipped.visual.initial_state(1))
    assert np.abs(np.stack([f.embedding for f in seen]) - features[0].numpy()).max() < TOLERANCE

    n = min(len(heard), len(seen))
    joint = np.zeros((1, n, 3, spec.feature_size), np.float32)
    joint[0, :, 0] = [f.embedding for f in heard[:n]]
    joint[0, :, 1] = [f.embedding for f in seen[:n]]
    present = np.tile(np.array([1, 1, 0], np.float32), (1, n, 1))
    evidence = np.zeros((1, n, 3), np.float32)
    evidence[0, :, 0] = [f.snr_db / 10 for f in heard[:n]]
    evidence[0, :, 1] = [f.quality for f in seen[:n]]
    state = backend.initial_state('fusion')
    hops = []
    for k in range(n):
        *results, state = backend.fuse(
            joint[:, k : k + 1], present[:, k : k + 1], evidence[:, k : k + 1], state
        )
        hops.append(results)
    whole = shipped.fuse(
        *map(torch.from_numpy, (joint, present, evidence)), shipped.fusion_state(1)
    )
    for got, wanted in zip(zip(*hops, strict=True), whole[:3], strict=True):
        assert np.abs(np.concatenate(got, 1) - wanted.numpy()).max() < TOLERANCE
    latents = shipped.latents(torch.from_numpy(joint)).mean
    compared = shipped.agreement.project(latents[:, :, 0], latents[:, :, 1])[0, -1].reshape(2, -1)
    assert np.abs(backend.projections(state)[0] - compared.numpy()).max() < TOLERANCE
    temperature = float(shipped.agreement.loss.temperature_in_use())
    assert backend.agreement_temperature == pytest.approx(temperature)


class Recorder:
    """Passes all on to a backend and keeps the crops that it was shown."""

    name = 'recorder'

    def __init__(self, backend: Backend, crops: list[NDArray[np.uint8]]) -> None:
        self._backend, self._crops = backend, crops

    def __getattr__(self, name: str) -> object:
        return getattr(self._backend, name)

    def see(self, crops: NDArray[np.uint8], state: object) -> object:
        self._crops.append(crops)
        return self._backend.see(crops, state)  # type: ignore[arg-type]


@pytest.mark.parametrize('hops', [1, 5])
@pytest.mark.parametrize('streams', [1, 3])
@torch.no_grad()
def test_streams_side_by_side_and_hops_at_once_equal_the_network(
    opened: tuple[Backend, Specification], shipped: AVNetwork, streams: int, hops: int
) -> None:
    backend, spec = opened
    rng = np.random.default_rng(streams)
    network_states = [
        shipped.audio.initial_state(streams),
        shipped.visual.initial_state(streams),
        shipped.fusion_state(streams),
    ]
    states = [backend.initial_state(part, streams) for part in ('audio', 'visual', 'fusion')]  # type: ignore[arg-type]
    estimator = load_estimator(MODEL)
    remembered = estimator.initial_state(streams)
    for _ in range(4):
        mel = rng.normal(-4, 4, (streams, 1, spec.n_mels, 4 * hops)).astype(np.float32)
        crops = rng.random((streams, 1, hops, spec.crop_px, spec.crop_px), np.float32)
        joint = rng.normal(size=(streams, hops, 3, spec.feature_size)).astype(np.float32)
        present = rng.choice([0.0, 0.3, 1.0], (streams, hops, 3)).astype(np.float32)
        evidence = rng.random((streams, hops, 3), np.float32)
        sound, snr_db, states[0] = backend.hear(mel, states[0])
        sight, states[1] = backend.see(crops, states[1])
        *fused, states[2] = backend.fuse(joint, present, evidence, states[2])
        got = [sound, snr_db, sight, *fused]
        heard, network_states[0] = shipped.audio(torch.from_numpy(mel), network_states[0])
        looked, network_states[1] = shipped.visual(torch.from_numpy(crops), network_states[1])
        *known, network_states[2] = shipped.fuse(
            *map(torch.from_numpy, (joint, present, evidence)), network_states[2]
        )
        told, remembered = estimator.estimate(heard.numpy(), mel, remembered)
        wanted = [heard, torch.from_numpy(told), looked, *known]
        for result, expected in zip(got, wanted, strict=True):
            assert result.shape == tuple(expected.shape)
            assert np.abs(result - expected.numpy()).max() < TOLERANCE


def test_the_state_of_one_stream_can_be_begun_anew(opened: tuple[Backend, Specification]) -> None:
    """What the first axis of a state is, so that one of many talkers can be replaced."""
    backend, spec = opened
    rng = np.random.default_rng(0)
    mel = rng.normal(-4, 4, (2, 1, spec.n_mels, 4)).astype(np.float32)
    _, _, state = backend.hear(mel, backend.initial_state('audio', 2))
    for layer in state:
        layer[1] = 0
    features, _, _ = backend.hear(mel, state)
    fresh, _, _ = backend.hear(mel[1:], backend.initial_state('audio'))
    np.testing.assert_allclose(features[1:], fresh, atol=TOLERANCE)
    assert np.abs(features[:1] - fresh).max() > 0.01


def alone(code: str) -> str:
    """Run code in a process in which importing torch fails; return what it prints."""
    opening = "import sys\nsys.modules['torch'] = None\nsys.modules['torchaudio'] = None\n"
    done = subprocess.run(
        [sys.executable, '-c', opening + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_onnx_runtime_needs_no_torch() -> None:
    out = alone(
        f"""
from pathlib import Path
import numpy as np
from av_fusion_ros.nodes import installed_files
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.onnx_backend import OPENVINO_PROVIDER, has_provider
from av_fusion_ros.recognition.snr_estimate import load_estimator
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.recognition.vocabulary import parse_vocabulary
backend, spec = open_backend(Path({str(MODEL)!r}))
ear, eye = AudioEncoder(backend, spec), VisualEncoder(backend, spec)
engine = FusionEngine(backend, spec, parse_vocabulary({{'commands': ['stop']}}))
for feature in ear.push(np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32), 10**9):
    engine.add_audio(feature)
for k in range(25):
    for feature in eye.push(np.full((240, 320, 3), 128, np.uint8), k * 40_000_000):
        engine.add_visual(feature)
steps = engine.advance()
print(backend.name, len(steps), max(step.weights.audio for step in steps))
"""
    )
    said = re.fullmatch(r'onnxruntime \S+ on cpu (\d+) (\S+)\n', out)
    assert said is not None, out
    steps, weight = said.groups()
    assert int(steps) > 10
    assert float(weight) == 1


def test_without_torch_the_backend_torch_is_refused_in_words() -> None:
    out = alone(
        f"""
from pathlib import Path
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.errors import RecognitionError
try:
    open_backend(Path({str(MODEL)!r}), 'torch')
except RecognitionError as error:
    print(error)
"""
    )
    assert 'torch is not installed' in out


def test_auto_takes_onnx_runtime_and_falls_back_to_torch_saying_why(tmp_path: Path) -> None:
    told: list[str] = []
    backend, _ = open_backend(MODEL, tell=told.append)
    assert backend.name.startswith('onnxruntime')
    assert told == []
    other = tmp_path / 'other.safetensors'
    save_network(other, AVNetwork(Specification(deformable='plain')))
    backend, spec = open_backend(other, graph_folders=[MODEL.parent], tell=told.append)
    assert backend.name.startswith('torch')
    assert spec.deformable == 'plain'
    reason, about_snr, about_speech = told
    assert 'another architecture' in reason
    assert 'av-fusion export' in reason
    assert 'av-fusion calibrate --snr' in about_snr
    assert 'av-fusion calibrate --speech' in about_speech


def test_a_backend_that_is_chosen_but_impossible_is_refused(tmp_path: Path) -> None:
    other = tmp_path / 'other.safetensors'
    save_network(other, AVNetwork(Specification(deformable='plain')))
    with pytest.raises(RecognitionError, match=r'another architecture.*or use the backend torch'):
        open_backend(other, 'onnxruntime', graph_folders=[MODEL.parent])
    with pytest.raises(RecognitionError, match=r'no graphs\.json'):
        open_backend(other, 'onnxruntime')
    with pytest.raises(RecognitionError, match="'tensorrt' is not one of auto, onnxruntime"):
        open_backend(MODEL, 'tensorrt')


@pytest.mark.parametrize('choice', ['auto', 'onnxruntime', 'torch'])
def test_a_missing_checkpoint_is_told_by_every_backend(tmp_path: Path, choice: str) -> None:
    with pytest.raises(CheckpointError, match='no checkpoint at'):
        open_backend(tmp_path / 'absent.safetensors', choice)


@pytest.mark.parametrize('choice', ['auto', 'onnxruntime', 'torch'])
def test_a_checkpoint_without_all_its_weights_is_refused(tmp_path: Path, choice: str) -> None:
    network = AVNetwork(Specification())
    del network.snr
    path = tmp_path / 'n.safetensors'
    save_network(path, network)
    with pytest.raises((CheckpointError, RecognitionError), match=r'snr'):
        open_backend(path, choice, graph_folders=[MODEL.parent])


def test_streams_in_one_call_cost_less_than_one_by_one(
    opened: tuple[Backend, Specification],
) -> None:
    backend, spec = opened
    alone = np.median(side_by_side(backend, spec, 1, 15)[:, 1])
    together = np.median(side_by_side(backend, spec, 16, 15)[:, 1]) / 16
    assert together < 0.8 * alone
