package kind

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeProgram stands in for docker. It is a shell script, as every test starts
// it many times. Its state is files beside it:
//
//	node~<cluster>~<id>  what inspect prints
//	unborn-<id>          how many times more the container cannot be inspected
//	images, registry     names, one per line; pull finds all while registry exists
//	fail-<command>       what the command says when it fails, a line each time
//	calls                the command lines that it got
const fakeProgram = `#!/bin/sh
cd %q
echo "$*" >>calls
if [ -s "fail-$1" ]; then
	read -r first <"fail-$1"
	/bin/sed -i 1d "fail-$1"
	echo "$first" >&2
	exit 1
fi
case $1 in
-v) echo "Docker version 99.0" ;;
info) echo '{"ServerVersion":"99.0","CgroupVersion":"2","DefaultRuntime":"runc"}' ;;
ps)
	for a; do case $a in label=*) filter=${a#label=io.x-k8s.kind.cluster} ;; esac done
	for node in node~*; do
		[ -e "$node" ] || continue
		rest=${node#node~}
		case $filter in '' | "=${rest%%~*}") echo "${rest#*~}" ;; esac
	done ;;
container)
	shift 2
	separator=[ status=0
	for id; do
		left=0
		[ ! -e "unborn-$id" ] || read -r left <"unborn-$id"
		if [ "$left" -gt 0 ]; then
			echo $((left - 1)) >"unborn-$id"
		else
			for node in node~*~"$id"; do
				[ -e "$node" ] || continue
				printf %%s "$separator"
				/bin/cat "$node"
				separator=, left=-1
			done
		fi
		[ "$left" = -1 ] || status=1
	done
	[ "$separator" = , ] || printf [
	echo ]
	exit $status ;;
logs) printf '\033[0;1;31mtoo many open files\033[0m\n' >&2 ;;
rm)
	shift 3
	for id; do /bin/rm -f node~*~"$id"; done ;;
image)
	/bin/grep -qxF "$3" images 2>/dev/null || { echo "no such image" >&2; exit 1; }
	echo "[{\"Id\": \"sha256:$3\"}]" ;;
pull)
	[ -e registry ] || { echo "no route to the registry" >&2; exit 1; } ;;
*)
	echo "unknown command $*" >&2
	exit 64 ;;
esac
`

// fake is an engine whose state is a directory.
type fake struct{ dir string }

// newFake puts a program of that name on an otherwise empty PATH.
func newFake(t *testing.T, program string) fake {
	t.Helper()
	f := fake{dir: t.TempDir()}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, program), fmt.Appendf(nil, fakeProgram, f.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("DOCKER_HOST", "")
	t.Setenv(providerVariable, "")
	return f
}

// node adds a running node container that carries an id (empty: not zarif's).
func (f fake) node(t *testing.T, cluster, name, id string) {
	t.Helper()
	f.add(t, cluster, name, id, true)
}

func (f fake) add(t *testing.T, cluster, name, id string, running bool) {
	t.Helper()
	mounts := []map[string]string{{"Destination": "/lib/modules"}}
	if id != "" {
		mounts = append(mounts, map[string]string{"Destination": brand{"me", "here", id}.path()})
	}
	f.put(t, nodeFile(cluster, name), string(must(json.Marshal(map[string]any{
		"Id": "id-of-" + name, "Name": "/" + name,
		"State":  map[string]any{"Running": running},
		"Config": map[string]any{"Labels": map[string]string{clusterLabel: cluster, roleLabel: "control-plane"}},
		"Mounts": mounts,
	}))))
}

func nodeFile(cluster, name string) string { return "node~" + cluster + "~id-of-" + name }

func (f fake) put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// images makes images present.
func (f fake) images(t *testing.T, refs ...string) {
	t.Helper()
	f.put(t, "images", strings.Join(refs, "\n")+"\n")
}

// unborn makes a container one that cannot be inspected n times.
func (f fake) unborn(t *testing.T, container string, n int) {
	t.Helper()
	f.put(t, "unborn-id-of-"+container, fmt.Sprintln(n))
}

func (f fake) containers(t *testing.T, cluster string) []container {
	t.Helper()
	born, unborn, err := engine("docker").containers(t.Context(), cluster)
	if err != nil || unborn > 0 {
		t.Fatalf("%d unborn, %v", unborn, err)
	}
	return born
}

// names are the containers that are there.
func (f fake) names(t *testing.T) (names []string) {
	t.Helper()
	for _, c := range f.containers(t, "") {
		names = append(names, c.name)
	}
	return names
}

// calls are the command lines that the engine got and that begin with prefix.
func (f fake) calls(t *testing.T, prefix string) (calls []string) {
	t.Helper()
	data, _ := os.ReadFile(filepath.Join(f.dir, "calls"))
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, prefix) {
			calls = append(calls, strings.TrimSpace(line))
		}
	}
	return calls
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
