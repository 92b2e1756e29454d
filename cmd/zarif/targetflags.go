package main

import (
	"github.com/spf13/pflag"

	"zarif/scenarios"
)

// targetFlags are those that say what of the user's own is loaded, how, and by whom,
// wherever a command takes such a target. with says in their texts what they go with.
func (o *testOptions) targetFlags(f *pflag.FlagSet, with string) {
	f.StringVar(&o.workload.Target, "target", "", "what of yours is loaded: a Service and its port, such as svc/shop:80 or svc/shop:http")
	f.StringVar(&o.workload.Controller, "controller", "", with+"whose pods are disrupted, such as deploy/shop, where the Service leads to those of several")
	f.StringVar(&o.workload.Container, "container", "", with+"the container that serves, where its port does not tell")
	f.StringArrayVar(&o.workload.LeaveOut, "leave-out", nil, with+"do not deploy these objects: KIND or KIND/NAME (repeatable)")
	f.BoolVar(&o.noDeploy, "no-deploy", false, with+"take what is deployed already in --namespace; needs --context")
	f.StringVarP(&o.namespace, "namespace", "n", "", "with --no-deploy: where the target is")
	f.StringVar(&o.path, "path", "", with+"path of the requests (default: that of the HTTP readiness probe, else /)")
	f.StringVar(&o.method, "method", "", with+"method of the requests (default GET)")
	f.StringVar(&o.body, "body", "", with+"body of the requests")
	f.StringArrayVar(&o.headers, "header", nil, with+"a header of the requests, such as \"X-Tenant: blue\"; the value env:NAME is what that variable holds (repeatable)")
	f.StringVar(&o.host, "host", "", with+"the Host header, and with https the name that the server is asked for (SNI) and that its certificate must have")
	f.StringVar(&o.scheme, "scheme", "", with+"http, or https (default http, or that of --url)")
	f.StringVar(&o.caFile, "ca-file", "", "with https: a PEM file with what vouches for the server's certificate")
	f.BoolVar(&o.insecure, "insecure-skip-verify", false, "with https: take whatever certificate the server shows")
	f.StringVar(&o.url, "url", "", with+"send the load from this machine to this URL, which leads to the target")
	f.DurationVar(&o.limit, "disruption-limit", scenarios.DefaultDisruptionLimit, with+"how long a disruption may take to be complete")
	f.BoolVar(&o.printRBAC, "print-rbac", false, with+"print the RBAC roles that suffice for this on an existing cluster, and do nothing")
	f.StringVar(&o.account, "service-account", "zarif/zarif", "with --print-rbac: NAMESPACE/NAME of the service account that gets them")
}

// targetOnly are flags of zarif tune that mean something with --target only.
var targetOnly = []string{
	"controller", "container", "leave-out", "no-deploy", "namespace", "path", "method", "body", "header", "host", "scheme",
	"ca-file", "insecure-skip-verify", "url", "disruption", "disruption-limit", "print-rbac", "service-account",
}
