package history

import (
	"bufio"
	"bytes"
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
		names := map[string]string{}
		for n := 1; ; n++ {
			line, err := readLine(in)
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
			rec, err := parseLine(line, names)
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

// readLine is in.ReadBytes('\n') whose result is good until the next read.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	line = bytes.Clone(line)
	rest, err := in.ReadBytes('\n')
	return append(line, rest...), err
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
