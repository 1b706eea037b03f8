# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every parameter of every node, as a table: nodes declare it, docs print it, tests compare it.

No ROS import: launch files, the command line and the docs read this table without a graph.
"""

from __future__ import annotations

from dataclasses import dataclass

ParameterValue = bool | int | float | str

#: When a parameter may be changed.
ANY_TIME = 'any time'  # takes effect with the next message
UNCONFIGURED = 'while unconfigured'  # read by configure; change, then configure again
START = 'at start'  # read once; read-only in the ROS sense


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its type is the type of its default.

    ``minimum`` and ``maximum`` are inclusive bounds of a number in ``unit``; ``choices`` are the
    accepted texts; ``change`` is one of ANY_TIME, UNCONFIGURED and START.
    """

    name: str
    default: ParameterValue
    description: str
    unit: str = ''
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    change: str = UNCONFIGURED

    def meant(self, value: object) -> object:
        """Return an integer as the number or text that was meant where one is wanted: 1 as 1.0."""
        if type(value) is int and type(self.default) in (float, str):
            return type(self.default)(value)
        return value

    def refusal(self, value: object) -> str:
        """Say why ``value`` cannot be taken; an empty text means it can."""
        accepted = self.accepted()
        if type(value) is not type(self.default):
            return (
                f'{self.name} is {value!r} ({type(value).__name__}), but must be '
                f'{type(self.default).__name__}: {accepted}'
            )
        if self.choices and value not in self.choices:
            return f'{self.name} is {value!r}; accepted: {accepted}'
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            low = self.minimum is not None and not value >= self.minimum
            high = self.maximum is not None and not value <= self.maximum
            if low or high:
                return f'{self.name} is {value}; accepted: {accepted}'
        return ''

    def accepted(self) -> str:
        """Return the accepted values as text."""
        if self.choices:
            return ' | '.join(self.choices)
        if self.minimum is not None and self.maximum is not None:
            return f'{self.minimum:g} to {self.maximum:g} {self.unit}'.rstrip()
        return {bool: 'true | false', str: 'text', int: 'an integer', float: 'a number'}[
            type(self.default)
        ]


AUTOSTART = Parameter(
    'autostart',
    False,
    'configure and activate by itself; leave false where launch, `av-fusion up` or a lifecycle '
    'manager drives the transitions',
    change=START,
)
MODEL_PATH = Parameter(
    'model_path',
    '',
    'checkpoint (.safetensors); empty = the one installed with the package. All nodes of one '
    'graph need the same one',
)
BACKEND = Parameter(
    'backend',
    'auto',
    'what runs the network: onnxruntime (CPU; needs no torch), openvino (the same with the package '
    'onnxruntime-openvino in place of onnxruntime), torch (on the GPU where there is one), auto = '
    'onnxruntime where it and graphs of the checkpoint are installed, else torch',
    choices=('auto', 'onnxruntime', 'openvino', 'torch'),
)
THREADS = Parameter(
    'threads',
    1,
    'CPU threads of one network call; the networks are small, more is rarely faster',
    minimum=1,
    maximum=64,
    change=START,
)

AUDIO_ENCODER = (
    AUTOSTART,
    MODEL_PATH,
    BACKEND,
    THREADS,
    Parameter(
        'audio_type',
        'auto',
        'message type on the audio topic; auto = the type that is being published',
        choices=(
            'auto',
            'av_fusion_ros/Audio',
            'audio_common_msgs/AudioData',
            'audio_common_msgs/AudioDataStamped',
            'audio_common_msgs/AudioStamped',
        ),
    ),
    Parameter(
        'audio_data_sample_rate_hz',
        16000,
        'rate of AudioData and AudioDataStamped, which do not carry it, until an AudioInfo is '
        'received on audio_info',
        unit='Hz',
        minimum=8000,
        maximum=192000,
    ),
    Parameter(
        'audio_data_channels',
        1,
        'interleaved channels of AudioData and AudioDataStamped, likewise',
        minimum=1,
        maximum=32,
    ),
    Parameter(
        'audio_data_encoding',
        'S16LE',
        'sample format of AudioData and AudioDataStamped, likewise',
        choices=('S16LE', 'S32LE', 'F32LE', 'U8'),
    ),
    Parameter(
        'audio_stamp_is',
        'end',
        'which sample of a block a foreign message is stamped with: its first (start) or last '
        '(end). av_fusion_ros/Audio always stamps the last',
        choices=('start', 'end'),
    ),
    Parameter(
        'stamp_offset_s',
        0.0,
        'added to every stamp: minus the known delay of the sound driver',
        unit='s',
        minimum=-2.0,
        maximum=2.0,
        change=ANY_TIME,
    ),
    Parameter(
        'max_gain_db',
        30.0,
        'by how much speech fainter than -20 dBFS is raised for the network at most: the '
        'gain of a quiet or distant microphone follows the talker and is told in /diagnostics; '
        '0 = never',
        unit='dB',
        minimum=0.0,
        maximum=40.0,
    ),
    Parameter(
        'adaptation_enabled',
        False,
        'learn the noise of this place from commands that eye and ear agree on, and put in force '
        'what was learnt before (docs/adaptation.md); the service ~/adaptation/set starts and '
        'stops it later',
    ),
    Parameter(
        'adaptation_folder',
        '',
        'where what was learnt is kept; empty = av_fusion_ros/adaptation in $ROS_HOME or ~/.ros',
    ),
    Parameter(
        'adaptation_cpu_share',
        0.1,
        'how much of one core learning may take',
        minimum=0.01,
        maximum=1.0,
    ),
    Parameter(
        'queue_depth',
        200,
        'blocks waiting for the encoder; beyond it the oldest is dropped and counted',
        minimum=1,
        maximum=10000,
        change=START,
    ),
)

VISUAL_ENCODER = (
    AUTOSTART,
    MODEL_PATH,
    BACKEND,
    THREADS,
    Parameter(
        'image_transport',
        'auto',
        'raw = image, compressed = image/compressed, auto = the one that is being published, '
        'raw if both are',
        choices=('auto', 'raw', 'compressed'),
    ),
    Parameter(
        'stamp_offset_s',
        0.0,
        'added to every stamp: minus the known delay of the camera driver',
        unit='s',
        minimum=-2.0,
        maximum=2.0,
        change=ANY_TIME,
    ),
    Parameter(
        'max_faces',
        2,
        'faces followed and read at a time; each costs a mesh and a network call more, see '
        'docs/evaluation/two_faces.md',
        minimum=1,
        maximum=4,
    ),
    Parameter(
        'station_file',
        '',
        'makes this a roadside unit: name, key and position (YAML, see docs/v2x.md), with which '
        'signed views are published on v2x/visual; empty = a vehicle',
    ),
    Parameter(
        'queue_depth',
        6,
        'frames waiting for the encoder; beyond it the oldest is dropped and counted',
        minimum=1,
        maximum=1000,
        change=START,
    ),
)

FUSION = (
    AUTOSTART,
    MODEL_PATH,
    BACKEND,
    THREADS,
    Parameter(
        'commands_file',
        '',
        'phrases to recognise (YAML); empty = config/commands.yaml of the package',
    ),
    Parameter(
        'calibration_file',
        '',
        'how scores become confidences (JSON); empty = the .calibration.json beside the '
        'checkpoint, or the defaults without one',
    ),
    Parameter(
        'min_confidence',
        0.5,
        'an utterance that is less probable is rejected, 0 = take everything',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'sure_confidence',
        0.85,
        'an utterance that is less probable is answered once it is clear that no talk follows: '
        '0.08 s after its end where the sound falls silent, 0.2 s after it in noise; 1 = all are, '
        '0 = none',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'wait_for_silence',
        False,
        'answer even sure utterances only after 0.12 s of silence, so that a command is not taken '
        'from the beginning of other talk; false = with the last phoneme, unless another command '
        'can come of it',
    ),
    Parameter(
        'lateness_s',
        0.12,
        'how long a hop waits for the ear or the eye before it goes on without',
        unit='s',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'clock_lateness_s',
        0.2,
        'added to it when only the ROS clock says that time has passed',
        unit='s',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'roadside_lateness_s',
        0.3,
        'how long a hop waits for the roadside view while that stands in for the camera',
        unit='s',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'av_offset_s',
        0.0,
        "how much the sound's stamps are late against the picture's, positive = sound late",
        unit='s',
        minimum=-1.0,
        maximum=1.0,
    ),
    Parameter(
        'max_age_s',
        0.25,
        'a sense silent for longer is stale and counts as lost',
        unit='s',
        minimum=0.04,
        maximum=5.0,
    ),
    Parameter(
        'max_v2x_age_s',
        0.5,
        'a roadside view that is older is stale',
        unit='s',
        minimum=0.04,
        maximum=5.0,
    ),
    Parameter(
        'consistency_file',
        '',
        "calibration of the alarms' scores (JSON, see av-fusion calibrate --consistency); empty = "
        'the one beside the checkpoint, else built-in numbers',
    ),
    Parameter(
        'mismatch_evidence',
        24.0,
        'evidence of the sequential test at which voice and lips are said not to belong together; '
        'more = fewer alarms, later; two thirds of it where the calibration knows similarity alone',
        unit='nat',
        minimum=1.0,
        maximum=1000.0,
    ),
    Parameter(
        'desync_s',
        0.1,
        'the least shift of sound against picture that raises an alarm; below 0.08 the network '
        'itself does not notice',
        unit='s',
        minimum=0.08,
        maximum=1.0,
    ),
    Parameter(
        'loop_limit',
        0.1,
        'difference from what was seen or heard before, 0 none to 1 unrelated, below which it is '
        'a repetition; 0 = never',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'max_align_offset_s',
        0.0,
        'a measured shift of sound against picture that has held for 10 s corrects the alignment '
        'by up to this much more or less than av_offset_s; 0 = never',
        unit='s',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'affect_threshold',
        1.0,
        'how sure a smile and an angry voice must be for the affect alarm; 1 = never: see '
        'docs/evaluation/affect.md for what it finds and how often it is wrong',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'queue_depth',
        500,
        'features waiting for the fusion; beyond it the oldest is dropped and counted',
        minimum=1,
        maximum=10000,
        change=START,
    ),
)

V2X_GATEWAY = (
    AUTOSTART,
    MODEL_PATH,
    BACKEND,
    THREADS,
    Parameter(
        'trust_file',
        '',
        'stations and their public keys (YAML, see docs/v2x.md); empty = nobody is trusted and '
        'nothing is admitted. It is read again when it changes',
    ),
    Parameter(
        'accept_frames',
        True,
        'take JPEG frames of trusted stations as well and encode them here; costs a face search '
        'and a network call each',
    ),
    Parameter(
        'max_age_s',
        0.5,
        'older views are refused; roadside units were measured 150 to 250 ms late',
        unit='s',
        minimum=0.01,
        maximum=10.0,
    ),
    Parameter(
        'max_future_s',
        0.04,
        'how far ahead of our clock a station may be (C2C-CC RS_BSP_168)',
        unit='s',
        minimum=0.0,
        maximum=1.0,
    ),
    Parameter(
        'max_rate_hz',
        50.0,
        'views that one station may send; what comes above it is refused',
        unit='Hz',
        minimum=1.0,
        maximum=1000.0,
    ),
    Parameter(
        'map_frame',
        'map',
        "frame in which the stations' positions and vehicle_pose are",
    ),
    Parameter(
        'map_origin',
        '',
        "latitude, longitude [degrees] and altitude [m] of map_frame's origin, x to the east, for "
        'ETSI ITS messages; empty = those are not listened to',
    ),
    Parameter(
        'position_tolerance_m',
        5.0,
        'how far a station may be from where the trust file, its first view or its ETSI ITS '
        'messages have it',
        unit='m',
        minimum=0.1,
        maximum=1000.0,
    ),
    Parameter(
        'max_station_distance_m',
        200.0,
        'a station farther from vehicle_pose cannot see us; not checked without a pose',
        unit='m',
        minimum=1.0,
        maximum=100000.0,
    ),
    Parameter(
        'queue_depth',
        50,
        'messages waiting for the check; beyond it the oldest is dropped and counted',
        minimum=1,
        maximum=10000,
        change=START,
    ),
)

MEDIA_PLAYER = (
    AUTOSTART,
    Parameter('path', '', 'rosbag2 folder, video file or sound file to play'),
    Parameter(
        'rate', 1.0, 'speed; 2 plays twice as fast', minimum=0.01, maximum=100.0, change=ANY_TIME
    ),
    Parameter('loop', False, 'begin again at the end; time runs on', change=ANY_TIME),
    Parameter(
        'publish_clock',
        False,
        'publish /clock; receivers then need use_sim_time:=true',
    ),
    Parameter(
        'wait_for_subscribers_s',
        30.0,
        'wait this long for a subscriber on every played topic that the graph listens to before '
        'the first message; 0 = start at once',
        unit='s',
        minimum=0.0,
        maximum=3600.0,
    ),
    Parameter(
        'settle_s',
        2.0,
        'then wait this long: a publisher knows of its subscriber up to a second or two before '
        'the subscriber knows of it, and what is sent between is lost',
        unit='s',
        minimum=0.0,
        maximum=60.0,
    ),
    Parameter(
        'audio_block_s',
        0.02,
        'length of one Audio message made from a file',
        unit='s',
        minimum=0.005,
        maximum=1.0,
    ),
    Parameter('image_frame_id', 'camera', 'frame_id of images made from a file'),
    Parameter('audio_frame_id', 'microphone', 'frame_id of sound made from a file'),
)

DEVICE_SOURCE = (
    AUTOSTART,
    Parameter(
        'camera',
        '0',
        'camera number or device path as OpenCV takes it; empty = no camera',
    ),
    Parameter('width', 640, 'requested picture width', unit='px', minimum=16, maximum=7680),
    Parameter('height', 480, 'requested picture height', unit='px', minimum=16, maximum=4320),
    Parameter('fps', 30.0, 'requested frame rate', unit='Hz', minimum=1.0, maximum=240.0),
    Parameter(
        'microphone',
        'default',
        "sound device number or part of its name as PortAudio lists it; default = the system's "
        'default; empty = no microphone',
    ),
    Parameter('sample_rate_hz', 16000, 'requested rate', unit='Hz', minimum=8000, maximum=192000),
    Parameter('channels', 1, 'requested channels', minimum=1, maximum=32),
    Parameter(
        'audio_block_s',
        0.01,
        'length of one block; a hop waits for the block that completes it, 1.5 ms with 0.01 s and '
        '0.02 s',
        unit='s',
        minimum=0.005,
        maximum=1.0,
    ),
    Parameter('image_frame_id', 'camera', 'frame_id of the images'),
    Parameter('audio_frame_id', 'microphone', 'frame_id of the sound'),
)

PICTURE_ANNOTATOR = (
    AUTOSTART,
    Parameter(
        'max_rate_hz',
        10.0,
        'pictures published a second, at most; none while nobody looks',
        unit='Hz',
        minimum=0.1,
        maximum=100.0,
        change=ANY_TIME,
    ),
    Parameter(
        'width',
        640,
        'wider pictures are made as wide as this',
        unit='px',
        minimum=160,
        maximum=3840,
        change=ANY_TIME,
    ),
)

HRI_BRIDGE = (
    AUTOSTART,
    Parameter(
        'speech_threshold',
        0.5,
        'probability of speech from which on somebody speaks (is_speaking)',
        minimum=0.0,
        maximum=1.0,
        change=ANY_TIME,
    ),
)
