# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the graph: four lifecycle nodes, or all of them in one process.

Every topic is an argument (see `ros2 launch av_fusion_ros fusion.launch.py --show-args`), made
from the same table that `av-fusion up` reads.
"""

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    OpaqueFunction,
    RegisterEventHandler,
)
from launch.events import matches_action
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode, Node
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from lifecycle_msgs.msg import Transition

from av_fusion_ros.nodes.graph import CONTAINER, GRAPH, NodeEntry, topics_of_graph
from av_fusion_ros.nodes.installed_files import PACKAGE, package_file

TRUE_OR_FALSE = ['true', 'false']


def remappings(context: LaunchContext) -> list[tuple[str, str]]:
    """Return the topics whose argument differs from the name in the table."""
    given = {
        name: LaunchConfiguration(topic.argument).perform(context)
        for name, topic in topics_of_graph().items()
    }
    # A private topic is remapped by its ~ name in its node, so by its resolved name here.
    return [(name, new) for name, new in given.items() if new != name]


def transitions(node: LifecycleNode) -> list[LaunchDescriptionEntity]:
    """Configure ``node``, and activate it the first time that it has become inactive.

    handle_once: a user who configures the node again later decides about activation himself.
    """

    def change(transition: int) -> EmitEvent:
        return EmitEvent(
            event=ChangeState(lifecycle_node_matcher=matches_action(node), transition_id=transition)
        )

    configured = OnStateTransition(
        target_lifecycle_node=node,
        start_state='configuring',
        goal_state='inactive',
        entities=[change(Transition.TRANSITION_ACTIVATE)],
        handle_once=True,
    )
    return [RegisterEventHandler(configured), change(Transition.TRANSITION_CONFIGURE)]


def start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return the processes, once the arguments are known."""

    def argument(name: str) -> str:
        return LaunchConfiguration(name).perform(context)

    autostart = argument('autostart') == 'true'
    use_sim_time = argument('use_sim_time') == 'true'
    common = {
        'package': PACKAGE,
        'namespace': argument('namespace'),
        'output': 'screen',
        'remappings': remappings(context),
        'ros_arguments': ['--log-level', argument('log_level')],
    }
    files = [argument('params_file')]
    if argument('composed') == 'true':
        # One process holds several nodes, which the events of one action cannot address.
        settings = {'use_sim_time': use_sim_time, 'autostart': autostart}
        return [Node(executable=CONTAINER, parameters=[*files, settings], **common)]

    def node_of(entry: NodeEntry) -> LifecycleNode:
        return LifecycleNode(
            executable=entry.executable,
            name=entry.name,
            parameters=[*files, {'use_sim_time': use_sim_time}],
            **common,
        )

    nodes = [node_of(entry) for entry in GRAPH]
    driven = [entity for node in nodes for entity in transitions(node)] if autostart else []
    return [*nodes, *driven]


def generate_launch_description() -> LaunchDescription:
    """Return the arguments and what they start."""
    return LaunchDescription(
        [
            DeclareLaunchArgument('namespace', default_value='', description='of every node'),
            DeclareLaunchArgument(
                'params_file',
                default_value=str(package_file('config/fusion.yaml')),
                description='parameters of every node',
            ),
            DeclareLaunchArgument(
                'log_level',
                default_value='info',
                choices=['debug', 'info', 'warn', 'error', 'fatal'],
                description='of every node',
            ),
            DeclareLaunchArgument(
                'use_sim_time',
                default_value='false',
                choices=TRUE_OR_FALSE,
                description='take time from /clock',
            ),
            DeclareLaunchArgument(
                'composed',
                default_value='false',
                choices=TRUE_OR_FALSE,
                description='all nodes in one process',
            ),
            DeclareLaunchArgument(
                'autostart',
                default_value='true',
                choices=TRUE_OR_FALSE,
                description='configure and activate; false leaves it to a lifecycle manager',
            ),
            *(
                DeclareLaunchArgument(
                    topic.argument,
                    default_value=name,
                    description=f'{topic.description} ({topic.type})',
                )
                for name, topic in topics_of_graph().items()
            ),
            OpaqueFunction(function=start),
        ]
    )
