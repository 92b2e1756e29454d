#!/bin/sh
# Makes two root filesystems out of Debian packages: node.tar for the nodes, and
# base.tar, the same without what runs containers, for the pods of the cluster.
# usage: rootfs.sh SUITE DIRECTORY (runs in a mount namespace of its own)
set -eu
suite=$1 dir=$2
root=$dir/root

# As kind's base image, minus storage; containerd, runc and the CNI plugins are Debian's.
packages=systemd,containerd,runc,containernetworking-plugins
packages=$packages,conntrack,iptables,nftables,iproute2,ethtool,util-linux,mount,kmod,libseccomp2
packages=$packages,bash,ca-certificates,curl,jq,procps,netbase

pack() {
	tar --numeric-owner --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' --exclude='./run/*' -C "$root" -cf "$dir/$1.tar" .
}

debootstrap --variant=minbase --include="$packages" "$suite" "$root"

# debootstrap mounts these, and the purge below needs none of them.
umount "$root/proc" "$root/sys" 2>/dev/null || true
cd "$root"
rm -rf var/cache/apt/archives/*.deb var/cache/apt/*.bin var/lib/apt/lists/* var/cache/debconf/*-old tmp/* \
	usr/share/man usr/share/info usr/share/locale \
	usr/bin/containerd-stress usr/bin/containerd-shim usr/bin/containerd-shim-runc-v1 \
	etc/resolv.conf etc/hostname
find var/log -type f -delete
find usr/share/doc -type f ! -name copyright -delete
find usr/lib/cni -type f ! -name host-local ! -name loopback ! -name portmap ! -name ptp -delete
: >etc/machine-id

pack node
DEBIAN_FRONTEND=noninteractive chroot . dpkg --purge containerd runc containernetworking-plugins
rm -rf var/log/dpkg.log var/lib/containerd
pack base
cd /
rm -rf "$root"
