#!/bin/sh
# Boots systemd as process 1 of namespaces of its own: boot.sh TREE LOG CGROUP. TREE is the root file system and is used
# up; CGROUP is a folder for the named hierarchy that systemd keeps its units in. The network is this machine's own, so
# that servers on loopback can be reached. Ends when systemd ends; its mounts end with the namespace.
set -eu
tree=$1 log=$2 cgroup=$3

# The one hierarchy that systemd cannot do without. It is the machine's, so the box gets a branch of it.
mount -t cgroup -o none,name=systemd cgroup "$cgroup"
branch=$cgroup/alertd-box-$$
mkdir "$branch"
sweep() {
  find "$branch" -depth -type d -exec rmdir {} +
}
trap sweep EXIT

inner='
  tree=$1
  mount --bind "$tree" "$tree"
  cd "$tree"
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  mount -t tmpfs -o mode=755 tmpfs dev
  mkdir dev/pts dev/shm
  for node in null zero full random urandom tty; do
    touch dev/$node
    mount --bind /dev/$node dev/$node
  done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
  hostname box
  mkdir run/before
  pivot_root . run/before
  exec env -i container=box PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "
    umount -l /run/before
    exec /lib/systemd/systemd --system --log-target=console --log-level=info
  "
'
# Its own branch is the root of the hierarchy that the box sees.
sh -c 'echo 0 >"$1/cgroup.procs"; shift; exec "$@"' sh "$branch" \
  unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --cgroup \
  sh -euc "$inner" sh "$tree" <&- >"$log" 2>&1 || true
