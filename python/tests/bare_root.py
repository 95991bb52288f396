"""A Debian system in a folder: Python, the C++ library and what they need, from packages that are unpacked, not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PACKAGES = ("python3", "libstdc++6", "libgcc-s1", "zlib1g")
#: Of Debian's essential packages, those that a Python without a shell makes use of.
NEEDED = ("libc6", "libcrypt1")


class BareRoot:
    """The suite's Python, with a wheel, its extra "demo" and their dependencies in /site."""

    def __init__(self, suite: str, folder: Path, wheel: Path) -> None:
        self.folder = folder / "root"
        self._apt = folder / "apt"
        self._unpack(suite)
        for name in ("tmp", "dev/shm", "proc"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._install(wheel)

    def python(self, *arguments: str) -> str:
        """What Python prints inside, as a user of its own without privileges outside."""
        finished = subprocess.run(
            ["unshare", "--user", "--map-root-user", "chroot", self.folder, "/usr/bin/python3", *arguments],
            env={"PATH": "/usr/bin:/usr/sbin", "PYTHONPATH": "/site", "HOME": "/tmp", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def _unpack(self, suite: str) -> None:
        for name in ("bin", "lib", "lib64", "sbin"):
            (self.folder / "usr" / name).mkdir(parents=True)
            (self.folder / name).symlink_to(f"usr/{name}")
        for archive in self._download(suite):
            subprocess.run(["dpkg-deb", "--extract", archive, self.folder], check=True)

    def _download(self, suite: str) -> list[Path]:
        for name in ("lists/partial", "archives/partial", "state"):
            (self._apt / name).mkdir(parents=True)
        (self._apt / "sources").write_text(
            f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian {suite} main\n"
        )
        (self._apt / "status").touch()
        options = {
            "Dir::Etc::sourcelist": self._apt / "sources",
            "Dir::Etc::sourceparts": "-",
            "Dir::State": self._apt / "state",
            "Dir::State::lists": self._apt / "lists",
            "Dir::State::status": self._apt / "status",
            "Dir::Cache": self._apt,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root" if os.getuid() == 0 else "",
            "Debug::NoLocking": "true",
        }
        apt = [
            "apt-get",
            "--quiet",
            "--quiet",
            "--yes",
            *(f"--option={name}={value}" for name, value in options.items()),
        ]
        subprocess.run([*apt, "update"], check=True)
        subprocess.run([*apt, "install", "--download-only", *PACKAGES, *NEEDED], check=True)
        return sorted((self._apt / "archives").glob("*.deb"))

    def _install(self, wheel: Path) -> None:
        version = self.python("-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--target", self.folder / "site", "--python-version", version, "--only-binary=:all:"),
                *(f"--platform=manylinux_2_{minor}_x86_64" for minor in (34, 28, 27, 17)),
                *("--platform=manylinux2014_x86_64", f"{wheel}[demo]"),
            ],
            check=True,
        )
