# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""package.xml, setup.py, CMakeLists.txt and CHANGELOG.rst are valid and agree."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import av_fusion_ros
from av_fusion_ros.nodes import graph

ROOT = Path(__file__).resolve().parents[2]

catkin_package = pytest.importorskip(
    'catkin_pkg.package', reason='needs catkin_pkg: run `make setup`'
)


@pytest.fixture(scope='module')
def package():  # type: ignore[no-untyped-def]
    return catkin_package.parse_package(str(ROOT / 'package.xml'))


def requirements(name: str) -> list[str]:
    """The names of the distributions in one list of tools/requirements.py."""
    shown = subprocess.run(
        [sys.executable, 'tools/requirements.py', name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [re.split(r'[\[~=<>; ]', line)[0] for line in shown.stdout.splitlines()]


def cmake_nodes() -> set[str]:
    text = (ROOT / 'CMakeLists.txt').read_text(encoding='utf-8')
    found = re.search(r'foreach\(node\s+(.*?)\)', text, re.DOTALL)
    assert found is not None
    return set(found[1].split())


def test_package_xml_is_a_valid_format_3(package) -> None:  # type: ignore[no-untyped-def]
    warnings: list[str] = []
    package.validate(warnings=warnings)
    assert package.package_format == 3
    assert not warnings
    assert package.licenses == ['Apache-2.0']
    assert package.licenses[0].file == 'LICENSE'
    assert [group.name for group in package.member_of_groups] == ['rosidl_interface_packages']
    assert package.get_build_type() == 'ament_cmake'


def test_the_version_is_the_same_everywhere(package) -> None:  # type: ignore[no-untyped-def]
    changelog = (ROOT / 'CHANGELOG.rst').read_text(encoding='utf-8')
    found = re.search(r'^(\d+\.\d+\.\d+) \((.+)\)\n-+$', changelog, re.MULTILINE)
    assert found is not None, 'CHANGELOG.rst has no heading "X.Y.Z (date)" underlined with -'
    assert package.version == av_fusion_ros.__version__ == found[1]


def test_every_message_package_in_use_is_declared(package) -> None:  # type: ignore[no-untyped-def]
    """ROS packages that the nodes import, or the messages contain, are in package.xml."""
    declared = {d.name for d in [*package.build_depends, *package.exec_depends]}
    used = set()
    for path in (ROOT / 'av_fusion_ros').rglob('*.py'):
        text = path.read_text(encoding='utf-8')
        used |= set(re.findall(r'^\s*from (\w+)\.(?:msg|srv) import', text, re.MULTILINE))
    for path in (ROOT / 'msg').glob('*.msg'):
        used |= set(re.findall(r'^(\w+)/\w+', path.read_text(encoding='utf-8'), re.MULTILINE))
    # Used where it is installed, detected at run time.
    assert used - {'av_fusion_ros', 'audio_common_msgs'} <= declared


def test_the_executables_are_the_graphs_nodes() -> None:
    assert cmake_nodes() == set(graph.EXECUTABLES)
    for name in cmake_nodes():
        module = ROOT / 'av_fusion_ros' / 'nodes' / f'{name}.py'
        assert module.is_file(), f'CMakeLists.txt names {name}, which has no module'
        assert re.search(r'^def main\(', module.read_text(encoding='utf-8'), re.MULTILINE)


def test_every_requirement_is_pinned() -> None:
    pinned = set(re.findall(r'^([\w.-]+)==', (ROOT / 'constraints.txt').read_text(), re.MULTILINE))
    for name in ('build', 'runtime', 'wheels', 'train', 'devices', 'test'):
        wanted = {requirement.lower().replace('_', '-') for requirement in requirements(name)}
        assert wanted, name
        assert wanted <= pinned, f'constraints.txt does not pin {wanted - pinned}'


def test_installed_executables_start(tmp_path: Path) -> None:
    """The installed av-fusion runs away from the checkout, with the installed modules."""
    executable = Path(sys.prefix) / 'bin' / 'av-fusion'
    if not executable.is_file():
        pytest.skip(f'the package is not installed in {sys.prefix}')
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    shown = subprocess.run(
        [str(executable), '--version'],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == f'av_fusion_ros {av_fusion_ros.__version__}'


def test_what_launch_and_ros2_look_for_is_installed() -> None:
    prefixes = [Path(p) for p in os.environ['AMENT_PREFIX_PATH'].split(os.pathsep)]
    marker = Path('share/ament_index/resource_index/packages/av_fusion_ros')
    prefix = next((p for p in prefixes if (p / marker).is_file()), None)
    assert prefix is not None, f'no ament index marker in {prefixes}: run `make setup`'
    for name in cmake_nodes():
        executable = prefix / 'lib' / 'av_fusion_ros' / name
        assert os.access(executable, os.X_OK), f'{executable} is missing or not executable'
    share = prefix / 'share' / 'av_fusion_ros'
    for needed in ('package.xml', 'config/fastdds_local.xml', 'models/face/NOTICE', 'LICENSE'):
        assert (share / needed).is_file(), f'{share / needed} is not installed'
    for source in [*ROOT.glob('launch/*.py'), *ROOT.glob('config/*'), *ROOT.glob('msg/*.msg')]:
        installed = share / source.relative_to(ROOT)
        assert installed.is_file(), f'{installed} is not installed: run `make setup`'
