# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion generate`: a talking-face bag from text, with things going wrong on schedule."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from av_fusion_ros.cli.whole_numbers import not_negative, positive

HELP = """
    Make a rosbag2 folder in which a drawn face speaks the texts given: pictures, sound and
    ground truth. Events: noise, rain, blackout, freeze, loop, still_lips, blur, glare, blockage,
    exposure, desync, mismatch, camera_loss, mic_dead, mic_loss, v2x, v2x_attack, v2x_other; each
    is KIND:key=value,... with start and end in seconds. Example: av-fusion generate scene
    --text 'go forward' --text stop --event noise:start=2,end=6,snr_db=-8,sound=engine
    --event blackout:start=4,end=5
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('output', type=Path, help='folder to make')
    parser.add_argument(
        '--text', action='append', default=[], help='words to say; repeat for more utterances'
    )
    parser.add_argument(
        '--commands', type=Path, help='say random phrases of a command file (config/commands.yaml)'
    )
    parser.add_argument('--count', type=positive, default=4, help='how many of them (default: 4)')
    parser.add_argument(
        '--event', action='append', default=[], metavar='KIND:KEY=VALUE,...', help='repeatable'
    )
    parser.add_argument('--events', type=Path, help='YAML list of events')
    parser.add_argument(
        '--seed', type=not_negative, default=0, help='everything random (default: 0)'
    )
    parser.add_argument('--identity', type=not_negative, help='seed of the face (default: --seed)')
    parser.add_argument('--size', default='640x480', metavar='WxH', help='of the pictures, in px')
    parser.add_argument('--rate', type=float, default=25.0, help='frames a second (default: 25)')
    parser.add_argument(
        '--storage', choices=('mcap', 'sqlite3'), default='mcap', help='format of the bag'
    )
    parser.add_argument(
        '--images',
        choices=('auto', 'raw', 'jpeg'),
        default='auto',
        help='auto: raw pictures while they stay under 200 MB, then JPEG',
    )
    parser.add_argument('--video', action='store_true', help='also write OUTPUT/scene.mp4')


def run(args: argparse.Namespace) -> int:
    """Make the bag and say what is in it."""
    from av_fusion_ros.generation.bag_writer import write_scene
    from av_fusion_ros.generation.events import events_from_yaml, parse_event
    from av_fusion_ros.generation.scene import SceneSettings, make_scene
    from av_fusion_ros.generation.video_file import write_video

    width, height = _size(args.size)
    events = [parse_event(text) for text in args.event]
    if args.events is not None:
        events += events_from_yaml(args.events)
    texts = list(args.text)
    if args.commands is not None:
        texts += _phrases(args.commands, args.count, args.seed)
    settings = SceneSettings(
        seed=args.seed,
        identity=args.identity,
        width=width,
        height=height,
        frame_rate_hz=args.rate,
    )
    scene = make_scene(texts, events, settings)
    with _Bar(scene.settings.start_ns, scene.duration_s) as bar:
        counts = write_scene(
            args.output, scene, storage=args.storage, images=args.images, progress=bar.at
        )
    if args.video:
        write_video(args.output / 'scene.mp4', scene)
    for utterance in scene.utterances:
        print(f'{utterance.start_s:7.2f} to {utterance.end_s:6.2f} s  {utterance.text}')
    print(
        f'{args.output}: {scene.duration_s:.1f} s, {counts.images} images, {counts.audio} sound '
        f'blocks, {counts.v2x} roadside views'
    )
    return 0


class _Bar:
    """Progress over the scene's time; silent when the output is not a terminal."""

    def __init__(self, start_ns: int, duration_s: float) -> None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._progress = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task('drawing', total=duration_s)
        self._start_ns = start_ns

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def at(self, stamp_ns: int, topic: str) -> None:
        if topic.startswith('image'):
            self._progress.update(self._task, completed=(stamp_ns - self._start_ns) / 1e9)


def _size(text: str) -> tuple[int, int]:
    from av_fusion_ros.generation.errors import GenerationError

    match = re.fullmatch(r'(\d{2,4})x(\d{2,4})', text)
    if match is None:
        raise GenerationError(f'the size is {text!r}; give WIDTHxHEIGHT, such as 640x480')
    return int(match.group(1)), int(match.group(2))


def _phrases(path: Path, count: int, seed: int) -> list[str]:
    """Random phrases of a command file, their slots filled."""
    import numpy as np

    from av_fusion_ros.recognition.vocabulary import load_vocabulary

    rng = np.random.default_rng([seed, 0xC0])
    phrases = load_vocabulary(path).phrases
    texts = []
    for _ in range(count):
        variants = phrases[int(rng.integers(len(phrases)))].variants
        words: list[str] = []
        for part in variants[int(rng.integers(len(variants)))]:
            chosen = part.choices[int(rng.integers(len(part.choices)))]
            spoken = ' '.join(word.text for word in chosen)
            # The speech takes a capital A for the letter, a small one for the article.
            words.append(spoken.upper() if part.slot and len(spoken) == 1 else spoken)
        texts.append(' '.join(words))
    return texts


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=HELP)
    add_arguments(parser)
    sys.exit(run(parser.parse_args()))
