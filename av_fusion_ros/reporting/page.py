# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The report as one HTML page that needs no network and no script to be read."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from html import escape
from pathlib import Path

import numpy as np

from av_fusion_ros import __version__
from av_fusion_ros.reporting.missing import missing
from av_fusion_ros.reporting.page_tables import tables
from av_fusion_ros.reporting.palette import PALETTE, css_variables
from av_fusion_ros.reporting.run import Run
from av_fusion_ros.reporting.summary import facts, sentences
from av_fusion_ros.reporting.track_html import timeline_html
from av_fusion_ros.reporting.tracks import Timeline

#: Nothing is fetched, whatever a bag's texts hold: they are escaped, and this forbids the rest.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_HERE = Path(__file__).parent


def page(run: Run, drawn: Timeline, title: str) -> str:
    """The whole page of a run and its timeline; ``title`` names it."""
    body = ''.join(
        (
            _summary(run, title),
            f'<h2>Timeline</h2>{timeline_html(drawn)}',
            *tables(run),
        )
    )
    data = json.dumps(_data(drawn), allow_nan=False).replace('<', '\\u003c')
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><style>\n{_style()}</style></head>\n<body><main>{body}'
        f'<footer class="soft">Made by av_fusion_ros {__version__}, `av-fusion report`.</footer>'
        f'</main>\n<script id="data" type="application/json">{data}</script>\n'
        f'<script>\n{(_HERE / "page.js").read_text()}</script></body></html>\n'
    )


def _style() -> str:
    colours = ''.join(f'.c-{name} {{ --c: var(--{name}); }}\n' for name in PALETTE)
    return (
        f':root {{ {css_variables(dark=False)} }}\n'
        f'@media (prefers-color-scheme: dark) {{ :root {{ {css_variables(dark=True)} }} }}\n'
        f'{colours}{(_HERE / "page.css").read_text()}'
    )


def _summary(run: Run, title: str) -> str:
    about = [f'model {escape(run.model_id)}'] if run.model_id else []
    if run.truth is None:  # a generated scene's date is made up
        begun = datetime.fromtimestamp(run.begin_ns / 1e9, tz=timezone.utc)
        about.insert(0, f'{begun:%Y-%m-%d %H:%M:%S} UTC')
    tiles = ''.join(
        f'<li><b>{escape(f.value)}</b>{escape(f.name)}<small>{escape(f.remark)}</small></li>'
        for f in facts(run)
    )
    lacks = ''.join(f'<li>{_inline_code(told)}</li>' for told in missing(run))
    box = f'<div class="missing">Not on this page:<ul>{lacks}</ul></div>' if lacks else ''
    words = ''.join(f'<p>{escape(sentence)}</p>' for sentence in sentences(run))
    return (
        f'<h1>{escape(title)}</h1><p class="soft">{" · ".join(["av-fusion report", *about])}</p>'
        f'<ul class="facts">{tiles}</ul>{words}{box}'
    )


def _inline_code(text: str) -> str:
    """Escaped, with `this` as code."""
    parts = escape(text).split('`')
    return ''.join(f'<code>{p}</code>' if k % 2 else p for k, p in enumerate(parts))


def _data(drawn: Timeline) -> list[dict[str, object]]:
    """What the script tells under the pointer."""
    return [
        {
            'unit': track.unit,
            'spans': [(s.start_s, s.end_s, s.word) for s in track.spans],
            'lines': [
                {
                    'name': each.name,
                    't': [round(t, 2) for t in each.time_s.tolist()],
                    'v': [float(f'{v:.3g}') if np.isfinite(v) else None for v in each.value],
                    'reach': max(0.3, drawn.duration_s / 200) if each.dots else 0.5,
                }
                for each in track.lines
            ],
        }
        for track in drawn.tracks
    ]
