# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion doctor`: is everything there, and how to mend what is not."""

from __future__ import annotations

import argparse
import json
import sys

from av_fusion_ros.cli.device_checks import DEVICE_CHECKS
from av_fusion_ros.cli.finding import FAILED, PASSED, WARNING, Finding
from av_fusion_ros.cli.installation_checks import CHECKS
from av_fusion_ros.cli.network_checks import NETWORK_CHECKS

HELP = """
Check the installation: Python, ROS 2, the built messages, the networks' libraries, weights and
graphs, the speech synthesiser, the DDS settings, camera and microphone. Then look for a running
graph, in any namespace, and check it: are the nodes active and there once, does somebody publish
pictures and sound, can those who share a topic talk to each other (types, QoS), do all take the
time from one clock that runs, are stamps near the time of arrival. What is not in order comes
with how to mend it.
"""

FAILURE = 'a check failed (a warning is no failure)'

ALL_CHECKS = CHECKS | NETWORK_CHECKS | DEVICE_CHECKS
SIGNS = {PASSED: 'ok  ', WARNING: 'warn', FAILED: 'FAIL'}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from av_fusion_ros.cli.ros_session import add_network_argument

    parser.add_argument('--json', action='store_true', help='print the findings as JSON')
    parser.add_argument(
        '--wait',
        type=float,
        default=2.0,
        metavar='S',
        help='to find a running graph, and again to hear it; 0: the installation alone',
    )
    add_network_argument(parser)


def run(args: argparse.Namespace) -> int:
    if args.local:
        from av_fusion_ros.cli.ros_session import use_local_network

        use_local_network()
    findings = [(name, check()) for name, check in ALL_CHECKS.items()]
    if args.wait > 0:
        findings += _of_running_graph(args.wait)
    if args.json:
        print(json.dumps({name: finding.as_dict() for name, finding in findings}, indent=2))
    else:
        print(report(findings))
    return int(any(finding.state == FAILED for _, finding in findings))


def _of_running_graph(wait_s: float) -> list[tuple[str, Finding]]:
    from av_fusion_ros.cli.graph_checks import check_graph
    from av_fusion_ros.cli.ros_session import ros_session

    try:
        with ros_session() as executor:
            import rclpy

            from av_fusion_ros.cli.live_graph import observe

            node = rclpy.create_node('av_fusion_doctor')
            executor.add_node(node)
            try:
                return list(check_graph(observe(node, executor, wait_s)).items())
            finally:
                node.destroy_node()
    except ImportError as error:
        return [('graph', Finding(WARNING, f'cannot be looked at: {error}', 'see rclpy above'))]


def report(findings: list[tuple[str, Finding]]) -> str:
    """One line per check, and below each that did not pass how to mend it."""
    width = max(len(name) for name, _ in findings)
    lines = []
    for name, finding in findings:
        lines.append(f'{SIGNS[finding.state]}  {name:<{width}}  {finding.found}')
        if finding.state != PASSED:
            lines.append(f'{"":<{width + 8}}{finding.mend}')
    failed = sum(finding.state == FAILED for _, finding in findings)
    warned = sum(finding.state == WARNING for _, finding in findings)
    lines.append('')
    lines.append(
        f'{len(findings)} checks: {failed} failed, {warned} warned (Python {sys.executable})'
    )
    return '\n'.join(lines)
