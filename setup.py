# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Installs the package, messages included, into a plain Python environment.

On a ROS 2 installation colcon builds CMakeLists.txt and never reads this file. Where ROS 2
comes from Python wheels, `pip install .` runs the same CMake build and puts what that installs
(Python package, message libraries, executables, share/, the ament index) under the
environment's prefix.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

NAME = 'av_fusion_ros'
ROOT = Path(__file__).resolve().parent


def version() -> str:
    """The version, from where it is written for people to import."""
    text = (ROOT / NAME / '__init__.py').read_text(encoding='utf-8')
    found = re.search(r"^__version__ = '([^']+)'$", text, re.MULTILINE)
    if found is None:
        raise SystemExit(f'{NAME}/__init__.py states no __version__')
    return found[1]


class BuildWithCMake(build_py):
    """Let CMake install the package into a stage, then hand the files to setuptools."""

    def run(self) -> None:
        if self.editable_mode:
            raise SystemExit(
                'An editable install cannot hold the built messages. Use `pip install .`: run '
                'from the checkout, its own modules are imported all the same.'
            )
        build = Path(self.get_finalized_command('build').build_temp).resolve() / 'cmake'
        stage = build / 'stage'
        shutil.rmtree(stage, ignore_errors=True)
        build.mkdir(parents=True, exist_ok=True)
        env = dict(os.environ)
        if 'AMENT_PREFIX_PATH' not in env:
            ament = importlib.util.find_spec('ament_package')
            if ament is None or ament.origin is None:
                raise SystemExit(
                    'No ROS 2 found: neither a sourced installation (AMENT_PREFIX_PATH) nor the '
                    "build requirements' wheels. Run `make setup`."
                )
            env['AMENT_PREFIX_PATH'] = str(Path(ament.origin).parents[4])
        env['CMAKE_PREFIX_PATH'] = os.pathsep.join(
            filter(None, [env['AMENT_PREFIX_PATH'], env.get('CMAKE_PREFIX_PATH')])
        )
        subprocess.run(
            [
                'cmake',
                *('-S', str(ROOT), '-B', str(build), f'-DCMAKE_INSTALL_PREFIX={stage}'),
                *(f'-DPython3_EXECUTABLE={sys.executable}', '-DCMAKE_BUILD_TYPE=Release'),
                '-DBUILD_TESTING=OFF',
            ],
            env=env,
            check=True,
        )
        subprocess.run(
            ['cmake', '--build', str(build), '--parallel', '--target', 'install'],
            env=env,
            check=True,
        )
        self._take_over(stage)

    def _take_over(self, stage: Path) -> None:
        """Give setuptools the staged Python package, and the rest as data files."""
        found = [p for p in stage.glob(f'**/*-packages/{NAME}') if p.is_dir()]
        if len(found) != 1:
            raise SystemExit(f'CMake installed {len(found)} Python packages {NAME}, expected 1')
        target = Path(self.build_lib) / NAME
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(found[0], target, ignore=shutil.ignore_patterns('__pycache__', '*.c'))
        shutil.rmtree(found[0].parent)
        (stage / 'bin' / 'av-fusion').unlink()  # pip writes it as a console script
        self.distribution.data_files = [
            (str(folder.relative_to(stage)), [str(f) for f in files])
            for folder in [stage, *stage.rglob('*')]
            if folder.is_dir() and (files := [f for f in folder.iterdir() if f.is_file()])
        ]


class BinaryDistribution(Distribution):
    """A wheel for this interpreter: the message libraries are compiled."""

    def has_ext_modules(self) -> bool:
        return True


setup(
    name=NAME,
    version=version(),
    description='Audio-visual spoken command recognition for ROS 2',
    license='Apache-2.0',
    packages=[NAME],
    data_files=[],
    entry_points={'console_scripts': ['av-fusion = av_fusion_ros.cli:main']},
    python_requires='>=3.10',
    install_requires=[
        'argcomplete>=3',
        'cryptography>=41',
        'numpy>=1.24',
        'onnxruntime>=1.17',
        'opencv-python-headless>=4.14',
        'pocketsphinx>=5.1',  # for the CMU pronouncing dictionary in it
        'psutil>=5.9',
        'pyyaml>=6',
        'rich>=13',
        'rosbags>=0.11.9',
        'rosbags-image>=0.10.4',
        'safetensors>=0.4',
        'scipy>=1.10',
        'silero-vad>=6',
        'soundfile>=0.12',
        'torch>=2.4',
        'torchaudio>=2.4',
    ],
    extras_require={
        # ROS 2 Kilted where no ROS 2 is installed.
        'wheels': [
            'ros-rclpy[fastrtps]~=9.1.2',
            'ros-builtin-interfaces~=2.3.0',
            'ros-diagnostic-msgs~=5.5.1',
            'ros-geometry-msgs~=5.5.1',
            'ros-lifecycle-msgs~=2.3.0',
            'ros-rosgraph-msgs~=2.3.0',
            'ros-rosidl-core-runtime~=0.3.1',
            'ros-sensor-msgs~=5.5.1',
            'ros-std-msgs~=5.5.1',
            'ros-std-srvs~=5.5.1',
        ],
        # `av-fusion train`, `av-fusion evaluate` and `av-fusion export`.
        'train': ['lightning-fabric>=2.4', 'matplotlib>=3.8', 'onnxscript>=0.7'],
        # A local camera and microphone as sources (the Debian package libportaudio2 as well).
        'devices': ['sounddevice>=0.4.6'],
        'test': [
            'catkin_pkg>=1.0',
            'colcon-common-extensions>=0.3',
            'hypothesis>=6.100',
            'mypy>=1.13',
            'pytest>=8',
            'ruff>=0.8',
            'scikit-image>=0.22',  # for the photographs in it
            'types-PyYAML',
        ],
    },
    distclass=BinaryDistribution,
    cmdclass={'build_py': BuildWithCMake},
)
