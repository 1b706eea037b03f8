# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What was said, when, and what went wrong, as plain data beside a bag."""

from __future__ import annotations

import math
from typing import Any

from av_fusion_ros.generation.events import event_record
from av_fusion_ros.generation.scene import Scene, Utterance
from av_fusion_ros.generation.speech import Speech

FILE_NAME = 'ground_truth.json'


def ground_truth(scene: Scene) -> dict[str, Any]:
    """Times in seconds from start_ns; `text` is what the lips say, `heard_text` the sound."""
    settings = scene.settings
    return {
        'format': 'av_fusion_ros ground truth 1',
        'start_ns': settings.start_ns,
        'duration_s': scene.duration_s,
        'seed': settings.seed,
        'identity': settings.seed if settings.identity is None else settings.identity,
        'size': [settings.width, settings.height],
        'frame_rate_hz': settings.frame_rate_hz,
        'sample_rate_hz': 16000,
        'sound_gain': scene.sound.gain,
        'utterances': [_utterance(utterance) for utterance in scene.utterances],
        'events': [_finite(event_record(event, scene.duration_s)) for event in scene.events],
    }


def _utterance(utterance: Utterance) -> dict[str, Any]:
    heard = utterance.heard
    return {
        'text': utterance.text,
        'heard_text': heard.text,
        'start_s': utterance.start_s,
        'end_s': utterance.end_s,
        'voice': utterance.speech.voice.name,
        'words': _words(utterance.speech, utterance.start_s),
        'heard_words': _words(heard, utterance.start_s),
        'phonemes': [
            {
                'ipa': phoneme.ipa,
                'cmu': list(phoneme.cmu),
                'start_s': utterance.start_s + phoneme.start_s,
                'end_s': utterance.start_s + phoneme.end_s,
            }
            for phoneme in utterance.speech.phonemes
        ],
    }


def _words(speech: Speech, start_s: float) -> list[dict[str, Any]]:
    return [
        {'text': word.text, 'start_s': start_s + word.start_s, 'end_s': start_s + word.end_s}
        for word in speech.words
    ]


def _finite(record: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in record.items()
    }
