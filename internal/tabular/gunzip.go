package tabular

import (
	"compress/gzip"
	"errors"
	"io"

	"kept/internal/fault"
)

// What a compressed file may unpack to: tables shrink to a tenth or a fiftieth,
// never to a two-hundredth of a large size.
const (
	maxRatio   = 200
	freeUnpack = 64 << 20 // bytes that are always unpacked
)

// gunzip unpacks a file and bounds how much it makes of how little.
type gunzip struct {
	*gzip.Reader
	file   string
	packed *counter
	closer io.Closer
	n      int64
}

// Gunzip unpacks a gzip file; file is its name, for errors. It closes in, when
// it fails and on Close.
func Gunzip(file string, in io.ReadCloser) (io.ReadCloser, error) {
	packed := &counter{in: in}
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, errors.Join(fault.At(file, "the file is not gzip, although its name ends in .gz"), in.Close())
	}
	return &gunzip{Reader: z, file: file, packed: packed, closer: in}, nil
}

func (g *gunzip) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	g.n += int64(n)
	if g.n > freeUnpack && g.n > maxRatio*g.packed.n {
		return 0, &fault.Error{Kind: fault.TooLarge, Field: g.file, Msg: "the file unpacks to more than 200 times its size: no table does; unpack it yourself if it is right"}
	}
	switch {
	case err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, &fault.Error{Kind: fault.Invalid, Field: g.file, Msg: "the gzip file ends in the middle: copy it again", Err: err}
	}
	return n, &fault.Error{Kind: fault.Invalid, Field: g.file, Msg: "the gzip file is damaged: copy it again", Err: err}
}

// Packed returns how many bytes of the file itself were read.
func (g *gunzip) Packed() int64 { return g.packed.n }

// Close closes the file.
func (g *gunzip) Close() error { return errors.Join(g.Reader.Close(), g.closer.Close()) }
