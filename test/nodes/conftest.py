# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real nodes in the test's process, driven by an explicit executor."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INTERFACES = Path(__file__).parent / 'interfaces'

# What several files here share (bags, encoder_bench): pytest imports each file by itself.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def executor(ros):
    """A single-threaded executor; its nodes are destroyed at the end."""
    from rclpy.executors import SingleThreadedExecutor

    made = SingleThreadedExecutor()
    yield made
    for node in made.get_nodes():
        made.remove_node(node)
        node.destroy_node()
    made.shutdown()


@pytest.fixture(scope='session')
def checkpoint(tmp_path_factory):
    """An untrained network with the interface of the trained one: nodes are tested, not words."""
    import torch

    from av_fusion_ros.model.checkpoint import save_network
    from av_fusion_ros.model.network import AVNetwork
    from av_fusion_ros.model.specification import Specification

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp('model') / 'untrained.safetensors'
    save_network(path, AVNetwork(Specification(model_id='for tests')))
    return path


@pytest.fixture(scope='session')
def audio_common_msgs(pytestconfig):
    """`audio_common_msgs(dialect)`: the environment in which that dialect's messages import."""
    cache = pytestconfig.cache.mkdir('audio_common_msgs')

    def environment(dialect: str) -> dict[str, str]:
        return _built(INTERFACES / dialect, cache / dialect)

    return environment


@pytest.fixture(scope='session')
def hri_msgs(pytestconfig):
    """The environment in which hri_msgs imports."""
    return _built(INTERFACES / 'ros4hri', pytestconfig.cache.mkdir('hri_msgs') / 'ros4hri')


def _built(source: Path, folder: Path) -> dict[str, str]:
    for tool in ('cmake', 'c++'):
        if shutil.which(tool, path=_path()) is None:
            pytest.skip(f'no {tool} here to build the messages of {source.name} with')
    prefix = folder / 'install'
    environment = dict(os.environ, PATH=_path())
    if not (prefix / 'done').is_file():
        shutil.rmtree(folder, ignore_errors=True)
        build = folder / 'build'
        environment['CMAKE_PREFIX_PATH'] = environment['AMENT_PREFIX_PATH']
        options = [
            f'-DCMAKE_INSTALL_PREFIX={prefix}',
            f'-DPython3_EXECUTABLE={sys.executable}',
            '-DBUILD_TESTING=OFF',
        ]
        for command in (
            ['cmake', '-S', str(source), '-B', str(build), *options],
            ['cmake', '--build', str(build), '--parallel', '2', '--target', 'install'],
        ):
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        (prefix / 'done').touch()
    packages = next(prefix.glob('lib/python*/*-packages'))
    before = (os.environ.get('PYTHONPATH', ''), os.environ.get('LD_LIBRARY_PATH', ''))
    return environment | {
        'PYTHONPATH': os.pathsep.join(filter(None, [str(packages), before[0]])),
        'LD_LIBRARY_PATH': os.pathsep.join(filter(None, [str(prefix / 'lib'), before[1]])),
        'AMENT_PREFIX_PATH': os.pathsep.join([str(prefix), os.environ['AMENT_PREFIX_PATH']]),
    }


def _path() -> str:
    """The search path with the environment's own programs, as the wheels bring a cmake."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get('PATH', '')])


@pytest.fixture
def ear(executor, spin_until, checkpoint):
    """Makes an audio encoder and a source of sound."""
    from encoder_bench import Bench

    from av_fusion_ros.msg import Audio, AudioFeatures
    from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode

    def made(**settings):
        settings.setdefault('model_path', str(checkpoint))
        output = ('audio_features', AudioFeatures)
        return Bench(executor, spin_until, AudioEncoderNode, {'audio': Audio}, output, **settings)

    return made


@pytest.fixture
def eye(executor, spin_until, checkpoint):
    """Makes a visual encoder and a camera."""
    from encoder_bench import Bench
    from sensor_msgs.msg import CompressedImage, Image

    from av_fusion_ros.msg import VisualFeatures
    from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode

    def made(**settings):
        settings.setdefault('model_path', str(checkpoint))
        inputs = {'image': Image, 'image/compressed': CompressedImage}
        output = ('visual_features', VisualFeatures)
        return Bench(executor, spin_until, VisualEncoderNode, inputs, output, **settings)

    return made
