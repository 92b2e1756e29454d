package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"zarif/cluster/kube"
	"zarif/report/history"
	"zarif/scenarios/trial"
)

func TestSparing(t *testing.T) {
	config := func(vantages ...string) (c trial.Config) {
		for _, v := range vantages {
			c.Meta.Streams = append(c.Meta.Streams, history.Stream{Vantage: v, URL: "/"})
		}
		return c
	}
	broken := errors.New("something else")
	next, ran := error(nil), 0
	execute := sparing(func(context.Context, trial.Config) error { ran++; return next })
	for _, c := range []struct {
		name   string
		config trial.Config
		met    error
		runs   bool
		fails  bool
	}{
		{"it starts", config(history.VantageService), nil, true, false},
		{"something else fails", config(history.VantageService), broken, true, true},
		{"the agent does not start", config(history.VantageService), fmt.Errorf("service vantage: %w", &kube.AgentError{Why: "no image"}), true, true},
		{"the next one", config(history.VantageService), nil, false, true},
		{"through the edge", config(history.VantageEdge), nil, false, true},
		{"from this machine", config(history.VantageHost), nil, true, false},
		{"from both", config(history.VantageHost, history.VantageService), nil, false, true},
	} {
		before := ran
		next = c.met
		err := execute(t.Context(), c.config)
		if (ran > before) != c.runs || (err != nil) != c.fails {
			t.Errorf("%s: ran %v, error %v", c.name, ran > before, err)
		}
	}
}
