package duckstore

// seen is a set of message-id hashes that answers "surely new" or "maybe
// stored". It is an open-addressing table of 32-bit fingerprints: the low half
// of the hash chooses the slot, the high half is the fingerprint, so that at
// 50 million ids a new one is mistaken for a stored one about once in a
// thousand million. A "maybe" is always checked against the table itself:
// that makes de-duplication exact, whatever timestamp the duplicate has.
//
// Why this and not something else, at 50 million ids: it takes 270 to 360 MB (5.3
// to 7.1 bytes an id), a set of whole hashes twice as much and a Go map of them more than
// 1 GB; a Bloom filter of this size is wrong so often that every large
// batch would scan the hash column; an index in DuckDB costs 5 times the time,
// stalls of seconds and twice the file.
type seen struct {
	slots []uint32 // 0 is free
	n     int
}

// minSlots is the smallest table: 256 KB.
const minSlots = 1 << 16

// newSeen returns a set that has n hashes and a third more when it is full: at
// three quarters of its slots, so that probing stays short.
func newSeen(n int) *seen {
	return &seen{slots: make([]uint32, max(minSlots, n+n/9*7+8))}
}

// full reports whether n more hashes do not fit. A full set cannot grow by
// itself, since a slot does not keep the whole hash: it is rebuilt from the file.
func (s *seen) full(n int) bool { return s.n+n > len(s.slots)/4*3 }

// add puts the hash into the set and reports whether it may have been there.
func (s *seen) add(h uint64) bool {
	slot, there := s.find(h)
	if !there {
		s.slots[slot] = fingerprint(h)
		s.n++
	}
	return there
}

// has reports whether the hash may be in the set.
func (s *seen) has(h uint64) bool {
	_, there := s.find(h)
	return there
}

// find returns the slot that has the hash's fingerprint, or else the free one
// where it belongs.
func (s *seen) find(h uint64) (slot uint64, there bool) {
	size := uint64(len(s.slots))
	for i := (h & 0xffffffff) * size >> 32; ; i++ {
		if i == size {
			i = 0
		}
		switch s.slots[i] {
		case 0:
			return i, false
		case fingerprint(h):
			return i, true
		}
	}
}

// fingerprint is the half of a hash that a slot keeps, never 0.
func fingerprint(h uint64) uint32 { return max(uint32(h>>32), 1) }
