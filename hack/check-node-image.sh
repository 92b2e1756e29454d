#!/bin/bash
# Proves that a node image works with plain kind: one node, then three. Services
# by address and by name, pod to pod across nodes, NodePort from this machine, a
# rollout. The clusters are deleted whatever happens.
#
#   hack/check-node-image.sh IMAGE          ($KIND: the kind to use, default kind)
set -o errexit -o nounset -o pipefail

[[ $# == 1 ]] || {
	echo "usage: $0 IMAGE" >&2
	exit 64
}
readonly image=$1 kind=${KIND:-kind} name=nodeimg-check-$$
dir=$(mktemp -d)
readonly dir
export KUBECONFIG=$dir/kubeconfig

cleanup() {
	local code=$?
	trap - EXIT
	if ((code != 0)) && docker inspect "$name-control-plane" >/dev/null 2>&1; then
		echo "--- what the cluster looked like" >&2
		kubectl get nodes,pods,services,endpoints -A -o wide >&2 || true
		docker exec "$name-control-plane" journalctl --no-pager -n 40 -p warning -u kubelet -u containerd -u pod-network >&2 || true
	fi
	"$kind" delete cluster --name "$name" >/dev/null 2>&1 || echo "could not delete cluster $name" >&2
	rm -rf "$dir"
	exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

kubectl() { docker exec -i "$name-control-plane" kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }

# check WHAT COMMAND...: the command has to succeed within a minute.
check() {
	local what=$1 deadline=$((SECONDS + 60)) began=$SECONDS
	shift
	until "$@" >"$dir/out" 2>&1; do
		if ((SECONDS >= deadline)); then
			echo "FAIL  $what: $*" >&2
			cat "$dir/out" >&2
			exit 1
		fi
		sleep 0.5
	done
	echo "ok    $what ($((SECONDS - began)) s)"
}

# from POD URL: a pod gets an answer.
from() { kubectl exec "$1" -- curl -sS --fail --max-time 3 "$2"; }

# every_pod_reaches_every_pod is the full matrix, so across nodes too.
every_pod_reaches_every_pod() {
	local source address
	for source in "${pods[@]}"; do
		for address in "${addresses[@]}"; do from "$source" "http://$address:8080/" || return 1; done
	done
}

# all_pods_answer asks often enough for the Service to choose every pod.
all_pods_answer() {
	kubectl exec "${pods[0]}" -- sh -c "for i in \$(seq 60); do curl -s --max-time 3 http://$1/; done" |
		sort -u | grep -c . | grep -qx "${#pods[@]}"
}

blackholes() {
	local node
	for node in $("$kind" get nodes --name "$name"); do
		docker exec "$node" ip -4 route show type blackhole | grep -q '^blackhole 10\.' || return 1
	done
}

manifests() {
	cat <<-YAML
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: web}
		spec:
		  replicas: $1
		  selector: {matchLabels: {app: web}}
		  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
		  template:
		    metadata: {labels: {app: web}}
		    spec:
		      tolerations: [{operator: Exists}]
		      terminationGracePeriodSeconds: 5
		      topologySpreadConstraints:
		      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}, matchLabelKeys: [pod-template-hash]}
		      containers:
		      - name: web
		        image: $2
		        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
		        command:
		        - perl
		        - -MIO::Socket::INET
		        - -e
		        - |
		          \$SIG{TERM} = sub { exit 0 };
		          my \$server = IO::Socket::INET->new(LocalPort => 8080, Listen => 128, ReuseAddr => 1) or die \$!;
		          while (1) {
		              my \$c = \$server->accept or next;
		              while (<\$c>) { last if /^\\r?\\n/ }
		              my \$body = "\$ENV{HOSTNAME}\\n";
		              print \$c "HTTP/1.1 200 OK\\r\\nContent-Length: " . length(\$body) . "\\r\\nConnection: close\\r\\n\\r\\n\$body";
		              close \$c;
		          }
		---
		apiVersion: v1
		kind: Service
		metadata: {name: web}
		spec:
		  type: NodePort
		  selector: {app: web}
		  ports: [{port: 80, targetPort: 8080}]
	YAML
}

# try_with NODES CONFIG-ARGUMENTS... is the whole of it on one cluster.
try_with() {
	local nodes=$1 began=$SECONDS programs cluster_ip node_ip node_port
	shift
	echo "== $nodes node(s)"
	"$kind" create cluster --name "$name" --image "$image" --wait 120s "$@" >"$dir/create" 2>&1 || {
		cat "$dir/create" >&2
		echo "FAIL  kind create cluster" >&2
		exit 1
	}
	echo "ok    kind create cluster ($((SECONDS - began)) s)"
	check "every node Ready" kubectl wait --for=condition=Ready node --all --timeout=60s
	programs=$(kubectl -n kube-system get daemonset kube-proxy -o 'jsonpath={.spec.template.spec.containers[0].image}')
	manifests "$nodes" "$programs" | kubectl apply -f - >/dev/null
	check "the first pods are up" kubectl rollout status deployment/web --timeout=60s
	mapfile -t pods < <(kubectl get pods -l app=web -o 'jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}')
	mapfile -t addresses < <(kubectl get pods -l app=web -o 'jsonpath={range .items[*]}{.status.podIP}{"\n"}{end}')
	cluster_ip=$(kubectl get service web -o 'jsonpath={.spec.clusterIP}')
	node_port=$(kubectl get service web -o 'jsonpath={.spec.ports[0].nodePort}')
	check "pods on $(kubectl get pods -l app=web -o 'jsonpath={range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort -u | grep -c .) node(s), each reaches each" every_pod_reaches_every_pod
	check "every pod answers behind ClusterIP $cluster_ip" all_pods_answer "$cluster_ip"
	check "cluster DNS is up" kubectl -n kube-system rollout status deployment/coredns --timeout=60s
	check "every pod answers behind the name web" all_pods_answer web
	check "the name web.default.svc.cluster.local" from "${pods[-1]}" http://web.default.svc.cluster.local/
	for node_ip in $(kubectl get nodes -o 'jsonpath={range .items[*]}{.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end}'); do
		check "NodePort on $node_ip from this machine" curl -sS --fail --max-time 3 "http://$node_ip:$node_port/"
	done
	check "every node blackholes its own pod range" blackholes
	kubectl rollout restart deployment/web >/dev/null
	check "a rollout completes" kubectl rollout status deployment/web --timeout=60s
	check "the Service answers after it" from deployment/web http://web/
	check "no container restarted" test -z "$(kubectl get pods -A -o 'jsonpath={range .items[*].status.containerStatuses[?(@.restartCount>0)]}{.name}{" "}{end}')"
	"$kind" delete cluster --name "$name" >/dev/null 2>&1
}

printf 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{role: control-plane}, {role: worker}, {role: worker}]\n' >"$dir/three"
try_with 1
try_with 3 --config "$dir/three"
echo "all well: $image"
