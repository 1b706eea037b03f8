# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Plays a bag, a video or a sound file into the graph, with /clock.

ros2 launch av_fusion_ros replay.launch.py path:=BAG [rate:=2.0] [output:=RESULTS]

It ends when the recording does. All arguments of fusion.launch.py are accepted too.
"""

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
    Shutdown,
)
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

from av_fusion_ros.nodes.installed_files import package_file


def start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return the player, once the arguments are known."""

    def argument(name: str) -> str:
        return LaunchConfiguration(name).perform(context)

    command = ['av-fusion', 'replay', argument('path'), '--rate', argument('rate')]
    command += ['--namespace', argument('namespace')]
    if argument('output'):
        command += ['--output', argument('output')]
    if argument('loop') == 'true':
        command += ['--loop']
    return [ExecuteProcess(cmd=command, output='screen', on_exit=[Shutdown(reason='played')])]


def generate_launch_description() -> LaunchDescription:
    """Return the graph in simulated time, and the player."""
    return LaunchDescription(
        [
            DeclareLaunchArgument('path', description='rosbag2 folder, video or sound file'),
            DeclareLaunchArgument('rate', default_value='1.0', description='speed'),
            DeclareLaunchArgument(
                'loop',
                default_value='false',
                choices=['true', 'false'],
                description='begin again at the end',
            ),
            DeclareLaunchArgument('output', default_value='', description='bag of results to make'),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(package_file('launch/fusion.launch.py'))),
                launch_arguments={'use_sim_time': 'true'}.items(),
            ),
            OpaqueFunction(function=start),
        ]
    )
