package collect

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"kept/internal/fault"
)

// MaxBody is how large a body may be, as sent and inflated: clients send 3 MB at
// most, and a request that is refused for its size is lost with all of them.
const MaxBody = 16 << 20

var readers = sync.Pool{New: func() any { return new(gzip.Reader) }}

// ReadBody reads a body whose size may be known (0 otherwise) and inflates it
// when the header or its first bytes say gzip: the declared type of content is
// not to be trusted, and neither is the declared encoding. Memory is bounded by
// MaxBody on either side.
func ReadBody(r io.Reader, encoding string, size int64) ([]byte, error) {
	switch encoding = strings.ToLower(strings.TrimSpace(encoding)); encoding {
	case "", "identity", "gzip", "x-gzip":
	default:
		return nil, fault.At("Content-Encoding", "%.40q is not understood: send gzip, or no encoding", encoding)
	}
	if size > MaxBody {
		return nil, tooLarge("is", MaxBody)
	}
	raw, err := readUpTo(r, size, "is")
	if err != nil {
		return nil, err
	}
	if len(raw) < 2 || raw[0] != 0x1f || raw[1] != 0x8b {
		if strings.HasSuffix(encoding, "gzip") && len(raw) > 0 && raw[0] != '{' {
			return nil, fault.At("body", "is not gzip, though the header Content-Encoding says so")
		}
		return raw, nil
	}
	z, _ := readers.Get().(*gzip.Reader)
	defer readers.Put(z)
	if err := z.Reset(bytes.NewReader(raw)); err != nil {
		return nil, fault.At("body", "is broken gzip: %v", err)
	}
	// JSON of events shrinks eight to ten times.
	return readUpTo(z, int64(len(raw))*10, "inflates to")
}

func readUpTo(r io.Reader, guess int64, verb string) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(max(guess, 512), MaxBody)) + bytes.MinRead)
	_, err := b.ReadFrom(io.LimitReader(r, MaxBody+1))
	switch {
	case err != nil:
		if _, ok := errors.AsType[*fault.Error](err); ok {
			return nil, err
		}
		return nil, fault.At("body", "cannot be read to its end: %v", err)
	case b.Len() > MaxBody:
		return nil, tooLarge(verb, MaxBody)
	}
	return b.Bytes(), nil
}

func tooLarge(verb string, limit int) error {
	return &fault.Error{Kind: fault.TooLarge, Field: "body", Msg: fmt.Sprintf("%s more than %d MiB: send smaller batches", verb, limit>>20)}
}
