# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Speaks one text through libespeak-ng and exits: run as a program by `speech.py`.

espeak-ng keeps its voice, its parameters and the phase of its pitch flutter in global
variables that no call resets, so what it said before changes the next samples. A process
for every utterance makes speech a function of text and voice alone, at some 30 ms each.
Only the standard library is imported, to start fast.

Standard input: JSON with text, voice, rate_wpm, pitch, pitch_range. Standard output: a line
of JSON with rate_hz, phonemes [[sample, IPA]], words [[sample, position, length]], or with
error; then the samples, int16 in the machine's byte order.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any


class _EventId(ctypes.Union):
    _fields_ = [
        ('number', ctypes.c_int),
        ('name', ctypes.c_char_p),
        ('string', ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    """espeak_EVENT of espeak-ng/speak_lib.h."""

    _fields_ = [
        ('type', ctypes.c_int),
        ('unique_identifier', ctypes.c_uint),
        ('text_position', ctypes.c_int),
        ('length', ctypes.c_int),
        ('audio_position', ctypes.c_int),
        ('sample', ctypes.c_int),
        ('user_data', ctypes.c_void_p),
        ('id', _EventId),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_OUTPUT_SYNCHRONOUS = 2
_OPTION_PHONEME_EVENTS, _OPTION_PHONEME_IPA = 1, 2
_PARAMETER_RATE, _PARAMETER_PITCH, _PARAMETER_RANGE = 1, 3, 4
_CHARS_UTF8, _POSITION_CHARACTER = 1, 1

NO_LIBRARY = (
    'the speech synthesiser libespeak-ng.so.1 is not installed; '
    'install the Debian package espeak-ng (apt-get install espeak-ng)'
)
NO_VOICES = 'espeak-ng found no voice data; install the Debian package espeak-ng-data'


def speak(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """(header, samples) for one request."""
    try:
        library = ctypes.CDLL('libespeak-ng.so.1')
    except OSError:
        return {'error': NO_LIBRARY}, b''
    options = _OPTION_PHONEME_EVENTS | _OPTION_PHONEME_IPA
    rate_hz = int(library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, None, options))
    if rate_hz <= 0:
        return {'error': NO_VOICES}, b''
    blocks: list[bytes] = []
    phonemes: list[tuple[int, str]] = []
    words: list[tuple[int, int, int]] = []

    def receive(
        samples: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]
    ) -> int:
        if samples and count > 0:
            blocks.append(ctypes.string_at(samples, 2 * count))
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            if event.type == _EVENT_PHONEME:
                name = bytes(event.id.string).split(b'\0')[0].decode('utf-8', 'ignore')
                phonemes.append((event.sample, name))
            elif event.type == _EVENT_WORD:
                words.append((event.sample, event.text_position, event.length))
            index += 1
        return 0

    callback = _CALLBACK(receive)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(request['voice'].encode()) != 0:
        listing = 'list them with: espeak-ng --voices=en'
        return {'error': f'espeak-ng has no voice {request["voice"]!r}; {listing}'}, b''
    for parameter, key in (
        (_PARAMETER_RATE, 'rate_wpm'),
        (_PARAMETER_PITCH, 'pitch'),
        (_PARAMETER_RANGE, 'pitch_range'),
    ):
        library.espeak_SetParameter(parameter, request[key], 0)
    data = request['text'].encode()
    library.espeak_Synth(data, len(data) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)
    library.espeak_Synchronize()
    return {'rate_hz': rate_hz, 'phonemes': phonemes, 'words': words}, b''.join(blocks)


def main() -> None:
    """Answer the request on standard input."""
    header, samples = speak(json.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(json.dumps(header).encode() + b'\n' + samples)
    sys.stdout.buffer.flush()


if __name__ == '__main__':
    main()
