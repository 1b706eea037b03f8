# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A guess at the pronunciation of a word no dictionary lists, by the espeak-ng program."""

from __future__ import annotations

import shutil
import subprocess

from av_fusion_ros.recognition.errors import VocabularyError

_STRESS = 'ˈˌ‍'


def espeak_phonemes(word: str, voice: str = 'en-us') -> tuple[str, ...]:
    """CMU phonemes of ``word`` as espeak-ng would say it.

    Raises VocabularyError when espeak-ng is not installed or cannot say the word.
    """
    # Only users of this option need the generation room's table.
    from av_fusion_ros.generation.errors import GenerationError
    from av_fusion_ros.generation.espeak_phonemes import cmu_phonemes

    program = shutil.which('espeak-ng')
    if program is None:
        raise VocabularyError(
            f'cannot guess how {word!r} is said: espeak-ng is not installed ("apt install '
            'espeak-ng"); or write it under "pronunciations:"'
        )
    said = subprocess.run(
        [program, '-q', '--ipa', '--sep=_', '-v', voice, '--', word],
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    ).stdout
    names = [name.strip(_STRESS) for name in said.replace(' ', '_').strip().split('_')]
    try:
        return tuple(p for name in names if name for p in cmu_phonemes(name))
    except GenerationError as error:
        raise VocabularyError(f'cannot guess how {word!r} is said: {error}') from error
