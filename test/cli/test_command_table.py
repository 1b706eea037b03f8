# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion`: the table of sub-commands, its help, and how errors reach the user."""

import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from av_fusion_ros import cli
from av_fusion_ros.signals.face_weights import FaceWeightsError

FOLDER = Path(cli.__file__).parent
NAMES = [command.name for command in cli.COMMANDS]


def call_with(monkeypatch: pytest.MonkeyPatch, run: Any, *arguments: str) -> int:
    """Run `av-fusion doctor` with its module replaced by one whose run() is given."""
    module = types.ModuleType('doctor')
    module.HELP = 'A stand-in.'  # type: ignore[attr-defined]
    module.add_arguments = lambda parser: None  # type: ignore[attr-defined]
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, 'av_fusion_ros.cli.doctor', module)
    return cli.main(['doctor', *arguments])


def test_names_are_unique() -> None:
    assert len(NAMES) == len(set(NAMES))


def test_every_sub_commands_module_is_in_the_table() -> None:
    """A module of the folder that has HELP is a sub-command; its row is a Command(...) line."""
    modules = {
        path.stem
        for path in FOLDER.glob('*.py')
        if re.search(r'^HELP\b', path.read_text(encoding='utf-8'), re.MULTILINE)
    }
    assert modules == set(NAMES)


@pytest.mark.parametrize('name', NAMES)
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, '--help'])
    assert ended.value.code == 0
    assert f'usage: av-fusion {name}' in capsys.readouterr().out


def test_help_shows_every_command_under_a_heading(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(['--help'])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert f'  {command.name} ' in text
        assert command.summary in text
        assert text.index(command.group) < text.index(command.summary)


def test_without_a_command_the_tour_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == cli.MISTAKE
    assert cli.tour() in capsys.readouterr().out


def test_an_unknown_command_is_refused_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(['transmogrify'])
    assert ended.value.code == cli.MISTAKE
    assert 'doctor' in capsys.readouterr().err


def test_help_imports_no_heavy_library() -> None:
    """--help must answer at once: torch alone takes two seconds to import."""
    code = (
        'import sys\n'
        'from av_fusion_ros import cli\n'
        'try:\n'
        "    cli.main(['--help'])\n"
        'except SystemExit:\n'
        '    pass\n'
        "print('loaded:', *{'torch', 'cv2', 'rclpy', 'numpy'} & set(sys.modules))\n"
    )
    shown = subprocess.run(
        [sys.executable, '-c', code],
        cwd=FOLDER.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines()[-1].strip() == 'loaded:'


def test_an_error_of_the_package_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(args: Any) -> int:
        raise FaceWeightsError('the weights are gone:\nrun the set-up')

    assert call_with(monkeypatch, run) == 2
    assert capsys.readouterr().err == ('av-fusion doctor: the weights are gone: run the set-up\n')


def test_debug_shows_the_error_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(args: Any) -> int:
        raise FaceWeightsError('gone')

    with pytest.raises(FaceWeightsError):
        call_with(monkeypatch, run, '--debug')


def test_a_bug_is_not_dressed_up_as_a_mistake_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(args: Any) -> int:
        raise ValueError('operands could not be broadcast together')

    with pytest.raises(ValueError, match='broadcast'):
        call_with(monkeypatch, run)


def test_a_folder_that_the_system_refuses_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / 'file').write_text('')
    folder = tmp_path / 'file' / 'below'

    def run(args: Any) -> int:
        folder.mkdir()
        return 0

    assert call_with(monkeypatch, run) == 2
    assert capsys.readouterr().err == (
        f'av-fusion doctor: {folder} cannot be used: Not a directory\n'
    )


def test_an_error_of_the_system_without_a_path_is_not_dressed_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(args: Any) -> int:
        raise OSError(5, 'Input/output error')

    with pytest.raises(OSError, match='Input/output'):
        call_with(monkeypatch, run)


def test_a_reader_who_has_enough_ends_it_without_a_word() -> None:
    """`av-fusion scenario --list | head -1`, whose head ends before the list does."""
    command = [sys.executable, '-m', 'av_fusion_ros.cli', 'scenario', '--list']
    process = subprocess.Popen(
        command, cwd=FOLDER.parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    assert (process.wait(), told) == (cli.DONE, b'')


def test_a_missing_optional_package_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(args: Any) -> int:
        import package_that_nobody_has  # type: ignore[import-not-found]  # noqa: F401

        return 0

    assert call_with(monkeypatch, run) == 2
    assert 'package_that_nobody_has' in capsys.readouterr().err


def test_unbuilt_messages_are_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(args: Any) -> int:
        raise ModuleNotFoundError('no module', name='av_fusion_ros.msg')

    assert call_with(monkeypatch, run) == 2
    assert 'make setup' in capsys.readouterr().err


def test_ctrl_c_ends_as_in_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(args: Any) -> int:
        raise KeyboardInterrupt

    assert call_with(monkeypatch, run) == 130


def test_the_exit_status_is_the_commands_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call_with(monkeypatch, lambda args: 7) == 7
