package history

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/klauspost/compress/zstd"
)

// ErrCut means that the history stops in the middle of a line or of a
// compressed block: whoever wrote it was killed. All records before are good.
var ErrCut = errors.New("the history is cut: its writer did not finish it")

// Read yields the records of a compressed history in the order in which they
// were written. It ends with an error that is ErrCut after the last whole line
// of a cut history, and with any other error where the bytes are not a history.
func Read(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		zip, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			yield(Record{}, fmt.Errorf("read history: %w", err))
			return
		}
		defer zip.Close()
		for rec, err := range ReadLines(zip) {
			if !yield(rec, err) {
				return
			}
		}
	}
}

// ReadLines is Read for a history that is not compressed.
func ReadLines(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		in := bufio.NewReaderSize(r, 1<<16)
		for n := 1; ; n++ {
			line, err := in.ReadBytes('\n')
			switch {
			case err == io.EOF && len(line) == 0:
				return
			case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
				yield(Record{}, ErrCut)
				return
			case err != nil:
				yield(Record{}, fmt.Errorf("read history: line %d: %w", n, err))
				return
			}
			rec, err := ParseLine(line)
			if err != nil {
				yield(Record{}, fmt.Errorf("read history: line %d: %w", n, err))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// ParseLine decodes one line. A line without any known record is an error:
// skipping it could hide a loss.
func ParseLine(line []byte) (Record, error) {
	var rec Record
	if err := json.Unmarshal(line, &rec); err != nil {
		return Record{}, err
	}
	if rec.kinds() != 1 {
		return Record{}, fmt.Errorf("want exactly one record in a line, got %d", rec.kinds())
	}
	return rec, nil
}

func (r *Record) kinds() (n int) {
	for _, set := range []bool{r.Meta != nil, r.Hit != nil, r.Conn != nil, r.Served != nil, r.Event != nil, r.Clock != nil, r.End != nil} {
		if set {
			n++
		}
	}
	return n
}

// ReadFile is Read of a file.
func ReadFile(path string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer f.Close()
		for rec, err := range Read(f) {
			if !yield(rec, err) {
				return
			}
		}
	}
}
