# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion doctor`: is everything there, and how to mend what is not."""

from __future__ import annotations

import argparse
import json
import sys

from av_fusion_ros.cli.installation_checks import CHECKS, FAILED, PASSED, WARNING, Finding

HELP = """
Check the installation: Python, ROS 2, the built messages, the networks' libraries and weights,
the speech synthesiser and the DDS settings. Every failing check says how to mend it.
"""

FAILURE = 'a check failed (a warning is no failure)'

SIGNS = {PASSED: 'ok  ', WARNING: 'warn', FAILED: 'FAIL'}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--json', action='store_true', help='print the findings as JSON')


def run(args: argparse.Namespace) -> int:
    findings = [(name, check()) for name, check in CHECKS.items()]
    if args.json:
        print(json.dumps({name: finding.as_dict() for name, finding in findings}, indent=2))
    else:
        print(report(findings))
    return int(any(finding.state == FAILED for _, finding in findings))


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
