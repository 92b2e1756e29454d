package agent

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// openAt opens the history and moves to a line's beginning.
func openAt(path string, from int64) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the history: %w", err)
	}
	if from > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, from-1); err != nil || last[0] != '\n' {
			f.Close()
			return nil, fmt.Errorf("%w: no line of it begins at byte %d", ErrCorrupt, from)
		}
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		f.Close()
		return nil, fmt.Errorf("open the history: %w", err)
	}
	return f, nil
}

// A tail copies whole lines of a file that grows.
type tail struct {
	file *os.File
	at   int64
	buf  []byte
}

// copy writes what whole lines there are now; end: the history's last one is among them.
func (t *tail) copy(out io.Writer) (n int64, end bool, err error) {
	for {
		got, err := t.file.ReadAt(t.buf, t.at)
		if err != nil && err != io.EOF {
			return n, false, fmt.Errorf("read the history: %w", err)
		}
		whole := bytes.LastIndexByte(t.buf[:got], '\n') + 1
		if whole == 0 {
			if got == len(t.buf) {
				return n, false, fmt.Errorf("%w: line at byte %d: %w", ErrCorrupt, t.at, errLong)
			}
			return n, false, nil
		}
		lines := t.buf[:whole]
		if _, err := out.Write(lines); err != nil {
			return n, false, fmt.Errorf("write to the reader: %w", err)
		}
		t.at += int64(whole)
		n += int64(whole)
		if last := lines[bytes.LastIndexByte(lines[:whole-1], '\n')+1:]; bytes.HasPrefix(last, endLine) {
			return n, true, nil
		}
	}
}
