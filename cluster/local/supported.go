package local

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A support says what the model does with a field and all that is below it.
type support int

const (
	modelled support = iota + 1
	withoutEffect
)

// An only is a field of which one value is supported: the one that changes nothing.
type only string

// probe and handler are the fields that probes and hooks share.
var (
	httpGet = map[string]any{"path": modelled, "port": modelled, "scheme": only("HTTP"), "httpHeaders": modelled}
	probe   = map[string]any{
		"httpGet": httpGet, "tcpSocket": map[string]any{"port": modelled}, "exec": modelled,
		"initialDelaySeconds": modelled, "periodSeconds": modelled, "timeoutSeconds": modelled,
		"successThreshold": modelled, "failureThreshold": modelled, "terminationGracePeriodSeconds": modelled,
	}
	metadata = map[string]any{"name": modelled, "labels": modelled, "annotations": withoutEffect}
)

// supported are the fields of each kind that the model knows, by what it does with
// them. A field that is not here is refused: it might decide what becomes of a
// request.
var supported = map[string]map[string]any{
	"Deployment": {
		"apiVersion": only("apps/v1"), "metadata": metadata,
		"spec": map[string]any{
			"replicas": modelled, "selector": map[string]any{"matchLabels": modelled},
			"strategy":        map[string]any{"type": modelled, "rollingUpdate": map[string]any{"maxSurge": modelled, "maxUnavailable": modelled}},
			"minReadySeconds": modelled, "progressDeadlineSeconds": withoutEffect, "revisionHistoryLimit": withoutEffect,
			"template": map[string]any{
				"metadata": metadata,
				"spec": map[string]any{
					"containers": []any{container}, "terminationGracePeriodSeconds": modelled,
					"restartPolicy": only("Always"), "dnsPolicy": withoutEffect, "schedulerName": withoutEffect,
					"automountServiceAccountToken": withoutEffect, "enableServiceLinks": only("false"),
					"affinity": withoutEffect, "topologySpreadConstraints": withoutEffect, "securityContext": withoutEffect,
				},
			},
		},
	},
	"Service": {
		"apiVersion": only("v1"), "metadata": metadata,
		"spec": map[string]any{
			"type": only("ClusterIP"), "selector": modelled, "sessionAffinity": only("None"),
			"publishNotReadyAddresses": modelled, "ports": []any{map[string]any{
				"name": modelled, "port": modelled, "targetPort": modelled, "protocol": only("TCP"), "appProtocol": withoutEffect,
			}},
		},
	},
	"PodDisruptionBudget": {
		"apiVersion": only("policy/v1"), "metadata": metadata,
		"spec": map[string]any{
			"minAvailable": modelled, "maxUnavailable": modelled, "selector": map[string]any{"matchLabels": modelled},
			"unhealthyPodEvictionPolicy": modelled,
		},
	},
}

var container = map[string]any{
	"name": modelled, "image": modelled, "command": modelled, "args": modelled, "workingDir": modelled,
	"env":            []any{map[string]any{"name": modelled, "value": modelled, "valueFrom": map[string]any{"fieldRef": map[string]any{"fieldPath": modelled, "apiVersion": only("v1")}}}},
	"ports":          []any{map[string]any{"name": modelled, "containerPort": modelled, "protocol": only("TCP")}},
	"readinessProbe": probe, "livenessProbe": probe, "startupProbe": probe,
	"lifecycle": map[string]any{"stopSignal": modelled, "preStop": map[string]any{
		"exec": modelled, "httpGet": httpGet, "sleep": modelled,
	}},
	"imagePullPolicy": withoutEffect, "resources": withoutEffect, "securityContext": withoutEffect,
	"terminationMessagePath": withoutEffect, "terminationMessagePolicy": withoutEffect,
}

// check walks an object: which of its fields have no effect, and an error for each
// that the model does not know.
func check(u *unstructured.Unstructured) (without []string, faults []error) {
	fields, known := supported[u.GetKind()]
	if !known {
		return nil, []error{unsupported("%s", named(u))}
	}
	w := walk{}
	for _, key := range sortedKeys(u.Object) {
		if key != "kind" && key != "status" { // an API server ignores the status too
			w.field(key, u.Object[key], fields[key])
		}
	}
	for _, f := range w.faults {
		faults = append(faults, unsupported("%s: %s", named(u), f))
	}
	return w.without, faults
}

// walk is one pass over an object.
type walk struct{ without, faults []string }

func (w *walk) field(path string, value any, rule any) {
	if value == nil {
		return // as if it were not there
	}
	switch rule := rule.(type) {
	case support:
		if rule == withoutEffect {
			w.without = append(w.without, path)
		}
	case only:
		if text := fmt.Sprint(value); text != string(rule) {
			w.faults = append(w.faults, fmt.Sprintf("%s: %s", path, text))
		}
	case map[string]any:
		fields, ok := value.(map[string]any)
		if !ok {
			w.faults = append(w.faults, path)
			return
		}
		for _, key := range sortedKeys(fields) {
			w.field(path+"."+key, fields[key], rule[key])
		}
	case []any:
		items, ok := value.([]any)
		if !ok {
			w.faults = append(w.faults, path)
			return
		}
		for i, item := range items {
			w.field(path+"["+strconv.Itoa(i)+"]", item, rule[0])
		}
	default:
		w.faults = append(w.faults, path)
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
