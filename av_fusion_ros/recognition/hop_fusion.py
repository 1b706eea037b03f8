# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One aligned hop through the fusion network: what it needs as arrays, and what it remembers."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, N_CLASSES
from av_fusion_ros.model.senses import AUDIO, V2X, VISUAL
from av_fusion_ros.recognition.alignment import AlignedHop
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import Weights
from av_fusion_ros.recognition.modes import Mode

_FORGET_HOPS = 25  # without any sense, after which the network's past is void

_SILENCE = np.full(N_CLASSES, -20.0)
_SILENCE[BLANK] = 0.0


@dataclass(frozen=True, slots=True)
class FusedHop:
    """What the network made of one hop.

    ``log_probs`` (classes,); ``weights`` (3,) of ear, eye and roadside, which sum to 1, or to 0
    without any sense; ``projections`` (2, size) heard and seen, None where one of both is absent.
    """

    log_probs: NDArray[np.floating]
    weights: NDArray[np.float64]
    projections: NDArray[np.float32] | None


class HopFusion:
    """The fusion network with its state, one hop after another."""

    def __init__(self, backend: Backend, feature_size: int) -> None:
        self._backend, self._feature_size = backend, feature_size
        self.reset()

    def reset(self) -> None:
        """Forget everything heard and seen."""
        self._state = self._backend.initial_state('fusion')
        self._empty_hops = 0

    def fuse(self, hop: AlignedHop, shares: NDArray[np.float32]) -> FusedHop:
        """Run the network on a hop; ``shares`` (3,) in [0, 1] say how far each sense counts."""
        if not shares.any():
            self._empty_hops += 1
            if self._empty_hops == _FORGET_HOPS:
                self._state = self._backend.initial_state('fusion')
            return FusedHop(_SILENCE, np.zeros(3), None)
        self._empty_hops = 0
        features, evidence = self._inputs(hop, shares)
        log_probs, weights, _, self._state = self._backend.fuse(
            features, shares[None, None], evidence, self._state
        )
        trusted = weights[0, 0].astype(np.float64) * (shares > 0)
        both = shares[AUDIO] and shares[VISUAL]
        return FusedHop(
            log_probs[0, 0],
            trusted / trusted.sum(),
            self._backend.projections(self._state)[0] if both else None,
        )

    def _inputs(
        self, hop: AlignedHop, shares: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        features = np.zeros((1, 1, 3, self._feature_size), np.float32)
        evidence = np.zeros((1, 1, 3), np.float32)
        if hop.audio is not None and shares[AUDIO]:
            features[0, 0, AUDIO] = hop.audio.embedding
            evidence[0, 0, AUDIO] = _known(hop.audio.snr_db, 0.0) / 10
        if hop.visual is not None and shares[VISUAL]:
            features[0, 0, VISUAL] = hop.visual.embedding
            evidence[0, 0, VISUAL] = _known(hop.visual.quality, 0.5)
        if hop.roadside is not None and shares[V2X]:
            features[0, 0, V2X] = hop.roadside.embedding
            evidence[0, 0, V2X] = _known(hop.roadside.quality, 0.5)
        return features, evidence


def published_weights(
    hop: AlignedHop, fused: FusedHop, mode: Mode, v2x_age_s: float | None
) -> Weights:
    """What is told of a hop: nothing is trusted in BLIND, whatever the network made of it."""
    trusted = np.zeros(3) if mode is Mode.BLIND else fused.weights
    return Weights(
        hop.stamp_ns,
        audio=float(trusted[AUDIO]),
        visual=float(trusted[VISUAL]),
        v2x=float(trusted[V2X]),
        snr_db=hop.audio.snr_db if hop.audio else nan,
        camera_quality=hop.visual.quality if hop.visual else nan,
        v2x_age_s=nan if v2x_age_s is None else v2x_age_s,
        mode=int(mode),
        face_id=hop.visual.face_id if hop.visual else 0,
    )


def _known(value: float, otherwise: float) -> float:
    return otherwise if isnan(value) else value
