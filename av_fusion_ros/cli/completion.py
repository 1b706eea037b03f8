# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion completion`: what the shell needs so that the tab key completes `av-fusion`."""

from __future__ import annotations

import argparse
import importlib
import os

HELP = """
    Print what makes the tab key complete commands, options, values and files. Put one line into
    your shell's start-up file:

        eval "$(av-fusion completion bash)"        # ~/.bashrc
        eval "$(av-fusion completion zsh)"         # ~/.zshrc, after compinit
        av-fusion completion fish | source         # ~/.config/fish/config.fish
"""

SHELLS = ('bash', 'zsh', 'fish')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('shell', choices=SHELLS, help='which you use')


def run(args: argparse.Namespace) -> int:
    """Print the shell's code."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(['av-fusion'], shell=args.shell))
    return 0


def answer() -> None:
    """Tell a shell that asks, by argcomplete's environment variables, what may come next.

    Only the module of the sub-command that is being typed is imported. Does not return, but
    where nobody asks.
    """
    import argcomplete

    from av_fusion_ros.cli import COMMANDS
    from av_fusion_ros.cli.wheels_environment import use_wheels_environment

    use_wheels_environment()
    typed = os.environ.get('COMP_LINE', '').split()
    parser = argparse.ArgumentParser('av-fusion')
    parser.add_argument('--version', action='store_true', help='show the version')
    commands = parser.add_subparsers(dest='command')
    for command in COMMANDS:
        options = commands.add_parser(command.name, help=command.summary)
        if command.name in typed[1:2]:
            options.add_argument('--debug', action='store_true', help='show an error in full')
            importlib.import_module(f'av_fusion_ros.cli.{command.name}').add_arguments(options)
    argcomplete.autocomplete(parser)
