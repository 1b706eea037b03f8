# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The demo: makes a talking-face bag, plays it into the graph, and writes what was understood.

ros2 launch av_fusion_ros demo.launch.py [output:=FOLDER]
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, Shutdown
from launch.substitutions import LaunchConfiguration


def generate_launch_description() -> LaunchDescription:
    """Return the one process, which starts the same graph from the same table."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'output', default_value='demo_result', description='folder of results'
            ),
            ExecuteProcess(
                cmd=['av-fusion', 'demo', '--output', LaunchConfiguration('output')],
                output='screen',
                on_exit=[Shutdown(reason='the demo has ended')],
            ),
        ]
    )
