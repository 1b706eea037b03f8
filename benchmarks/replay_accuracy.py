# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Words recognised by the running nodes from held-out GRID clips, against their alignments.

python3 benchmarks/replay_accuracy.py [--clips 30] [--only 'audio-visual'] [CLIP_ID ...]

Each condition is a bag that is replayed into a freshly started graph with
config/commands_grid.yaml. "Audio only" has no camera topic, "visual only" no sound topic. All
clips are of one speaker (s1), who is in the training data with other sentences: the figures say
nothing about other faces. A random sentence of the grammar has 19 % of its words right. The
intervals take words as independent, which those of one sentence are not, so they are too narrow.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from av_fusion_ros.cli.ros_session import ros_session, use_local_network
from av_fusion_ros.cli.wheels_environment import use_wheels_environment
from av_fusion_ros.learning.statistics import wilson_interval

ROOT = Path(__file__).resolve().parents[1]
LEAST_CONFIDENCE = 0.5  # min_confidence in config/fusion.yaml


@dataclass(frozen=True, slots=True)
class Score:
    """Result of one condition.

    ``words_right``, ``words_extra`` and ``sentences_right`` count every reading however doubtful:
    what the recogniser reads. ``accepted`` counts sentences with a reading of the shipped least
    confidence, ``accepted_right`` those of them that are wholly right, and ``shipped_words_right``
    the words right in accepted readings alone: what a user gets, the rest being missed.
    """

    condition: str
    sentences: int
    accepted: int
    accepted_right: int
    sentences_right: int
    words: int
    words_right: int
    words_extra: int
    shipped_words_right: int

    def row(self) -> str:
        """Return the Markdown row of the table."""
        return (
            f'| {self.condition} | {share(self.shipped_words_right, self.words)} | '
            f'{share(self.words_right, self.words)} | {self.words_extra} | '
            f'{self.sentences_right}/{self.sentences} | '
            f'{self.accepted}/{self.sentences} | {self.accepted_right}/{self.accepted} |'
        )


def share(right: int, n: int) -> str:
    """Return counts, percentage and 95 % Wilson interval as text."""
    low, high = wilson_interval(right, n)
    return f'{right}/{n} = {100 * right / n:.1f} % ({100 * low:.1f} to {100 * high:.1f})'


def words_matched(said: tuple[str, ...], recognised: tuple[str, ...]) -> int:
    """Return how many words are right in the best alignment (longest common subsequence)."""
    row = [0] * (len(recognised) + 1)
    for word in said:
        before = row
        row = [0]
        for k, heard in enumerate(recognised, start=1):
            row.append(before[k - 1] + 1 if word == heard else max(before[k], row[k - 1]))
    return row[-1]


def score(condition: str, sentences: list[Any], commands: list[Any]) -> Score:
    """Match each command to the sentence during which its middle lies."""
    from av_fusion_ros.nodes.stamps import to_ns

    heard: dict[Path, list[str]] = {sentence.clip: [] for sentence in sentences}
    shipped: dict[Path, list[str]] = {sentence.clip: [] for sentence in sentences}
    accepted: set[Path] = set()
    for command in commands:
        middle_ns = (to_ns(command.start) + to_ns(command.end)) // 2
        for sentence in sentences:
            if sentence.start_ns <= middle_ns < sentence.end_ns:
                heard[sentence.clip] += command.best.text.lower().split()
                if command.best.confidence >= LEAST_CONFIDENCE:
                    accepted.add(sentence.clip)
                    shipped[sentence.clip] += command.best.text.lower().split()
    right = {
        sentence.clip for sentence in sentences if tuple(heard[sentence.clip]) == sentence.words
    }
    matched = [words_matched(s.words, tuple(heard[s.clip])) for s in sentences]
    return Score(
        condition,
        len(sentences),
        len(accepted),
        len(accepted & right),
        len(right),
        sum(len(s.words) for s in sentences),
        sum(matched),
        sum(len(words) for words in heard.values()) - sum(matched),
        sum(words_matched(s.words, tuple(shipped[s.clip])) for s in sentences),
    )


def replayed(bag: Path, args: argparse.Namespace) -> list[Any]:
    """Replay ``bag`` into a fresh graph and return the final commands."""
    from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses
    from av_fusion_ros.nodes.installed_files import package_file
    from av_fusion_ros.nodes.replay_session import ReplaySession

    parameters = [
        f'fusion:commands_file:={package_file("config/commands_grid.yaml")}',
        # Every reading is wanted here; what a node rejects as shipped is counted apart.
        'fusion:min_confidence:=0.0',
    ]
    if args.model is not None:
        parameters.append(f'model_path:={args.model}')
    options = GraphOptions(
        params_file=package_file('config/fusion.yaml'),
        log_level='warn',
        use_sim_time=True,
        composed=args.composed,
        parameters=tuple(parameters),
    )
    commands: list[Any] = []
    with ros_session() as executor, GraphProcesses(options) as processes:
        import rclpy

        driver = rclpy.create_node('replay_accuracy')
        executor.add_node(driver)
        processes.bring_up(driver, executor)
        session = ReplaySession(executor, bag, rate=args.rate, on_command=commands.append)
        session.run()
        session.close()
        driver.destroy_node()
    return [command for command in commands if not command.partial]


def main() -> int:
    """Run the conditions and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('clip_ids', nargs='*', help='GRID ids; default: the held-out test part')
    parser.add_argument('--data', type=Path, default=None, help='default: $AV_FUSION_DATA')
    parser.add_argument('--clips', type=int, default=30, help='at most so many')
    parser.add_argument('--only', action='append', help='conditions whose name begins with this')
    parser.add_argument('--rate', type=float, default=1.0)
    parser.add_argument('--snr', type=float, default=-8.0, help='machine noise [dB]')
    parser.add_argument('--model', type=Path, default=None, help='another checkpoint')
    parser.add_argument('--composed', action='store_true')
    parser.add_argument('--output', type=Path, help='write the scores there as JSON')
    args = parser.parse_args()
    use_wheels_environment()
    use_local_network()
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))

    from grid_bag import Condition, write_grid_bag

    from av_fusion_ros.learning.splits import grid_key, noise_parts, part_of

    data = args.data or Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    clips = sorted((data / 'grid' / 's1').glob('*.align'))
    if args.clip_ids:
        clips = [clip for clip in clips if clip.stem in args.clip_ids]
    else:
        clips = [clip for clip in clips if part_of(grid_key(clip)) == 'test']
        # Spread over the corpus: names are in the order of the first word.
        clips = clips[:: max(1, len(clips) // args.clips)][: args.clips]
    noises = noise_parts(sorted((data / 'noise' / 'machine').glob('*.flac')))['test']
    print(f'{len(clips)} clips, {len(noises)} machine noises that training has not heard')
    heading = '| condition | words right as shipped (95 % Wilson) | words right, every reading '
    print(heading + '| wrong or extra words | sentences right | accepted | of those right |')
    print('|---|---|---|---|---|---|---|')
    scores = []
    for name, camera, microphone in (
        ('audio-visual', True, True),
        ('audio only', False, True),
        ('visual only', True, False),
    ):
        for snr_db in (None, args.snr) if microphone else (None,):
            label = name + (', clean' if snr_db is None else f', {snr_db:g} dB')
            if args.only and not any(label.startswith(each) for each in args.only):
                continue
            with tempfile.TemporaryDirectory() as folder:
                bag = Path(folder) / 'bag'
                condition = Condition(label, camera, microphone, snr_db)
                sentences = write_grid_bag(bag, clips, condition, noises)
                scores.append(score(label, sentences, replayed(bag, args)))
            print(scores[-1].row(), flush=True)
    if args.output is not None:
        args.output.write_text(json.dumps([asdict(each) for each in scores], indent=2) + '\n')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
