# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The services by which adaptation is started, stopped, kept, rolled back and asked."""

from __future__ import annotations

from typing import Any

from av_fusion_ros.learning.adaptation_errors import AdaptationError
from av_fusion_ros.learning.adaptation_session import AdaptationSession
from av_fusion_ros.nodes.adaptation import Adaptation
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.srv import (
    GetAdaptationStatus,
    RollbackAdaptation,
    SetAdaptation,
    SnapshotAdaptation,
)


class AdaptationServices:
    """~/adaptation/set, snapshot, rollback and status of ``node``."""

    def __init__(self, node: ManagedNode, adaptation: Adaptation) -> None:
        self._adaptation = adaptation
        for kind, name, serve in (
            (SetAdaptation, 'set', self._set),
            (SnapshotAdaptation, 'snapshot', self._snapshot),
            (RollbackAdaptation, 'rollback', self._roll_back),
            (GetAdaptationStatus, 'status', self._status),
        ):
            node.create_service(kind, f'~/adaptation/{name}', serve)

    def _set(self, request: Any, response: Any) -> Any:
        if request.run:
            refusal = self._adaptation.start()
            response.message = refusal or 'learning'
        else:
            self._adaptation.stop()
            refusal, response.message = '', 'stopped; what was learnt stays in force'
        response.success = not refusal
        self._adaptation.show()
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
        stopped, before = self._adaptation.session is None, self._adaptation.in_force()
        try:
            # The way out of a state that is refused: it is replaced, whatever it holds.
            if stopped and (refusal := self._adaptation.start(fresh=True)):
                raise AdaptationError(refusal)
            self._running().roll_back(request.snapshot)
        except AdaptationError as error:
            response.message = str(error)
            self._adaptation.put_in_force(before)
        else:
            what = f'snapshot {request.snapshot}' if request.snapshot else 'the delivered model'
            response.success, response.message = True, f'{what} is in force'
        if stopped:
            self._adaptation.stop()
        self._adaptation.show()
        return response

    def _status(self, request: Any, response: Any) -> Any:
        response.state = self._adaptation.state()
        response.contradiction = float('nan')
        response.strength = self._adaptation.in_force().strength
        session = self._adaptation.session
        if session is not None:
            status, snapshots = session.status(), session.snapshots()
            response.learning = True
            response.lessons = status.lessons
            for name in ('taken', 'trials', 'promotions', 'rollbacks'):
                setattr(response, name, status.counts[name])
            response.variety, response.contradiction = status.variety, status.contradiction
            response.snapshots = list(snapshots)
            response.snapshot_labels = list(snapshots.values())
            response.last_event = status.last_event
            response.model, response.folder = session.model, str(session.folder)
        return response

    def _running(self) -> AdaptationSession:
        if self._adaptation.session is None:
            raise AdaptationError('adaptation does not run; start it with ~/adaptation/set')
        return self._adaptation.session
