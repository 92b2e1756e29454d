# Every target has its reason beside it: `make help`.
SHELL := /bin/bash
GO ?= go
GOARCH := $(shell $(GO) env GOARCH)
PAYLOAD := cmd/zarif/payload/bin
STATIC := CGO_ENABLED=0 GOOS=linux GOARCH=$(GOARCH) $(GO) build -trimpath -buildvcs=false -ldflags "-s -w"
VERSION := $(shell git describe --tags --always 2>/dev/null || echo unknown)
COMMIT := $(shell git rev-parse HEAD 2>/dev/null)
DIRTY := $(shell git status --porcelain 2>/dev/null | grep -q . && echo true)
# Most tests wait for processes and clocks: more of them fit on two cores than two.
SIDE_BY_SIDE := -p 4 -parallel 8
# The tests of the command line take longest, and begin first.
PACKAGES := ./cmd/zarif ./...
# Tests that ran before are linked again where something changed; without tables of
# symbols that takes a third of the time.
LEAN := -ldflags "-s -w"
# kustomize can load plugins, which zarif never asks it to. Without that the linker
# calls no C compiler and leaves out what nobody calls: 17 MB and a third of its time.
TAGS := kustomize_disable_go_plugin_support
LDFLAGS := -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.dirty=$(DIRTY)

.DEFAULT_GOAL := help
.PHONY: help build payload release test race lint e2e demo demo-report images clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: payload ## bin/zarif, with the load agent and the fixtures inside
	$(GO) build -tags $(TAGS) -buildvcs=false -ldflags "-s -w $(LDFLAGS)" -o bin/zarif ./cmd/zarif

payload: # the static binaries that zarif carries; Go's cache makes this cheap
	@$(STATIC) -o $(PAYLOAD)/zarif-agent ./cmd/zarif-agent
	@$(STATIC) -o $(PAYLOAD)/goapp ./fixtures/goapp
	@CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-s -w" -o $(PAYLOAD)/zarif-supervisor ./cmd/zarif-supervisor # runs where zarif does

release: build ## bin/zarif whose image push gives clusters of amd64 and arm64 their load agent
	@for arch in $(filter-out $(GOARCH),amd64 arm64); do CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(GO) build -trimpath -buildvcs=false -ldflags "-s -w" -o $(PAYLOAD)/zarif-agent-$$arch ./cmd/zarif-agent || exit 1; done
	@$(MAKE) --no-print-directory build

demo: build ## the main job: roll set-ups out under load and print what was lost; needs nothing but Go
	bin/zarif run --suite demo

images: build ## the images of all stacks that are not there yet; needs a container engine (hack/engine.sh)
	bin/zarif image build

test: payload ## all tests that need nothing but Go; under a minute once built
	$(GO) test -tags $(TAGS) $(LEAN) $(SIDE_BY_SIDE) $(PACKAGES)

race: payload ## the same with the race detector
	$(GO) test -tags $(TAGS) $(LEAN) $(SIDE_BY_SIDE) -race $(PACKAGES)

lint: ## gofmt, vet, and that go.mod is tidy
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet -tags $(TAGS) ./...
	$(GO) mod tidy -diff

demo-report: build ## docs/demo made anew from its stored results
	bin/zarif report docs/demo/results --update docs/demo/README.md
	bin/zarif report docs/demo/results -o svg --out docs/demo
	bin/zarif report docs/demo/results -o json --out docs/demo/results/results.json

e2e: build ## the demo suite on a real kind cluster with three nodes, and facts about it
	$(GO) test -tags e2e,$(TAGS) -count=1 -timeout 60m -v -run E2E ./cmd/zarif

clean: ## remove what was built here
	rm -rf bin
	find $(PAYLOAD) -type f ! -name README.md -delete
