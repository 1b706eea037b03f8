# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The audio encoder's adaptation: what it learns from, its task in /diagnostics, its failures."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from av_fusion_ros.learning.adaptation_errors import AdaptationError
from av_fusion_ros.learning.adaptation_session import AdaptationSession
from av_fusion_ros.learning.band_tuning import BandTuner
from av_fusion_ros.learning.differentiable_ear import DifferentiableEar
from av_fusion_ros.learning.ear_scores import EarScorer
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
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection

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
    """Gives a node a session while it learns; ``session`` is None while it does not.

    Whatever goes wrong here is told, and hearing goes on with the model as it was delivered.
    """

    def __init__(self, node: ManagedNode) -> None:
        self._node = node
        self._task = node.diagnostics.task('adaptation')
        self._encoder: AudioEncoder | None = None
        self._open: Callable[[bool], AdaptationSession] | None = None
        self.session: AdaptationSession | None = None
        self._refusal = ''
        self._contradicted = False
        node.steady_timer(REFRESH_S, self.show)
        self.show()

    def load(self, encoder: AudioEncoder, backend: Backend, spec: Specification) -> None:
        """Be ready to learn for ``encoder``, and begin where adaptation_enabled says so."""
        path = checkpoint_path(self._node.parameters)

        def open_session(fresh: bool) -> AdaptationSession:
            arrays = read_checkpoint(path)[0]
            return AdaptationSession(
                EarScorer(backend, FrozenHead(arrays)),
                BandTuner(DifferentiableEar(arrays)),
                _folder(self._node.parameters.text('adaptation_folder')),
                model_name(spec.model_id, path),
                self.put_in_force,
                self._failed,
                self._node.parameters.number('adaptation_cpu_share'),
                fresh,
            )

        self._encoder, self._open = encoder, open_session
        if self._node.parameters.flag('adaptation_enabled'):
            self.start()

    def listen(self) -> None:
        """Subscribe to what is understood."""
        self._node.endpoints.listen(COMMAND, self._understood, counter='results')
        self._node.endpoints.listen(ALARM, self._alarmed, counter='results')

    def unload(self) -> None:
        """Learn no more and forget the encoder; may be called twice."""
        self.stop()
        self._encoder = self._open = None

    def start(self, fresh: bool = False) -> str:
        """Begin; returns why that is impossible, empty when it learns."""
        if self.session is not None:
            return ''
        if self._open is None or self._encoder is None:
            return 'the node is not configured'
        try:
            self.session = self._open(fresh)
        except AdaptationError as error:
            self._refusal = str(error)
            self._task.lasting_fault('state', ERROR, f'not adapted: {error}')
            self._node.get_logger().error(f'adaptation: {error}')
            return str(error)
        self._refusal = ''
        self._task.clear('state')
        self._encoder.on_mel = self.session.hear
        return ''

    def stop(self) -> None:
        """Learn no more; what was learnt stays in force. May be called twice."""
        if self._encoder is not None:
            self._encoder.on_mel = None
        if self.session is not None:
            self.session.close()
            self.session = None

    def put_in_force(self, correction: SiteCorrection) -> None:
        """Hear with ``correction`` from the next hop on."""
        if self._encoder is not None:
            self._encoder.correction = correction

    def _failed(self, error: Exception) -> None:
        self._task.count('failed')
        self._task.passing_fault('failure', WARN, f'{type(error).__name__}: {error}')

    def _understood(self, message: Any) -> None:
        if self.session is not None and not message.partial:
            if self._contradicted:
                self._task.count('while_alarmed')
            else:
                self.session.understand(_command(message))

    def _alarmed(self, message: Any) -> None:
        raised = message.level in (ConsistencyAlarm.LEVEL_WARN, ConsistencyAlarm.LEVEL_ERROR)
        self._contradicted = raised and message.kind in CONTRADICTIONS

    def in_force(self) -> SiteCorrection:
        """Return the correction that is heard with."""
        return NO_CORRECTION if self._encoder is None else self._encoder.correction

    def state(self) -> str:
        """Return off, learning, held or refused, the latter two with the reason."""
        if self.session is not None:
            return self.session.status().state
        return f'refused: {self._refusal}' if self._refusal else 'off'

    def show(self) -> None:
        """Bring /diagnostics up to date."""
        self._task.value('state', self.state())
        self._task.value('strength', f'{self.in_force().strength:g}')
        self._task.value('tuning', f'{self.in_force().tuning:.2f}')
        if self.session is None:
            return
        status = self.session.status()
        for name, count in status.counts.items():
            self._task.value(name, count)
        self._task.value('last_event', status.last_event)
        if status.state.startswith('held'):
            self._task.lasting_fault('held', WARN, status.state)
        else:
            self._task.clear('held')


def _command(message: Any) -> Understood:
    return Understood(
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
