package kube

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// replicasWas is an annotation of a controller that is scaled for a while: to how many
// replicas, and how many there were.
const replicasWas = "zarif.dev/replicas-was"

// A replicasMark is what that annotation holds.
type replicasMark struct {
	Was int64             `json:"was"`
	Set int64             `json:"set"`
	By  map[string]string `json:"by,omitempty"` // see Config.Owner
}

func (m replicasMark) String() string { return fmt.Sprintf("replicas %d (before: %d)", m.Set, m.Was) }

// is reports whether what was set is there still.
func (m replicasMark) is(o *unstructured.Unstructured) bool {
	now, err := replicasOf(o)
	return err == nil && now == m.Set
}

// scale sets the replicas, and in the same step says what they were, unless that is
// what they are then.
func (c usersController) scale(ctx context.Context, replicas int64, by map[string]string) (generation int64, err error) {
	generation, _, err = c.change(ctx, func(o *unstructured.Unstructured) error {
		was, err := replicasOf(o)
		if err != nil {
			return err
		}
		var before replicasMark
		marked := annotated(o, replicasWas, &before)
		if marked && before.is(o) {
			was = before.Was // what is there is what zarif put there
		}
		var mark any
		if was != replicas && (!marked || before.Was != replicas) {
			mark = replicasMark{Was: was, Set: replicas, By: by}
		}
		if err := annotate(o, replicasWas, mark); err != nil {
			return err
		}
		return setReplicas(o, replicas)
	})
	return generation, err
}

// replicasOf is how many a controller wants; it says none where it wants one.
func replicasOf(o *unstructured.Unstructured) (int64, error) {
	n, found, err := unstructured.NestedInt64(o.Object, "spec", "replicas")
	if err == nil && !found {
		n = 1
	}
	return n, err
}

func setReplicas(o *unstructured.Unstructured, n int64) error {
	return unstructured.SetNestedField(o.Object, n, "spec", "replicas")
}
