# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""torchrun on two machines, played by two process groups of this one, trains one network."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).with_name('one_machine.py')
# The script is to run this package, not one that is installed beside.
ENVIRONMENT = {**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))}


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


@pytest.fixture(scope='module')
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('machines')
    launcher = (
        f'{sys.executable} -m torch.distributed.run --nnodes 2 --nproc-per-node 1 '
        f'--master-addr 127.0.0.1 --master-port {free_port()}'
    )
    started = [
        subprocess.Popen(
            [*launcher.split(), '--node-rank', str(rank), str(SCRIPT), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=ENVIRONMENT,
        )
        for rank in (0, 1)
    ]
    for machine in started:
        said, _ = machine.communicate(timeout=180)
        assert machine.returncode == 0, said
    return folder


def test_both_machines_end_with_the_same_weights(run_folder):
    here, there = (torch.load(run_folder / f'{rank}_of_2.pt') for rank in (0, 1))
    assert all(torch.equal(weights, there[name]) for name, weights in here.items())


def test_what_both_have_learnt_is_not_what_one_learns_alone(run_folder, tmp_path):
    command = [sys.executable, str(SCRIPT), str(tmp_path)]
    subprocess.run(command, check=True, timeout=180, env=ENVIRONMENT)
    together, alone = torch.load(run_folder / '0_of_2.pt'), torch.load(tmp_path / '0_of_1.pt')
    assert not all(torch.equal(weights, alone[name]) for name, weights in together.items())


def test_one_of_them_keeps_the_curves(run_folder):
    assert (run_folder / 'curves.csv').read_text().count('\n') == 2
