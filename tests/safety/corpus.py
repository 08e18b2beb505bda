"""A corpus of made-up secrets and of what only looks like one, drawn anew from formats at every run.

The formats are facts about vendors and programs, not the rules' patterns: the score on it is to mean something. The
seed is fixed, so that a score can be had again.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
_HEX = "0123456789abcdef"
_ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "letters": string.ascii_letters,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "digit": string.digits,
    "hex": _HEX,
    "url": string.ascii_letters + string.digits + "_-",
    "base64url": string.ascii_letters + string.digits,
    "base64plain": string.ascii_letters + string.digits + "+/",
    "base32": string.ascii_uppercase + "234567",
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}
_WORDS = ("abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve "
          "acid acoustic acquire across action actor actress actual adapt").split()  # fmt: skip
_NAMES = ["ana", "build", "parser", "river", "cache", "north", "orders", "queue", "report", "violet", "worker"]
_SLOT = re.compile(r"\{(\w+)(?::(\d+))?\}")


class Positive(NamedTuple):
    """A text with one secret: which kind it is of, how it is written, the text and the secret in it."""

    kind: str
    context: str
    text: str
    secret: str


class Negative(NamedTuple):
    """A text in which nothing is to be redacted."""

    kind: str
    text: str


class Draw:
    """Draws runs of characters; the seed decides."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(repr(seed))

    def run(self, alphabet: str, length: int) -> str:
        letters = _ALPHABETS[alphabet]
        while True:
            drawn = "".join(self.random.choices(letters, k=length))
            # A generator's 16 characters and more have a digit and a letter where the alphabet has.
            plain = alphabet in ("letters", "digit") or length < 8
            if plain or (re.search("[0-9]", drawn) and re.search("[A-Za-z]", drawn) and drawn[-1].isalnum()):
                return drawn

    def password(self, *, is_plain: bool) -> str:
        if is_plain:
            word = self.random.choice(["hunter", "Winter", "tiger", "correct", "Zebra", "monkey"])
            return f"{word}{self.run('alnum', 5)}{self.random.randint(10, 99)}"
        ends = self.run("alnum", 4), self.run("alnum", 4)
        return f"{ends[0]}{self.random.choice('!#$%^*')}{ends[1]}{self.random.choice('!?*+=~')}9"

    def fill(self, template: str) -> str:
        return _SLOT.sub(self._slot, template)

    def _slot(self, slot: re.Match[str]) -> str:
        match slot[1]:
            case "uuid":
                return "-".join(self.run("hex", length) for length in (8, 4, 4, 4, 12))
            case "pass" | "word":
                return self.password(is_plain=slot[1] == "word")
            case "words":
                return " ".join(self.random.choices(_WORDS, k=int(slot[2])))
            case name if name in _ALPHABETS and slot[2]:
                return self.run(name, int(slot[2]))
            case _:
                return slot[0]


# NAME, name and camel stand for the variable, VALUE for the secret.
CONTEXTS = {
    "env": "NAME=VALUE",
    "export": 'export NAME="VALUE"',
    "json": '{"id": 7, "name": "VALUE", "is_live": true}',
    "camel": '{"camel":"VALUE"}',
    "yaml": "settings:\n  name: VALUE\n  region: north",
    "toml": 'name = "VALUE"',
    "code": "const camel = 'VALUE';",
    "python": "client = Client(name='VALUE')",
    "environ": 'os.environ["NAME"] = "VALUE"',
    "flag": "tool login --dashed VALUE --quiet",
    "flag=": "tool --dashed=VALUE run",
    "docker": "docker run --rm -e NAME=VALUE image:1.2",
    "prose": "The worded is VALUE and it is in use.",
    "parens": "(see NAME=VALUE)",
    "ansi": "\x1b[32mNAME\x1b[0m=\x1b[33mVALUE\x1b[0m",
    "escaped": '{"body": "{\\"name\\": \\"VALUE\\"}"}',
    "diff": "+NAME=VALUE",
    "dict": "{'name': 'VALUE', 'x': 1}",
}
BARE = {
    "line": "VALUE",
    "sentence": "I have put VALUE there, see below.",
    "log": "2026-11-20 10:00:01 INFO sent VALUE to worker-3",
    "query": "GET https://api.internal/v1/x?q=VALUE&page=2",
    "bearer": "Authorization: Bearer VALUE",
    "quoted": 'run("VALUE")',
    "table": "| old | VALUE | 2026 |",
}


def positives(*, each: int = 7) -> Iterator[Positive]:
    """Yields the secrets of formats.txt in `each` contexts, and those of structures.txt twice."""
    for line in _lines("formats.txt"):
        kind, template, name = line.split(" | ")
        draw = Draw(kind)
        is_known_by_itself = len(_SLOT.sub("", template)) >= 3
        contexts = [*CONTEXTS.items(), *(BARE.items() if is_known_by_itself else ())]
        for context, text in draw.random.sample(contexts, k=each):
            secret = draw.fill(template)
            if context == "query" and not re.fullmatch(r"[\w.-]+", secret):
                continue
            yield Positive(kind, context, _written(text, name, secret), secret)
    for number, line in enumerate(_lines("structures.txt")):
        kind, template = line.split(" | ", 1)
        template = template.replace("\\\\", "\0").replace("\\n", "\n").replace("\\e", "\x1b").replace("\0", "\\")
        for turn in range(2):
            before, secret, after = re.split("[«»]", Draw((number, turn)).fill(template))
            yield Positive(f"{kind}-{number}", kind, before + secret + after, secret)


def _written(text: str, name: str, secret: str) -> str:
    low = name.lower()
    parts = low.split("_")
    words = {
        "NAME": name,
        "name": low,
        "camel": parts[0] + "".join(part.title() for part in parts[1:]),
        "dashed": low.replace("_", "-"),
        "worded": low.replace("_", " "),
        "VALUE": secret,
    }
    return re.sub("NAME|name|camel|dashed|worded|VALUE", lambda word: words[word[0]], text)


def _lines(file: str) -> list[str]:
    lines = (HERE / file).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


NEGATIVES = {
    "uuid": ["{uuid}", '"uuid": "{uuid}"', "parentUuid={uuid}", "session {uuid} started", "key: {uuid}"],
    "agent-id": ["toolu_01{alnum:22}", '"id": "msg_01{alnum:22}"', "call_{alnum:24}", "req_011C{alnum:20}",
                 '"tool_use_id":"toolu_01{alnum:22}"', "resp_{hex:48}", "fc_{hex:48}", "chatcmpl-{alnum:29}",
                 "rs_{hex:48}", "thread_{alnum:24}", "run_{alnum:24}", "file-{alnum:22}", "gen-{digit:10}-{alnum:20}"],
    "sha": ["{hex:40}", "{hex:64}", "{hex:128}", "commit {hex:40}", "sha256:{hex:64}", "{hex:64}  dist/app.tar.gz",
            "index {hex:7}..{hex:7} 100644", "MD5 (x) = {hex:32}", "checksum: {hex:64}", '"cache_key": "{hex:64}"',
            "tree {hex:40}", "Merge: {hex:8} {hex:8}", "etag: W/\"{hex:32}\"", "digest = {hex:64}"],
    "lock": ['"integrity": "sha512-{base64plain:86}=="', "h1:{base64plain:43}=", "--hash=sha256:{hex:64}",
             'integrity sha512-{base64plain:86}==', 'checksum = "{hex:64}"', '{file = "a-1.2.whl", hash = "sha256:{hex:64}"}',
             '"resolved": "https://registry.npmjs.org/a/-/a-1.2.3.tgz#{hex:40}"', "resolution: {integrity: sha512-{base64plain:86}==}"],
    "docker-digest": ["image@sha256:{hex:64}", "Digest: sha256:{hex:64}", "{hex:12}: Pull complete", "sha256:{hex:64}"],
    "image": ["data:image/png;base64,iVBORw0KGgo{base64plain:400}=", '{"type":"image","source":{"type":"base64","data":"{base64plain:600}"}}',
              "![x](data:image/svg+xml;base64,PHN2{base64plain:200}==)", "url(data:font/woff2;base64,d09GMgAB{base64plain:300})"],
    "signature": ['{"type":"thinking","thinking":"","signature":"EqoB{base64plain:300}=="}',
                  '"encrypted_content":"gAAAAAB{url:400}"', '"signature": "{base64plain:500}"',
                  '"thoughtSignature": "{base64plain:300}"'],
    "public-key": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{base64plain:43} ana@host", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{base64plain:300} ana",
                   "-----BEGIN PUBLIC KEY-----\n{base64plain:64}\n{base64plain:64}\n-----END PUBLIC KEY-----",
                   "-----BEGIN CERTIFICATE-----\n{base64plain:64}\n{base64plain:64}\n-----END CERTIFICATE-----",
                   "age1{lower:58}", "PublicKey = {base64plain:43}=", "gpg: key {upper:16}: public key imported",
                   "SHA256:{base64plain:43} ana@host (ED25519)", '"publicKey": "{base64plain:43}="', "pk_live_{alnum:24}"],
    "other-id": ["01J{upper:23}", "01{upper:24}", "V1StGXR8_{alnum:12}", "arn:aws:iam::123456789012:role/{alnum:12}", "i-{hex:17}",
                 "vpc-{hex:17}", "build-{hex:12}", "pod/api-{hex:10}-{lower:5}", "trace_id={hex:32}", "spanId: {hex:16}",
                 "cus_{alnum:14}", "req-{uuid}", "job {digit:11}", "x-request-id: {uuid}", "run id {alnum:20}"],
    "log": ['{"type":"user","uuid":"{uuid}","parentUuid":"{uuid}","sessionId":"{uuid}","timestamp":"2026-11-20T10:00:00.123Z"}',
            '{"usage":{"input_tokens":12345,"output_tokens":678,"cache_read_input_tokens":91011},"service_tier":"standard"}',
            '{"message":{"id":"msg_01{alnum:22}","model":"claude-x","stop_reason":"tool_use"},"requestId":"req_011C{alnum:20}"}',
            '{"tool":"Bash","input":{"command":"git log --oneline -5"},"output":"{hex:7} fix\\n{hex:7} add"}',
            '{"type":"turn_context","payload":{"turn_id":"{uuid}","encrypted_content":"gAAAAAB{url:300}"}}',
            '{"call_id":"call_{alnum:24}","name":"shell","arguments":"{\\"command\\":[\\"ls\\"]}"}'],
    "path": ["/usr/lib/python3/dist-packages/{lower:8}/__init__.py", "src/auth/token_store_{hex:8}.ts", "node_modules/.pnpm/a@1.2.3_{hex:32}/x",
             "/nix/store/{lower:32}-python3-3.12.1/bin/python", "target/debug/deps/kit-{hex:16}", ".git/objects/{hex:2}/{hex:38}",
             "dist/assets/index-{alnum:8}.js", "s3://bucket/prefix/{uuid}/part-00001.parquet"],
    "version": ["v1.2.3-beta.4+build.{hex:7}", "0.0.0-20260101120000-{hex:12}", "torch==2.3.1+cu121", "pkg@npm:1.2.3", "go1.22.1 linux/amd64",
                "requires-python = '>=3.11'", "Python 3.12.4 (main, Jun  7 2026)"],
    "markup": ['<div class="btn-{alnum:6} css-{lower:7}" id="x{digit:6}">', '<input type="password" name="password" autocomplete="current-password">',
               '<label for="token">Token</label>', "#a1b2c3{hex:2} { color: red }", ".sc-{alnum:6}.{alnum:6}{display:flex}",
               '<path d="M10 10h4.5v-3.2l5.6 7.1-9.{digit:3} 3.{digit:2}z"/>', '<script src="/a.{hex:20}.js" integrity="sha384-{base64plain:64}">',
               '<meta name="csrf-param" content="authenticity_token">'],
    "minified": ["!function(e,t){var n=t.password||'';return e.token=n,n}(window,{});", "var a=Object.keys(b).map(function(k){return b[k]});",
                 "const{token:e,secretKey:t}=this.options;e&&t&&n(e,t)", 'e.exports={apiKey:"",secret:null,token:void 0}',
                 "(0,r.jsx)('input',{type:'password',value:u,onChange:e=>d(e.target.value)})"],
    "code": ["password = os.environ['DB_PASSWORD']", "token = request.headers.get('X-Auth-Token')", "def set_password(self, new_password: str) -> None:",
             "if (user.password !== hash(password, salt)) throw new Error('bad password');", "secret_key = settings.SECRET_KEY",
             "const token = await getAccessToken(clientId, clientSecret);", "api_key: str = Field(default='', repr=False)",
             "tokens = tokenizer.encode(prompt, add_special_tokens=False)", "assert token.type == TokenType.IDENTIFIER",
             "for key, value in sorted(config.items()):", "password: { type: String, required: true, minlength: 8 }",
             "self.session_key = session.get(SESSION_KEY)", 'parser.add_argument("--api-key", default=None, help="API key")',
             "getpass.getpass('Password for %s: ' % user)", "credentials = service_account.Credentials.from_file(path)",
             "passwordInput.addEventListener('change', validatePassword)", "return new UsernamePasswordAuthenticationToken(user, null);",
             "export const TOKEN_EXPIRED_ERROR = 'TokenExpiredError';", "SELECT password_hash, token_version FROM users WHERE id = $1",
             "monkeypatch.setenv('API_KEY', 'test')", "private_key = rsa.generate_private_key(65537, 2048)", "access_key=access_key, secret_key=secret_key",
             "key={item.id}", "primary_key=True, unique_key='user_id_2'", "sort_key = lambda each: each.key1"],
    "placeholder": ["API_KEY=<your-api-key>", "password: changeme", "TOKEN=${TOKEN}", "export SECRET=$(pass show x)", "api_key: YOUR_API_KEY_HERE",
                    "sk-ant-api03-...", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "password=********", 'token: "{{ token }}"', "SECRET_KEY=***",
                    "Authorization: Bearer <token>", "postgres://user:password@localhost/db", "https://user:pass@host/x", "AKIAIOSFODNN7EXAMPLE",
                    "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}", "password = 'password'", "token=[REDACTED:token]", "PASSWORD=%PASSWORD%",
                    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "curl -u user:$PASS https://x", "DB_PASSWORD=secret"],
    "prose": ["The token is refreshed every 3600 seconds.", "Password must have 12 to 64 characters.", "password: at least 8 characters",
              "We rotate the API key every 90 days; see ADR-0042.", "the secret is that there is none", "token limit: 200000 tokens, used 12345",
              "Each key is a string of up to 255 characters", "pass 12 of 14 tests, 2 failed", "See section 4.2.1 on credential-storage-v2.",
              "password: wrong for user ana", "The key insight: use a token-bucket with 100req/min", "Secret scanning found 0 secrets in 1234 files",
              "basic auth is not supported, use bearer authentication-schemes", "Access token expired at 2026-11-20T10:00:00Z",
              "The cookie banner is shown on 3 pages; cookie policy v2024-01", "Token: 42 of 100", "auth: oauth2, password grant (RFC 6749)"],
    "config": ["auth:\n  type: oauth2\n  token_url: https://auth.internal/oauth2/token", "secretKeyRef:\n  name: app-secrets\n  key: database-password",
               "imagePullSecrets:\n- name: regcred-2024", "tokenExpiry: 3600s", "password_min_length = 12", "key_file = /etc/ssl/private/server-2024.key",
               "ssh_key_path: ~/.ssh/id_ed25519", "credential.helper=store --file ~/.creds1", "keyboard_layout: us-intl2", "KEYCLOAK_REALM=master2024",
               "SECRET_NAME=projects/x/secrets/db-pass/versions/3", "PASSWORD_FILE=/run/secrets/db_password1", "TOKEN_TTL=86400",
               "public_key_id: {hex:16}", "kms_key_id: arn:aws:kms:eu-west-1:123456789012:key/{uuid}", "AWS_REGION=eu-west-1", "registry-key: cache-v{digit:3}",
               "client_id: kit-web-{digit:4}", "sourceMap: {hex:16}", "POSTGRES_USER=app_user_1"],
    "url": ["https://github.com/ana/repo/commit/{hex:40}", "https://docs.internal/d/{alnum:44}/edit", "https://x.io/a/{uuid}?v={digit:6}",
            "https://cdn.x.io/npm/a@1.2.3/dist/a.min.js", "https://www.youtube.com/watch?v={url:11}", "http://localhost:8080/@scope/x:y@z",
            "git@github.com:ana/repo.git", "https://x.io/#access-token-section", "postgres://localhost:5432/app", "https://x.io/?next=%2Flogin%3Ftoken%3D"],
    "dump": ["00000010  {hex:2} {hex:2} {hex:2} {hex:2}  |....|", "0x{hex:16} <main+{digit:2}>", "2001:db8:{hex:4}::{hex:4}", "aa:bb:cc:{hex:2}:{hex:2}:{hex:2}",
             "at f (/app/x.js:{digit:3}:{digit:2})", "[{digit:3}.{digit:6}] eth0: link up", "Bitcoin block 00000000000000000002{hex:44}",
             "0x{hex:40}", "{digit:13}", "+49 30 {digit:8}", "978-3-16-148410-0"],
}  # fmt: skip


def negatives(*, each: int = 40) -> Iterator[Negative]:
    """Yields about `each` texts of every kind in which nothing is to be redacted."""
    for kind, templates in NEGATIVES.items():
        draw = Draw(kind)
        for turn in range(max(each, len(templates))):
            template = templates[turn % len(templates)]
            is_plain = turn // len(templates) % 2 == 0
            around = "{}" if is_plain else draw.random.choice([f"{draw.random.choice(_NAMES)} {{}}", "x = {}", "- {} ok", "{}\nend"])
            yield Negative(kind, around.replace("{}", draw.fill(template)))
    for text in _lines("innocent.txt"):
        yield Negative("innocent", text)


def in_record(text: str, *, depth: int = 0) -> str:
    """Returns a text as a tool's result in one line of a transcript, within `depth` more levels of JSON."""
    for _ in range(depth):
        text = json.dumps({"ok": True, "stdout": text})
    content = [{"type": "tool_result", "tool_use_id": "toolu_01A09q90qw90lq917835lq9", "content": text}]
    return json.dumps({"type": "user", "n": 1.50, "message": {"role": "user", "content": content}}, ensure_ascii=len(text) % 2 == 0)


def of_record(line: str, *, depth: int = 0) -> str:
    """Returns the text in a record of `in_record`."""
    text: str = json.loads(line)["message"]["content"][0]["content"]
    for _ in range(depth):
        text = json.loads(text)["stdout"]
    return text


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()
