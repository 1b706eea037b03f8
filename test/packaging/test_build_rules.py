# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The build's own rules, with message generators other than those of the wheels."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A message library as ROS 2 installations make it (numpy linked privately, so that the library
# exports no include directories) or as the wheels do (numpy's, inside the source tree).
PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(mail C)
include({root}/cmake/ros_wheels.cmake)
file(WRITE ${{CMAKE_CURRENT_BINARY_DIR}}/empty.c "int empty;")
add_library(mail__rosidl_generator_py SHARED ${{CMAKE_CURRENT_BINARY_DIR}}/empty.c)
{directories}
install(TARGETS mail__rosidl_generator_py EXPORT mail LIBRARY DESTINATION lib)
install(EXPORT mail DESTINATION share)
"""


@pytest.mark.parametrize(
    'directories',
    [
        '',
        'target_include_directories(mail__rosidl_generator_py PUBLIC ${CMAKE_SOURCE_DIR}/.venv)',
    ],
    ids=['installation', 'wheels'],
)
def test_the_message_library_can_be_exported(tmp_path: Path, directories: str) -> None:
    text = PROJECT.format(root=ROOT, directories=directories)
    (tmp_path / 'CMakeLists.txt').write_text(text, encoding='utf-8')
    (tmp_path / '.venv').mkdir()
    configured = subprocess.run(
        ['cmake', '-S', str(tmp_path), '-B', str(tmp_path / 'build')],
        capture_output=True,
        text=True,
        check=False,
    )
    assert configured.returncode == 0, configured.stderr


def test_the_modules_are_installed_after_everything_that_installs_generated_ones() -> None:
    """Else the empty __init__.py that is generated replaces ours, since ROS 2 Lyrical."""
    lines = (ROOT / 'CMakeLists.txt').read_text(encoding='utf-8').splitlines()
    modules = lines.index('install(DIRECTORY ${PROJECT_NAME}/')
    assert lines.index('ament_package()') < modules
    assert any(line.startswith('rosidl_generate_interfaces(') for line in lines[:modules])
