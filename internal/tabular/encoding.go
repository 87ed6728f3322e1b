package tabular

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kept/internal/fault"
)

// Encodings lists the names that a mapping may use. "utf-8" also takes a byte
// order mark; "utf-16" needs one.
func Encodings() []string {
	return []string{"utf-8", "utf-8-bom", "latin-1", "windows-1252", "utf-16", "utf-16le", "utf-16be"}
}

func decoder(name string) (encoding.Encoding, bool) {
	switch strings.ToLower(name) {
	case "", "utf-8", "utf8", "utf-8-bom":
		return nil, true
	case "latin-1", "latin1", "iso-8859-1":
		return charmap.ISO8859_1, true
	case "windows-1252", "cp1252":
		return charmap.Windows1252, true
	case "utf-16":
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), true
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), true
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), true
	}
	return nil, false
}

// CheckEncoding reports an encoding that is not known.
func CheckEncoding(field, name string) error {
	if _, ok := decoder(name); !ok {
		return fault.At(field, "the encoding %q is not known: use one of %s", name, strings.Join(Encodings(), ", "))
	}
	return nil
}

// asUTF8 decodes a file; UTF-8 passes through and is checked row by row.
func asUTF8(r io.Reader, name string) (io.Reader, error) {
	enc, ok := decoder(name)
	if !ok {
		return nil, CheckEncoding("encoding", name)
	}
	if enc == nil {
		return &skipBOM{in: r}, nil
	}
	return enc.NewDecoder().Reader(r), nil
}

var utf8BOM = []byte{0xEF, 0xBB, 0xBF}

// skipBOM drops a UTF-8 byte order mark at the start.
type skipBOM struct {
	in      io.Reader
	started bool
	pending []byte
}

func (s *skipBOM) Read(p []byte) (int, error) {
	if !s.started {
		s.started = true
		head := make([]byte, 3)
		n, err := io.ReadFull(s.in, head)
		s.pending = bytes.TrimPrefix(head[:n], utf8BOM)
		if err != nil && len(s.pending) == 0 {
			return 0, io.EOF
		}
	}
	if len(s.pending) > 0 {
		n := copy(p, s.pending)
		s.pending = s.pending[n:]
		return n, nil
	}
	return s.in.Read(p)
}

// counter counts the bytes that pass.
type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// DetectEncoding guesses the encoding of the start of a file: a byte order
// mark, zero bytes in every other place, valid UTF-8, else Latin-1's superset.
func DetectEncoding(sample []byte) string {
	switch {
	case bytes.HasPrefix(sample, utf8BOM):
		return "utf-8-bom"
	case bytes.HasPrefix(sample, []byte{0xFF, 0xFE}), bytes.HasPrefix(sample, []byte{0xFE, 0xFF}):
		return "utf-16"
	}
	var even, odd int
	for i, b := range sample[:min(len(sample), 4096)] {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	half := min(len(sample), 4096) / 2
	switch {
	case half > 0 && odd > half/2 && even == 0:
		return "utf-16le"
	case half > 0 && even > half/2 && odd == 0:
		return "utf-16be"
	case utf8.Valid(trimPartialRune(sample)):
		return "utf-8"
	}
	return "windows-1252"
}

// trimPartialRune drops a rune that the end of the sample cuts in two.
func trimPartialRune(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if tail := b[len(b)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// offsetOf returns how many bytes of the file were read: of a compressed one
// those that it has, not those that it unpacks to.
func offsetOf(src io.Reader, count *counter) int64 {
	if z, ok := src.(interface{ Packed() int64 }); ok {
		return z.Packed()
	}
	return count.n
}
