"""A private MariaDB on a free loopback port: no service, nothing left behind."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PASSWORD = "for-tests"


def available() -> bool:
    """Whether this machine has MariaDB's server and its installer."""
    return all(_program(name) for name in ("mariadbd", "mariadb-install-db"))


@contextlib.contextmanager
def private_mariadb(address: str = "127.0.0.1") -> Iterator[str]:
    """Start a server of our own; yield the URL of an empty database; end it and remove it.

    It listens on loopback, or on another address of this machine for who is not on it.
    """
    with private_server(address) as server:
        yield server.url()


@contextlib.contextmanager
def private_server(address: str = "127.0.0.1") -> Iterator["Server"]:
    """The same, as a server that can be killed and come back.


    Its folder is not the test's: pytest closes those to other users, and MariaDB runs as one.
    """
    with tempfile.TemporaryDirectory(prefix="mariadb-") as folder:
        server = Server(Path(folder), address)
        server.install()
        server.start()
        try:
            server.ask("CREATE DATABASE tablecast")
            server.ask(f"GRANT ALL ON *.* TO tablecast@'%' IDENTIFIED BY '{PASSWORD}'")
            yield server
        finally:
            server.stop()


class Server:
    """A MariaDB in a folder, on a port that it keeps."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._address = address
        self._user = _user()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port(address)

    def url(
        self,
        user: str = f"tablecast:{PASSWORD}",
        port: int | None = None,
        database: str = "tablecast",
    ) -> str:
        """The URL of its database for a user ("name:password"), perhaps by a proxy's port."""
        name, _, password = user.partition(":")
        host = f"{self._address}:{port or self.port}"
        return f"mysql://{name}:{password}@{host}/{database}"

    def install(self) -> None:
        """Write what a new server begins with."""
        temporary = self._folder / "tmp"
        temporary.mkdir(parents=True)
        if os.geteuid() == 0:
            _hand_over(self._folder, self._user)
        subprocess.run(
            [
                _program("mariadb-install-db"),
                "--no-defaults",
                f"--user={self._user}",
                f"--datadir={self._folder / 'data'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            check=True,
            capture_output=True,
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self._process is not None
            assert self._process.poll() is None, "mariadbd ended while it started"
            assert time.monotonic() < deadline, "mariadbd does not answer"
            time.sleep(0.05)

    def launch(self) -> None:
        """Start it."""
        with (self._folder / "error.log").open("ab") as errors:
            command = _command(self._folder, self._user, self._address, self.port)
            self._process = subprocess.Popen(command, stdout=errors, stderr=errors)

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(20)

    def stop(self) -> None:
        """End it in order."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(20)

    def ask(self, statement: str, database: str = "") -> str:
        """Run a statement as root; return its rows as tab-separated lines."""
        return self._client(statement, database, check=True).stdout.decode()

    def _answers(self) -> bool:
        return self._client("SELECT 1", "", check=False).returncode == 0

    def _client(
        self, statement: str, database: str, *, check: bool
    ) -> subprocess.CompletedProcess[bytes]:
        sock = f"--socket={self._folder / 'm.sock'}"
        asked = [_program("mariadb"), "--no-defaults", sock, "-uroot", "-N", "-e", statement]
        return subprocess.run(
            [*asked, *([database] if database else [])],
            check=check,
            capture_output=True,
        )


def _command(folder: Path, user: str, address: str, port: int) -> list[str]:
    return [
        _program("mariadbd"),
        "--no-defaults",
        f"--user={user}",
        f"--datadir={folder / 'data'}",
        f"--socket={folder / 'm.sock'}",
        f"--pid-file={folder / 'm.pid'}",
        f"--port={port}",
        f"--bind-address={address}",
        f"--tmpdir={folder / 'tmp'}",
        "--skip-log-bin",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--innodb-buffer-pool-size=64M",
    ]


def _hand_over(folder: Path, user: str) -> None:
    account = pwd.getpwnam(user)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid)


def _user() -> str:
    return "mysql" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _program(name: str) -> str:
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin") or ""


def _free_port(address: str) -> int:
    with socket.create_server((address, 0)) as listener:
        return int(listener.getsockname()[1])
