# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""espeak-ng's IPA phoneme names -> the CMU phonemes the recogniser is trained on.

espeak-ng names differ by accent ('ɑː' and 'ɒ', 'oʊ' and 'əʊ'); several are two CMU
phonemes in one ('əl', 'ɪɹ'). Glottal stops have no CMU phoneme and map to nothing.
"""

from __future__ import annotations

from av_fusion_ros.generation.errors import GenerationError

_TABLE = """
p P | b B | t T | d D | k K | ɡ G | g G | m M | n N | ŋ NG | f F | v V | θ TH | ð DH | s S | z Z
ʃ SH | ʒ ZH | tʃ CH | dʒ JH | h HH | ɦ HH | l L | ɫ L | ɹ R | r R | ɾ T | w W | j Y | x K | ç HH
t̪ T | d̪ D | n̪ N | ʍ W | ɬ L | ɻ R
ɑ AA | ɑː AA | ɒ AA | a AE | aː AE | a: AE | aa AA | æ AE | ɐ AH | ʌ AH | ə AH | ɔ AO | ɔː AO
o OW | oː OW | e EH | eː EY | ɛ EH | ɛː EH | ɜ ER | ɜː ER | ɚ ER | ɝ ER | ɪ IH | i IY | iː IY | ᵻ IH
ʊ UH | u UW | uː UW | ʉ UW | ʉː UW | y UW | ø ER | øː ER | ʊː UW | əː ER | ɵ UH
aɪ AY | aʊ AW | æʊ AW | ɔɪ OY | oɪ OY | eɪ EY | oʊ OW | əʊ OW | ʌʊ OW | ʌʉ AW | əɪ OY | ɑɪ AY
ʌɪ AY | ɛɪ EY | ɐʊ AW | ai AY | au AW | əi AY
əl AH L | n̩ AH N | m̩ AH M | l̩ AH L | ə L AH L | ɪɹ IH R | ɛɹ EH R | ʊɹ UH R | ɔːɹ AO R | ɔɹ AO R
ɑːɹ AA R | ɑɹ AA R | oːɹ AO R | oɹ AO R | aɪə AY AH | aɪɚ AY ER | aʊə AW AH | iə IH AH | eə EH AH
ɛə EH AH | ʊə UH AH | oə AO AH | ɪə IH AH | ʉɹ UH R | əɹ ER | eɹ EH R | iɹ IH R | iːɹ IH R
uːɹ UH R
ʔ
"""


def _table() -> dict[str, tuple[str, ...]]:
    entries: dict[str, tuple[str, ...]] = {}
    for entry in _TABLE.replace('\n', '|').split('|'):
        fields = entry.split()
        if fields:
            entries[fields[0]] = tuple(fields[1:])
    return entries


CMU_OF: dict[str, tuple[str, ...]] = _table()
_LENGTH_MARKS = 'ːˑː:ˈˌ\u0303\u032a\u0329'


def cmu_phonemes(ipa: str) -> tuple[str, ...]:
    """CMU phonemes of one espeak-ng phoneme name; empty for a glottal stop.

    Raises GenerationError for a name outside the English accents.
    """
    found = CMU_OF.get(ipa)
    if found is not None:
        return found
    bare = ''.join(character for character in ipa if character not in _LENGTH_MARKS)
    found = CMU_OF.get(bare)
    if found is not None:
        return found
    # A compound espeak-ng joins ('ɔːɹ', 'aɪɚ'): the longest known head, then the rest.
    for cut in range(len(bare) - 1, 0, -1):
        if bare[:cut] in CMU_OF:
            return CMU_OF[bare[:cut]] + cmu_phonemes(bare[cut:])
    raise GenerationError(
        f'espeak-ng phoneme {ipa!r} has no CMU phoneme; use an English voice (en-us, en-gb, ...)'
    )
