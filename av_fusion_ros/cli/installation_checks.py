# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Is everything installed? Each check imports what it checks itself, and never raises."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from av_fusion_ros.cli.finding import FAILED, PASSED, WARNING, Finding

SET_UP = 'run `make setup` in the checkout'
OLDEST_PYTHON = (3, 10)


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
        from av_fusion_ros.nodes.installed_files import shipped_model

        path = shipped_model()
        _, specification = load_network(path)
    except (ValueError, ImportError, OSError) as error:
        return Finding(FAILED, str(error).splitlines()[0], mend)
    return Finding(PASSED, f'{specification.model_id}, {path}')


def graphs() -> Finding:
    """The installed graphs are those of the checkpoint's architecture, and run it once."""
    mend = f'{SET_UP}; for an architecture of your own, `av-fusion export`'
    try:
        from av_fusion_ros.nodes.installed_files import shipped_model
        from av_fusion_ros.recognition.backend import open_backend

        path = shipped_model()
        backend, _ = open_backend(path, 'onnxruntime', graph_folders=[path.parent])
    except (ValueError, ImportError, OSError) as error:
        return Finding(FAILED, str(error).splitlines()[0], mend)
    return Finding(PASSED, f'{backend.name} runs the checkpoint')


def espeak() -> Finding:
    found = shutil.which('espeak-ng')
    if found is None:
        mend = (
            'only `av-fusion generate`, `demo` and `train` need it: apt-get install espeak-ng '
            '(a Debian package: PyPI has no equal with phoneme times)'
        )
        return Finding(WARNING, 'not installed', mend)
    return Finding(PASSED, found)


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
    'ONNX graphs': graphs,
    'espeak-ng': espeak,
}
