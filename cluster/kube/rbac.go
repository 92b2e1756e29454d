package kube

import (
	"bytes"
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// RBAC writes the roles that hold these rights and nothing else, and the bindings of
// a service account to them: a ClusterRole for what is of the whole cluster or of
// namespaces that are not known beforehand, and a Role for every other namespace.
func RBAC(rights []Right, name, account, accountNamespace string) ([]byte, error) {
	var namespaces []string
	for _, r := range rights {
		if !slices.Contains(namespaces, r.Namespace) {
			namespaces = append(namespaces, r.Namespace)
		}
	}
	slices.Sort(namespaces)
	subject := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Name: account, Namespace: accountNamespace}
	var out bytes.Buffer
	for _, ns := range namespaces {
		rules := rulesOf(rights, ns)
		ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name}
		meta := metav1.ObjectMeta{Name: name, Namespace: ns}
		objects := []any{
			&rbacv1.Role{TypeMeta: typeOf("Role"), ObjectMeta: meta, Rules: rules},
			&rbacv1.RoleBinding{TypeMeta: typeOf("RoleBinding"), ObjectMeta: meta, Subjects: []rbacv1.Subject{subject}, RoleRef: ref},
		}
		if ns == "" {
			ref.Kind = "ClusterRole"
			objects = []any{
				&rbacv1.ClusterRole{TypeMeta: typeOf("ClusterRole"), ObjectMeta: meta, Rules: rules},
				&rbacv1.ClusterRoleBinding{TypeMeta: typeOf("ClusterRoleBinding"), ObjectMeta: meta, Subjects: []rbacv1.Subject{subject}, RoleRef: ref},
			}
		}
		for _, o := range objects {
			text, err := plainYAML(o)
			if err != nil {
				return nil, fmt.Errorf("write roles: %w", err)
			}
			out.WriteString("---\n")
			out.Write(text)
		}
	}
	return out.Bytes(), nil
}

func typeOf(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kind}
}

// rulesOf puts the rights in one namespace together by resource.
func rulesOf(rights []Right, ns string) (rules []rbacv1.PolicyRule) {
	for _, r := range rights {
		if r.Namespace != ns {
			continue
		}
		i := slices.IndexFunc(rules, func(rule rbacv1.PolicyRule) bool {
			return rule.APIGroups[0] == r.Group && rule.Resources[0] == r.resource()
		})
		if i < 0 {
			rules = append(rules, rbacv1.PolicyRule{APIGroups: []string{r.Group}, Resources: []string{r.resource()}})
			i = len(rules) - 1
		}
		if !slices.Contains(rules[i].Verbs, r.Verb) {
			rules[i].Verbs = append(rules[i].Verbs, r.Verb)
		}
	}
	return rules
}

// plainYAML is an object without the empty fields that typed ones bring along.
func plainYAML(object any) ([]byte, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	if meta, ok := fields["metadata"].(map[string]any); ok {
		delete(meta, "creationTimestamp")
	}
	return yaml.Marshal(fields)
}
