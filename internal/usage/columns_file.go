package usage

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"kept/internal/fault"
	"kept/internal/id"
)

// Keeper is a Store that keeps a copy of the projection beside the events, so
// that a start does not have to read these again. The copy is disposable: when it
// is lost, damaged, of another version or of other events, it is made anew.
type Keeper interface {
	// Stamp describes the attributed events whose mark is at most the given one:
	// two stores in which it differs hold different events.
	Stamp(ctx context.Context, mark int64) (string, error)
	// Kept returns the copy, nil when there is none. It stays valid, and unchanged,
	// for the life of the process.
	Kept(ctx context.Context) ([]byte, error)
	// Keep replaces the copy by what write writes, whole or not at all.
	Keep(ctx context.Context, write func(io.Writer) error) error
}

// The file starts with fileMagic, whose last byte is the version of the format,
// and goes on in parts: length, checksum, content, and zeros up to a multiple of
// eight. Numbers are in the order of bytes of the machine, which fileOrder shows.
const (
	fileMagic = "keptcol\x01"
	fileOrder = uint32(0x01020304)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// fileHeader is the first part.
type fileHeader struct {
	Order    uint32
	Stamp    string
	Mark     int64
	Labels   []Label
	Segments []fileSegment
}

// fileSegment describes a segment; its columns are parts of their own, in the
// order of segment.columns, empty for those it does not have.
type fileSegment struct {
	MaxLate uint32
	Whole   bool
}

// Keep writes the projection down beside the events, if the store is a Keeper. It
// reports whether it did.
func (c *Columns) Keep(ctx context.Context, store Store) (bool, error) {
	keeper, ok := store.(Keeper)
	if !ok {
		return false, nil
	}
	stamp, err := keeper.Stamp(ctx, c.mark)
	if err != nil {
		return false, err
	}
	return true, keeper.Keep(ctx, func(w io.Writer) error { return c.write(w, stamp) })
}

// write writes the projection in the format of the file.
func (c *Columns) write(to io.Writer, stamp string) error {
	if _, err := io.WriteString(to, fileMagic); err != nil {
		return err
	}
	w := &partWriter{to: to}
	head := fileHeader{Order: fileOrder, Stamp: stamp, Mark: c.mark, Labels: c.labels}
	number := make(map[*segment]uint32, len(c.segs))
	for n, s := range c.segs {
		number[s.seg] = uint32(n) //nolint:gosec // fewer segments than events
		head.Segments = append(head.Segments, fileSegment{s.seg.MaxLate, s.seg.Whole})
	}
	raw, err := json.Marshal(head)
	if err != nil {
		return fault.Wrap(err, "describe the projection")
	}
	w.part(raw)
	c.dict.mu.RLock()
	accounts := make([]string, len(c.spans))
	for n := range accounts {
		accounts[n] = string(c.dict.ids[n])
	}
	c.dict.mu.RUnlock()
	w.texts(accounts)
	w.texts(c.actors)
	var spans, has []uint32
	for _, s := range c.spans {
		if s.seg == nil {
			spans = append(spans, 0, 0, 0, 0)
			continue
		}
		spans = append(spans, number[s.seg], s.from, s.to, uint32(len(s.has()))) //nolint:gosec // fewer than labels
		has = append(has, s.has()...)
	}
	writePart(w, spans)
	writePart(w, has)
	for _, s := range c.segs {
		writePart(w, s.seg.owners)
		writePart(w, s.seg.Time)
		writePart(w, s.seg.Known)
		writePart(w, s.seg.Actor)
		writePart(w, s.seg.Label)
		writePart(w, s.seg.WideLabel)
		writePart(w, s.seg.Value)
		writePart(w, s.seg.Wide)
		writePart(w, s.seg.Coded)
		writePart(w, s.seg.Table)
	}
	return w.err
}

// partWriter writes parts until the first error.
type partWriter struct {
	to  io.Writer
	err error
}

func (w *partWriter) part(content []byte) {
	var head [16]byte
	binary.NativeEndian.PutUint64(head[:], uint64(len(content)))
	binary.NativeEndian.PutUint64(head[8:], uint64(crc32.Checksum(content, castagnoli)))
	for _, b := range [][]byte{head[:], content, make([]byte, -len(content)&7)} {
		if w.err == nil {
			_, w.err = w.to.Write(b)
		}
	}
}

// texts writes the lengths of texts, and the texts.
func (w *partWriter) texts(texts []string) {
	lengths := make([]uint32, len(texts))
	for i, t := range texts {
		lengths[i] = uint32(len(t)) //nolint:gosec // words are short
	}
	writePart(w, lengths)
	w.part([]byte(strings.Join(texts, "")))
}

// column is what columns are made of.
type column interface {
	uint16 | uint32 | float32 | float64
}

func writePart[T column](w *partWriter, values []T) {
	var one T
	w.part(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(one))))
}

// errNotKept says why a copy is of no use.
var errNotKept = errors.New("the copy of the projection is damaged or of another version")

// readColumns reads a copy, whose memory the result goes on using.
func readColumns(data []byte) (*Columns, string, error) {
	if len(data) < len(fileMagic) || string(data[:len(fileMagic)]) != fileMagic || uintptr(unsafe.Pointer(unsafe.SliceData(data)))%8 != 0 {
		return nil, "", errNotKept
	}
	r := &partReader{data: data[len(fileMagic):]}
	r.split()
	if !r.sound() {
		return nil, "", errNotKept
	}
	var head fileHeader
	if json.Unmarshal(r.part(), &head) != nil || head.Order != fileOrder {
		return nil, "", errNotKept
	}
	c := &Columns{dict: newDictionary(), size: usualSizing, mark: head.Mark}
	d := c.dict
	for n, account := range r.texts() {
		d.ids = append(d.ids, id.Account(account))
		d.accounts[id.Account(account)] = uint32(n) //nolint:gosec // fewer accounts than 2³²
	}
	d.actors, d.actorOf = r.texts(), nil // made when a word is looked up
	for _, l := range head.Labels {
		d.label(l)
	}
	spans, has := readPart[uint32](r), readPart[uint32](r)
	for _, s := range head.Segments {
		seg := &segment{owners: readPart[uint32](r)}
		seg.MaxLate, seg.Whole = s.MaxLate, s.Whole
		seg.Time, seg.Known, seg.Actor = readPart[uint32](r), readPart[uint32](r), readPart[uint32](r)
		seg.Label, seg.WideLabel = readPart[uint16](r), readPart[uint32](r)
		seg.Value, seg.Wide = readPart[float32](r), readPart[float64](r)
		seg.Coded, seg.Table = readPart[uint16](r), readPart[float64](r)
		c.segs = append(c.segs, liveSegment{seg: seg})
	}
	if r.bad || len(r.parts) > 0 || len(d.actors) == 0 || d.actors[0] != "" || len(spans) != 4*len(d.ids) || !c.place(spans, has) {
		return nil, "", errNotKept
	}
	c.labels, c.actors = slices.Clip(d.labels), slices.Clip(d.actors)
	return c, head.Stamp, nil
}

// place gives the accounts their spans, and reports whether they fit.
func (c *Columns) place(spans, has []uint32) bool {
	c.spans = make([]span, len(c.dict.ids))
	for n := range c.spans {
		at, from, to, k := spans[4*n], spans[4*n+1], spans[4*n+2], spans[4*n+3]
		if from == to {
			continue
		}
		if int(at) >= len(c.segs) || from > to || int(to) > len(c.segs[at].seg.Time) || int(k) > len(has) {
			return false
		}
		s := &c.segs[at]
		c.spans[n] = span{seg: s.seg, from: from, to: to, more: &more{has: has[:k:k]}}
		has = has[k:]
		s.live += int(to - from)
		c.rows += int(to - from)
	}
	for _, s := range c.segs {
		rows := len(s.seg.Time)
		fits := func(n int) bool { return n == 0 || n == rows }
		r := &s.seg.Run
		if len(r.Label)+len(r.WideLabel) != rows || !fits(len(r.Known)) || !fits(len(r.Actor)) || !fits(len(r.Value)) || !fits(len(r.Wide)) || !fits(len(r.Coded)) {
			return false
		}
	}
	return len(has) == 0
}

// partReader takes a file apart.
type partReader struct {
	data  []byte
	parts [][]byte
	sums  []uint32
	bad   bool
}

// split finds the parts.
func (r *partReader) split() {
	for len(r.data) >= 16 {
		n, sum := binary.NativeEndian.Uint64(r.data), binary.NativeEndian.Uint64(r.data[8:])
		r.data = r.data[16:]
		padded := (n + 7) &^ 7
		if padded < n || padded > uint64(len(r.data)) {
			r.bad = true
			return
		}
		r.parts = append(r.parts, r.data[:n:n])
		r.sums = append(r.sums, uint32(sum)) //nolint:gosec // that is where it came from
		r.data = r.data[padded:]
	}
	r.bad = r.bad || len(r.data) > 0
}

// sound compares the checksums, with all processors: it reads every byte.
func (r *partReader) sound() bool {
	var next, wrong atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(r.parts); n = int(next.Add(1)) - 1 {
				if crc32.Checksum(r.parts[n], castagnoli) != r.sums[n] {
					wrong.Add(1)
				}
			}
		})
	}
	group.Wait()
	return !r.bad && wrong.Load() == 0
}

// part returns the next part.
func (r *partReader) part() []byte {
	if len(r.parts) == 0 {
		r.bad = true
		return nil
	}
	p := r.parts[0]
	r.parts = r.parts[1:]
	return p
}

func readPart[T column](r *partReader) []T {
	p := r.part()
	var one T
	size := int(unsafe.Sizeof(one))
	if len(p)%size != 0 {
		r.bad = true
		return nil
	}
	if len(p) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(p))), len(p)/size)
}

// texts reads what partWriter.texts wrote.
func (r *partReader) texts() []string {
	lengths, all := readPart[uint32](r), string(r.part())
	out := make([]string, len(lengths))
	for i, n := range lengths {
		if int(n) > len(all) {
			r.bad = true
			return nil
		}
		out[i], all = all[:n], all[n:]
	}
	return out
}

// kept returns the projection that the store has a copy of, nil when there is
// none that is of use.
func kept(ctx context.Context, store Store) (*Columns, error) {
	keeper, ok := store.(Keeper)
	if !ok {
		return nil, nil //nolint:nilnil // nothing is not an error
	}
	data, err := keeper.Kept(ctx)
	if err != nil || data == nil {
		return nil, err
	}
	c, stamp, err := readColumns(data)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // then it is made anew
	}
	now, err := keeper.Stamp(ctx, c.mark)
	if err != nil || now != stamp {
		return nil, err
	}
	return c, nil
}
