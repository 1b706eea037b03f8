# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How quickly the running nodes notice that a sense is gone, over many onsets.

python3 benchmarks/scenario_trials.py [--trials 52] [--output docs/evaluation/degradation]

Two bags of held-out GRID clips are replayed into freshly started nodes. In the first the camera is
blinded every five seconds while a roadside unit (simulated from the same clips, 150 to 250 ms late,
3 % lost) sends signed views, and 1.3 s later the link breaks as well; in the second the camera is
blinded every three seconds without any roadside unit. The camera goes dark, sends nothing, freezes
or is covered, in turn. Times are those of the replayed scene: by the stamp of what is published
(the goal is held against these), and by the replay's clock when it was received.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from av_fusion_ros.cli.wheels_environment import use_wheels_environment
from av_fusion_ros.generation.events import Blockage, CameraLoss, Event, Exposure, Freeze, V2x
from av_fusion_ros.generation.scenario_parts import LINK

KINDS = ('dark', 'no frames', 'frozen', 'covered')
LEAD_S = 4.0
PERIOD_S = {'link': 5.0, 'alone': 3.0}
BLIND_S = {'link': 2.4, 'alone': 1.0}
LINK_BREAKS_S = 1.3  # after the onset
JITTER_S = 0.2  # onsets fall anywhere between two pictures
MAX_V2X_AGE_S = 0.5  # max_v2x_age_s in config/fusion.yaml
EAR_WEIGHT = 0.87


@dataclass(frozen=True, slots=True)
class Onset:
    """One moment at which something goes wrong; ``kind`` is that of the camera's fault."""

    measure: str
    kind: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Goal:
    """``share`` of the trials within ``within_s``."""

    measure: str
    within_s: float
    share: float


GOALS = (
    Goal('camera blinded to V2X_FALLBACK', 1.0, 0.95),
    Goal(f'camera blinded, no roadside view, to ear >= {EAR_WEIGHT}', 0.5, 1.0),
    Goal('roadside link broken to AUDIO_ONLY', MAX_V2X_AGE_S + 0.1, 1.0),
)
FALLBACK, EAR, LINK_LOSS = (goal.measure for goal in GOALS)


@dataclass(frozen=True, slots=True)
class Trial:
    """How long it took, by the stamps and as received; infinite = never."""

    onset: Onset
    by_stamp_s: float
    received_s: float


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the graph: seconds of the scene, by its stamp and when it was received."""

    stamp_s: float
    received_s: float
    mode: str
    audio: float
    visual: float
    v2x: float


def blinding(kind: str, start_s: float, end_s: float) -> Event:
    """The event that blinds the camera."""
    span = {'start_s': start_s, 'end_s': end_s}
    made = {
        'dark': lambda: Exposure(gain=0.01, **span),
        'no frames': lambda: CameraLoss(**span),
        'frozen': lambda: Freeze(**span),
        'covered': lambda: Blockage(share=1.0, **span),
    }
    return made[kind]()


def schedule(bag: str, trials: int, seed: int) -> tuple[list[Event], list[Onset], float]:
    """Events, onsets to measure, and how long the bag has to be."""
    rng = np.random.default_rng([seed, len(bag)])
    events: list[Event] = []
    onsets: list[Onset] = []
    link_from_s = 0.0
    for trial in range(trials):
        kind = KINDS[trial % len(KINDS)]
        at_s = LEAD_S + trial * PERIOD_S[bag] + float(rng.uniform(0, JITTER_S))
        end_s = at_s + BLIND_S[bag]
        events.append(blinding(kind, at_s, end_s))
        if bag == 'alone':
            onsets.append(Onset(EAR, kind, at_s))
            continue
        breaks_s = at_s + LINK_BREAKS_S
        events.append(V2x(start_s=link_from_s, end_s=breaks_s, **LINK))
        onsets += [Onset(FALLBACK, kind, at_s), Onset(LINK_LOSS, kind, breaks_s)]
        link_from_s = end_s
    return events, onsets, LEAD_S + trials * PERIOD_S[bag]


def clip_names(data: Path, length_s: float) -> list[str]:
    """Held-out clips, three seconds each, again from the first where they do not suffice."""
    from av_fusion_ros.learning.splits import grid_key, part_of

    names = [
        path.stem
        for path in sorted((data / 'grid' / 's1').glob('*.align'))
        if part_of(grid_key(path)) == 'test'
    ]
    if not names:
        raise SystemExit(f'no GRID clips in {data}; give --data')
    count = int(np.ceil(length_s / 3.0))
    return [names[k % len(names)] for k in range(count)]


def played(bag: str, args: argparse.Namespace, folder: Path) -> tuple[list[Onset], list[Said]]:
    """Write a bag, replay it, and return what was to be noticed and what was said."""
    from av_fusion_ros.cli.graph_replay import replay_scene
    from av_fusion_ros.cli.replay_result import ReplayResult
    from av_fusion_ros.cli.scenario import write_bag_on_air
    from av_fusion_ros.generation.ground_truth import ground_truth
    from av_fusion_ros.generation.recorded_scene import grid_clip, recorded_scene
    from av_fusion_ros.generation.scene import SceneSettings

    events, onsets, length_s = schedule(bag, args.trials, args.seed)
    clips = [grid_clip(args.data / 'grid' / 's1', name) for name in clip_names(args.data, length_s)]
    print(f'{bag}: {args.trials} onsets in {length_s:.0f} s; writing the bag ...', flush=True)
    scene = recorded_scene(clips, events, SceneSettings(seed=args.seed))
    folder.mkdir()
    write_bag_on_air(scene, folder)
    result = ReplayResult(ground_truth(scene))
    print('replaying ...', flush=True)
    replay_scene(
        folder / 'scene',
        result,
        output=folder / 'results',
        rate=args.rate,
        parameters=(f'v2x_gateway:trust_file:={folder / "trust.yaml"}',),
        silent=True,
    )
    hops = result.truth['duration_s'] * 25
    print(f'{len(result.weights)} weights of {hops:.0f} hops', flush=True)
    return onsets, list(said(folder / 'results', scene.settings.start_ns))


def said(bag: Path, start_ns: int) -> Iterator[Said]:
    """Modes (weights NaN) and weights in the order in which they were received."""
    from rosbags.rosbag2 import Reader

    from av_fusion_ros.cli.replay_result import MODES
    from av_fusion_ros.generation.bag_types import bag_types

    topics = ('/fusion/mode', '/fusion/weights')
    with Reader(bag) as reader:
        connections = [c for c in reader.connections if c.topic in topics]
        for connection, received_ns, data in reader.messages(connections=connections):
            message: Any = bag_types().deserialize_cdr(data, connection.msgtype)
            stamp = message.header.stamp
            times = (
                (stamp.sec * 10**9 + stamp.nanosec - start_ns) / 1e9,
                (received_ns - start_ns) / 1e9,
            )
            if connection.topic == topics[0]:
                yield Said(*times, MODES[message.mode], np.nan, np.nan, np.nan)
            else:
                trust = (message.audio, message.visual, message.v2x)
                yield Said(*times, MODES[message.mode], *trust)


def trials_of(onsets: Sequence[Onset], messages: Sequence[Said]) -> list[Trial]:
    """What each onset led to, until two seconds later.

    A link that breaks while no roadside view is in use (the unit saw no face) is no trial.
    """
    modes = [m for m in messages if np.isnan(m.audio)]
    weights = [m for m in messages if not np.isnan(m.audio)]
    trials = []
    for onset in onsets:
        if onset.measure == EAR:
            # For good: a single hop does not count.
            after = [w for w in weights if 0 <= w.stamp_s - onset.at_s <= BLIND_S['alone']]
            low = [k for k, w in enumerate(after) if w.audio < EAR_WEIGHT]
            reached = after[low[-1] + 1 :] if low else after
        elif onset.measure == LINK_LOSS and mode_at(modes, onset.at_s) != 'V2X_FALLBACK':
            continue
        else:
            wanted = 'V2X_FALLBACK' if onset.measure == FALLBACK else 'AUDIO_ONLY'
            reached = [m for m in modes if m.mode == wanted and 0 <= m.stamp_s - onset.at_s <= 2.0]
        if reached:
            first = reached[0]
            took = (first.stamp_s - onset.at_s, first.received_s - onset.at_s)
        else:
            took = (np.inf, np.inf)
        trials.append(Trial(onset, *took))
    return trials


def mode_at(modes: Sequence[Said], at_s: float) -> str:
    """The mode in force; '' before the first."""
    return next((m.mode for m in reversed(modes) if m.stamp_s <= at_s), '')


def of(goal: Goal, trials: Sequence[Trial]) -> list[Trial]:
    """The trials that a goal is about."""
    return [trial for trial in trials if trial.onset.measure == goal.measure]


def quantiles(values: Sequence[float]) -> str:
    """p50 / p95 / largest in milliseconds; the quantiles are measured values, not between two."""
    ordered = sorted(values)
    picked = [
        ordered[min(len(ordered) - 1, int(np.ceil(q * len(ordered))) - 1)] for q in (0.5, 0.95, 1)
    ]
    return ' / '.join('never' if np.isinf(v) else f'{1000 * v:.0f}' for v in picked)


def report(trials: Sequence[Trial]) -> tuple[list[str], bool]:
    """The table, and whether every goal of these trials is reached."""
    lines = [
        '| | trials | by stamp: p50 / p95 / max [ms] | received: p50 / p95 / max [ms] | goal | |',
        '|---|---|---|---|---|---|',
    ]
    reached = True
    for goal in GOALS:
        of_goal = of(goal, trials)
        for kind in ('all', *KINDS):
            rows = [trial for trial in of_goal if kind in ('all', trial.onset.kind)]
            if not rows:
                continue
            share = np.mean([trial.by_stamp_s <= goal.within_s for trial in rows])
            holds = bool(share >= goal.share)
            whole = kind == 'all'
            reached = reached and (holds or not whole)
            wanted = f'{goal.share:.0%} within {1000 * goal.within_s:.0f} ms' if whole else ''
            lines.append(
                f'| {goal.measure if whole else f"... {kind}"} | {len(rows)} | '
                f'{quantiles([t.by_stamp_s for t in rows])} | '
                f'{quantiles([t.received_s for t in rows])} | {wanted} | '
                f'{("ok" if holds else "MISSED") if whole else ""} |'
            )
    return lines, reached


def write(
    folder: Path, bag: str, trials: Sequence[Trial], lines: Sequence[str], heading: str
) -> None:
    """Leave trials_BAG.md, .csv and .png."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    (folder / f'trials_{bag}.md').write_text(heading + '\n\n' + '\n'.join(lines) + '\n')
    with (folder / f'trials_{bag}.csv').open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(('measure', 'fault', 'onset_s', 'by_stamp_s', 'received_s'))
        for t in trials:
            times = (f'{v:.3f}' for v in (t.onset.at_s, t.by_stamp_s, t.received_s))
            writer.writerow((t.onset.measure, t.onset.kind, *times))
    goals = [goal for goal in GOALS if of(goal, trials)]
    figure = Figure(figsize=(4 * len(goals) + 1, 3.6), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(goals), squeeze=False)[0]
    for axis, goal in zip(axes, goals, strict=True):
        rows = of(goal, trials)
        for label, values in (
            ('by stamp', [t.by_stamp_s for t in rows]),
            ('received', [t.received_s for t in rows]),
        ):
            finite = np.sort([v for v in values if np.isfinite(v)])
            axis.step(finite, np.arange(1, len(finite) + 1) / max(1, len(rows)), label=label)
        axis.axvline(goal.within_s, color='tab:red', linestyle='--', label='goal')
        axis.set(title=goal.measure, xlabel='time from onset [s]', ylim=(0, 1.02), xlim=(0, None))
        axis.title.set_fontsize(9)
        axis.grid(alpha=0.3)
    figure.axes[0].set_ylabel('share of trials')
    figure.axes[0].legend(fontsize=8)
    figure.savefig(folder / f'trials_{bag}.png', dpi=110)


def main() -> int:
    """Play both bags and report; status 1 when a goal is missed."""
    import os

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--trials', type=int, default=52, help='onsets in each bag')
    parser.add_argument('--bags', nargs='+', choices=tuple(PERIOD_S), default=tuple(PERIOD_S))
    parser.add_argument('--data', type=Path, default=None, help='default: $AV_FUSION_DATA')
    parser.add_argument('--rate', type=float, default=1.0, help='below 1 for a slow machine')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--output', type=Path, help='folder for trials_BAG.md, .csv, .png')
    args = parser.parse_args()
    root = Path(__file__).resolve().parents[1]
    args.data = args.data or Path(os.environ.get('AV_FUSION_DATA', root.parent / 'shared' / 'data'))
    use_wheels_environment()

    from av_fusion_ros.cli.graph_replay import keep_apart

    keep_apart()
    reached = True
    heading = (
        f'{args.trials} onsets, seed {args.seed}, replayed at {args.rate:g} times the real speed '
        'through the composed nodes; GRID s1, test part; the roadside view is simulated.'
    )
    with tempfile.TemporaryDirectory() as folder:
        for bag in args.bags:
            trials = trials_of(*played(bag, args, Path(folder) / bag))
            lines, held = report(trials)
            reached = reached and held
            print(heading, *lines, sep='\n')
            if args.output is not None:
                write(args.output, bag, trials, lines, heading)
    return 0 if reached else 1


if __name__ == '__main__':
    raise SystemExit(main())
