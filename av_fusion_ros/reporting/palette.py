# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The colours of page and picture, each with its shade for dark surroundings.

Those of the senses are Okabe and Ito's (2008), which colour-blind people tell apart. No colour
means anything without a word or a mark beside it.
"""

from __future__ import annotations

#: Name -> (on light, on dark).
PALETTE = {
    'ear': ('#0072b2', '#5db5ec'),
    'eye': ('#d55e00', '#f08a4b'),
    'roadside': ('#009e73', '#3fc79e'),
    'plain': ('#5b6270', '#9aa3b2'),
    'right': ('#1b7f3b', '#58c27a'),
    'wrong': ('#c0262d', '#ff7b7b'),
    'doubt': ('#8f5a00', '#e0a93b'),
    'said': ('#6a4fb3', '#b39df0'),
    'noise': ('#c0262d', '#ff7b7b'),
    'dark': ('#3a4150', '#8089a0'),
    'mode0': ('#1b7f3b', '#58c27a'),
    'mode1': ('#8f5a00', '#e0a93b'),
    'mode2': ('#8f5a00', '#e0a93b'),
    'mode3': ('#009e73', '#3fc79e'),
    'mode4': ('#0072b2', '#5db5ec'),
    'mode5': ('#d55e00', '#f08a4b'),
    'mode6': ('#c0262d', '#ff7b7b'),
}


def css_variables(dark: bool) -> str:
    """The palette as CSS declarations."""
    return ' '.join(f'--{name}: {shades[dark]};' for name, shades in PALETTE.items())
