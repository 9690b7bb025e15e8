#!/bin/sh
# Boots systemd as process 1 of namespaces of its own: boot.sh TREE FOLDER. TREE is a root file system, which stays as it
# is: what is written lies in memory. FOLDER is an empty place to mount things on. The network is this machine's own, so
# that servers on loopback can be reached. Ends when systemd ends; every mount here ends with this process's namespace.
set -eu
tree=$1 folder=$2

mount -t tmpfs -o mode=755 tmpfs "$folder"
mkdir "$folder/cgroup" "$folder/root" "$folder/upper" "$folder/work"
mount -t overlay -o "lowerdir=$tree,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"

# systemd cannot do without this hierarchy; its newer versions know no older one. It is the whole machine's, so the box
# gets a branch of it.
mount -t cgroup2 cgroup2 "$folder/cgroup"
branch=$folder/cgroup/alertd-box-$$
mkdir "$branch"

# In a container systemd leaves it to others to make the mounts shared, by which credentials reach their units.
inner='
  cd "$1"
  mount --bind . .
  cd "$1"
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  mount -t tmpfs -o mode=755 tmpfs dev
  mkdir dev/pts dev/shm run/before
  for node in null zero full random urandom tty; do
    touch dev/$node
    mount --bind /dev/$node dev/$node
  done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  echo box >etc/hostname
  pivot_root . run/before
  exec env -i container=box PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "
    umount -l /run/before
    mount --make-rshared /
    exec /lib/systemd/systemd --system
  "
'
# From inside, the branch is the root of the hierarchy. The kernel is the whole machine's: a box loads no modules into it, and
# its systemd does not try to.
sh -c 'echo 0 >"$1/cgroup.procs"; shift; exec "$@"' sh "$branch" \
  setpriv --pdeathsig KILL --bounding-set=-sys_module \
  unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --cgroup sh -euc "$inner" sh "$folder/root" || true

# A branch can be removed as soon as the last of its processes is gone.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  find "$branch" -depth -type d -exec rmdir {} + 2>/dev/null && break
  sleep 0.2
done
