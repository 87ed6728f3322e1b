package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// line is one physical line without its end.
type line struct {
	text []byte
	no   int
	// tooLong is set when the line was longer than MaxRecord; the rest of it was
	// read and dropped.
	tooLong bool
}

// lines hands out physical lines and takes back those that a failed record ran
// over, so that one open quote does not swallow the rest of a file.
type lines struct {
	in    *bufio.Reader
	no    int
	back  []line
	buf   []byte
	ended bool
}

func newLines(r io.Reader) *lines { return &lines{in: bufio.NewReaderSize(r, 64<<10)} }

// next returns the next line, or io.EOF. Its text is valid until the next call.
func (l *lines) next() (line, error) {
	if n := len(l.back); n > 0 {
		one := l.back[0]
		l.back = l.back[1:]
		return one, nil
	}
	if l.ended {
		return line{}, io.EOF
	}
	l.buf = l.buf[:0]
	one := line{}
	for {
		part, err := l.in.ReadSlice('\n')
		if len(l.buf)+len(part) > MaxRecord+2 {
			one.tooLong = true
			part = part[:max(0, min(len(part), MaxRecord-len(l.buf)))]
		}
		l.buf = append(l.buf, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			l.ended = true
			if len(l.buf) == 0 {
				return line{}, io.EOF
			}
		} else if err != nil {
			return line{}, err
		}
		break
	}
	l.no++
	one.no = l.no
	one.text = bytes.TrimSuffix(l.buf, []byte("\n"))
	one.text = bytes.TrimSuffix(one.text, []byte("\r"))
	return one, nil
}

// unread puts lines back in front, in order; their text must not be shared.
func (l *lines) unread(some []line) {
	l.back = append(some, l.back...)
}
