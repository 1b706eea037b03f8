# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion export`: the network as ONNX graphs, checked against torch."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = """
Write the network's parts as ONNX graphs: audio.onnx, visual.onnx, fusion.onnx and their index
graphs.json. With them the nodes run a checkpoint on ONNX Runtime and need no torch.

The graphs hold no weights but take them from the checkpoint they are run with. They fit every
checkpoint of the same architecture: only another architecture needs another export, and
"av-fusion train" and "av-fusion enroll" do not change it. The nodes look for the graphs beside
the checkpoint, then among those installed with the package. After writing, the checkpoint is run
on both backends and the largest difference is printed.
"""

ACCEPTED_DIFFERENCE = 1e-4
FAILURE = f'the backends differ by more than {ACCEPTED_DIFFERENCE:g}'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--model', type=Path, default=Path('models/av_fusion.safetensors'), help='checkpoint'
    )
    parser.add_argument('--output', type=Path, help="folder (default: the checkpoint's)")


def run(args: argparse.Namespace) -> int:
    from av_fusion_ros.model.checkpoint_file import read_specification
    from av_fusion_ros.model.graph_files import PARTS
    from av_fusion_ros.model.onnx_export import export_graphs
    from av_fusion_ros.recognition.backend_difference import largest_differences
    from av_fusion_ros.recognition.onnx_backend import open_onnx_backend
    from av_fusion_ros.recognition.torch_backend import open_torch_backend

    folder = args.output or args.model.parent
    for path in export_graphs(read_specification(args.model), folder):
        print(f'wrote {path}')
    torch, spec = open_torch_backend(args.model)
    onnx, _ = open_onnx_backend(args.model, PARTS, [folder])
    differences = largest_differences(torch, onnx, spec)
    for result, difference in differences.items():
        print(f'{result:<11} differs by at most {difference:.1e} from torch')
    return int(max(differences.values()) > ACCEPTED_DIFFERENCE)
