#!/bin/sh
# SPDX-License-Identifier: ISC
# boot.sh FOLDER: becomes systemd with this machine's own files, in namespaces of its own. What it
# writes goes to FOLDER/upper, where our units are already; its /run is FOLDER/run, so that other
# processes find its sockets. It has harmless devices only, and cannot change settings that the
# whole machine shares.
set -eu
folder=$1

mount --make-rprivate /
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
cd "$folder/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs tmp
mount --bind "$folder/run" run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for device in null zero full random urandom tty; do
	: >"dev/$device"
	mount --bind "/dev/$device" "dev/$device"
done
pivot_root . mnt
umount -l mnt
exec env -i container=other PATH=/usr/bin:/bin /lib/systemd/systemd --system --unit=test.target \
	--log-target=journal --show-status=no
