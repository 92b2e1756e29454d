#!/bin/bash
# The pod network of one node: a CNI configuration for its own pod range, a
# route to the pod range of every other node, masquerading of what leaves them
# all. The node's own range is a blackhole behind the routes of its live pods:
# a packet to a pod that is gone must not follow the default route out of here.
set -o errexit -o nounset -o pipefail

readonly kubeconfig=/etc/kubernetes/kubelet.conf
readonly conflist=/etc/cni/net.d/10-kindnet.conflist

pod_subnet() {
	local subnet
	subnet=$(sed -n 's/^ *podSubnet: *"\{0,1\}\([^",]*\).*/\1/p' /kind/kubeadm.conf | head -n 1)
	echo "${subnet:-10.244.0.0/16}"
}

masquerade() {
	local subnet=$1
	iptables -w -t nat -N POD-MASQUERADE 2>/dev/null || iptables -w -t nat -F POD-MASQUERADE
	iptables -w -t nat -A POD-MASQUERADE -d "$subnet" -j RETURN
	iptables -w -t nat -A POD-MASQUERADE -m addrtype --dst-type LOCAL -j RETURN
	iptables -w -t nat -A POD-MASQUERADE -j MASQUERADE
	iptables -w -t nat -C POSTROUTING -s "$subnet" -j POD-MASQUERADE 2>/dev/null ||
		iptables -w -t nat -A POSTROUTING -s "$subnet" -j POD-MASQUERADE
}

# await_services waits for kube-proxy's first rules. A pod that started before
# them, CoreDNS above all, would keep a connection to a ClusterIP that nobody
# translates until its dial timeout. Bounded, for a cluster without kube-proxy.
await_services() {
	local i
	for ((i = 0; i < 100; i++)); do
		iptables-save -t nat 2>/dev/null | grep -q KUBE-SVC && return
		nft list tables 2>/dev/null | grep -q kube-proxy && return
		sleep 0.2
	done
	echo "no rules of kube-proxy after 20 s, going on without" >&2
}

write_conflist() {
	local range=$1
	mkdir -p "${conflist%/*}"
	jq -n --arg range "$range" --argjson mtu "$(cat /sys/class/net/eth0/mtu)" '{
		cniVersion: "0.3.1", name: "kindnet", plugins: [
			{type: "ptp", ipMasq: false, mtu: $mtu, ipam: {
				type: "host-local", dataDir: "/run/cni-ipam-state",
				routes: [{dst: "0.0.0.0/0"}], ranges: [[{subnet: $range}]]}},
			{type: "portmap", capabilities: {portMappings: true}}]}' >"$conflist.new"
	mv "$conflist.new" "$conflist"
}

until [[ -s $kubeconfig ]]; do sleep 0.2; done

masquerade "$(pod_subnet)"
kubectl --kubeconfig "$kubeconfig" get nodes --watch --output-watch-events --output \
	'jsonpath={.type} {.object.metadata.name} {.object.spec.podCIDR} {.object.status.addresses[?(@.type=="InternalIP")].address}{"\n"}' |
	while IFS=' ' read -r event name range address _; do
		[[ -n $range && -n $address ]] || continue
		if [[ $name == "$(hostname)" ]]; then
			ip route replace blackhole "$range"
			[[ -s $conflist ]] || { await_services && write_conflist "$range"; }
		elif [[ $event == DELETED ]]; then
			ip route del "$range" 2>/dev/null || true
		else
			ip route replace "$range" via "$address"
		fi
	done
