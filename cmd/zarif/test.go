package main

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"zarif/cluster/manifest"
	"zarif/scenarios"
)

// testSource is what the scenario file is called that zarif test makes up.
const testSource = "zarif test"

// testOptions are the flags of `zarif test`, beside those of a run.
type testOptions struct {
	runOptions
	manifests   []string
	workload    scenarios.Workload
	noDeploy    bool
	namespace   string
	path        string
	method      string
	body        string
	url         string
	scheme      string
	host        string
	headers     []string
	caFile      string
	insecure    bool
	disruptions []string
	budget      int
	limit       time.Duration
	printRBAC   bool
	account     string
}

func newTest(io streams) *cobra.Command {
	o := testOptions{}
	cmd := &cobra.Command{
		Use:   "test -f MANIFESTS --target svc/NAME:PORT",
		Short: "Which requests does a rollout of your own lose?",
		Long: `Deploys your manifests, loads a Service of theirs, disrupts the pods behind it and
counts what was dropped.

-f takes files, folders, kustomizations (a folder with a kustomization.yaml) and
- for standard input, so that helm template . | zarif test -f - works. The target
is a Service and its port by number or name; the Deployment or StatefulSet behind
it is found by its selector.

By default a kind cluster is made for it and deleted at the end; images that the
container engine of this machine has are loaded onto its nodes, others are pulled
by them. --context NAME --i-may-disrupt uses an existing cluster. There zarif
asks for every right that it will need before it makes anything, and names all
that are missing; --print-rbac prints the roles that suffice.

Objects go into a namespace of zarif's own, which is removed at the end. Those
of the whole cluster are refused by name (--leave-out leaves them out), and what
would lead requests of others there, such as an Ingress, is left out. With
--no-deploy the target is what is deployed already in --namespace: nothing but
the disruption touches it, replicas are put back, and what stays is named.

Load comes from inside the cluster. On an existing one that takes an image of the
load agent which its nodes can pull (zarif image push REF makes it, --agent-image
REF names it); without it load comes from this machine, through the Service's
load balancer or a node port, or to --url.

Scaling is refused where an autoscaler or a GitOps tool decides about the
replicas too, unless --i-may-scale says otherwise.

Exit codes as of zarif run.`,
		Example: `  zarif test -f k8s/ --target svc/shop:80 --path /healthz
  helm template shop ./chart | zarif test -f - --target svc/shop:http --disruption rollout --disruption pod-delete
  zarif test -f overlays/prod --target svc/shop:80 --context staging --i-may-disrupt --agent-image registry.example/zarif-agent
  zarif test --no-deploy -n shop --target svc/shop:80 --context staging --i-may-disrupt --url https://shop.example/healthz`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.given(cmd.Flags())
			s, err := o.prepare(cmd.Context(), io)
			if err != nil {
				return err
			}
			if o.printRBAC {
				return s.printRBAC(io.out, o.account)
			}
			return s.run(cmd.Context(), io)
		},
	}
	o.flags(cmd)
	return cmd
}

func (o *testOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&o.manifests, "file", "f", nil, "manifests: a file, a folder, a kustomization, or - for standard input (repeatable)")
	o.targetFlags(f, "")
	f.StringArrayVar(&o.disruptions, "disruption", []string{"rollout"}, "what happens under load, see zarif list disruptions (repeatable)")
	f.IntVar(&o.budget, "budget", 0, "dropped hits that are allowed in each stream")
	f.IntVar(&o.trials, "trials", 1, "how often to run each disruption")
	f.StringVar(&o.out, "out", "", "folder for the results; must not exist (default zarif-results/<time>)")
	f.Float64Var(&o.rate, "rate", 0, "hits per second of every stream (default 100)")
	f.Uint64Var(&o.seed, "seed", 0, "of what is random in a trial (default: a random one, recorded)")
	f.StringVarP(&o.output, "output", "o", "table", "what to print at the end: table, json or markdown")
	f.BoolVar(&o.allowSkipped, "allow-skipped", false, "exit with 0 although a disruption was skipped, if the others are as expected")
	f.BoolVar(&o.mayScale, "i-may-scale", false, mayScaleText)
	o.where.want = clusterKind
	o.where.kind.flags(f)
	f.BoolVar(&o.where.kind.keep, "keep-cluster", false, "keep the kind cluster at the end, for the next run")
	o.where.context.flags(f)
}

// validate checks what flags say of one another.
func (o testOptions) validate() error {
	switch {
	case o.workload.Target == "":
		return usage("--target: missing; want a Service and its port, such as svc/shop:80")
	case o.noDeploy && len(o.manifests) > 0:
		return usage("-f: nothing of it is deployed with --no-deploy; want one of the two")
	case o.noDeploy && o.namespace == "":
		return usage("--namespace: missing; want the one where the target is")
	case o.noDeploy && o.where.context.name == "":
		return usage("--no-deploy: no cluster was named that something is deployed on; want --context NAME")
	case !o.noDeploy && o.namespace != "":
		return usage("--namespace: manifests are put into a namespace of zarif's own; want it left out, or --no-deploy")
	case !o.noDeploy && len(o.manifests) == 0:
		return usage("-f: missing; want manifests, or --no-deploy for what is deployed already")
	case o.url != "" && o.scheme != "":
		return usage("--scheme: --url says its own; want one of the two")
	case o.url != "" && o.path != "":
		return usage("--path: --url has a path of its own; want one of the two")
	}
	if o.printRBAC && o.where.context.name != "" {
		o.where.context.may = true // nothing is done
	}
	return o.runOptions.validate()
}

// prepare checks everything that can be checked before anything is made, and makes
// a scenario file of what was asked for, as a user could have written it.
func (o testOptions) prepare(ctx context.Context, io streams) (*session, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	brings := &bringing{stdin: io.in}
	o.workload.Manifests, o.workload.Namespace = o.manifests, o.namespace
	if o.url == "" && !o.noDeploy {
		if err := o.probed(brings); err != nil {
			return nil, err
		}
	}
	if o.url == "" {
		o.path = cmp.Or(o.path, "/")
	}
	text, err := o.scenarios()
	if err != nil {
		return nil, err
	}
	s, err := o.checked([]scenarios.Source{{Name: testSource, Text: text}}, nil, brings)
	if err != nil {
		return nil, err
	}
	return s, ctx.Err()
}

// probed takes the readiness probe's path over, and does not go on in plain HTTP where
// that is not what the target speaks.
func (o *testOptions) probed(brings *bringing) error {
	objects, err := brings.objects(o.workload, testSource)
	if err != nil {
		return err
	}
	found, err := manifest.Resolve(objects, wantOf(o.workload))
	if err != nil {
		return err
	}
	if found.Secure != "" && o.scheme == "" {
		return usage("--scheme: %s speaks HTTPS, as %s says; want --scheme https with --host and --ca-file, or --scheme http if it does not", o.workload.Target, found.Secure)
	}
	o.path = cmp.Or(o.path, found.ReadyPath)
	return nil
}
