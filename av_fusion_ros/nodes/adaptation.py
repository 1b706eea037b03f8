# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The audio encoder's adaptation: its services, its line in /diagnostics, what it learns from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from av_fusion_ros.learning.adaptation_errors import AdaptationError
from av_fusion_ros.learning.adaptation_session import AdaptationSession
from av_fusion_ros.learning.ear_scores import EarScorer
from av_fusion_ros.learning.frozen_head import FrozenHead
from av_fusion_ros.learning.lesson import Understood
from av_fusion_ros.learning.site_state import model_name
from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.msg import ConsistencyAlarm
from av_fusion_ros.nodes.diagnostics import ERROR, WARN
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.network_loading import checkpoint_path
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection
from av_fusion_ros.srv import (
    GetAdaptationStatus,
    RollbackAdaptation,
    SetAdaptation,
    SnapshotAdaptation,
)

COMMAND, ALARM = 'fusion/command', 'fusion/alarm'
REFRESH_S = 1.0
#: Alarms that speak of this moment's sound and picture, not of a station far away or of a mood.
CONTRADICTIONS = (
    ConsistencyAlarm.KIND_CONTENT,
    ConsistencyAlarm.KIND_DESYNC,
    ConsistencyAlarm.KIND_LOOPED_MEDIA,
    ConsistencyAlarm.KIND_WRONG_SPEAKER,
)


class Adaptation:
    """Gives a node its services, and a session while it learns.

    Whatever goes wrong here is told, and hearing goes on with the model as it was delivered.
    """

    def __init__(self, node: ManagedNode) -> None:
        self._node = node
        self._task = node.diagnostics.task('adaptation')
        self._encoder: AudioEncoder | None = None
        self._open: Callable[[bool], AdaptationSession] | None = None
        self._session: AdaptationSession | None = None
        self._refusal = ''
        self._contradicted = False
        for kind, name, serve in (
            (SetAdaptation, 'set', self._set),
            (SnapshotAdaptation, 'snapshot', self._snapshot),
            (RollbackAdaptation, 'rollback', self._roll_back),
            (GetAdaptationStatus, 'status', self._status),
        ):
            node.create_service(kind, f'~/adaptation/{name}', serve)
        node.steady_timer(REFRESH_S, self._show)
        self._show()

    def load(self, encoder: AudioEncoder, backend: Backend, spec: Specification) -> None:
        """Be ready to learn for ``encoder``, and begin where adaptation_enabled says so."""
        path = checkpoint_path(self._node.parameters)

        def open_session(fresh: bool) -> AdaptationSession:
            return AdaptationSession(
                EarScorer(backend, FrozenHead(read_checkpoint(path)[0])),
                _folder(self._node.parameters.text('adaptation_folder')),
                model_name(spec.model_id, path),
                self._put_in_force,
                self._failed,
                self._node.parameters.number('adaptation_cpu_share'),
                fresh,
            )

        self._encoder, self._open = encoder, open_session
        if self._node.parameters.flag('adaptation_enabled'):
            self._start()

    def listen(self) -> None:
        """Subscribe to what is understood."""
        self._node.endpoints.listen(COMMAND, self._understood)
        self._node.endpoints.listen(ALARM, self._alarmed)

    def unload(self) -> None:
        """Learn no more and forget the encoder; may be called twice."""
        self._stop()
        self._encoder = self._open = None

    def _start(self, fresh: bool = False) -> str:
        """Begin; returns why that is impossible, empty when it learns."""
        if self._session is not None:
            return ''
        if self._open is None or self._encoder is None:
            return 'the node is not configured'
        try:
            self._session = self._open(fresh)
        except AdaptationError as error:
            self._refusal = str(error)
            self._task.lasting_fault('state', ERROR, f'not adapted: {error}')
            self._node.get_logger().error(f'adaptation: {error}')
            return str(error)
        self._refusal = ''
        self._task.clear('state')
        self._encoder.on_mel = self._session.hear
        return ''

    def _stop(self) -> None:
        if self._encoder is not None:
            self._encoder.on_mel = None
        if self._session is not None:
            self._session.close()
            self._session = None

    def _put_in_force(self, correction: SiteCorrection) -> None:
        if self._encoder is not None:
            self._encoder.correction = correction

    def _failed(self, error: Exception) -> None:
        self._task.count('failed')
        self._task.passing_fault('failure', WARN, f'{type(error).__name__}: {error}')

    def _understood(self, message: Any) -> None:
        if self._session is not None and not message.partial:
            if self._contradicted:
                self._task.count('while_alarmed')
            else:
                self._session.understand(_command(message))

    def _alarmed(self, message: Any) -> None:
        raised = message.level in (ConsistencyAlarm.LEVEL_WARN, ConsistencyAlarm.LEVEL_ERROR)
        self._contradicted = raised and message.kind in CONTRADICTIONS

    # Services

    def _set(self, request: Any, response: Any) -> Any:
        if request.run:
            refusal = self._start()
            response.message = refusal or 'learning'
        else:
            self._stop()
            refusal, response.message = '', 'stopped; what was learnt stays in force'
        response.success = not refusal
        self._show()
        return response

    def _snapshot(self, request: Any, response: Any) -> Any:
        try:
            response.snapshot = self._running().snapshot(request.label)
        except AdaptationError as error:
            response.message = str(error)
        else:
            response.success, response.message = True, f'kept as {response.snapshot}'
        return response

    def _roll_back(self, request: Any, response: Any) -> Any:
        stopped, before = self._session is None, self._in_force()
        try:
            # The way out of a state that is refused: it is replaced, whatever it holds.
            if stopped and (refusal := self._start(fresh=True)):
                raise AdaptationError(refusal)
            self._running().roll_back(request.snapshot)
        except AdaptationError as error:
            response.message = str(error)
            self._put_in_force(before)
        else:
            what = f'snapshot {request.snapshot}' if request.snapshot else 'the delivered model'
            response.success, response.message = True, f'{what} is in force'
        if stopped:
            self._stop()
        self._show()
        return response

    def _status(self, request: Any, response: Any) -> Any:
        response.state = self._state()
        response.contradiction = float('nan')
        response.strength = self._in_force().strength
        if self._session is not None:
            status = self._session.status()
            response.learning = True
            response.lessons = status.lessons
            for name in ('taken', 'trials', 'promotions', 'rollbacks'):
                setattr(response, name, status.counts[name])
            response.variety, response.contradiction = status.variety, status.contradiction
            response.snapshots = [number for number, _ in status.snapshots]
            response.snapshot_labels = [label for _, label in status.snapshots]
            response.last_event = status.last_event
            response.model, response.folder = self._session.model, str(self._session.folder)
        return response

    def _running(self) -> AdaptationSession:
        if self._session is None:
            raise AdaptationError('adaptation does not run; start it with ~/adaptation/set')
        return self._session

    def _in_force(self) -> SiteCorrection:
        return NO_CORRECTION if self._encoder is None else self._encoder.correction

    def _state(self) -> str:
        if self._session is not None:
            return self._session.status().state
        return f'refused: {self._refusal}' if self._refusal else 'off'

    def _show(self) -> None:
        self._task.value('state', self._state())
        self._task.value('strength', f'{self._in_force().strength:g}')
        if self._session is None:
            return
        status = self._session.status()
        for name, count in status.counts.items():
            self._task.value(name, count)
        self._task.value('last_event', status.last_event)
        if status.state.startswith('held'):
            self._task.lasting_fault('held', WARN, status.state)
        else:
            self._task.clear('held')


def _command(message: Any) -> Understood:
    return Understood(
        message.best.id,
        message.best.text,
        message.best.confidence,
        message.weights.audio,
        to_ns(message.start),
        to_ns(message.end),
    )


def _folder(given: str) -> Path:
    if given:
        return Path(given).expanduser()
    home = os.environ.get('ROS_HOME', '~/.ros')
    return Path(home).expanduser() / 'av_fusion_ros' / 'adaptation'
