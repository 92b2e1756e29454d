#!/bin/bash
# Runs in a container of the node without images: reads an archive of the
# component images on stdin, and gives them the names that kubeadm asks for.
# The snapshots are made on the volume /build, because an overlay cannot hold
# another one's, and moved into the container's own layer at the end.
set -o errexit -o nounset -o pipefail

containerd --root /build/containerd >/build/containerd.log 2>&1 &
daemon=$!
trap 'kill $daemon 2>/dev/null || true' EXIT
for ((i = 0; ; i++)); do
	ctr version >/dev/null 2>&1 && break
	if ((i == 150)) || ! kill -0 $daemon; then
		tail -n 20 /build/containerd.log >&2
		exit 1
	fi
	sleep 0.2
done

images() { ctr --namespace k8s.io images "$@"; }

images import -
imported=$(images ls --quiet)
for name in $(kubeadm config images list --kubernetes-version "$(cat /kind/version)"); do
	case $name in
	*/pause:*) component=pause ;;
	*) component=programs ;;
	esac
	images tag "$(grep "/component-$component:" <<<"$imported")" "$name"
done
# shellcheck disable=SC2086
images rm $imported
images ls

kill $daemon
wait $daemon || true
mkdir -p /var/lib/containerd
rm -rf /build/containerd/tmpmounts
cp -a /build/containerd/. /var/lib/containerd/
