# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""pocketsphinx with its en-us model as a reader of the same grammars as ours.

A vocabulary is written as a JSGF grammar, with our pronunciations as its dictionary, so that both
recognisers may hear the same phrases and nothing else.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.lexicon import Pronunciation
from av_fusion_ros.recognition.vocabulary import Part, Vocabulary

if TYPE_CHECKING:
    from pocketsphinx import Decoder

Pronunciations = tuple[Pronunciation, ...]


class Jsgf:
    """A grammar's text and its dictionary; ``words`` maps the tokens in both to what is said."""

    def __init__(self, body: str, dictionary: dict[str, Pronunciations], words: dict[str, str]):
        self.grammar = f'#JSGF V1.0;\ngrammar commands;\npublic <command> = {body};\n'
        self.words = words
        self.dictionary = ''.join(
            f'{token}{f"({number})" if number > 1 else ""} {" ".join(phonemes)}\n'
            for token, spoken in dictionary.items()
            for number, phonemes in enumerate(spoken, start=1)
        )


def jsgf_of(vocabulary: Vocabulary) -> Jsgf:
    """Every phrase of a vocabulary; a token for each word as it is pronounced at its place."""
    tokens: dict[tuple[str, Pronunciations], str] = {}

    def token(text: str, spoken: Pronunciations) -> str:
        return tokens.setdefault((text, spoken), f'w{len(tokens)}')

    def place(part: Part) -> str:
        choices = (
            ' '.join(token(word.text, word.pronunciations) for word in said)
            for said in part.choices
        )
        return f'({" | ".join(choices)})'

    variants = (
        ' '.join(map(place, parts)) for phrase in vocabulary.phrases for parts in phrase.variants
    )
    body = ' | '.join(variants)
    return Jsgf(
        body,
        {name: spoken for (_, spoken), name in tokens.items()},
        {name: text for (text, _), name in tokens.items()},
    )


class PocketsphinxReader:
    """Reads whole clips, each on its own, normalised over itself; or a stream bit by bit."""

    def __init__(self, jsgf: Jsgf, **settings: object) -> None:
        from pocketsphinx import Config, Decoder, get_model_path

        self._words = jsgf.words
        with tempfile.TemporaryDirectory() as folder:
            grammar, dictionary = Path(folder) / 'grammar.jsgf', Path(folder) / 'words.dict'
            grammar.write_text(jsgf.grammar)
            dictionary.write_text(jsgf.dictionary)
            chosen = {'cmn': 'batch', **settings}
            config = Config(
                hmm=f'{get_model_path()}/en-us/en-us', lm=None, loglevel='FATAL',
                jsgf=str(grammar), dict=str(dictionary), samprate=16000, **chosen,
            )  # fmt: skip
            self._decoder = Decoder(config)
        self.listening = False

    def begin(self) -> None:
        """Begin to hear an utterance bit by bit."""
        self._decoder.start_utt()
        self.listening = True

    def hear(self, pcm: bytes) -> None:
        """Hear 16 kHz samples, signed 16 bit."""
        self._decoder.process_raw(pcm)

    def finish(self) -> str:
        """End the utterance; what was heard, '' for nothing."""
        self._decoder.end_utt()
        self.listening = False
        found = self._decoder.hyp()
        return '' if found is None else self._text(found.hypstr)

    def _text(self, tokens: str) -> str:
        return ' '.join(self._words[token] for token in tokens.split())

    def read(self, samples: NDArray[np.float32]) -> tuple[str, float]:
        """Text of 16 kHz samples (n,) in [-1, 1], '' for nothing, and its score per sample."""
        text, score = _decoded(self._decoder, samples)
        return self._text(text), score


class AnyPhonemes:
    """How likely a clip is as any phonemes of English in any words: pocketsphinx's own search.

    With its phone language model and the beams and weight that its documentation gives for it.
    """

    def __init__(self) -> None:
        from pocketsphinx import Config, Decoder, get_model_path

        model = f'{get_model_path()}/en-us'
        config = Config(
            hmm=f'{model}/en-us', lm=None, loglevel='FATAL', allphone=f'{model}/en-us-phone.lm.bin',
            beam=1e-20, pbeam=1e-20, lw=2.0, samprate=16000, cmn='batch',
        )  # fmt: skip
        self._decoder = Decoder(config)

    def score(self, samples: NDArray[np.float32]) -> float:
        """The score per sample of 16 kHz samples (n,) in [-1, 1]; minus infinity for none."""
        return _decoded(self._decoder, samples)[1]


def _decoded(decoder: Decoder, samples: NDArray[np.float32]) -> tuple[str, float]:
    """What a decoder finds in a whole clip, '' for nothing, and its score per sample."""
    decoder.start_utt()
    decoder.process_raw((samples * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    if found is None or not found.hypstr:
        return '', -np.inf
    return found.hypstr, found.score / len(samples)
