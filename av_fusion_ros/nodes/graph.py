# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The graph as one table: nodes, executables, topics and parameters.

Launch files, `av-fusion up`, the docs and the tests all read it, so that they cannot drift
apart. No ROS import.
"""

from __future__ import annotations

from dataclasses import dataclass

from av_fusion_ros.nodes import parameter_table
from av_fusion_ros.nodes.parameter_table import Parameter

IN, OUT = 'in', 'out'

#: QoS kinds; nodes/qos.py turns them into profiles.
SENSOR = 'sensor'  # best effort, volatile: raw images and sound
STREAM = 'stream'  # reliable, volatile, deep: 25 Hz features and weights
EVENT = 'event'  # reliable, volatile: commands and alarms
STATE = 'state'  # reliable, transient local, depth 1: a late subscriber gets the value in force


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of one node; ``name`` is relative, or private when it begins with ~/."""

    name: str
    type: str
    direction: str
    qos: str
    depth: int
    description: str

    @property
    def argument(self) -> str:
        """Name of the launch argument that remaps it: v2x/visual -> v2x_visual_topic."""
        return self.name.removeprefix('~/').replace('/', '_') + '_topic'

    def resolved(self, node: str) -> str:
        """Return the relative name with ~ replaced: ~/command of fusion -> fusion/command."""
        return self.name.replace('~', node, 1)


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """One node; the executable is the module in av_fusion_ros/nodes of the same name.

    ``task`` is its line in /diagnostics: ``name: task``.
    """

    name: str
    task: str
    description: str
    topics: tuple[Topic, ...]
    parameters: tuple[Parameter, ...]

    def topic(self, name: str) -> Topic:
        """Return the topic called ``name``; KeyError when the table lacks it."""
        for topic in self.topics:
            if topic.name == name:
                return topic
        raise KeyError(f'{self.name} has no topic {name!r} in nodes/graph.py')

    @property
    def executable(self) -> str:
        """Name under lib/av_fusion_ros, which is also the module's."""
        return self.name


IMAGE = Topic('image', 'sensor_msgs/msg/Image', IN, SENSOR, 5, 'camera pictures')
COMPRESSED = Topic(
    'image/compressed', 'sensor_msgs/msg/CompressedImage', IN, SENSOR, 5, 'JPEG or PNG pictures'
)
AUDIO = Topic(
    'audio',
    'av_fusion_ros/msg/Audio',
    IN,
    SENSOR,
    50,
    'microphone; also audio_common_msgs AudioData, AudioDataStamped and AudioStamped',
)
AUDIO_FEATURES = Topic(
    'audio_features', 'av_fusion_ros/msg/AudioFeatures', OUT, STREAM, 50, 'sound, 25 Hz'
)
VISUAL_FEATURES = Topic(
    'visual_features', 'av_fusion_ros/msg/VisualFeatures', OUT, STREAM, 50, 'picture, 25 Hz'
)
V2X_VISUAL = Topic(
    'v2x/visual',
    'av_fusion_ros/msg/V2xVisual',
    OUT,
    SENSOR,
    50,
    'roadside views over the air, hostile until admitted; sent by roadside units only',
)
V2X_ADMITTED = Topic(
    'v2x/admitted', 'av_fusion_ros/msg/V2xVisual', OUT, STREAM, 50, 'verified roadside views'
)

VEHICLE_POSE = Topic(
    'vehicle_pose',
    'geometry_msgs/msg/PoseStamped',
    IN,
    SENSOR,
    1,
    'where the vehicle is in the map frame; optional',
)
ITS_CAM = Topic(
    'its/cam',
    'etsi_its_cam_msgs/msg/CAM',
    IN,
    SENSOR,
    50,
    'positions of ITS stations, where etsi_its_msgs is installed and map_origin is set',
)
ITS_CPM = Topic(
    'its/cpm',
    'etsi_its_cpm_ts_msgs/msg/CollectivePerceptionMessage',
    IN,
    SENSOR,
    50,
    'what ITS stations perceive, likewise',
)


def _received(topic: Topic) -> Topic:
    return Topic(topic.name, topic.type, IN, topic.qos, topic.depth, topic.description)


def _sent(topic: Topic) -> Topic:
    return Topic(topic.name, topic.type, OUT, topic.qos, topic.depth, topic.description)


AUDIO_ENCODER = NodeEntry(
    'audio_encoder',
    'hearing',
    'any sound message -> 16 kHz -> log-mel -> audio features',
    (
        AUDIO,
        Topic(
            'audio_info',
            'audio_common_msgs/msg/AudioInfo',
            IN,
            EVENT,
            1,
            'format of AudioData and AudioDataStamped, where audio_common_msgs is installed',
        ),
        AUDIO_FEATURES,
        Topic(
            'fusion/command',
            'av_fusion_ros/msg/RecognizedCommand',
            IN,
            EVENT,
            10,
            'what was understood, to learn from while adaptation runs',
        ),
        Topic(
            'fusion/alarm',
            'av_fusion_ros/msg/ConsistencyAlarm',
            IN,
            EVENT,
            10,
            'nothing is learnt while the senses contradict each other',
        ),
    ),
    parameter_table.AUDIO_ENCODER,
)
VISUAL_ENCODER = NodeEntry(
    'visual_encoder',
    'seeing',
    'pictures -> face -> mouth crops -> visual features',
    (IMAGE, COMPRESSED, VISUAL_FEATURES, V2X_VISUAL),
    parameter_table.VISUAL_ENCODER,
)
V2X_GATEWAY = NodeEntry(
    'v2x_gateway',
    'admission',
    'admits roadside views by signature, age, order, rate, place',
    (
        _received(V2X_VISUAL),
        VEHICLE_POSE,
        ITS_CAM,
        ITS_CPM,
        V2X_ADMITTED,
    ),
    parameter_table.V2X_GATEWAY,
)
FUSION = NodeEntry(
    'fusion',
    'recognition',
    'weighs the senses, decodes commands, watches their consistency',
    (
        _received(AUDIO_FEATURES),
        _received(VISUAL_FEATURES),
        _received(V2X_ADMITTED),
        Topic(
            '~/command', 'av_fusion_ros/msg/RecognizedCommand', OUT, EVENT, 10, 'spoken commands'
        ),
        Topic('~/weights', 'av_fusion_ros/msg/ModalityWeights', OUT, STREAM, 50, 'trust, 25 Hz'),
        Topic('~/alarm', 'av_fusion_ros/msg/ConsistencyAlarm', OUT, EVENT, 10, 'contradictions'),
        Topic('~/mode', 'av_fusion_ros/msg/FusionMode', OUT, STATE, 1, 'degradation mode'),
        Topic(
            '~/vocabulary',
            'av_fusion_ros/msg/CommandVocabulary',
            OUT,
            STATE,
            1,
            'phrases in force',
        ),
    ),
    parameter_table.FUSION,
)
MEDIA_PLAYER = NodeEntry(
    'media_player',
    'playing',
    'plays a rosbag2, a video file or a sound file into the graph',
    (_sent(IMAGE), _sent(AUDIO)),
    parameter_table.MEDIA_PLAYER,
)
DEVICE_SOURCE = NodeEntry(
    'device_source',
    'devices',
    'publishes a local camera and microphone, for people without drivers',
    (_sent(IMAGE), _sent(AUDIO)),
    parameter_table.DEVICE_SOURCE,
)
ANNOTATED_IMAGE = Topic(
    'annotated_image', 'sensor_msgs/msg/Image', OUT, EVENT, 2, 'for people: RViz, rqt, Foxglove'
)
PICTURE_ANNOTATOR = NodeEntry(
    'picture_annotator',
    'annotating',
    'draws face, trust, mode and words into the picture',
    (
        IMAGE,
        COMPRESSED,
        _received(VISUAL_FEATURES),
        *(
            Topic(t.resolved(FUSION.name), t.type, IN, t.qos, t.depth, t.description)
            for t in FUSION.topics
            if t.name in ('~/weights', '~/command', '~/alarm')
        ),
        ANNOTATED_IMAGE,
    ),
    parameter_table.PICTURE_ANNOTATOR,
)

HRI_VOICES = Topic(
    '/humans/voices/tracked',
    'hri_msgs/msg/IdsList',
    OUT,
    EVENT,
    1,
    'the id of the voice, once a second',
)
HRI_SPEECH = Topic(
    '/humans/voices/anonymous_speaker/speech',
    'hri_msgs/msg/LiveSpeech',
    OUT,
    EVENT,
    10,
    'each command as final text with its confidence; running hypotheses as incremental text',
)
HRI_SPEAKING = Topic(
    '/humans/voices/anonymous_speaker/is_speaking',
    'std_msgs/msg/Bool',
    OUT,
    EVENT,
    10,
    'whether somebody speaks, when it changes',
)
HRI_BRIDGE = NodeEntry(
    'hri_bridge',
    'telling',
    'commands as live speech for ROS4HRI (REP-155), where hri_msgs is installed',
    (
        _received(AUDIO_FEATURES),
        *(
            Topic(t.resolved(FUSION.name), t.type, IN, t.qos, t.depth, t.description)
            for t in FUSION.topics
            if t.name in ('~/command', '~/vocabulary')
        ),
        HRI_VOICES,
        HRI_SPEECH,
        HRI_SPEAKING,
    ),
    parameter_table.HRI_BRIDGE,
)

#: What runs: started by launch/fusion.launch.py and `av-fusion up`, in this order.
GRAPH = (AUDIO_ENCODER, VISUAL_ENCODER, V2X_GATEWAY, FUSION)
#: Where sound and pictures come from when no driver publishes them.
SOURCES = (MEDIA_PLAYER, DEVICE_SOURCE)
#: For people who look on.
VIEWERS = (PICTURE_ANNOTATOR,)
#: For other packages' conventions.
BRIDGES = (HRI_BRIDGE,)
NODES = (*GRAPH, *SOURCES, *VIEWERS, *BRIDGES)
#: All of GRAPH in one process.
CONTAINER = 'fusion_container'
#: Everything installed under lib/av_fusion_ros.
EXECUTABLES = (*(node.executable for node in NODES), CONTAINER)


def node_named(name: str) -> NodeEntry:
    """Return the entry called ``name``; KeyError when the table lacks it."""
    for node in NODES:
        if node.name == name:
            return node
    raise KeyError(f'no node {name!r} in nodes/graph.py; there are {[n.name for n in NODES]}')


def topics_of_graph() -> dict[str, Topic]:
    """Return every topic of GRAPH by its name with ~ resolved, first mention first.

    A topic between two nodes is told as the one tells it that writes it.
    """
    found: dict[str, Topic] = {}
    for node in GRAPH:
        for topic in node.topics:
            name = topic.resolved(node.name)
            if topic.direction == OUT or name not in found:
                found[name] = topic
    return found
