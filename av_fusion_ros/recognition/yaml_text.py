# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""YAML that somebody wrote by hand: whatever is wrong with it is one kind of error."""

from __future__ import annotations

from typing import Any

import yaml


def parsed_yaml(text: str) -> Any:
    """What ``text`` holds. Raises yaml.YAMLError where it is not valid.

    PyYAML itself lets a ValueError or a RecursionError through: of the 45th of a month, of a
    thousand brackets.
    """
    try:
        return yaml.safe_load(text)
    except (ValueError, RecursionError) as error:
        raise yaml.YAMLError(str(error)) from error
