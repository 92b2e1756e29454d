package local

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDistribution(t *testing.T) {
	ms := func(n ...int) (all []time.Duration) {
		for _, v := range n {
			all = append(all, time.Duration(v)*time.Millisecond)
		}
		return all
	}
	var even []time.Duration
	for i := range 101 {
		even = append(even, time.Duration(100-i)*time.Millisecond)
	}
	for _, c := range []struct {
		name string
		of   Distribution
		part float64
		want time.Duration
	}{
		{"nothing", Distribution{}, 0.5, 0},
		{"an empty sample", DistributionOf(nil), 1, 0},
		{"a constant", Constant(time.Second), 0.99, time.Second},
		{"the least", Distribution{Quantiles: ms(10, 20, 40)}, 0, 10 * time.Millisecond},
		{"between", Distribution{Quantiles: ms(10, 20, 40)}, 0.75, 30 * time.Millisecond},
		{"the largest", Distribution{Quantiles: ms(10, 20, 40)}, 1, 40 * time.Millisecond},
		{"of a sample, unsorted", DistributionOf(even), 0.35, 35 * time.Millisecond},
		{"the least of a sample", DistributionOf(even), 0, 0},
		{"the largest of a sample", DistributionOf(even), 1, 100 * time.Millisecond},
		{"of one value", DistributionOf(ms(7)), 0.3, 7 * time.Millisecond},
		{"of two values", DistributionOf(ms(20, 10)), 0.5, 15 * time.Millisecond},
	} {
		if got := c.of.At(c.part); got != c.want {
			t.Errorf("%s: %s below %v, want %s", c.name, got, c.part, c.want)
		}
	}
	if n := DistributionOf(even).Samples; n != 101 {
		t.Errorf("%d samples", n)
	}
}

func TestDrawsLieWithinTheDistribution(t *testing.T) {
	d := DistributionOf([]time.Duration{5 * time.Millisecond, time.Second, 20 * time.Millisecond})
	r := rand.New(rand.NewPCG(1, 2))
	below := 0
	for range 10_000 {
		v := d.At(r.Float64())
		if v < 5*time.Millisecond || v > time.Second {
			t.Fatalf("drew %s", v)
		}
		if v < 20*time.Millisecond {
			below++
		}
	}
	if below < 4500 || below > 5500 {
		t.Errorf("%d of 10,000 draws are below the median", below)
	}
}

func TestDelaysSurviveTheirFile(t *testing.T) {
	want, err := MeasuredDelays()
	if err != nil {
		t.Fatalf("the delays that come with zarif: %v", err)
	}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadDelays(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("wrote %+v\nread %+v", want, got)
	}
}

// Every field that is a distribution has a name, or it could not be measured.
func TestEveryDelayIsNamed(t *testing.T) {
	var d Delays
	fields := 0
	for i := range reflect.TypeFor[Delays]().NumField() {
		f := reflect.TypeFor[Delays]().Field(i)
		if f.Type != reflect.TypeFor[Distribution]() {
			continue
		}
		fields++
		if of := d.Named()[f.Tag.Get("json")]; of != reflect.ValueOf(&d).Elem().Field(i).Addr().Interface() {
			t.Errorf("%s: not named %q", f.Name, f.Tag.Get("json"))
		}
	}
	if len(d.Named()) != fields {
		t.Errorf("%d names of %d delays", len(d.Named()), fields)
	}
}

func TestBadDelaysAreRefused(t *testing.T) {
	good, err := MeasuredDelays()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(fields map[string]any)
		want   string
	}{
		{"one is missing", func(f map[string]any) { delete(f, "ended") }, "ended: want its quantiles"},
		{"one is empty", func(f map[string]any) { f["program"] = map[string]any{"samples": 0} }, "program: want its quantiles"},
		{"a name nobody knows", func(f map[string]any) { f["programm"] = 1 }, "programm"},
		{"negative", func(f map[string]any) { f["start"] = map[string]any{"quantiles_ns": []int{-1, 2}} }, "start"},
		{"not in order", func(f map[string]any) { f["start"] = map[string]any{"quantiles_ns": []int{2, 1}} }, "the least first"},
		{"a negative period", func(f map[string]any) { f["minSync_ns"] = -1 }, "minSync_ns"},
		{"no numbers", func(f map[string]any) { f["minSync_ns"] = "1s" }, "delays:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, err := json.Marshal(good)
			if err != nil {
				t.Fatal(err)
			}
			var fields map[string]any
			if err := json.Unmarshal(data, &fields); err != nil {
				t.Fatal(err)
			}
			c.change(fields)
			if data, err = json.Marshal(fields); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadDelays(bytes.NewReader(data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
