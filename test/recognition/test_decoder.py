# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streaming decoding: one utterance is one message, soon, and as the whole clip reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import CLASS_OF, N_CLASSES
from av_fusion_ros.recognition.decoder import DecoderSettings, StreamingDecoder
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.lexicon import Lexicon
from av_fusion_ros.recognition.phrase_fit import count_phonemes
from av_fusion_ros.recognition.utterance import Utterance, decode
from av_fusion_ros.recognition.vocabulary import load_vocabulary, parse_vocabulary

CONFIG = Path(__file__).resolve().parents[2] / 'config'
ROBOT = compile_grammar(load_vocabulary(CONFIG / 'commands.yaml'))
GRID = compile_grammar(load_vocabulary(CONFIG / 'commands_grid.yaml'))
LEXICON = Lexicon()


def spoken(
    text: str, rng: np.random.Generator, noise: float = 1.0, confidence: float = 9.0
) -> NDArray[np.float64]:
    """Log-probabilities of a sentence: 1 to 3 hops a phoneme, blanks between some, then noise.

    A word is letters, or silence of n hops as '_n'.
    """
    classes: list[int] = []
    for word in text.split():
        if word.startswith('_'):
            classes += [0] * int(word[1:])
            continue
        for phoneme in LEXICON.pronounce(word)[0]:
            if classes and (classes[-1] == CLASS_OF[phoneme] or rng.random() < 0.3):
                classes.append(0)
            classes += [CLASS_OF[phoneme]] * int(rng.integers(1, 4))
    logits = noise * rng.normal(size=(len(classes), N_CLASSES))
    logits[np.arange(len(classes)), classes] += confidence
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


PATIENT = DecoderSettings(wait_for_silence=True)


def stream(decoder: StreamingDecoder, log_probs: NDArray[np.float64]) -> list[Utterance]:
    return [found for hop in log_probs if (found := decoder.push(hop)) is not None]


def texts(utterances: list[Utterance]) -> list[str]:
    return [utterance.readings[0].text for utterance in utterances]


ROBOT_SENTENCES = [
    'stop', 'go forward', 'turn left', 'pick up the red box', 'place blue at b seven',
    'go to the kitchen', 'go to the dock', 'yes', 'follow me', 'slow down',
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    sentence=st.sampled_from(ROBOT_SENTENCES),
    seed=st.integers(0, 2**31),
    before=st.integers(1, 60),
    after=st.integers(12, 60),
    wait=st.booleans(),
)
def test_an_isolated_command_is_one_message_and_reads_as_the_whole_clip(
    sentence: str, seed: int, before: int, after: int, wait: bool
) -> None:
    clip = spoken(f'_{before} {sentence} _{after}', np.random.default_rng(seed))
    (found,) = stream(StreamingDecoder(ROBOT, DecoderSettings(wait_for_silence=wait)), clip)
    whole = decode(ROBOT, clip)
    assert whole is not None
    assert found.readings[0].identity == whole.readings[0].identity
    assert found.readings[0].text == sentence
    assert found.start == whole.start
    assert before <= found.start <= before + 1  # a blank may come first
    assert whole.end == len(clip) - after - 1
    if wait:
        assert found.end == whole.end
    else:
        assert whole.end - 2 <= found.end <= found.decided <= whole.end  # its last phoneme


def test_the_decision_falls_with_the_last_phoneme() -> None:
    clip = spoken('_10 turn left _20', np.random.default_rng(0))
    (found,) = stream(StreamingDecoder(ROBOT), clip)
    assert found.decided == found.end


def test_silence_may_be_waited_for_instead() -> None:
    clip = spoken('_10 turn left _20', np.random.default_rng(0))
    (found,) = stream(StreamingDecoder(ROBOT, PATIENT), clip)
    assert found.decided - found.end == DecoderSettings().hangover_hops


@pytest.mark.parametrize('wait', [False, True])
def test_what_is_unsure_is_answered_after_a_longer_pause(wait: bool) -> None:
    clip = spoken('_10 turn left _20', np.random.default_rng(0))
    chosen = DecoderSettings(wait_for_silence=wait)
    (found,) = stream(StreamingDecoder(ROBOT, chosen, lambda utterance: False), clip)
    assert texts([found]) == ['turn left']
    assert found.decided - found.end == chosen.unsure_hops


@pytest.mark.parametrize('wait', [False, True])
def test_what_is_unsure_is_answered_sooner_where_silence_is_heard(wait: bool) -> None:
    clip = spoken('_10 turn left _20', np.random.default_rng(0))
    chosen = DecoderSettings(wait_for_silence=wait)
    decoder = StreamingDecoder(ROBOT, chosen, lambda utterance: False)
    last = len(clip) - 20 - 1
    (found,) = [found for k, hop in enumerate(clip) if (found := decoder.push(hop, quiet=k > last))]
    assert texts([found]) == ['turn left']
    assert found.decided - found.end == (chosen.unsure_hops if wait else chosen.quiet_hops)


def test_silence_heard_within_a_command_does_not_end_it() -> None:
    clip = spoken('_10 turn left _20', np.random.default_rng(0))
    decoder = StreamingDecoder(ROBOT, is_sure=lambda utterance: False)
    (found,) = [found for hop in clip if (found := decoder.push(hop, quiet=True))]
    assert texts([found]) == ['turn left']


def test_an_early_reading_that_is_unsure_is_not_consumed_but_read_again() -> None:
    asked: list[int] = []

    def sure_after_silence(utterance: Utterance) -> bool:
        asked.append(utterance.decided - utterance.end)
        return utterance.decided - utterance.end >= DecoderSettings().hangover_hops

    clip = spoken('_10 turn left _20', np.random.default_rng(0))
    (found,) = stream(StreamingDecoder(ROBOT, is_sure=sure_after_silence), clip)
    assert asked[0] == 0
    assert found.decided - found.end == asked[-1] == DecoderSettings().hangover_hops


def test_talk_that_goes_on_is_seen_only_by_what_is_unsure() -> None:
    clip = spoken('_20 place red at c four _2 please _20', np.random.default_rng(0))
    hasty = stream(StreamingDecoder(ROBOT), clip)[0]
    slow = stream(StreamingDecoder(ROBOT, is_sure=lambda utterance: False), clip)[0]
    assert texts([hasty]) == texts([slow]) == ['place red at c four']
    assert hasty.fit.foreign_after == 0
    assert slow.fit.foreign_after > 0


def test_a_phrase_that_may_become_another_command_is_waited_for() -> None:
    rng = np.random.default_rng(0)
    grammar = compile_grammar(parse_vocabulary({'commands': ['go', 'go back', 'look up']}))
    (found,) = stream(StreamingDecoder(grammar), spoken('_10 go _20', rng))
    assert found.decided - found.end == DecoderSettings().patience_hops
    assert texts(stream(StreamingDecoder(grammar), spoken('_10 go _6 back _20', rng))) == [
        'go back'
    ]


def test_a_longer_way_to_say_the_same_is_not_waited_for() -> None:
    rng = np.random.default_rng(0)
    decoder = StreamingDecoder(ROBOT)  # 'stop now' is an alias of 'stop'
    (found,) = stream(decoder, spoken('_10 stop _20', rng))
    assert found.decided == found.end
    said = stream(decoder, spoken('_10 stop _6 now _20', rng))
    assert [utterance.readings[0].phrase_id for utterance in said] == ['stop']


def test_slots_are_waited_for_where_they_may_go_on() -> None:
    rng = np.random.default_rng(0)
    slots = {'thing': ['box', 'box top']}
    grammar = compile_grammar(parse_vocabulary({'slots': slots, 'commands': ['take {thing}']}))
    assert texts(stream(StreamingDecoder(grammar), spoken('_10 take box _4 top _20', rng))) == [
        'take box top'
    ]


@pytest.mark.parametrize('seed', range(5))
def test_commands_in_a_row_are_each_one_message(seed: int) -> None:
    said = ['go back', 'turn left', 'turn left', 'look up', 'no', 'place red at c one']
    clip = spoken('_20 ' + ' _15 '.join(said) + ' _15', np.random.default_rng(seed))
    assert texts(stream(StreamingDecoder(ROBOT), clip)) == said


def test_grid_sentences_are_read_through_all_slots() -> None:
    said = 'bin blue at f three soon'
    clip = spoken(f'_12 {said} _12', np.random.default_rng(1))
    (found,) = stream(StreamingDecoder(GRID), clip)
    assert found.readings[0].text == said
    assert len(found.readings) == DecoderSettings().n_best
    assert found.margin > 0
    assert list(found.scores) == sorted(found.scores, reverse=True)


def test_alternatives_hold_the_confusable_letter() -> None:
    rng = np.random.default_rng(2)
    clip = spoken('_12 place red at b two _12', rng)
    (truth,) = stream(StreamingDecoder(ROBOT), clip)
    at = int(np.flatnonzero(clip[:, CLASS_OF['B']] > -1)[0])
    hops = clip[:, CLASS_OF['B']] > -1
    assert at < len(clip)
    clip[hops, CLASS_OF['D']] = clip[hops, CLASS_OF['B']] - 0.5  # almost a d
    (found,) = stream(StreamingDecoder(ROBOT), clip)
    assert found.readings[0].slots['letter'] == 'b'
    assert found.readings[1].slots['letter'] == 'd'
    assert found.margin < truth.margin


def test_silence_says_nothing() -> None:
    assert stream(StreamingDecoder(ROBOT), spoken('_500', np.random.default_rng(0))) == []


def test_a_command_inside_other_talk_is_marked_by_foreign_phonemes() -> None:
    rng = np.random.default_rng(0)
    (alone,) = stream(StreamingDecoder(ROBOT), spoken('_20 turn left _20', rng))
    talk = '_20 we could probably turn left because everybody wants to _20'
    within = stream(StreamingDecoder(ROBOT), spoken(talk, rng))
    assert alone.foreign_phonemes == 0
    assert all(utterance.foreign_phonemes >= 4 for utterance in within)


def test_other_words_score_lower_than_the_command() -> None:
    rng = np.random.default_rng(0)
    (command,) = stream(StreamingDecoder(ROBOT), spoken('_20 follow me _20', rng))
    others = stream(StreamingDecoder(ROBOT), spoken('_20 swallow bee _20', rng))
    assert all(other.scores[0] < command.scores[0] - 0.2 for other in others)


def test_reset_forgets_half_a_command() -> None:
    decoder = StreamingDecoder(ROBOT)
    rng = np.random.default_rng(0)
    stream(decoder, spoken('_10 turn', rng))
    decoder.reset()
    assert decoder.hop == -1
    assert 'turn left' not in texts(stream(decoder, spoken('left _20', rng)))


def test_memory_is_bounded_and_talk_without_end_is_survived() -> None:
    decoder = StreamingDecoder(ROBOT, DecoderSettings(max_hops=60))
    rng = np.random.default_rng(0)
    stream(decoder, rng.normal(size=(400, N_CLASSES)))
    assert texts(stream(decoder, spoken('_20 look up _20', rng)))[-1] == 'look up'
    assert len(decoder._heard) <= 60 + 15 + 3


@pytest.mark.parametrize(
    'wrong', [np.zeros(39), np.full(N_CLASSES, np.nan), np.full(N_CLASSES, -np.inf)]
)
def test_unusable_posteriors_are_refused(wrong: NDArray[np.float64]) -> None:
    with pytest.raises(RecognitionError, match='40 numbers'):
        StreamingDecoder(ROBOT).push(wrong)


@pytest.mark.parametrize(
    'wrong',
    [
        {'hangover_hops': 0},
        {'unsure_hops': 2},
        {'quiet_hops': 0},
        {'quiet_hops': 6},
        {'patience_hops': 4},
        {'n_best': 0},
        {'phoneme_penalty': 0.0},
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(RecognitionError):
        DecoderSettings(**wrong)  # type: ignore[arg-type]


def test_phonemes_are_counted_as_ctc_spells_them() -> None:
    path = [0, 3, 3, 0, 3, 5, 5, 0]
    log_probs = np.full((len(path), N_CLASSES), -9.0)
    log_probs[np.arange(len(path)), path] = 0
    assert count_phonemes(log_probs) == 3
    assert count_phonemes(log_probs[:0]) == 0
