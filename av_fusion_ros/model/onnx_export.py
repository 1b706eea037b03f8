# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The network as three ONNX graphs with their carried state as inputs and outputs.

The graphs hold no weights, only references to them by their names in a checkpoint: they belong
to an architecture and fit every checkpoint of it, so that a trained network needs no export and
the two cannot drift apart. `recognition/onnx_backend.py` puts the weights in.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx_ir
import torch
from onnx_ir.passes.common import ClearMetadataAndDocStringPass
from onnxscript.optimizer import optimize
from torch import Tensor, nn

from av_fusion_ros.model.graph_files import Part, graph_path, write_index
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification

OPSET = 20
# The newest that ONNX Runtime 1.17 reads, with which this opset came.
IR_VERSION = 9
_EXAMPLE_STREAMS, _EXAMPLE_HOPS = 2, 3
# Where the graphs say that their weights are, since they have to say something.
_ELSEWHERE = 'checkpoint'
_PREFIX = 'network.'  # of a weight's name in `_Part`


class _Part(nn.Module):
    """One part of a network; layers that remember nothing have no state in the graph."""

    names: tuple[str, ...]
    results: tuple[str, ...]

    def __init__(self, network: AVNetwork, state: list[Tensor]) -> None:
        super().__init__()
        self.network = network
        self._shapes = [tensor.shape[1:] for tensor in state]

    def _complete(self, past: list[Tensor], streams: int) -> list[Tensor]:
        left = iter(past)
        return [next(left) if s.numel() else torch.zeros(streams, *s) for s in self._shapes]

    @staticmethod
    def kept(state: list[Tensor]) -> list[Tensor]:
        """The state without the layers that remember nothing."""
        return [tensor for tensor in state if tensor.numel()]


class _Audio(_Part):
    names = ('mel',)
    results = ('features', 'snr_db')

    def forward(self, mel: Tensor, past: list[Tensor]) -> tuple[Tensor, ...]:
        features, after = self.network.audio(mel, self._complete(past, mel.shape[0]))
        return features, self.network.snr_db(features), *self.kept(after)


class _Visual(_Part):
    names = ('crops',)
    results = ('features',)

    def forward(self, crops: Tensor, past: list[Tensor]) -> tuple[Tensor, ...]:
        features, after = self.network.visual(crops, self._complete(past, crops.shape[0]))
        return features, *self.kept(after)


class _Fusion(_Part):
    names = ('features', 'present', 'evidence')
    results = ('log_probs', 'weights', 'agreement')

    def forward(
        self, features: Tensor, present: Tensor, evidence: Tensor, past: list[Tensor]
    ) -> tuple[Tensor, ...]:
        state = self._complete(past, features.shape[0])
        log_probs, weights, agreement, after = self.network.fuse(features, present, evidence, state)
        return log_probs, weights, agreement, *self.kept(after)


def export_graphs(spec: Specification, folder: Path) -> list[Path]:
    """Write the graphs of an architecture to ``folder``; return their paths.

    The number of streams (the batch) and of hops are free in each graph.
    """
    network = AVNetwork(spec).eval()
    streams = torch.export.Dim('streams', min=1, max=4096)
    hops = torch.export.Dim('hops', min=1, max=4096)
    n, h = _EXAMPLE_STREAMS, _EXAMPLE_HOPS
    frames = spec.mel_frames_per_hop
    by_hop = {0: streams, 1: hops}
    audio, visual, fusion = (
        network.audio.initial_state(n),
        network.visual.initial_state(n),
        network.fusion_state(n),
    )
    exported: dict[Part, onnx_ir.Model] = {
        'audio': _exported(
            _Audio(network, audio).eval(),
            [torch.zeros(n, 1, spec.n_mels, frames * h)],
            [{0: streams, 3: frames * hops}],
            audio,
        ),
        'visual': _exported(
            _Visual(network, visual).eval(),
            [torch.rand(n, 1, h, spec.crop_px, spec.crop_px)],
            [{0: streams, 2: hops}],
            visual,
        ),
        'fusion': _exported(
            _Fusion(network, fusion).eval(),
            [torch.zeros(n, h, 3, spec.feature_size), torch.ones(n, h, 3), torch.zeros(n, h, 3)],
            [by_hop, by_hop, by_hop],
            fusion,
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    weights: dict[Part, list[str]] = {}
    for part, graph in exported.items():
        onnx_ir.save(graph, graph_path(folder, part))
        weights[part] = [
            name
            for name, value in graph.graph.initializers.items()
            if isinstance(value.const_value, onnx_ir.ExternalTensor)
        ]
    return [*(graph_path(folder, part) for part in exported), write_index(folder, spec, weights)]


def _exported(
    part: _Part, inputs: list[Tensor], axes: Sequence[dict[int, Any]], state: list[Tensor]
) -> onnx_ir.Model:
    """The graph of one part, its weights referred to by their names in a checkpoint."""
    past = part.kept(state)
    numbers = range(len(past))
    with warnings.catch_warnings(), _Quiet():
        warnings.simplefilter('ignore')
        program = torch.onnx.export(
            part,
            (*inputs, past),
            dynamo=True,
            opset_version=OPSET,
            optimize=False,
            verbose=False,
            input_names=[*part.names, *(f'past_{i}' for i in numbers)],
            output_names=[*part.results, *(f'after_{i}' for i in numbers)],
            dynamic_shapes=(*axes, [{0: axes[0][0]} for _ in numbers]),
        )
    assert program is not None
    model = program.model
    _optimise_around_weights(model)
    ClearMetadataAndDocStringPass()(model)
    model.ir_version = IR_VERSION
    return model


def _optimise_around_weights(model: onnx_ir.Model) -> None:
    """Fold constants, but nothing into weights: as inputs they are unknown to the optimiser."""
    graph = model.graph
    weights = [(n, v) for n, v in graph.initializers.items() if n.startswith(_PREFIX)]
    for name, value in weights:
        value.const_value = None
        del graph.initializers[name]
        graph.inputs.append(value)
    optimize(model)
    for name, value in weights:
        graph.inputs.remove(value)
        value.name = name.removeprefix(_PREFIX)
        assert value.shape is not None
        value.const_value = onnx_ir.ExternalTensor(
            _ELSEWHERE, None, None, onnx_ir.DataType.FLOAT, shape=value.shape, name=value.name
        )
        graph.initializers.add(value)


class _Quiet:
    """Keeps the exporter from telling of operators of libraries that are not used here."""

    def __enter__(self) -> None:
        logging.disable(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        logging.disable(logging.NOTSET)
