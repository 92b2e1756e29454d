#!/bin/bash
# Runs before kind's entrypoint. A node that was denied CAP_SYS_RESOURCE cannot
# lower any oom_score_adj, so nothing in it may try: containerd restricts the
# scores that it asks for, the kubelet takes a refusal as it would in a user
# namespace. Where the capability is there, nothing is changed.
set -o errexit -o nounset -o pipefail

readonly cap_sys_resource=24
bounding=$((0x$(awk '/^CapBnd:/ {print $2}' /proc/self/status)))

if (((bounding >> cap_sys_resource & 1) == 0)); then
	echo "INFO: no CAP_SYS_RESOURCE: oom_score_adj is never lowered" >&2
	sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' /etc/containerd/config.toml
	mkdir -p /etc/systemd/system/containerd.service.d
	printf '[Service]\nOOMScoreAdjust=\n' >/etc/systemd/system/containerd.service.d/10-no-sys-resource.conf
	sed -i '/^KUBELET_EXTRA_ARGS=/ { /KubeletInUserNamespace/! s/$/ --feature-gates=KubeletInUserNamespace=true/ }' /etc/default/kubelet
fi

exec "$@"
