# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The network on ONNX Runtime: the architecture's graphs with a checkpoint's weights."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.checkpoint_file import Arrays, read_checkpoint
from av_fusion_ros.model.graph_files import GraphFile, GraphFilesError, Part, find_graph
from av_fusion_ros.model.specification import (
    AGREEMENT_TEMPERATURE,
    MAX_TEMPERATURE,
    MIN_TEMPERATURE,
    Specification,
)
from av_fusion_ros.recognition.backend import Floats, State
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.speech_readout import SpeechReadout

CPU_PROVIDER, OPENVINO_PROVIDER = 'CPUExecutionProvider', 'OpenVINOExecutionProvider'


class OnnxBackend:
    """Runs the parts it is given graphs of, on the CPU; torch is not needed.

    Raises RecognitionError for a graph that cannot be loaded.
    """

    def __init__(
        self,
        files: dict[Part, GraphFile],
        arrays: Arrays,
        threads: int = 1,
        provider: str = CPU_PROVIDER,
    ) -> None:
        import onnxruntime

        means = ' with openvino' if provider == OPENVINO_PROVIDER else ''
        self.name = f'onnxruntime {onnxruntime.__version__}{means} on cpu'
        self._parts = {
            part: _Graph(file, arrays, threads, provider) for part, file in files.items()
        }
        self.speech: SpeechReadout | None = None
        self.agreement_temperature = float(
            np.clip(arrays[AGREEMENT_TEMPERATURE], MIN_TEMPERATURE, MAX_TEMPERATURE)
        )

    def initial_state(self, part: Part, streams: int = 1) -> State:
        """What a part remembers before it has heard or seen anything."""
        return self._parts[part].initial_state(streams)

    def hear(self, mel: Floats, state: State) -> tuple[Floats, Floats, State]:
        """See ``Backend.hear``."""
        features, snr_db, *after = self._parts['audio'].run((mel,), state)
        return features, snr_db, after

    def see(self, crops: Floats, state: State) -> tuple[Floats, State]:
        """See ``Backend.see``."""
        features, *after = self._parts['visual'].run((crops,), state)
        return features, after

    def fuse(
        self, features: Floats, present: Floats, evidence: Floats, state: State
    ) -> tuple[Floats, Floats, Floats, State]:
        """See ``Backend.fuse``."""
        log_probs, weights, agreement, *after = self._parts['fusion'].run(
            (features, present, evidence), state
        )
        return log_probs, weights, agreement, after

    def projections(self, state: State) -> Floats:
        """See ``Backend.projections``."""
        newest: Floats = state[-1][:, -1]
        return newest.reshape(len(newest), 2, -1)


def open_onnx_backend(
    checkpoint: Path,
    parts: Sequence[Part],
    folders: Sequence[Path],
    threads: int = 1,
    provider: str = CPU_PROVIDER,
) -> tuple[OnnxBackend, Specification]:
    """Load parts of a checkpoint, each with the first graph in ``folders`` that fits.

    ``provider`` is what runs them. Raises CheckpointError, or RecognitionError when ONNX Runtime or
    the provider is missing or no folder has the graphs.
    """
    if find_spec('onnxruntime') is None:
        raise RecognitionError('onnxruntime is not installed; install it, or use the backend torch')
    if not has_provider(provider):
        raise RecognitionError(
            'the installed onnxruntime has no OpenVINO; install onnxruntime-openvino in its place, '
            'or use the backend onnxruntime'
        )
    arrays, spec = read_checkpoint(checkpoint)
    files = {part: _first_that_fits(part, folders, spec) for part in parts}
    return OnnxBackend(files, arrays, threads, provider), spec


def has_provider(provider: str) -> bool:
    """Whether the installed ONNX Runtime has been built with ``provider``."""
    import onnxruntime

    return provider in onnxruntime.get_available_providers()


def _first_that_fits(part: Part, folders: Sequence[Path], spec: Specification) -> GraphFile:
    reasons = []
    for folder in folders:
        try:
            return find_graph(folder, part, spec)
        except GraphFilesError as error:
            reasons.append(str(error))
    raise RecognitionError(f'{reasons[-1]}, or use the backend torch')


def _configured(provider: str, threads: int) -> tuple[str, dict[str, str]]:
    if provider == CPU_PROVIDER:
        return provider, {}
    # ACCURACY: float32 as in the graph; otherwise it may compute in less on some processors.
    return provider, {
        'device_type': 'CPU',
        'num_of_threads': str(threads),
        'precision': 'ACCURACY',
    }


class _Graph:
    """One graph; its inputs from the one called ``past_0`` on are the state."""

    def __init__(self, file: GraphFile, arrays: Arrays, threads: int, provider: str) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that wait must not burn a core; with one thread it makes no difference.
        options.add_session_config_entry('session.intra_op.allow_spinning', '0')
        options.log_severity_level = 3
        # A session reads them where they lie and does not keep them alive.
        try:
            self._weights = [
                onnxruntime.OrtValue.ortvalue_from_numpy(arrays[name].astype(np.float32))
                for name in file.weights
            ]
        except KeyError as error:
            raise RecognitionError(f'the checkpoint has no array {error}') from error
        options.add_external_initializers(file.weights, self._weights)
        try:
            self._session = onnxruntime.InferenceSession(
                file.path.read_bytes(), options, providers=[_configured(provider, threads)]
            )
        except Exception as error:  # ONNX Runtime has no common error class
            raise RecognitionError(f'{file.path} cannot be loaded: {error}') from error
        inputs = self._session.get_inputs()
        self._names = [given.name for given in inputs]
        self._past = [given.shape[1:] for given in inputs if given.name.startswith('past_')]

    def initial_state(self, streams: int) -> State:
        return [np.zeros((streams, *shape), np.float32) for shape in self._past]

    def run(self, inputs: Sequence[NDArray[np.generic]], state: State) -> list[Any]:
        given = dict(zip(self._names, (*inputs, *state), strict=True))
        results: list[Any] = self._session.run(None, given)
        return results
