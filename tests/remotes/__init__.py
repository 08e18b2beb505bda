"""Real remotes, real faults: what kit's tests and benchmarks run against; the standard library and git alone.

All bind to 127.0.0.1 and die with the process that made them.
"""

from tests.remotes.bare import Remote
from tests.remotes.daemon_remote import DaemonRemote, daemon_remote
from tests.remotes.faults import Faults
from tests.remotes.http_remote import HttpRemote, http_remote
from tests.remotes.path import PathRemote, path_remote
from tests.remotes.proxy import Proxy
from tests.remotes.ssh import SshRemote, ssh_remote

__all__ = [
    "DaemonRemote",
    "Faults",
    "HttpRemote",
    "PathRemote",
    "Proxy",
    "Remote",
    "SshRemote",
    "daemon_remote",
    "http_remote",
    "path_remote",
    "ssh_remote",
]
