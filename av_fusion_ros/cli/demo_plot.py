# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The demo as one picture: weights, SNR, camera quality and mode over time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from av_fusion_ros.cli.demo_report import MODES, WEIGHT_COLUMNS, DemoResult

COLOURS = {'audio': 'tab:blue', 'visual': 'tab:orange', 'v2x': 'tab:green'}


def plot(result: DemoResult, path: Path) -> None:
    """Write the picture; raises ModuleNotFoundError where matplotlib is absent."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout='constrained')
    FigureCanvasAgg(figure)
    weights_axis, snr_axis, mode_axis = figure.subplots(
        3, 1, sharex=True, gridspec_kw={'height_ratios': (3, 2, 2)}
    )
    table = np.array(result.weights, float).reshape(-1, len(WEIGHT_COLUMNS))
    columns = dict(zip(WEIGHT_COLUMNS, table.T, strict=True))
    time_s = columns['time_s']
    for name, colour in COLOURS.items():
        weights_axis.plot(time_s, columns[name], color=colour, label=name)
    weights_axis.set(ylabel='weight', ylim=(-0.02, 1.3))
    weights_axis.legend(loc='lower right', ncols=3)
    for utterance in result.truth['utterances']:
        recognised = result.recognised_in(utterance)
        right = recognised == utterance['text']
        weights_axis.plot(
            [utterance['start_s'], utterance['end_s']],
            [1.06, 1.06],
            color='tab:green' if right else 'tab:red',
            linewidth=4,
        )
        weights_axis.text(
            utterance['start_s'], 1.1, utterance['text'], fontsize=8, rotation=12, va='bottom'
        )
    snr_axis.plot(time_s, columns['audio_snr_db'], color='tab:blue')
    snr_axis.set_ylabel('SNR [dB]', color='tab:blue')
    quality_axis = snr_axis.twinx()
    quality_axis.plot(time_s, columns['camera_quality'], color='tab:orange')
    quality_axis.set_ylabel('camera quality', color='tab:orange')
    quality_axis.set_ylim(-0.05, 1.05)
    mode_axis.step(time_s, columns['mode'], where='post', color='black')
    mode_axis.set_yticks(range(len(MODES)), MODES, fontsize=8)
    mode_axis.set(xlabel='time [s]', ylim=(-0.5, len(MODES) - 0.5))
    for axis in (weights_axis, snr_axis, mode_axis):
        axis.grid(alpha=0.3)
        for event in result.truth['events']:
            dark = event['kind'] == 'blackout'
            axis.axvspan(
                event['start_s'],
                event['end_s'],
                color='black' if dark else 'tab:red',
                alpha=0.15,
            )
    weights_axis.set_title('red: noise, grey: camera dark; green bar: recognised, red bar: not')
    figure.savefig(path, dpi=110)
