# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a place has taught, kept on disk: whole or not at all, and only for the model it is of.

A file is written beside its place, flushed to the disk and renamed, so that a process killed at
any moment leaves the state before or the state after. Each file says its format, the model and a
checksum over all of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from av_fusion_ros.learning.adaptation_errors import AdaptationError
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.site_correction import SiteCorrection

FORMAT = 'av_fusion_ros.site_state/2'
#: Had no band tuning; still read.
UNTUNED_FORMAT = 'av_fusion_ros.site_state/1'
IN_FORCE = 'in_force.safetensors'
MAX_SNAPSHOTS = 8
MAX_LABEL = 64
_UNFINISHED = '.unfinished'
_REMEDY = 'move it away (adaptation begins anew without it), or roll back to a snapshot'


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A kept correction; ``number`` rises, ``stamp_ns`` is the newest sample it rests on."""

    number: int
    label: str
    stamp_ns: int
    correction: SiteCorrection


class SiteStateStore:
    """The correction in force and up to MAX_SNAPSHOTS snapshots, in one folder of one process."""

    def __init__(self, folder: Path, model: str) -> None:
        """Open ``folder``, which is made where it is missing, for the checkpoint ``model``.

        Raises AdaptationError when it cannot be written, or another process has it.
        """
        self.folder, self._model = folder, model
        self._snapshots = folder / 'snapshots'
        try:
            self._snapshots.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / '.lock', os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise AdaptationError(
                f'the adaptation folder {folder} cannot be used: {error}; name one that can be '
                'written with adaptation_folder'
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise AdaptationError(
                f'the adaptation folder {folder} is in use by another process; give each node a '
                'folder of its own'
            ) from error
        for left_over in (
            *folder.glob(f'*{_UNFINISHED}'),
            *self._snapshots.glob(f'*{_UNFINISHED}'),
        ):
            left_over.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another process have the folder; may be called twice."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def read(self) -> SiteCorrection | None:
        """The correction in force, None where there is none yet.

        Raises AdaptationError for a file that is damaged, or of another model or version.
        """
        path = self.folder / IN_FORCE
        return self._read(path).correction if path.exists() else None

    def write(self, correction: SiteCorrection, stamp_ns: int) -> None:
        """Put a correction in force. Raises AdaptationError when it cannot be written."""
        self._write(self.folder / IN_FORCE, Snapshot(0, '', stamp_ns, correction))

    def snapshot(self, correction: SiteCorrection, stamp_ns: int, label: str) -> int:
        """Keep a correction and return its number; beyond MAX_SNAPSHOTS the oldest goes."""
        if len(label) > MAX_LABEL or not label.isprintable():
            raise AdaptationError(
                f'a snapshot label of {len(label)} characters given; up to {MAX_LABEL} printable '
                'ones are accepted'
            )
        numbers = self.numbers()
        number = max(numbers, default=0) + 1
        self._write(self._path(number), Snapshot(number, label, stamp_ns, correction))
        for old in numbers[: max(0, len(numbers) + 1 - MAX_SNAPSHOTS)]:
            self._path(old).unlink(missing_ok=True)
        return number

    def numbers(self) -> list[int]:
        """The snapshots that are kept, oldest first."""
        stems = (path.stem for path in self._snapshots.glob('*.safetensors'))
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def load(self, number: int) -> Snapshot:
        """One snapshot. Raises AdaptationError where it is missing, damaged or another model's."""
        path = self._path(number)
        if not path.exists():
            kept = ', '.join(map(str, self.numbers())) or 'none'
            raise AdaptationError(f'there is no snapshot {number}; kept are: {kept}')
        return self._read(path)

    def _path(self, number: int) -> Path:
        return self._snapshots / f'{number}.safetensors'

    def _write(self, path: Path, snapshot: Snapshot) -> None:
        correction = snapshot.correction
        arrays = {
            'noise_power': correction.noise_power,
            'gain': correction.gain,
            'shift': correction.shift,
        }
        about = {
            'format': FORMAT,
            'model': self._model,
            'number': snapshot.number,
            'label': snapshot.label,
            'stamp_ns': snapshot.stamp_ns,
            'strength': correction.strength,
        }
        content = save(arrays, {'about': json.dumps(about), 'sha256': _digest(arrays, about)})
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            with unfinished.open('wb') as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the new name is on the disk, too
            finally:
                os.close(folder)
        except OSError as error:
            raise AdaptationError(f'{path} cannot be written: {error}') from error

    def _read(self, path: Path) -> Snapshot:
        try:
            with safe_open(str(path), framework='np') as stored:  # type: ignore[no-untyped-call]
                metadata = stored.metadata() or {}
                arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            about = json.loads(metadata['about'])
            digest = metadata['sha256']
        except (SafetensorError, OSError, KeyError, ValueError) as error:
            raise AdaptationError(f'{path} is no adaptation state ({error}); {_REMEDY}') from error
        if about.get('format') not in (FORMAT, UNTUNED_FORMAT):
            raise AdaptationError(
                f'{path} has format {about.get("format")!r}, this version reads {FORMAT!r}; '
                f'{_REMEDY}'
            )
        if digest != _digest(arrays, about):
            raise AdaptationError(f'{path} is damaged: its checksum does not fit; {_REMEDY}')
        if about['model'] != self._model:
            raise AdaptationError(
                f'{path} was learnt with the model {about["model"]}, not {self._model}; {_REMEDY}'
            )
        try:
            tuned = (arrays['gain'], arrays['shift']) if about['format'] == FORMAT else ()
            return Snapshot(
                int(about['number']),
                str(about['label']),
                int(about['stamp_ns']),
                SiteCorrection(arrays['noise_power'], float(about['strength']), *tuned),
            )
        except (KeyError, TypeError, ValueError, RecognitionError) as error:
            raise AdaptationError(f'{path} cannot be used: {error}; {_REMEDY}') from error


def model_name(model_id: str, checkpoint: Path) -> str:
    """What a state is bound to: the model's id and what its file holds."""
    digest = hashlib.sha256(checkpoint.read_bytes())
    return f'{model_id} {digest.hexdigest()[:16]}'


def _digest(arrays: dict[str, np.ndarray], about: dict[str, object]) -> str:
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(str(arrays[name].dtype).encode() + str(arrays[name].shape).encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()
