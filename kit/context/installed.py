"""Who can count tokens on this machine."""

from __future__ import annotations

from importlib.util import find_spec

#: The tokenizer is that of the extra `tokens`, with the vocabulary o200k_base.
ESTIMATE, RS_BPE, USAGE = "estimate", "rs-bpe", "usage"
COUNTERS = (ESTIMATE, RS_BPE)


def best() -> str:
    """Returns the name of the best counter that is installed."""
    return RS_BPE if find_spec("rs_bpe") else ESTIMATE
