# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Options that are ROS names: checked before a process is started that could only fail by them.

No ROS import: --help and the tab key read these too.
"""

from __future__ import annotations

import argparse
import difflib
import re
from pathlib import Path

_NAMESPACE = re.compile(r'(/?[A-Za-z_]\w*)*/?', re.ASCII)


def add_namespace_argument(parser: argparse.ArgumentParser, whose: str) -> None:
    """Offer --namespace; ``whose`` ends its help: "ROS namespace of ..."."""
    parser.add_argument('--namespace', type=namespace, default='', help=f'ROS namespace of {whose}')


def namespace(text: str) -> str:
    """A ROS namespace, with or without its first /; an ArgumentTypeError says what is wrong."""
    if not _NAMESPACE.fullmatch(text) or '//' in text:
        raise argparse.ArgumentTypeError(
            f'{text!r} is no ROS namespace; give letters, digits and _, parted by /, such as robot1'
        )
    return text


def remapping(text: str) -> str:
    """FROM:=TO."""
    if not all(text.partition(':=')[::2]):
        raise argparse.ArgumentTypeError(
            f'{text!r} is no remapping; give FROM:=TO, such as image:=/camera/image_raw'
        )
    return text


def parameter(text: str) -> str:
    """[NODE:]NAME:=VALUE of a node that `av-fusion up` starts.

    A name that no node has would be ignored by ROS, and what was meant would not happen. Names
    with a dot (qos_overrides.*) are declared by ROS itself and are passed on as they are.
    """
    from av_fusion_ros.nodes.graph import DEVICE_SOURCE, GRAPH, HRI_BRIDGE, PICTURE_ANNOTATOR

    full, assigned, value = text.partition(':=')
    node, parted, name = full.rpartition(':')
    if not assigned or not name:
        raise argparse.ArgumentTypeError(
            f'{text!r} sets no parameter; give NAME:=VALUE or NODE:NAME:=VALUE, such as '
            'fusion:min_confidence:=0.6'
        )
    nodes = {each.name: each for each in (*GRAPH, DEVICE_SOURCE, PICTURE_ANNOTATOR, HRI_BRIDGE)}
    if parted and node not in nodes:
        raise argparse.ArgumentTypeError(f'no node {node!r}; nodes are {", ".join(nodes)}')
    asked = [nodes[node]] if parted else list(nodes.values())
    known = {each.name for one in asked for each in one.parameters} | {'use_sim_time'}
    if name not in known and '.' not in name:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f'; did you mean {near[0]!r}?' if near else ''
        raise argparse.ArgumentTypeError(
            f'{node or "no node"} has {"no" if parted else "a"} parameter {name!r}{meant}'
        )
    # The shell has taken the quotes off an empty text, and ROS cannot read it without.
    return text if value else f"{text}''"


def parameter_file(text: str) -> Path:
    """A parameter file that is there."""
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(
            f'there is no parameter file {text}; copy config/fusion.yaml'
        )
    return Path(text)
