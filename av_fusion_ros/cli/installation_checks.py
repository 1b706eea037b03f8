# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The checks of `av-fusion doctor`. Each imports what it checks itself, and never raises."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PASSED, WARNING, FAILED = 'passed', 'warning', 'failed'

SET_UP = 'run `make setup` in the checkout'
OLDEST_PYTHON = (3, 10)
LARGEST_SAFE_DOMAIN = 101  # above it the ports collide with Linux's ephemeral ports
# The Fast DDS profile gives each participant a 16 MB segment, and the graph has some five.
WANTED_SHARED_MEMORY_MB = 128


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and for one that did not pass how to mend it."""

    state: str
    found: str
    mend: str = ''

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def _imported(name: str) -> tuple[Any, str]:
    """The module, or None and the reason in one line. Native libraries may raise anything."""
    try:
        return importlib.import_module(name), ''
    except Exception as error:
        return None, f'cannot be imported: {type(error).__name__}: {str(error).splitlines()[0]}'


def python() -> Finding:
    version = '.'.join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Finding(FAILED, version, 'install Python 3.10 or newer and run `make setup`')
    return Finding(PASSED, version)


def rclpy() -> Finding:
    module, reason = _imported('rclpy')
    if module is None:
        mend = f"source the ROS 2 installation's setup.bash, or without one {SET_UP}"
        return Finding(FAILED, reason, mend)
    distribution = os.environ.get('ROS_DISTRO', 'from wheels')
    from rclpy.utilities import get_rmw_implementation_identifier

    return Finding(PASSED, f'{distribution}, {get_rmw_implementation_identifier()}')


def messages() -> Finding:
    module, reason = _imported('av_fusion_ros.msg')
    mend = f'{SET_UP}, or `colcon build` and source install/setup.bash'
    if module is None:
        return Finding(FAILED, reason, mend)
    built = [name for name in dir(module) if name[0].isupper()]
    sources = Path(__file__).resolve().parents[2] / 'msg'
    missing = sorted({path.stem for path in sources.glob('*.msg')} - set(built))
    if missing:
        return Finding(FAILED, f'not built: {", ".join(missing)}', mend)
    return Finding(PASSED, f'{len(built)} built')


def torch() -> Finding:
    module, reason = _imported('torch')
    if module is None:
        return Finding(FAILED, reason, SET_UP)
    return Finding(PASSED, f'{module.__version__}, CUDA {module.cuda.is_available()}')


def torchaudio() -> Finding:
    module, reason = _imported('torchaudio')
    if module is None:
        mend = f'{SET_UP}, or run tools/torchaudio_on_cpu.py with this Python'
        return Finding(FAILED, reason, mend)
    return Finding(PASSED, module.__version__)


def opencv() -> Finding:
    module, reason = _imported('cv2')
    if module is None:
        return Finding(FAILED, reason, SET_UP)
    if not hasattr(getattr(module, 'dnn', None), 'readNetFromTFLite'):
        mend = 'the face networks need OpenCV with dnn.readNetFromTFLite: pip install '
        return Finding(FAILED, module.__version__, mend + "'opencv-python-headless>=4.14'")
    return Finding(PASSED, module.__version__)


def onnxruntime() -> Finding:
    module, reason = _imported('onnxruntime')
    if module is None:
        return Finding(FAILED, reason, SET_UP)
    return Finding(PASSED, module.__version__)


def face_weights() -> Finding:
    from av_fusion_ros.signals.face_weights import (
        WEIGHT_FILES,
        FaceWeightsError,
        find_weight_file,
    )

    try:
        folders = {find_weight_file(wanted).parent for wanted in WEIGHT_FILES}
    except (FaceWeightsError, OSError) as error:
        return Finding(FAILED, str(error), f'{SET_UP}, or run tools/fetch_face_weights.py')
    return Finding(PASSED, f'checked, in {", ".join(map(str, folders))}')


def checkpoint() -> Finding:
    mend = f'{SET_UP}, or train one with `av-fusion train`'
    try:
        from av_fusion_ros.model.checkpoint import load_network
        from av_fusion_ros.nodes.installed_files import package_file

        path = package_file('models/av_fusion.safetensors')
        _, specification = load_network(path)
    except (ValueError, ImportError, OSError) as error:
        return Finding(FAILED, str(error).splitlines()[0], mend)
    return Finding(PASSED, f'{specification.model_id}, {path}')


def espeak() -> Finding:
    found = shutil.which('espeak-ng')
    if found is None:
        mend = (
            'only `av-fusion generate`, `demo` and `train` need it: apt-get install espeak-ng '
            '(a Debian package: PyPI has no equal with phoneme times)'
        )
        return Finding(WARNING, 'not installed', mend)
    return Finding(PASSED, found)


def dds_profile() -> Finding:
    rmw = os.environ.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp')
    if not rmw.startswith('rmw_fastrtps'):
        return Finding(PASSED, f'not needed for {rmw}')
    for variable in ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE'):
        path = os.environ.get(variable)
        if path and Path(path).is_file():
            return Finding(PASSED, path)
        if path:
            return Finding(FAILED, f'{variable}={path} does not exist', 'correct or unset it')
    mend = (
        'best-effort raw images may be lost; give `--local`, or set '
        'FASTRTPS_DEFAULT_PROFILES_FILE to config/fastdds_local.xml (read its head first)'
    )
    return Finding(WARNING, 'no Fast DDS profile set', mend)


def discovery() -> Finding:
    domain = os.environ.get('ROS_DOMAIN_ID', '0')
    if not domain.isdecimal() or int(domain) > LARGEST_SAFE_DOMAIN:
        mend = f'set ROS_DOMAIN_ID to a whole number from 0 to {LARGEST_SAFE_DOMAIN}'
        return Finding(FAILED, f'ROS_DOMAIN_ID={domain}', mend)
    reach = os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', '')
    found = f'domain {domain}, range {reach or "SUBNET (default)"}'
    if os.environ.get('ROS_LOCALHOST_ONLY') == '1' and not reach:
        mend = 'since Iron only ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST is sure to be obeyed'
        return Finding(WARNING, f'{found}, ROS_LOCALHOST_ONLY=1', mend)
    return Finding(PASSED, found)


def shared_memory() -> Finding:
    try:
        free_mb = shutil.disk_usage('/dev/shm').free / 2**20
    except OSError as error:
        return Finding(WARNING, f'/dev/shm: {error}', 'images will travel by UDP and may be lost')
    if free_mb < WANTED_SHARED_MEMORY_MB:
        mend = (
            f'at least {WANTED_SHARED_MEMORY_MB} MB are wanted for images: in a container, start '
            'it with --shm-size=256m; after killed nodes, delete /dev/shm/fastrtps_*'
        )
        return Finding(WARNING, f'{free_mb:.0f} MB free in /dev/shm', mend)
    return Finding(PASSED, f'{free_mb:.0f} MB free in /dev/shm')


CHECKS: dict[str, Callable[[], Finding]] = {
    'python': python,
    'rclpy': rclpy,
    'messages': messages,
    'torch': torch,
    'torchaudio': torchaudio,
    'opencv': opencv,
    'onnxruntime': onnxruntime,
    'face weights': face_weights,
    'checkpoint': checkpoint,
    'espeak-ng': espeak,
    'DDS profile': dds_profile,
    'discovery': discovery,
    'shared memory': shared_memory,
}
