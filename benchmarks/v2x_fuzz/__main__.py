# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the trials, prints a table of what became of every kind of message, and writes CSV."""

from __future__ import annotations

import argparse
import csv
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from av_fusion_ros.cli.wheels_environment import use_wheels_environment

PAGE_KIB = 4


def resident_mib() -> float:
    """Memory of this process that is in RAM."""
    gc.collect()
    return int(Path('/proc/self/statm').read_text().split()[1]) * PAGE_KIB / 1024


class Memory:
    """Resident memory after a tenth of the messages, when all caches are warm, and at the end."""

    def __init__(self, messages: int) -> None:
        self._warm_at = messages // 10
        self.warm_mib = 0.0

    def look(self, k: int) -> None:
        if k == self._warm_at:
            self.warm_mib = resident_mib()


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when nothing got in that should not and nothing honest was kept out."""
    parser = argparse.ArgumentParser(prog='python3 -m benchmarks.v2x_fuzz')
    parser.add_argument('--messages', type=int, default=120_000)
    parser.add_argument('--flood-s', type=int, default=10)
    parser.add_argument('--hour-s', type=float, default=3600.0)
    parser.add_argument('--node', type=int, default=500, help='messages through the real node')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--csv', type=Path)
    options = parser.parse_args(arguments)

    from benchmarks.v2x_fuzz.node_trial import through_the_node
    from benchmarks.v2x_fuzz.trials import ADMITTED, attacked, clean_hour, flooded

    memory = Memory(options.messages)
    attacks, costs_s = attacked(options.messages, options.seed, memory.look)
    grown_mib = resident_mib() - memory.warm_mib
    floods = flooded(options.flood_s, 1000, options.seed)
    hour = clean_hour(options.hour_s, options.seed)
    node = through_the_node(options.node, options.seed) if options.node else []
    rows = [*attacks, *floods, hour, *node]

    print(f'{"kind":42s} {"sent":>7s} {"to catch":>8s} {"caught":>8s} {"share":>8s}  outcomes')
    for row in rows:
        share = f'{100 * row.caught / row.to_catch:.2f} %' if row.to_catch else ''
        outcomes = ', '.join(f'{name} {count}' for name, count in row.outcomes.most_common())
        print(
            f'{row.kind:42s} {row.sent:7d} {row.to_catch:8d} {row.caught:8d} {share:>8s}  '
            + outcomes
        )
    to_catch, wrong = sum(row.to_catch for row in rows), sum(row.wrong for row in rows)
    kept_out = sum(row.sent - row.outcomes[ADMITTED] for row in (attacks[-1], hour, *node[-1:]))
    p50, p95, p99 = (1e3 * float(np.percentile(costs_s, q)) for q in (50, 95, 99))
    print(f'\n{to_catch} messages to catch, {wrong} admitted; {kept_out} honest ones kept out')
    print(f'one check: p50 {p50:.3f} ms, p95 {p95:.3f} ms, p99 {p99:.3f} ms of processor time')
    print(f'resident memory {memory.warm_mib:.1f} MiB when warm, {grown_mib:+.1f} MiB at the end')
    if options.csv is not None:
        with options.csv.open('w', newline='') as file:
            table = csv.writer(file, lineterminator='\n')
            table.writerow(('kind', 'sent', 'to_catch', 'caught', 'outcomes'))
            for row in rows:
                outcomes = '; '.join(f'{n} {c}' for n, c in row.outcomes.most_common())
                table.writerow((row.kind, row.sent, row.to_catch, row.caught, outcomes))
    return int(wrong > 0 or kept_out > 0)


if __name__ == '__main__':
    use_wheels_environment()
    sys.exit(main())
