# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a report cannot show, and what to do about it."""

from __future__ import annotations

from typing import Any

from av_fusion_ros.reporting.run import Run


def missing(run: Run) -> list[str]:
    """What the page lacks because the bags do, and how to get it; then what could not be read."""
    played = 'give the bag that was played as well: `av-fusion report RESULT PLAYED`'
    inputs = f'{played}, or record with `av-fusion record --inputs`'
    lacks: list[tuple[Any, str]] = [
        (run.sound, f'No sound, so no spectrogram: {inputs}.'),
        (run.mouths, f'No pictures, so no mouth crops: {inputs}.'),
        (run.weights, 'No weights: the trust in each sense is unknown.'),
        (run.modes or run.weights, 'No modes.'),
        (run.commands, 'No commands were recognised, or none recorded.'),
        (run.alarms, 'No word of the consistency monitor: no alarms are shown.'),
        (
            run.truth is not None,
            'No ground_truth.json beside the bag, so nothing is called right or wrong.',
        ),
        (
            run.clock_fits() or not (run.weights or run.commands),
            "The bag's clock is not the stamps': no latencies. Record with `--use-sim-time`.",
        ),
    ]
    return [told for there, told in lacks if not there] + list(run.notes)
