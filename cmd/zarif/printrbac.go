package main

import (
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"zarif/cluster/kube"
)

// printRBAC prints the roles that what was planned takes. No cluster is asked: the
// resources of kinds are guessed as Kubernetes names them.
func (s *session) printRBAC(out io.Writer, account string) error {
	namespace, name, ok := strings.Cut(account, "/")
	if !ok || namespace == "" || name == "" {
		return usage("--service-account: %q; want NAMESPACE/NAME", account)
	}
	for i := range s.planned {
		if p := &s.planned[i]; p.there != nil {
			p.workload = p.there.assumed()
		}
	}
	var all []kube.Right
	for _, use := range s.uses() {
		rights, err := use.Rights(guessedResource)
		if err != nil {
			return err
		}
		all = append(all, rights...)
	}
	text, err := kube.RBAC(all, "zarif", name, namespace)
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return fmt.Errorf("write the roles: %w", err)
	}
	return nil
}

func guessedResource(kind schema.GroupVersionKind) (schema.GroupVersionResource, error) {
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	return plural, nil
}
