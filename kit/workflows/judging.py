"""Lets a model judge the gates that no check decides; what it says is one more voice and never a person's.

The answer is JSON that is held against what was asked; anything else leaves the gate open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import KitError
from kit.model import prompt
from kit.records.finding import ERROR
from kit.review.gate import FAIL, NOTE, OPEN, PASS, WARN, Fault, Outcome

if TYPE_CHECKING:
    from kit.model import Model
    from kit.records.record import Record
    from kit.workflows.gates import Ran

_ASKED = """You judge one record against one criterion. Answer with one JSON object and nothing else:
{"result": "pass" or "fail", "reason": "<one sentence>"}

The criterion:

"""
_MOST = 500


def judged(ran: Ran, model: Model, *, nonce: str) -> Ran:
    """Returns what the gates said, with a model's verdict for those that were left open."""
    outcomes = tuple(_asked(each, ran.record, model, nonce) if each.status == OPEN else each for each in ran.outcomes)
    return ran._replace(outcomes=outcomes)


def _asked(outcome: Outcome, subject: Record, model: Model, nonce: str) -> Outcome:
    gate = outcome.gate
    text = f"{_ASKED}{gate.title}\n\n{gate.text}\n\n"
    text += prompt.data(subject.dump().decode("utf-8", "replace"), nonce=nonce, name="record")
    try:
        told = prompt.answer(model.ask(text))
    except KitError as error:
        return outcome._replace(faults=(Fault(f"the model was not heard: {error.message}", severity=NOTE),))
    result, reason = told.get("result"), told.get("reason")
    if result not in (PASS, FAIL) or not isinstance(reason, str) or not reason.strip():
        return outcome._replace(faults=(Fault("the model's answer is no verdict", severity=NOTE),))
    said = " ".join(reason.split())[:_MOST]
    if result == PASS:
        return Outcome(gate, PASS, (Fault(said, severity=NOTE),), by=model.name)
    return Outcome(gate, FAIL if gate.severity == ERROR else WARN, (Fault(said),), by=model.name)
