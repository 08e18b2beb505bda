"""A remote behind a private sshd with throw-away keys, where one is installed.

Its connections leave the server's process group, so they end with their clients and not with `close()`.
"""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.remotes.bare import Remote
from tests.remotes.process import run, server_environment, start_on_port, stop

if TYPE_CHECKING:
    import subprocess

_SBIN = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))

# MaxStartups: the default of 10 drops some of 32 racers while they log in.
_CONFIG = """\
ListenAddress 127.0.0.1
HostKey {keys}/host
AuthorizedKeysFile {keys}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin forced-commands-only
PermitUserRC no
PidFile none
MaxStartups 1000
AcceptEnv GIT_PROTOCOL
SetEnv GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
"""


def ssh_remote(folder: Path) -> SshRemote | None:
    """Makes a bare repository and serves it over ssh; None where no sshd is installed."""
    sshd = shutil.which("sshd", path=_SBIN)
    if not sshd or not shutil.which("ssh-keygen"):
        return None
    if os.geteuid() == 0:  # sshd run by root insists on this folder, which an init script makes
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    return SshRemote(folder, sshd=sshd)


class SshRemote(Remote):
    """A bare repository behind sshd; git needs `ssh_command` as GIT_SSH_COMMAND or core.sshCommand."""

    def __init__(self, path: Path, *, sshd: str) -> None:
        super().__init__(path)
        self._sshd = sshd
        self._keys = self.path.with_name(f"{self.path.name}.ssh")
        self._keys.mkdir(mode=0o700)
        host, client = (self._make_key(name) for name in ("host", "client"))
        (self._keys / "config").write_text(_CONFIG.format(keys=self._keys))
        only_git = 'restrict,command="git shell -c \\"$SSH_ORIGINAL_COMMAND\\""'
        (self._keys / "authorized").write_text(f"{only_git} {client}")
        self._server, self._port = self._serve(0)
        (self._keys / "known").write_text(f"[127.0.0.1]:{self._port} {host}")
        self.url = f"ssh://{pwd.getpwuid(os.geteuid()).pw_name}@127.0.0.1:{self._port}{self.path}"
        self.ssh_command = (
            f"ssh -F /dev/null -i {self._keys}/client -o IdentitiesOnly=yes -o IdentityAgent=none"
            f" -o UserKnownHostsFile={self._keys}/known -o BatchMode=yes"
        )

    def stop(self) -> None:
        """Ends the server: connections are refused."""
        stop(self._server)

    def start(self) -> None:
        """Serves again on the same port."""
        self._server, _ = self._serve(self._port)

    def _make_key(self, name: str) -> str:
        """Returns the public half of a new key."""
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self._keys / name)])
        return (self._keys / f"{name}.pub").read_text()

    def _serve(self, port: int) -> tuple[subprocess.Popen[bytes], int]:
        return start_on_port(
            lambda at: [self._sshd, "-D", "-e", "-f", f"{self._keys}/config", "-p", str(at)],
            port=port,
            env=server_environment(self.path.parent),
            log=self.log,
        )
