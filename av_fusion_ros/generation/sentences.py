# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the generated talkers say: commands to a robot, GRID sentences and plain English.

The words are common ones, so that a pronouncing dictionary knows them all; between them
they hold every English phoneme in many neighbourhoods.
"""

# ruff: noqa: SIM905 - these lists read best as running text

from __future__ import annotations

import numpy as np

DIGITS = tuple('zero one two three four five six seven eight nine'.split())
LETTERS = tuple('Abcdefghijklmnopqrstuvxyz')  # without w, as in GRID; see synthesise on A
COLOURS = tuple('red green blue white yellow black orange purple'.split())

COMMANDS = (
    'go forward', 'go back', 'turn left', 'turn right', 'stop', 'come here', 'follow me',
    'pick up the red box', 'put it down', 'open the door', 'close the door', 'move forward',
    'move back', 'wait', 'start', 'go home', 'look at me', 'faster', 'slower', 'yes', 'no', 'up',
    'down', 'left', 'right', 'on', 'off', 'go', 'help me', 'give me the ball', 'take this',
    'bring the cup', 'what is this', 'where are you', 'emergency stop', 'lights on', 'lights off',
    'park here', 'pull over', 'change lane', 'slow down', 'keep going', 'turn around', 'be quiet',
)  # fmt: skip

_GRID_VERBS = ('bin', 'lay', 'place', 'set')
_GRID_COLOURS = ('blue', 'green', 'red', 'white')
_GRID_PREPOSITIONS = ('at', 'by', 'in', 'with')
_GRID_ADVERBS = ('again', 'now', 'please', 'soon')

_SUBJECTS = tuple(
    'the boy;the girl;my father;your mother;this machine;the yellow bird;our teacher;that judge;'
    'the young child;a small dog;the fish;someone;nobody;the engine;his brother;the chef;'
    'her voice;the moon;the blue van;each person;my friend;the owner;a thin man;the nurse'.split(
        ';'
    )
)
_VERBS = tuple(
    'watches;moves;finds;loves;chooses;pushes;washes;brings;breaks;thinks of;shows;buys;hears;'
    'covers;measures;throws;uses;enjoys;makes;wants;paints;catches;shares;follows;visits;fixes;'
    'believes;joins;leaves;pulls'.split(';')
)
_OBJECTS = tuple(
    'the house;a heavy box;some cheese;the garage;both shoes;fresh water;the book;a new job;'
    'the old church;five apples;the treasure;warm bread;a quiet place;the wheel;nothing;the map;'
    'a purple flower;the television;cold juice;the path;good music;the mouth of the river;'
    'an orange boat;the power;three thousand chairs;the ring;pure oil;the bathroom;a huge vase;'
    'the beach'.split(';')
)
_ENDS = tuple(
    ';;;;today;with pleasure;in the morning;very well;before lunch;after the show;without a word;'
    'every month;over there;by the sea;around the world;near the bridge;as usual;on thursday'.split(
        ';'
    )
)


def _pick(rng: np.random.Generator, values: tuple[str, ...]) -> str:
    return values[int(rng.integers(len(values)))]


def grid_sentence(rng: np.random.Generator) -> str:
    """A sentence of the GRID grammar (Cooke et al. 2006)."""
    return ' '.join(
        (
            _pick(rng, _GRID_VERBS),
            _pick(rng, _GRID_COLOURS),
            _pick(rng, _GRID_PREPOSITIONS),
            _pick(rng, LETTERS),
            _pick(rng, DIGITS),
            _pick(rng, _GRID_ADVERBS),
        )
    )


def plain_sentence(rng: np.random.Generator) -> str:
    """A subject, a verb, an object and perhaps more."""
    parts = (_pick(rng, _SUBJECTS), _pick(rng, _VERBS), _pick(rng, _OBJECTS), _pick(rng, _ENDS))
    return ' '.join(part for part in parts if part)


def random_text(rng: np.random.Generator) -> str:
    """One or two commands, a GRID sentence, letters and digits, or plain English."""
    kind = rng.random()
    if kind < 0.35:
        return ', '.join(_pick(rng, COMMANDS) for _ in range(int(rng.integers(1, 4))))
    if kind < 0.65:
        return grid_sentence(rng)
    if kind < 0.75:
        return ' '.join(_pick(rng, LETTERS + DIGITS + COLOURS) for _ in range(5))
    return plain_sentence(rng)
