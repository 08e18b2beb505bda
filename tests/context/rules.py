"""What the two APIs demand of messages, written from their documentation: each function says what is wrong."""

from __future__ import annotations

import json
import re
from typing import Any

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def openai(given: Any) -> list[str]:
    """Chat completions: calls are answered at once, each by one tool message; arguments are the text of an object."""
    wrong: list[str] = []
    open_calls: list[str] = []
    seen: set[str] = set()
    for at, message in enumerate(given["messages"]):
        role, content, calls = message["role"], message.get("content"), message.get("tool_calls")
        if role == "tool":
            if message["tool_call_id"] not in open_calls:
                wrong.append(f"{at}: a tool message that answers no call before it")
            else:
                open_calls.remove(message["tool_call_id"])
            if not isinstance(content, str):
                wrong.append(f"{at}: content of a tool message is no text")
            continue
        if open_calls:
            wrong.append(f"{at}: calls {open_calls} were not answered")
            open_calls = []
        if role not in ("system", "user", "assistant"):
            wrong.append(f"{at}: the role {role!r}")
        if not (isinstance(content, str) and content) and not (role == "assistant" and calls and content is None):
            wrong.append(f"{at}: no content")
        if calls is not None and (role != "assistant" or not calls):
            wrong.append(f"{at}: calls of {role}, or none")
        for call in calls or ():
            if call["id"] in seen or not _ID.fullmatch(call["id"]):
                wrong.append(f"{at}: the id {call['id']!r}")
            seen.add(call["id"])
            open_calls.append(call["id"])
            if call["type"] != "function" or not _NAME.fullmatch(call["function"]["name"]):
                wrong.append(f"{at}: the function {call['function']['name']!r}")
            if not isinstance(json.loads(call["function"]["arguments"], parse_constant=_refuse), dict):
                wrong.append(f"{at}: arguments are no object")
    if open_calls:
        wrong.append(f"calls {open_calls} were not answered")
    return wrong


def anthropic(given: Any) -> list[str]:
    """Messages: user first, then in turn; the message after a call begins with the results of all of its calls."""
    wrong = [f"system: {each}" for each in given.get("system", []) if each["type"] != "text" or _is_blank(each["text"])]
    if "system" in given and not given["system"]:
        wrong.append("an empty system")
    role = "assistant"
    calls: list[str] = []
    seen: set[str] = set()
    for at, message in enumerate(given["messages"]):
        if message["role"] not in ("user", "assistant") or message["role"] == role:
            wrong.append(f"{at}: {message['role']} after {role}")
        role = message["role"]
        blocks = message["content"]
        if not blocks:
            wrong.append(f"{at}: no content")
        results = [each["tool_use_id"] for each in blocks if each["type"] == "tool_result"]
        if results != calls:
            wrong.append(f"{at}: results {results} for the calls {calls}")
        if any(each["type"] != "tool_result" for each in blocks[: len(results)]):
            wrong.append(f"{at}: something stands before the results")
        calls = []
        for each in blocks:
            match each["type"]:
                case "text" if _is_blank(each["text"]):
                    wrong.append(f"{at}: a blank text")
                case "tool_use":
                    if each["id"] in seen or not _ID.fullmatch(each["id"]) or not _NAME.fullmatch(each["name"]):
                        wrong.append(f"{at}: the call {each['id']!r} of {each['name']!r}")
                    if not isinstance(each["input"], dict):
                        wrong.append(f"{at}: an input that is no object")
                    seen.add(each["id"])
                    calls.append(each["id"])
                    if role != "assistant":
                        wrong.append(f"{at}: a call of {role}")
                case "tool_result" if role != "user" or ("content" in each and not each["content"]):
                    wrong.append(f"{at}: a result of {role}, or an empty one")
                case "text" | "tool_result":
                    pass
                case other:
                    wrong.append(f"{at}: a block of type {other!r}")
    if calls:
        wrong.append(f"calls {calls} were not answered")
    if given["messages"] and role == "assistant":
        last = given["messages"][-1]["content"][-1]
        if last["type"] == "text" and last["text"] != last["text"].rstrip():
            wrong.append("blanks at the very end")
    return wrong


RULES = {"openai": openai, "anthropic": anthropic}


def _is_blank(text: Any) -> bool:
    return not isinstance(text, str) or not text.strip()


def _refuse(name: str) -> None:
    raise ValueError(name)
