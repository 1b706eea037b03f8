# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a scene as a video file to look at and listen to."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import soundfile

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.scene import Scene
from av_fusion_ros.generation.speech import SAMPLE_RATE_HZ


def write_video(path: Path, scene: Scene) -> None:
    """Write an .mp4; the sound is joined in by ffmpeg, else it lies beside it as .wav.

    Frames that the camera does not deliver are black in the video.
    """
    settings = scene.settings
    size = (settings.width, settings.height)
    silent, sound = path.with_suffix('.silent.mp4'), path.with_suffix('.wav')
    codec = cv2.VideoWriter.fourcc(*'mp4v')
    writer = cv2.VideoWriter(str(silent), codec, settings.frame_rate_hz, size)
    if not writer.isOpened():
        raise GenerationError(f'cannot write a video to {path}; is its folder writable?')
    black = np.zeros((settings.height, settings.width, 3), np.uint8)
    expected = 0
    for frame in scene.frames():
        for _ in range(expected, frame.index):
            writer.write(black)
        writer.write(frame.image)
        expected = frame.index + 1
    for _ in range(expected, scene.n_frames):
        writer.write(black)
    writer.release()
    samples = np.where(scene.sound.delivered, scene.sound.samples, 0.0)
    soundfile.write(str(sound), samples, SAMPLE_RATE_HZ, subtype='PCM_16')
    if shutil.which('ffmpeg') is None:
        silent.rename(path)
        return
    command = ['ffmpeg', '-v', 'error', '-y', '-i', str(silent), '-i', str(sound)]
    command += ['-c:v', 'copy', '-c:a', 'aac', '-b:a', '128k', str(path)]
    result = subprocess.run(command, capture_output=True, check=False)
    if result.returncode != 0:
        raise GenerationError(f'ffmpeg cannot join {path}: {result.stderr.decode()[:300]}')
    silent.unlink()
    sound.unlink()
