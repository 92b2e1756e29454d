package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"zarif/cluster/kube"
)

// rbacOptions are the flags of `zarif run` that have roles printed.
type rbacOptions struct {
	print   bool
	account string // NAMESPACE/NAME
}

func (o *rbacOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.print, "print-rbac", false, "print the RBAC roles that suffice for these scenarios, and do nothing")
	f.StringVar(&o.account, "service-account", "zarif/zarif", "with --print-rbac: NAMESPACE/NAME of the service account that gets them")
}

// of prints the roles of what was chosen.
func (o rbacOptions) of(run runOptions, patterns []string, io streams) error {
	run.where.context.may = true // nothing is done
	s, err := run.prepare(patterns, io)
	if err != nil {
		return err
	}
	return s.printRBAC(io.out, o.account)
}

// printRBAC prints the roles that what was planned takes, all that it creates
// included. No cluster is asked: the resources of kinds are guessed as Kubernetes names
// them.
func (s *session) printRBAC(out io.Writer, account string) error {
	namespace, name, ok := strings.Cut(account, "/")
	if !ok || namespace == "" || name == "" {
		return usage("--service-account: %q; want NAMESPACE/NAME", account)
	}
	var all []kube.Right
	var text bytes.Buffer
	for _, p := range s.planned {
		if p.there != nil {
			p.workload = p.there.assumed()
		}
		rights, err := s.use(p).Rights(guessedResource)
		if err != nil {
			return err
		}
		all = append(all, rights...)
		if p.bringsImages() {
			fmt.Fprintf(&text, "# %s is skipped on an existing cluster, which has none of zarif's own images: %s\n", p.meta.Scenario, strings.Join(p.images(), ", "))
		}
	}
	roles, err := kube.RBAC(all, "zarif", name, namespace)
	if err != nil {
		return err
	}
	text.Write(roles)
	if _, err := out.Write(text.Bytes()); err != nil {
		return fmt.Errorf("write the roles: %w", err)
	}
	return nil
}

// images names those of the workload and of what stands in front of it.
func (p planned) images() (names []string) {
	for _, img := range p.workload.AllImages() {
		names = append(names, img.Name)
	}
	return names
}

func guessedResource(kind schema.GroupVersionKind) (schema.GroupVersionResource, error) {
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	return plural, nil
}
