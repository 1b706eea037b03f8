# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scores of RAVDESS clips by the shipped rule, and by classifiers that never met the actor."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from av_fusion_ros.recognition.affect import facial_affect, vocal_affect
from av_fusion_ros.signals.expression import ActionUnits
from av_fusion_ros.signals.vocal_tone import VocalTone

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
N_ACTION_UNITS = 35
NEUTRAL, HAPPY, ANGRY = 1, 3, 5  # labels as they stand in the file
AU4, AU5, AU12, AU23 = 2, 3, 8, 13  # columns: OpenFace's intensities, 0 to 5, mean of the clip
SPEECH_DB = 20.0  # frames so far below a clip's loudest are pauses
REGULARISATION = (0.001, 0.01, 0.1)


def loudness_db(contours: Floats) -> Floats:
    """Mean level of the speech in clips (n, frames), (n,)."""
    loud = np.percentile(contours, 95, axis=1, keepdims=True)
    speech = contours > loud - SPEECH_DB
    return (contours * speech).sum(1) / speech.sum(1)


def rule(features: Floats, label: Numbers, actor: Numbers) -> dict[str, Floats]:
    """The shipped rule's scores of every clip: its face's happiness, its voice's anger."""
    level = loudness_db(features[:, N_ACTION_UNITS:])
    usual = {who: level[(actor == who) & (label == NEUTRAL)].mean() for who in np.unique(actor)}
    faces = [
        facial_affect(ActionUnits(smile=au[AU12], brow=au[AU4], press=au[AU23], lids=au[AU5]))
        for au in features[:, :N_ACTION_UNITS].tolist()
    ]
    voices = [
        vocal_affect(VocalTone(level_db=db - usual[who]))
        for db, who in zip(level.tolist(), actor, strict=True)
    ]
    return {
        'face': np.array([face.happy for face in faces]),
        'face angry': np.array([face.angry for face in faces]),
        'voice': np.array([voice.anger for voice in voices]),
    }


def contour_features(contours: Floats, label: Numbers, actor: Numbers) -> Floats:
    """Level statistics of clips against the same actor's neutral ones, (n, 9)."""
    quantiles = np.percentile(contours, [10, 50, 75, 90, 97], axis=1).T
    steps = np.abs(np.diff(contours, axis=1)).mean(1)
    speaking = (contours > quantiles[:, 4:] - SPEECH_DB).mean(1)
    found = np.column_stack([contours.mean(1), contours.std(1), quantiles, steps, speaking])
    for who in np.unique(actor):
        mine = actor == who
        found[mine] -= found[mine & (label == NEUTRAL)].mean(0)
    return found


def fitted(inputs: Floats, targets: Floats, regularisation: float) -> Floats:
    """Weights (1 + n,) of logistic regression, bias first."""
    x, t = torch.from_numpy(inputs), torch.from_numpy(targets)
    weights = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn='strong_wolfe')

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = (
            torch.nn.functional.binary_cross_entropy_with_logits(x @ weights[1:] + weights[0], t)
            + regularisation * weights[1:].square().sum()
        )
        loss.backward()
        return loss

    optimiser.step(closure)
    return weights.detach().numpy()


def left_out(
    inputs: Floats, is_target: NDArray[np.bool_], used: NDArray[np.bool_], actor: Numbers
) -> Floats:
    """Probability of the target for every clip, by a classifier that never heard its actor.

    The regularisation is chosen on the next actor, which the classifier does not learn from either.
    """
    found = np.zeros(len(inputs))
    actors = np.unique(actor)
    for k, who in enumerate(actors):
        judge = actors[(k + 1) % len(actors)]
        learn = used & (actor != who) & (actor != judge)
        mean, spread = inputs[learn].mean(0), inputs[learn].std(0) + 1e-9
        z = (inputs - mean) / spread
        tries = [fitted(z[learn], is_target[learn].astype(float), r) for r in REGULARISATION]
        logits = [z @ weights[1:] + weights[0] for weights in tries]
        check = used & (actor == judge)
        right = [((logit > 0) == is_target)[check].mean() for logit in logits]
        mine = actor == who
        found[mine] = 1 / (1 + np.exp(-logits[int(np.argmax(right))][mine]))
    return found
