#!/bin/bash
# Gets a container engine (dockerd) going on a Debian machine, for root.
#
#   hack/engine.sh        install what is missing, start it, wait for it
#
# Harmless when run again. A running engine is never reconfigured and settings
# of yours in /etc/docker/daemon.json are never overwritten: where one of them
# stands in the way, the script says so and stops.
set -o errexit -o nounset -o pipefail

readonly config=/etc/docker/daemon.json
readonly log=/var/log/zarif-dockerd.log
readonly apt_log=/var/log/zarif-engine-apt.log
readonly runtime=runc-without-sys-resource
readonly wrapper=/usr/local/bin/$runtime
# kind's default pod and service ranges. A packet to a pod that is gone follows
# the default route: it has to end here and not somewhere on the network.
readonly inside=(10.244.0.0/16 10.96.0.0/16)

say() { echo "engine: $*" >&2; }
die() {
	say "$1"
	[[ $# -lt 2 ]] || say "cure: $2"
	exit 70
}
answers() { timeout 20 docker info --format '{{.ServerVersion}}' 2>/dev/null; }

# has_sys_resource tells whether containers started here could be given
# CAP_SYS_RESOURCE (bit 24); nested sandboxes often keep it back.
has_sys_resource() {
	local bounding=$((0x$(awk '/^CapBnd:/ {print $2}' /proc/self/status)))
	(((bounding >> 24 & 1) == 1))
}

check_machine() {
	[[ $(id -u) == 0 ]] || die "this needs root" "sudo $0"
	# shellcheck source=/dev/null
	if ! (. /etc/os-release && [[ " $ID ${ID_LIKE-} " == *" debian "* ]]) 2>/dev/null; then
		die "this machine is not a Debian" "install and start any engine that kind supports (docker, podman, nerdctl) by hand"
	fi
	unshare --net true 2>/dev/null ||
		die "this machine does not let root make network namespaces, so it cannot run containers" \
			"use a machine or a sandbox that allows unshare --net (CAP_SYS_ADMIN)"
}

install_packages() {
	local missing=() program
	for program in dockerd:docker.io containerd:containerd runc:runc iptables:iptables jq:jq ip:iproute2; do
		command -v "${program%%:*}" >/dev/null || missing+=("${program##*:}")
	done
	if ((${#missing[@]} == 0)); then
		say "packages: all there"
		return
	fi
	say "packages: installing ${missing[*]} (log: $apt_log)"
	{
		apt-get update && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}"
	} >"$apt_log" 2>&1 </dev/null || {
		tail -n 15 "$apt_log" >&2
		die "apt-get could not install ${missing[*]}" "see $apt_log; are the Debian package sources reachable?"
	}
}

# write_runtime leaves a runc that drops the capability from what the engine
# asks for: <bundle>/config.json of a container, the --process file of an exec.
write_runtime() {
	cat >"$wrapper.new" <<-'SCRIPT'
		#!/bin/sh
		# runc, without CAP_SYS_RESOURCE: the machine does not have it to give.
		without() {
			[ ! -f "$1" ] || sed -z -i 's/"CAP_SYS_RESOURCE"[[:space:]]*,//g; s/,[[:space:]]*"CAP_SYS_RESOURCE"//g; s/"CAP_SYS_RESOURCE"//g' "$1"
		}
		previous=
		for argument in "$@"; do
			case $previous in
			--bundle | -b) without "$argument/config.json" ;;
			--process | -p) without "$argument" ;;
			esac
			case $argument in
			--bundle=*) without "${argument#*=}/config.json" ;;
			--process=*) without "${argument#*=}" ;;
			esac
			previous=$argument
		done
		exec runc "$@"
	SCRIPT
	chmod 755 "$wrapper.new"
	mv "$wrapper.new" "$wrapper"
}

# wanted prints our settings. Without the userland proxy a refused connection
# stays refused and a gone address hangs, through a published port as inside.
wanted() {
	if has_sys_resource; then
		jq -n '{"userland-proxy": false}'
	else
		jq -n --arg name "$runtime" --arg path "$wrapper" \
			'{"userland-proxy": false, runtimes: {($name): {path: $path}}, "default-runtime": $name}'
	fi
}

# write_config adds our settings to the user's, or stops at a contradiction.
write_config() {
	local ours theirs conflicts merged
	ours=$(wanted)
	theirs='{}'
	if [[ -s $config ]]; then
		theirs=$(jq -e 'select(type == "object" and (.runtimes // {} | type == "object"))' "$config" 2>/dev/null) ||
			die "$config is not a JSON object as dockerd wants it" "repair it or move it away, then run this again"
	fi
	conflicts=$(jq -rn --argjson ours "$ours" --argjson theirs "$theirs" '
		[$ours | paths(type != "object")] | map(. as $p | select(($theirs | try getpath($p) catch null) as $v
			| $v != null and $v != ($ours | getpath($p)))
			| "\(join(".")) is \($theirs | getpath($p)), must be \($ours | getpath($p))") | join("; ")')
	[[ -z $conflicts ]] || die "$config: $conflicts" "change that setting or move the file away, then run this again"
	merged=$(jq -n --argjson ours "$ours" --argjson theirs "$theirs" '$theirs * $ours')
	if [[ $(jq -S . <<<"$merged") == $(jq -S . <<<"$theirs") ]]; then
		say "settings: $config is as it should be"
		return
	fi
	mkdir -p "${config%/*}"
	if [[ -s $config ]]; then
		cp -p "$config" "$config.before-zarif"
		say "settings: merging ours into $config (yours is kept as $config.before-zarif)"
	else
		say "settings: writing $config"
	fi
	printf '%s\n' "$merged" >"$config.new"
	mv "$config.new" "$config"
}

start() {
	local pid= tries version
	if [[ -d /run/systemd/system ]]; then
		say "starting docker.service"
		systemctl restart docker.service || die "docker.service does not start" "journalctl -u docker.service"
	else
		say "starting dockerd (log: $log)"
		setsid nohup dockerd >>"$log" 2>&1 </dev/null &
		pid=$!
		disown "$pid"
	fi
	for ((tries = 0; tries < 120; tries++)); do
		if version=$(answers); then
			say "running: $version"
			return
		fi
		if [[ -n $pid ]] && ! kill -0 "$pid" 2>/dev/null; then
			tail -n 15 "$log" >&2
			die "dockerd ended at once" "see $log"
		fi
		sleep 0.5
	done
	[[ -z $pid ]] || tail -n 15 "$log" >&2
	die "the engine was started but does not answer after a minute" "see $log"
}

# inspect_running says what a running engine of somebody else's lacks.
inspect_running() {
	if ! has_sys_resource && [[ $(docker info --format '{{.DefaultRuntime}}') != "$runtime" ]]; then
		die "the running engine gives containers CAP_SYS_RESOURCE, which this machine does not have: kind cannot start a node in it" \
			"stop that engine and run this again"
	fi
	if [[ $(jq -r '."userland-proxy" | tostring' "$config" 2>/dev/null) != false ]]; then
		say "note: the running engine uses its userland proxy: what a client on this machine sees through a published port (vantage host) is the proxy's answer." \
			"For the true one set \"userland-proxy\": false in $config and restart it."
	fi
}

keep_packets_inside() {
	local range
	for range in "${inside[@]}"; do
		if ip -4 route show type blackhole "$range" | grep -q .; then
			say "routes: $range stays inside already"
		elif ip -4 route show match "$range" | grep -qv '^default' || ip -4 route show root "$range" | grep -q .; then
			say "note: this machine has routes of its own in $range; left alone"
		elif ip -4 route add blackhole "$range" 2>/dev/null; then
			say "routes: $range stays inside"
		else
			say "note: cannot add the route: ip route add blackhole $range"
		fi
	done
}

# allow_nodes raises what a handful of kind nodes use up: every systemd, kubelet
# and containerd holds inotify instances, and 128 are gone after seven nodes.
# See https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
allow_nodes() {
	local name=fs.inotify.max_user_instances wanted=1024 is
	is=$(cat /proc/sys/fs/inotify/max_user_instances)
	if ((is >= wanted)); then
		say "limits: $name is $is"
	elif echo "$wanted" 2>/dev/null >/proc/sys/fs/inotify/max_user_instances; then
		say "limits: $name raised from $is to $wanted until the next boot"
	else
		say "note: cannot raise $name from $is; about $((is / 16)) kind nodes fit"
	fi
}

check_machine
if version=$(answers); then
	say "already running: $version"
	inspect_running
else
	if pid=$(pidof dockerd); then
		die "dockerd runs (pid $pid) but does not answer" "wait for it or stop it, then run this again"
	fi
	install_packages
	has_sys_resource || {
		say "no CAP_SYS_RESOURCE here: containers get runc without it ($wrapper)"
		write_runtime
	}
	write_config
	start
fi
keep_packets_inside
allow_nodes
