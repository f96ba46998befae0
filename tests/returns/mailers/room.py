"""A room for one mailer: this system's files under a layer in memory, and a network of its own.

A program of Debian is installed into the layer, so nothing of it is left on the system when the
room is closed; its programs live in a space of process numbers that ends with the room.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_BUILD = """\
set -e
mount -t tmpfs -o size=6g tmpfs {room}
mkdir {room}/upper {room}/work {room}/root
mount -t overlay overlay -o lowerdir=/,upperdir={room}/upper,workdir={room}/work {room}/root
R={room}/root
mount -t proc proc $R/proc
mount -t tmpfs -o mode=755 tmpfs $R/dev
for d in null zero full random urandom tty; do touch $R/dev/$d; mount --bind /dev/$d $R/dev/$d; done
mkdir $R/dev/pts $R/dev/shm
chmod 1777 $R/dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts $R/dev/pts
ln -s pts/ptmx $R/dev/ptmx
ln -s /proc/self/fd $R/dev/fd
mkdir -p $R{out}
mount --bind {out} $R{out}
rm -rf $R/run
mkdir $R/run $R/run/lock
printf '#!/bin/sh\\nexit 101\\n' > $R/usr/sbin/policy-rc.d
chmod 755 $R/usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
hostname mx1.example.org
chroot $R sh -c 'echo mx1.example.org > /etc/hostname; echo example.org > /etc/mailname'
printf '127.0.0.1 localhost\\n192.0.2.10 mx1.example.org mx1\\n' > {room}/hosts
chroot $R sh -ec {install}
cp {room}/hosts $R/etc/hosts
rm -f $R/etc/resolv.conf
printf 'nameserver 127.0.0.1\\n' > $R/etc/resolv.conf
exec unshare --net sh -ec {enter}
"""
_ENTER = """\
ip link set lo up
for net in 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24; do ip route add local $net dev lo; done
ip addr add 192.0.2.10/32 dev lo
exec chroot {room}/root env PYTHONPATH={path} {python} -m tests.returns.mailers.inside {name} {out}
"""


def run_in_room(
    name: str, packages: Sequence[str], scratch: Path, out: Path, more: str = ""
) -> int:
    """Install `packages` for a mailer and let it work; return the exit code.

    `more` is done behind the installation, where the network is still that of the system.
    """
    room = scratch / name
    room.mkdir(parents=True, exist_ok=True)
    here = Path(__file__).resolve().parents[3]
    enter = _ENTER.format(
        room=room, path=f"{here}/src:{here}", python=sys.executable, name=name, out=out
    )
    install = "true"
    if packages:
        wanted = " ".join(packages)
        install = f"apt-get -qq -y --no-install-recommends install {wanted} >/dev/null 2>&1"
    script = _BUILD.format(
        room=room, out=out, install=_quoted(f"{install}\n{more}"), enter=_quoted(enter)
    )
    apart = [
        "unshare",
        "--mount",
        "--uts",
        "--ipc",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]
    return subprocess.run([*apart, "sh", "-ec", script], check=False).returncode


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
