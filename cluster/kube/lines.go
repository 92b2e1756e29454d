package kube

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// longestLine is how long a line of a log may be; the fixtures' are shorter, and
// of a longer one only the beginning is passed on.
const longestLine = 16 << 10

// eachLine passes every whole line of in to take. What follows the last newline
// is left out: the line may not have been written to its end.
func eachLine(in io.Reader, take func([]byte) error) error {
	lines := bufio.NewReaderSize(in, longestLine)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			line = bytes.Clone(line)
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = lines.ReadSlice('\n')
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(line); err != nil {
			return err
		}
	}
}

// eachCRILine is eachLine for a log as the kubelet has it on disk, where every
// line is "TIME STREAM TAG TEXT" and the tag P marks a part whose rest follows.
func eachCRILine(log []byte, take func([]byte) error) error {
	parts := map[string][]byte{} // by stream
	return eachLine(bytes.NewReader(log), func(line []byte) error {
		fields := bytes.SplitN(line, []byte(" "), 4)
		if len(fields) < 4 {
			return nil
		}
		stream, text := string(fields[1]), append(parts[string(fields[1])], fields[3]...)
		if bytes.HasPrefix(fields[2], []byte("P")) {
			parts[stream] = bytes.TrimSuffix(text, []byte("\n"))
			return nil
		}
		delete(parts, stream)
		return take(text)
	})
}
