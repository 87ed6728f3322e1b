package ingest

import "os"

// memo maps 64-bit keys to 64-bit values. It is what a run remembers of rows:
// up to heldBytes it lies in memory, beyond that in files without a name, so
// that fifty million ids take a gigabyte of disk and no more memory than the
// machine has to spare. A file that cannot be made means memory after all.
type memo struct {
	dir   string
	parts [memoParts]memoPart
	bytes int64 // of slots in memory
}

type memoPart struct {
	slots []memoSlot
	n     int
	free  func() // gives the slots back; nil for those in memory
}

type memoSlot struct{ key, value uint64 } // key 0 is free

const (
	memoParts = 256
	memoFirst = 64       // slots of a new part
	heldBytes = 64 << 20 // of one memo
	slotBytes = 16
)

func newMemo(dir string) *memo { return &memo{dir: dir} }

// at returns the value of a key, or makes room for it; known says which. The
// pointer is good until the next call.
func (m *memo) at(key uint64) (value *uint64, known bool) {
	key = max(key, 1)
	p := &m.parts[key>>56]
	if p.n >= len(p.slots)/4*3 {
		m.grow(p)
	}
	mask := uint64(len(p.slots) - 1) //nolint:gosec // a power of two
	for i := key & mask; ; i = (i + 1) & mask {
		switch p.slots[i].key {
		case key:
			return &p.slots[i].value, true
		case 0:
			p.slots[i].key = key
			p.n++
			return &p.slots[i].value, false
		}
	}
}

// grow doubles a part; it is spread anew.
func (m *memo) grow(p *memoPart) {
	was := *p
	size := max(memoFirst, 2*len(was.slots))
	p.slots, p.free = m.room(size)
	mask := uint64(size - 1) //nolint:gosec // a power of two
	for _, s := range was.slots {
		if s.key == 0 {
			continue
		}
		i := s.key & mask
		for p.slots[i].key != 0 {
			i = (i + 1) & mask
		}
		p.slots[i] = s
	}
	if was.free != nil {
		was.free()
	} else {
		m.bytes -= int64(len(was.slots)) * slotBytes
	}
}

func (m *memo) room(slots int) ([]memoSlot, func()) {
	need := int64(slots) * slotBytes
	if m.bytes+need > heldBytes {
		if file, err := os.CreateTemp(m.dir, "import-*"); err == nil {
			out, free, err := mapSlots(file, slots)
			if err == nil {
				return out, free
			}
		}
	}
	m.bytes += need
	return make([]memoSlot, slots), nil
}

// close gives the files back.
func (m *memo) close() {
	for i := range m.parts {
		if m.parts[i].free != nil {
			m.parts[i].free()
		}
		m.parts[i] = memoPart{}
	}
}
