# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A replayed scene as one picture: weights, SNR, camera quality and mode over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from av_fusion_ros.cli.replay_result import MODES, WEIGHT_COLUMNS, ReplayResult

COLOURS = {'audio': 'tab:blue', 'visual': 'tab:orange', 'v2x': 'tab:green'}
#: Events of the sound and of the link; all others are of the camera.
SOUND_EVENTS = ('noise', 'mic_dead', 'mic_loss', 'desync', 'mismatch')
LINK_EVENTS = ('v2x', 'v2x_attack', 'v2x_other')


def plot(result: ReplayResult, path: Path, title: str = '') -> None:
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
        weights_axis.plot(
            [utterance['start_s'], utterance['end_s']],
            [1.06, 1.06],
            color='tab:green' if result.is_right(utterance) else 'tab:red',
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
            axis.axvspan(event['start_s'], event['end_s'], color=_shade(event), alpha=0.12)
    for row, event in enumerate(result.truth['events']):
        mode_axis.text(
            event['start_s'], 0.45 * (row % 3) - 0.3, event['kind'], fontsize=8, color='dimgrey'
        )
    key = 'shaded red: sound, grey: camera, green: link; green bar: recognised, red bar: not'
    weights_axis.set_title(f'{title}  ({key})' if title else key, fontsize=10)
    figure.savefig(path, dpi=110)


def _shade(event: dict[str, Any]) -> str:
    if event['kind'] in SOUND_EVENTS:
        return 'tab:red'
    return 'tab:green' if event['kind'] in LINK_EVENTS else 'black'
