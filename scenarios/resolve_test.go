package scenarios

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"zarif/report/history"
)

func scenario(t *testing.T, streams string) Scenario {
	t.Helper()
	c := loaded(t, "", "scenarios:\n- {name: x, fixture: go-faulty, disruption: rollout, budget: 3, streams: "+streams+"}\n")
	s, ok := c.Scenario("x")
	if !ok {
		t.Fatal("the scenario is not there")
	}
	return s
}

func TestResolve(t *testing.T) {
	usual := history.Stream{
		Name: "fresh", Vantage: "service", URL: "/?work=50ms", Method: "GET", Connection: "fresh", Retry: "none",
		Rate: 100, Work: 50 * time.Millisecond, ConnectTimeout: 5 * time.Second, ResponseTimeout: 10*time.Second + 50*time.Millisecond,
		Budget: 3,
	}
	but := func(changes ...func(*history.Stream)) history.Stream {
		s := usual
		for _, change := range changes {
			change(&s)
		}
		return s
	}
	reused := func(s *history.Stream) { s.Name, s.Connection, s.Connections = "reused", "reused", 30 }
	rate := func(r float64) func(*history.Stream) { return func(s *history.Stream) { s.Rate = r } }
	slow := func(s *history.Stream) {
		s.Name, s.URL, s.Rate, s.Work, s.ResponseTimeout = "slow", "/?work=2s", 10, 2*time.Second, 12*time.Second
	}
	url := func(u string, work time.Duration) func(*history.Stream) {
		return func(s *history.Stream) {
			s.Vantage, s.URL, s.Work, s.ResponseTimeout = "host", u, work, work+10*time.Second
		}
	}
	for _, test := range []struct {
		name      string
		streams   string
		overrides Overrides
		want      []history.Stream
	}{
		{"presets", "[fresh, reused, slow]", Overrides{}, []history.Stream{usual, but(reused), but(slow)}},
		{"a rate from the command line spares who says its own", "[fresh, slow, {name: reused, rate: 7}]", Overrides{Rate: 40},
			[]history.Stream{but(rate(40)), but(slow), but(reused, rate(7))}},
		{"a preset with something changed", "[{name: slow, rate: 0.5, budget: 0}]", Overrides{},
			[]history.Stream{but(slow, rate(0.5), func(s *history.Stream) { s.Budget = 0 })}},
		{"a query is kept", "[{name: fresh, path: '/a?b=c%20d', work: 0}]", Overrides{},
			[]history.Stream{but(func(s *history.Stream) { s.URL, s.Work, s.ResponseTimeout = "/a?b=c%20d&work=0s", 0, 10*time.Second })}},
		{"a url is told no work", "[{name: fresh, vantage: host, url: 'http://127.0.0.1:8080'}]", Overrides{},
			[]history.Stream{but(url("http://127.0.0.1:8080/", 0))}},
		{"unless the file says some", "[{name: fresh, vantage: host, url: 'http://127.0.0.1/x?y=z', work: 1s}]", Overrides{},
			[]history.Stream{but(url("http://127.0.0.1/x?y=z&work=1s", time.Second))}},
		{"everything said", `[{name: all, vantage: host, connection: reused, connections: 5, method: POST, path: /p, body: b, retry: client,
			dns: true, rate: 20, work: 1s, connectTimeout: 1s, responseTimeout: 2s, budget: 9, faults: [reset, eof@reused, 503], faultEvery: 4}]`, Overrides{Rate: 40},
			[]history.Stream{{Name: "all", Vantage: "host", URL: "/p?work=1s", Method: "POST", Body: "b", Connection: "reused", Connections: 5, Retry: "client",
				DNS: true, Rate: 20, Work: time.Second, ConnectTimeout: time.Second, ResponseTimeout: 2 * time.Second, Budget: 9,
				Faults: []string{"reset", "eof@reused", "503"}, FaultEvery: 4}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := scenario(t, test.streams).Resolve(test.overrides)
			for i := range test.want {
				test.want[i].ID = uint8(i)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// Every fixture × disruption is there without a file, with two streams.
func TestScenariosWithoutAFile(t *testing.T) {
	c := loaded(t, "", "")
	k := testKnown()
	if got, want := len(c.Scenarios()), len(k.Fixtures)*len(k.Disruptions); got != want {
		t.Errorf("%d scenarios, want %d", got, want)
	}
	for _, f := range k.Fixtures {
		for _, d := range k.Disruptions {
			s, ok := c.Scenario(f.Name + "." + d.Name)
			if !ok || s.Fixture != f.Name || s.Disruption != d.Name || s.Doc == "" || s.DisruptionLimit != 5*time.Minute {
				t.Errorf("%s.%s: %+v", f.Name, d.Name, s)
				continue
			}
			if r := s.Resolve(Overrides{}); len(r) != 2 || r[0].Name != "fresh" || r[1].Name != "reused" || r[1].ID != 1 {
				t.Errorf("%s: streams %+v", s.Name, r)
			}
		}
	}
}

func TestFits(t *testing.T) {
	s, _ := loaded(t, "", "").Scenario("go-exit.rollout") // carries 100; needs 0.1 × the rate
	for rate, fits := range map[float64]bool{0: true, 1000: true, 1001: false} {
		err := s.Fits(Overrides{Rate: rate})
		var faults Faults
		if (err == nil) != fits || err != nil && !errors.As(err, &faults) {
			t.Errorf("rate %v: %v, want fits %v", rate, err, fits)
		}
	}
}

func TestOverridesValidate(t *testing.T) {
	for rate, ok := range map[float64]bool{0: true, 0.1: true, 100_000: true, -1: false, 100_001: false, math.Inf(1): false, math.NaN(): false} {
		var faults Faults
		if err := (Overrides{Rate: rate}).Validate(); (err == nil) != ok || err != nil && !errors.As(err, &faults) {
			t.Errorf("rate %v: %v, want ok %v", rate, err, ok)
		}
	}
}
