package agent

import (
	"context"
	"io"
	"reflect"
	"strings"
	"testing"

	"zarif/loadgen"
	"zarif/report/history"
)

// What is asked for arrives as it was said, and not by the command line.
func TestAskedComesByStandardInput(t *testing.T) {
	said := loadgen.Asked{Answers: 3, Stream: history.Stream{
		URL: "https://10.96.0.9:443/healthz", Method: "POST", Host: "shop.example", Headers: map[string]string{"Authorization": "Bearer secret"}, CA: "PEM",
	}}
	c := &Client{Binary: "/zarif-agent", Dir: "/data", Build: "b"}
	c.Exec = func(_ context.Context, argv []string, stdin io.Reader, _, _ io.Writer) error {
		if line := strings.Join(argv, " "); line != "/zarif-agent answered" {
			t.Errorf("command line %q", line)
		}
		heard, err := ReadAsked(stdin)
		if err != nil || !reflect.DeepEqual(heard, said) {
			t.Errorf("heard %+v, error %v; want %+v", heard, err, said)
		}
		return nil
	}
	if err := c.Answered(t.Context(), said); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{}", `{"Stream":{"url":"http://a/"},"Answers":1,"More":1}`, `{"Stream":{"url":"/"},"Answers":1}`} {
		if _, err := ReadAsked(strings.NewReader(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
