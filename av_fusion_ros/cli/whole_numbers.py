# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whole numbers as options take them, with a bound that argparse itself does not know."""

from __future__ import annotations

import argparse


def not_negative(text: str) -> int:
    """0 or more, as a seed must be."""
    return _at_least(0, text)


def positive(text: str) -> int:
    """1 or more, as a count must be."""
    return _at_least(1, text)


def _at_least(least: int, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f'{text!r} is no whole number of {least} or more')
    return number
