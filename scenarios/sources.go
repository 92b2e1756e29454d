package scenarios

import (
	"fmt"
	"io"
)

// A Source is the text of one of the user's files, so that what was run can be
// resolved again when the file has changed, or was standard input.
type Source struct {
	Name string `json:"name"` // as it was given; "stdin"
	Text string `json:"text"`
}

// ReadSources reads files, "-" being stdin, each once. Its error is Faults.
func ReadSources(stdin io.Reader, files ...string) ([]Source, error) {
	found, faults := given(files, stdin)
	if err := faults.Err(files...); err != nil {
		return nil, err
	}
	sources := make([]Source, len(found))
	for i, s := range found {
		sources[i] = Source{Name: s.name, Text: string(s.text)}
	}
	return sources, nil
}

// LoadSources is Load of files that were read already.
func LoadSources(k Known, files ...Source) (*Catalog, error) {
	built, err := builtin()
	if err != nil {
		return nil, fmt.Errorf("read the embedded scenarios: %w", err)
	}
	own := make([]source, len(files))
	for i, s := range files {
		own[i] = source{s.Name, []byte(s.Text)}
	}
	return load(k, built, own, nil)
}
