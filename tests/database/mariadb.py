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

    It listens on loopback, or on another address of this machine for who is not on it. Its folder is
    not the test's: pytest closes those to other users, and MariaDB runs as one.
    """
    with tempfile.TemporaryDirectory(prefix="mariadb-") as folder:
        yield from _running(Path(folder), address)


def _running(folder: Path, address: str) -> Iterator[str]:
    user = _user()
    data, temporary = folder / "data", folder / "tmp"
    temporary.mkdir(parents=True)
    if os.geteuid() == 0:
        _hand_over(folder, user)
    subprocess.run(
        [
            _program("mariadb-install-db"),
            "--no-defaults",
            f"--user={user}",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ],
        check=True,
        capture_output=True,
    )
    port = _free_port(address)
    with (folder / "error.log").open("wb") as errors:
        server = subprocess.Popen(
            _command(folder, user, address, port), stdout=errors, stderr=errors
        )
    try:
        _create_database(folder / "m.sock", server)
        yield f"mysql://tablecast:{PASSWORD}@{address}:{port}/tablecast"
    finally:
        server.terminate()
        server.wait(20)


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


def _create_database(sock: Path, server: subprocess.Popen[bytes]) -> None:
    client = _program("mariadb")
    deadline = time.monotonic() + 30
    while True:
        assert server.poll() is None, "mariadbd ended while it started"
        done = subprocess.run(
            [
                client,
                "--no-defaults",
                f"--socket={sock}",
                "-uroot",
                "-e",
                f"CREATE DATABASE tablecast; GRANT ALL ON *.* TO tablecast@'%' "
                f"IDENTIFIED BY '{PASSWORD}'",
            ],
            check=False,
            capture_output=True,
        )
        if done.returncode == 0:
            return
        assert time.monotonic() < deadline, done.stderr.decode()
        time.sleep(0.1)


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
