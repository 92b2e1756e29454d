package kube

import (
	"testing"

	"k8s.io/apimachinery/pkg/labels"
)

func TestSpareLabel(t *testing.T) {
	for _, c := range []struct {
		name       string
		asked, own map[string]string
		want       string
	}{
		{"the Service asks for one more", map[string]string{"app": "a", "traffic": "on"}, map[string]string{"app": "a"}, "traffic"},
		{"both ask for the same", map[string]string{"app": "a"}, map[string]string{"app": "a"}, ""},
		{"the Deployment asks for more", map[string]string{"app": "a"}, map[string]string{"app": "a", "tier": "b"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := spareLabel(c.asked, labels.SelectorFromSet(c.own)); got != c.want || ok != (c.want != "") {
				t.Errorf("%q, %v, want %q", got, ok, c.want)
			}
		})
	}
}
