# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The `av-fusion` command: one table of sub-commands, each a module of this folder.

A sub-command's module gives `HELP` (what it does, for its own --help), `add_arguments(parser)`
and `run(args)`, which returns the exit status; one that may end with status 1 says in `FAILURE`
what that means. It is imported when it is called, so `--help` is quick and an optional package
that is absent breaks only the command that needs it.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
import textwrap
from dataclasses import dataclass

from av_fusion_ros import __version__
from av_fusion_ros.cli.wheels_environment import use_wheels_environment


@dataclass(frozen=True, slots=True)
class Command:
    """One sub-command: its name (also its module's), its group in --help and one line on it."""

    name: str
    group: str
    summary: str


COMMANDS = (
    Command('doctor', 'Is everything there?', 'check the installation and say how to mend it'),
    Command('demo', 'See it work', 'a talking face, noise, a blackout: commands on topics'),
    Command('scenario', 'See it work', 'senses fail on schedule: passed or failed by criteria'),
    Command('up', 'Run it', 'start the nodes, from the same table as the launch files'),
    Command('replay', 'Run it', 'play a bag, video or sound file into the running nodes'),
    Command('record', 'Run it', 'write what the nodes publish to a bag'),
    Command('teach', 'Run it', 'add a command from its words, checked by examples'),
    Command('watch', 'Look at it', 'trust, mode, commands and alarms live in the terminal'),
    Command('report', 'Look at it', 'one HTML page about a recorded run'),
    Command('generate', 'Make and measure', 'make a talking-face bag from text'),
    Command('train', 'Make and measure', 'train the recogniser'),
    Command('enroll', 'Make and measure', 'adapt a checkpoint to your face and voice'),
    Command('export', 'Make and measure', 'write the network as ONNX graphs'),
    Command('evaluate', 'Make and measure', 'word and command error over noise levels'),
    Command('benchmark', 'Make and measure', 'latency, CPU and memory on this machine'),
    Command('calibrate', 'Make and measure', 'fit the confidence of a checkpoint anew'),
    Command('completion', 'In your shell', 'let the tab key complete av-fusion'),
)

#: Exit statuses: as argparse for a mistake of the caller's, as a shell for Ctrl-C.
DONE, FAILED, MISTAKE, INTERRUPTED = 0, 1, 2, 130
EXIT_STATUSES = {
    DONE: 'done; Ctrl-C is how up, record, watch and replay --loop end, and is no failure there',
    FAILED: "the command's own failure, its --help says which; or a bug, with a traceback",
    MISTAKE: 'called wrongly, or what it was given cannot be used; one line says why',
    INTERRUPTED: 'ended by Ctrl-C before it was done',
}


def tour() -> str:
    """The list of sub-commands by purpose, for --help."""
    lines = []
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines.append(f'{group}')
        lines += [f'  {c.name:<10} {c.summary}' for c in COMMANDS if c.group == group]
        lines.append('')
    return '\n'.join(lines)


def exit_statuses() -> str:
    """What the exit status means, for --help."""
    return 'exit status:\n' + '\n'.join(f'  {n:<4} {text}' for n, text in EXIT_STATUSES.items())


def argument_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='av-fusion',
        usage='av-fusion COMMAND [options]',
        description='Spoken commands recognised by ear and by eye, on ROS 2.\n\n' + tour(),
        epilog='`av-fusion COMMAND --help` tells more about one of them.\n\n' + exit_statuses(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'av_fusion_ros {__version__}')
    parser.add_argument(
        'command',
        nargs='?',
        choices=[c.name for c in COMMANDS],
        metavar='COMMAND',
        help=argparse.SUPPRESS,
    )
    parser.add_argument('arguments', nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one sub-command and return its exit status.

    An error that this package raises on purpose (its ValueError classes), and a file or folder
    that the system refuses, is printed as one line with exit status 2; `--debug` shows the
    traceback instead.
    """
    if '_ARGCOMPLETE' in os.environ:
        importlib.import_module(f'{__name__}.completion').answer()
    parser = argument_parser()
    chosen = parser.parse_args(argv)
    if chosen.command is None:
        parser.print_help()
        return MISTAKE
    use_wheels_environment()
    debug = '--debug' in chosen.arguments
    try:
        return _run(chosen.command, chosen.arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output, such as head, has enough of it: not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (ValueError, ModuleNotFoundError, OSError) as error:
        if debug or not (message := one_line(error)):
            raise
        print(f'av-fusion {chosen.command}: {message}', file=sys.stderr)
        return MISTAKE


def _run(name: str, arguments: list[str]) -> int:
    module = importlib.import_module(f'{__name__}.{name}')
    status = int(module.run(command_parser(name).parse_args(arguments)))
    sys.stdout.flush()  # while a reader who has gone can still be told from a bug
    return status


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of one sub-command, as its --help and docs/reference/cli.md show it."""
    module = importlib.import_module(f'{__name__}.{name}')
    failure = getattr(module, 'FAILURE', '')
    parser = argparse.ArgumentParser(
        prog=f'av-fusion {name}',
        description=textwrap.dedent(module.HELP).strip(),
        epilog=f'exit status 1: {failure}' if failure else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--debug', action='store_true', help='show the traceback of an error')
    module.add_arguments(parser)
    return parser


def one_line(error: Exception) -> str:
    """What to tell the user about an error that is not a bug; empty for one that may be."""
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or '').partition('.')[0]
        if package == 'av_fusion_ros' and not (error.name or '').startswith(
            ('av_fusion_ros.msg', 'av_fusion_ros.srv')
        ):
            return ''
        if package == 'av_fusion_ros':
            return 'the messages are not built; run `make setup`, or colcon build and source it'
        return (
            f'this command needs the Python package {package}, which is not installed; run '
            '`make setup`, or see `av-fusion doctor`'
        )
    if isinstance(error, OSError) and error.strerror:
        # A path that cannot be used, or a full disk, which has no name.
        if error.filename is not None:
            return f'{error.filename} cannot be used: {error.strerror}'
        return error.strerror if error.errno in (errno.ENOSPC, errno.EDQUOT) else ''
    if type(error).__module__.startswith('av_fusion_ros.'):
        return ' '.join(str(error).split())
    return ''
