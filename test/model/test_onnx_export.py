# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The exported graphs: with a checkpoint's weights they are the network, and they hold none."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import onnx_ir
import pytest
import torch
from torch import nn

from av_fusion_ros.cli import export
from av_fusion_ros.model.checkpoint import save_network
from av_fusion_ros.model.checkpoint_file import read_checkpoint, read_specification
from av_fusion_ros.model.graph_files import INDEX, PARTS, GraphFilesError, find_graph, graph_path
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.onnx_export import export_graphs
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend_difference import largest_differences
from av_fusion_ros.recognition.onnx_backend import open_onnx_backend
from av_fusion_ros.recognition.torch_backend import open_torch_backend

MODELS = Path(__file__).resolve().parents[2] / 'models'
CHECKPOINT = MODELS / 'av_fusion.safetensors'


def small(form: str) -> Specification:
    return Specification(
        model_id='small',
        feature_size=32,
        latent_size=16,
        deformable=form,
        visual_channels=(4, 8, 8, 8),
        audio_channels=(4, 8, 8, 8),
        agreement_window_hops=5,
    )


def scattered(spec: Specification) -> AVNetwork:
    """A network in which every weight and statistic matters."""
    torch.manual_seed(1)
    network = AVNetwork(spec).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2)
    return network


def differences(checkpoint: Path, graphs: Path) -> dict[str, float]:
    torch_backend, spec = open_torch_backend(checkpoint)
    onnx_backend, _ = open_onnx_backend(checkpoint, PARTS, [graphs])
    return largest_differences(torch_backend, onnx_backend, spec)


def test_the_shipped_graphs_are_the_shipped_checkpoint() -> None:
    found = differences(CHECKPOINT, MODELS)
    assert set(found) == {'heard', 'snr_db', 'seen', 'log_probs', 'weights', 'agreement'}
    assert max(found.values()) < 1e-4


@pytest.mark.slow
def test_a_graph_fits_every_checkpoint_of_its_architecture(tmp_path: Path) -> None:
    """Weights are taken in at load: the export saw others, all at their initial values."""
    spec = small('time_frequency')
    save_network(tmp_path / 'n.safetensors', scattered(spec))
    written = export_graphs(spec, tmp_path)
    assert {path.name for path in written} == {'audio.onnx', 'visual.onnx', 'fusion.onnx', INDEX}
    assert max(differences(tmp_path / 'n.safetensors', tmp_path).values()) < 1e-4


@pytest.mark.parametrize('part', PARTS)
def test_the_shipped_graphs_hold_no_weights(part: str) -> None:
    arrays, spec = read_checkpoint(CHECKPOINT)
    file = find_graph(MODELS, part, spec)  # type: ignore[arg-type]
    graph = onnx_ir.load(file.path).graph
    held = {
        name: value.const_value
        for name, value in graph.initializers.items()
        if not isinstance(value.const_value, onnx_ir.ExternalTensor)
    }
    assert set(graph.initializers) - set(held) == set(file.weights)
    for name in file.weights:
        stated = graph.initializers[name].const_value
        assert stated is not None
        assert tuple(stated.shape.numpy()) == arrays[name].shape
    # What is left are axes, bounds and the like.
    assert sum(value.size for value in held.values() if value is not None) < 500


def test_graphs_of_another_architecture_are_refused(tmp_path: Path) -> None:
    spec = read_specification(CHECKPOINT)
    for part in PARTS:
        shutil.copy(graph_path(MODELS, part), tmp_path)
    index = json.loads((MODELS / INDEX).read_text())
    index['architecture']['latent_size'] += 1
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(GraphFilesError, match='another architecture'):
        find_graph(tmp_path, 'audio', spec)
    (tmp_path / INDEX).write_text('{}')
    with pytest.raises(GraphFilesError, match='damaged'):
        find_graph(tmp_path, 'audio', spec)
    (tmp_path / INDEX).unlink()
    with pytest.raises(GraphFilesError, match=r'no graphs\.json with audio\.onnx'):
        find_graph(tmp_path, 'audio', spec)


def test_what_a_checkpoint_is_called_is_not_its_architecture() -> None:
    one = Specification(model_id='one', answer_delay_s=0.1).architecture()
    assert one == Specification(model_id='other', answer_delay_s=0.2).architecture()
    assert one != Specification(latent_size=32).architecture()


@pytest.mark.slow
def test_the_command_writes_the_graphs_and_tells_the_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / 'n.safetensors'
    save_network(path, scattered(small('frequency')))
    parser = argparse.ArgumentParser()
    export.add_arguments(parser)
    assert export.run(parser.parse_args(['--model', str(path)])) == 0
    assert (tmp_path / 'audio.onnx').is_file()
    assert 'log_probs   differs by at most' in capsys.readouterr().out
