"""Which card or language model a text means: by id, by alias, else by what is left when the trimmings are taken off.

Measurement files, drivers and model hubs each name the same thing in their own way ("NVIDIA H100 80GB HBM3",
"H100-SXM5-80GB"). A text is matched in three steps, each of which must give exactly one record: the id; an alias or
the full name, whatever the case and punctuation; the same without the words that do not tell records apart (maker,
form factor, number format, date of release). A size of memory that is given must be the card's. No step guesses:
a text that fits two records fits none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from planner.inputs.cards import Card
from planner.inputs.llms import Llm

Record = TypeVar("Record", Card, Llm)
MOST_NEAREST = 3
MEMORY_TOLERANCE_SHARE = 0.1  # assumed: makers' "GB" and what tools report differ by up to 7 % (2**30 / 1e9)
_MEMORY = re.compile(r"(\d+)gi?b?(x\d+)?")
_CARD_TRIMMINGS = (
    "nvidia amd intel huawei aws amazon google hygon cambricon kunlunxin moore threads moorethreads metax iluvatar"
    " enflame biren instinct tesla quadro geforce gpu npu card accelerator tensor core oam sxm sxm2 sxm4 sxm5 sxm6"
    " hbm hbm2 hbm2e hbm3 hbm3e gddr6 gddr6x gddr7 graphics cuda rocm"
)
_LLM_TRIMMINGS = (
    "instruct chat hf it base meta thinking preview fp32 fp16 bf16 fp8 fp4 nvfp4 mxfp4 mxfp8 int8 int4 w8a8 w8a16"
    " w4a16 w4a8 w4afp8 awq gptq gguf 4bit 8bit dynamic dyn static quantized quark block kv autofp8 trtllm turbo fast"
    " offline server interactive"
)
_CARD_WORDS = frozenset(_CARD_TRIMMINGS.split())
_LLM_WORDS = frozenset(_LLM_TRIMMINGS.split())
_DATED = re.compile(r"\d{4}|v0(\.\d+)?|99(\.9)?")  # 0528, 2507; version 0.x; MLPerf's accuracy targets


@dataclass(frozen=True)
class Found(Generic[Record]):
    """Answer of a look-up.

    Attributes
    ----------
    record : what the text means, None when that is not clear
    how : ``id``, ``alias`` or ``words``; '' when there is none
    nearest : ids most like the text, best first; empty when one was found
    """

    record: Record | None
    how: str = ""
    nearest: tuple[str, ...] = ()


def find_card(text: str, cards: Sequence[Card]) -> Found[Card]:
    """The card that a text means.

    Examples
    --------
    >>> from planner.inputs.cards import catalogue_cards
    >>> find_card("NVIDIA H100 80GB HBM3", catalogue_cards()).record.accelerator
    'nvidia_h100_sxm'
    """

    def same_memory(card: Card, memory_gib: float | None) -> bool:
        known = card.get("memory_gib")
        if memory_gib is None or known is None:
            return True
        return abs(known / memory_gib - 1.0) <= MEMORY_TOLERANCE_SHARE

    return _find(text, cards, lambda card: card.accelerator, _card_words, same_memory)


def find_llm(text: str, llms: Sequence[Llm]) -> Found[Llm]:
    """The language model that a text means; releases of one shape and their quantised copies are one model.

    Examples
    --------
    >>> from planner.inputs.llms import catalogue_llms
    >>> find_llm("meta-llama/Llama-3.3-70B-Instruct-FP8", catalogue_llms()).record.llm
    'llama-3.3-70b'
    """
    return _find(text, llms, lambda llm: llm.llm, _llm_words, lambda llm, memory: True)


Words = tuple[str, float | None]
Steps = tuple[tuple[str, Callable[[Record, str], bool]], ...]


def _find(
    text: str,
    records: Sequence[Record],
    id_of: Callable[[Record], str],
    words: Callable[[str], Words],
    same_memory: Callable[[Record, float | None], bool],
) -> Found[Record]:
    """The one record that a text means, by the first step that knows the text."""
    text = text.strip()
    by_id = [record for record in records if id_of(record) == text]
    if by_id:
        return Found(by_id[0], "id")
    names: list[tuple[Record, str]] = []
    for one in records:
        names += [(one, id_of(one)), (one, one.name)]
        names += [(one, alias) for alias in one.aliases]
    key, memory = words(text)

    def same_text(record: Record, name: str) -> bool:
        return _folded(name) == _folded(text)

    def same_words(record: Record, name: str) -> bool:
        return words(name) == (key, memory)

    def same_but_for_memory(record: Record, name: str) -> bool:
        return words(name)[0] == key and same_memory(record, memory)

    steps: Steps[Record] = (("alias", same_text), ("words", same_words), ("words", same_but_for_memory))
    for how, fits in steps if key else ():
        fitting: dict[str, Record] = {}
        for each, name in names:
            if fits(each, name):
                fitting[id_of(each)] = each
        if len(fitting) == 1:
            return Found(next(iter(fitting.values())), how)
        if fitting:
            return Found(None, nearest=tuple(sorted(fitting)))
    return Found(None, nearest=_nearest(key, [(words(name)[0], id_of(record)) for record, name in names]))


def _folded(text: str) -> str:
    """Letters and digits only, in one case; the point of a version stays."""
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[^\w.]|_", "", text.rsplit("/", 1)[-1].casefold())


def _parts(text: str) -> list[str]:
    """Words of a text in one case; ``3_1`` is a version like ``3.1``."""
    plain = re.sub(r"\((r|tm)\)", " ", text.rsplit("/", 1)[-1].casefold().replace("昇腾", "ascend"))
    plain = re.sub(r"(?<=\d)_(?=\d)", ".", plain)
    return [part for part in re.split(r"[^\w.]|_|(?<!\d)\.|\.(?!\d)", plain) if part]


def _card_words(text: str) -> Words:
    """What tells a card apart, and the memory [GiB] that is named."""
    memory: float | None = None
    kept = []
    for part in _parts(text):
        size = _MEMORY.fullmatch(part)
        if size:
            memory = float(size[1])
        elif part not in _CARD_WORDS:
            kept.append(part)
    return "".join(kept), memory


def _llm_words(text: str) -> Words:
    """What tells a language model apart."""
    kept = [part for part in _parts(text) if part not in _LLM_WORDS and not _DATED.fullmatch(part)]
    return "".join(kept), None


def _nearest(key: str, known: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Ids of the names most like the key, best first."""
    from difflib import SequenceMatcher

    likeness: dict[str, float] = {}
    for name, record in known:
        ratio = SequenceMatcher(None, key, name).ratio()
        likeness[record] = max(ratio, likeness.get(record, 0.0))
    best = sorted(likeness, key=lambda record: (-likeness[record], record))
    return tuple(best[:MOST_NEAREST])
