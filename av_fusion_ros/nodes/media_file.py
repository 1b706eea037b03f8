# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Opens whatever a path names: a bag, a video or a sound file."""

from __future__ import annotations

from pathlib import Path

from av_fusion_ros.nodes import sound_recording, video_recording
from av_fusion_ros.nodes.bag_recording import BagRecording
from av_fusion_ros.nodes.recording import Recording, RecordingError
from av_fusion_ros.nodes.sound_recording import SoundRecording, read_pcm
from av_fusion_ros.nodes.video_recording import VideoRecording, sound_of_video


def open_recording(
    path: Path,
    *,
    audio_block_s: float = 0.02,
    image_frame_id: str = 'camera',
    audio_frame_id: str = 'microphone',
    without: frozenset[str] = frozenset(),
) -> Recording:
    """Return the recording at ``path``; a bag leaves out the topics ``without``.

    Raises RecordingError when there is nothing, or nothing that can be played.
    """
    if not path.exists():
        raise RecordingError(f'{path} does not exist; give a rosbag2 folder, a video or a sound')
    if path.suffix in ('.mcap', '.db3') and path.is_file():
        path = path.parent
    if path.is_dir():
        return BagRecording(path, without)
    suffix = path.suffix.lower()
    if suffix in sound_recording.SUFFIXES:
        return SoundRecording(read_pcm(path), audio_block_s, audio_frame_id)
    if suffix in video_recording.SUFFIXES:
        pcm = sound_of_video(path)
        sound = SoundRecording(pcm, audio_block_s, audio_frame_id) if pcm is not None else None
        return VideoRecording(path, sound, image_frame_id)
    known = (*sound_recording.SUFFIXES, *video_recording.SUFFIXES)
    raise RecordingError(f'{path} is neither a bag folder nor one of {", ".join(known)}')
