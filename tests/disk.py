"""A small disk for a state folder, in a mount namespace of its own: what fills or locks it harms nobody else."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from process import until
from rights import lacking


class Disk:
    """A file system in memory at a folder, seen by what runs `within` alone."""

    def __init__(self, folder: Path, size: str, holder: int) -> None:
        self.folder = folder
        self._size = size
        is_root = os.geteuid() == 0
        user = () if is_root else ("--user", "--preserve-credentials")
        enter = ("nsenter", "--target", str(holder), "--mount", *user)
        self.within = (*enter, "--")
        as_nobody = (
            ("--setuid=65534", "--setgid=65534") if is_root else ("unshare", "--map-user=65534", "--map-group=65534")
        )
        self.within_as_nobody = (*enter, *as_nobody)
        """For a program that refuses to run as root, which is who an ordinary user is within."""

    def own(self) -> None:
        """Give the disk to the user of `within_as_nobody`."""
        if os.geteuid() == 0:
            self.run('chown nobody:nogroup "$FOLDER"', FOLDER=str(self.folder))

    def run(self, command: str, **variables: str) -> None:
        subprocess.run([*self.within, "sh", "-euc", command], check=True, env=os.environ | variables)

    def fill(self) -> None:
        self.run('dd if=/dev/zero of="$FOLDER/filler" bs=4096 2>/dev/null || true', FOLDER=str(self.folder))

    def empty(self) -> None:
        self.run('rm "$FOLDER/filler"', FOLDER=str(self.folder))

    def set_writable(self, *, writable: bool) -> None:
        mode = "rw" if writable else "ro"
        self.run(f'mount -o remount,{mode},size={self._size} "$FOLDER"', FOLDER=str(self.folder))


@contextmanager
def small_disk(folder: Path, size: str = "12m"):
    """A disk at a folder, until the end of the context; as a user without rights it needs user namespaces."""
    folder.mkdir()
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    ready = folder.with_name(f"{folder.name}-mounted")
    holder = subprocess.Popen(
        [
            *("unshare", *user, "--mount", "--propagation", "private"),
            *("sh", "-euc", f'mount -t tmpfs -o size={size} tmpfs "$FOLDER"; touch "$READY"; exec sleep 600'),
        ],
        env=os.environ | {"FOLDER": str(folder), "READY": str(ready)},
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: ready.exists() or holder.poll() is not None, "the disk")
        if holder.poll() is not None:
            lacking("needs `unshare --mount` and `mount`, which this machine, or the container around it, forbids")
        yield Disk(folder, size, holder.pid)
    finally:
        holder.kill()
        holder.wait()
