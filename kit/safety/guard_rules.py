"""The guard's rules: one row each, with a kind, whether it blocks, and a pattern of bounded repeats.

Structure and ways out block: nobody writes them by accident. Wording does not: notes about agents are full of it.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """One rule; `blocks` says that it stops a promotion and is not only shown."""

    kind: str
    blocks: bool
    pattern: re.Pattern[str]


def _rule(kind: str, pattern: str, *, blocks: bool = False, flags: int = re.IGNORECASE) -> Rule:
    return Rule(kind, blocks, re.compile(pattern, flags))


_HELD = (
    r"(?:environment variables?|env(?:ironment)? vars?|api[ _-]?keys?|secrets?|credentials?|passwords?|private keys?"
    r"|ssh keys?|access tokens?|auth tokens?|system prompt|\.env\b|id_rsa|session cookies?)"
)
_SEND = r"(?:send|post|upload|e-?mail|forward|exfiltrate|transmit|leak|submit|deliver|pipe|copy)"
_FILES = r"(?:\.env\b|id_(?:rsa|ed25519|ecdsa)|\.aws/credentials|\.netrc|\.ssh/|\.git-credentials|\.npmrc|\.pypirc)"
_OUT = r"\b(?:curl|wget|nc|ncat|netcat|Invoke-WebRequest|iwr|ftp|xxd|openssl s_client|telnet)\b"
_LINES = re.IGNORECASE | re.MULTILINE

RULES = (
    _rule("template-token", r"<\|[a-z_][a-z0-9_]{0,30}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>"
          r"|<\uff5c[^\uff5c\n]{1,40}\uff5c>", blocks=True),
    _rule("role-tag", r"</?(?:system|system[-_]reminder|system[-_]prompt|assistant|instructions?|tool[-_](?:result|use"
          r"|call|calls|results|response)|function[-_](?:calls?|results?)|antml:[a-z_]{1,30}|invoke|developer"
          r"|recalled|kit-recall)(?:\s[^<>\n]{0,200})?>", blocks=True),
    _rule("role-tag", r"</(?:user|human|context|prompt|memory|knowledge|thinking|document)>", blocks=True),
    _rule("turn", r"^[ \t>#*-]{0,8}(?:system|assistant|developer)\**[ \t]*:[ \t]*(?:you |ignore|new |override|from now"
          r"|i will|i have|sure|understood|do |always|never|the user)", blocks=True, flags=_LINES),
    _rule("turn", r"^[ \t]{0,4}(?:Human|User)\**:[^\n]{0,2000}\n{1,3}[ \t]{0,4}(?:Assistant|AI)\**:", blocks=True,
          flags=re.MULTILINE),
    _rule("delimiter", r"^[ \t]{0,4}[-=#*_<\[]{2,40}[ \t]*(?:(?:begin|start|end)(?: of)?(?: the)? )(?:system"
          r"|instructions?"
          r"|prompt|context|memory|recalled|user|untrusted|trusted|data|document|knowledge|block)\b", blocks=True,
          flags=_LINES),
    _rule("hidden-comment", r"<!--[^<>]{0,1000}\b(?:ignore (?:all|any|the|your|previous|prior)|you (?:must|should"
          r"|are now|will)|(?:ai|system|agents?|assistants?|model)[ \t]*(?:[:,!]|must|should)|instructions? (?:for|to) "
          r"|approve (?:this|it)|do not (?:tell|mention|ask))", blocks=True),
    _rule("hidden-comment", r"^\[(?://|comment)\]: *(?:#|<>)", blocks=False, flags=_LINES),
    _rule("tool-call", r"\"(?:tool_calls|tool_use|function_call)\"\s*:\s*[\[{\"]|\"type\"\s*:\s*\"(?:tool_use"
          r"|tool_result|function_call)\""),
    _rule("tool-call", r"\"role\"\s*:\s*\"(?:system|developer|assistant|tool)\""),
    _rule("exfiltration", rf"{_OUT}[^\n]{{0,300}}(?:\$\(\s*(?:env|printenv|cat|base64)\b|`(?:env|printenv)|{_FILES})",
          blocks=True),
    _rule("exfiltration", rf"(?:\bprintenv\b|\benv\b|\bset\b|\bcat\b[^\n|]{{0,120}}{_FILES})[^\n|]{{0,60}}\|[^\n]"
          rf"{{0,120}}{_OUT}", blocks=True),
    _rule("exfiltration", rf"\b(?:scp|rsync)\b(?![^\n]{{0,80}} -[ie]\b)[^\n]{{0,200}}{_FILES}", blocks=True),
    _rule("exfiltration", r"https?://[^\s\"'<>]{1,300}[?&=/](?:\$\{?|%24|\{\{?\s*)[A-Z0-9_.]{0,40}(?:TOKEN|SECRET|KEY"
          r"|PASSWORD|CREDENTIAL)", blocks=True),
    _rule("exfiltration", rf"\b{_SEND}\b[^\n.]{{0,80}}\b{_HELD}[^\n.]{{0,80}}\b(?:to|at|via|into)\b[^\n]{{0,60}}"
          r"(?:https?://|@[a-z]|webhook|server|endpoint|pastebin|gist|e-?mail|this (?:url|address))", blocks=True),
    _rule("exfiltration", r"os\.environ[^\n]{0,120}\b(?:requests|urllib|httpx|socket)\b|\b(?:requests|httpx)\.(?:post"
          r"|get)\([^\n]{0,200}os\.environ(?!\.get\(['\"]\w*URL)", blocks=True),
    _rule("exfiltration", r"!\[[^\]\n]{0,200}\]\(https?://[^)\s]{0,300}[?&][^)\s]{0,200}(?:\{|\$|%7B|<)", blocks=True),
    _rule("override", r"\b(?:ignore|disregard|forget|override|bypass|overrule|discard|(?:do not|don't|stop) (?:follow"
          r"|obey)(?:ing)?)\b\W+(?:\w+\W+){0,4}?(?:previous|prior|above|earlier|preceding|foregoing|existing|system"
          r"|original|all (?:of )?(?:your|the|these|those)|your)\W+(?:\w+\W+){0,3}?(?:instructions?|rules?|prompts?"
          r"|guidelines?|directives?|constraints?|polic(?:y|ies)|guardrails?|training|safeguards?|restrictions?)\b"),
    _rule("override", r"\b(?:ignore|disregard|forget)\b\s+(?:everything|anything|all)\b[^\n.]{0,40}\b(?:above|before"
          r"|said|told|so far)\b"),
    _rule("override", r"\bignoriere?\b[^\n.]{0,40}\b(?:anweisungen|regeln)\b|\bignora\b[^\n.]{0,40}\b(?:instrucciones"
          r"|istruzioni|reglas)\b|\bignore[zr]?\b[^\n.]{0,40}\b(?:instructions pr\u00e9c\u00e9dentes|consignes)\b"
          r"|\u5ffd\u7565[^\n]{0,12}\u6307\u4ee4|\u7121\u8996\u3057\u3066"),
    _rule("new-orders", r"\b(?:new|updated|real|actual|revised)\s+(?:system\s+)?(?:instructions?|prompt|orders?"
          r"|directives?)\s*:"),
    _rule("persona", r"\byou are now\b\s+(?:an?|the|in|dan|free|unrestricted|going)\b|\b(?:pretend|act"
          r"|behave) as (?:if "
          r"(?:you (?:are|were|have))|an? (?:unrestricted|unfiltered|admin|root|different))|\bpretend (?:that )?you"
          r"\b|\b(?:developer|dan|god|jailbreak|admin|debug) mode (?:is )?(?:on|enabled|activated)\b|\bjailbreak\b"),
    _rule("secrecy", r"\b(?:do not|don't|never|without)\s+(?:tell|telling|inform|informing|mention|mentioning|reveal"
          r"|revealing|alert|alerting|notify|notifying|ask|asking)\b[^\n.]{0,40}\b(?:users?|humans?|reviewers?"
          r"|maintainers?|developers?|operators?|owners?|anyone|permission)\b"),
    _rule("self-approval", r"\b(?:approve|merge|promote|verify|accept)\b\s+(?:this|it|yourself|itself"
          r"|the)\b[^\n.]{0,60}"
          r"\b(?:without|automatically|immediately|yourself|no review|skip)"
          r"|\b(?:mark|treat|record|consider) (?:this|it|the (?:block|record|candidate)) as (?:verified|approved"
          r"|reviewed"
          r"|safe|trusted|stable)\b|\bskip (?:the )?(?:review|gates?|approval|validation)\b"),
    _rule("authority", r"\b(?:this|the following) (?:message|note|text|block|instruction)s? (?:is|comes?"
          r"|are) (?:from|by) "
          r"(?:the )?(?:system|developers?|administrators?|admin|anthropic|openai|google|security team)\b"
          r"|\b(?:system|admin(?:istrator)?|developer|priority|emergency) (?:override|notice|alert)\s*[:!]"),
    _rule("prompt-leak", r"\b(?:reveal|print|repeat|output|show|disclose"
          r"|display)\b(?: me)? (?:all (?:of )?)?(?:your|the)"
          r" (?:system|initial|hidden|original|full) (?:prompt|instructions?|message)\b"),
    _rule("orders", r"\b(?:AI|LLM|language model|coding)[ -](?:agents?|assistants?|models?)\b[^\n.]{0,40}\b(?:must"
          r"|shall"
          r"|have to|are required to|should immediately)\b|\bwhen (?:you|an agent) (?:read|see|recall)s? this\b"),
)  # fmt: skip
