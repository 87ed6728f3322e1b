package duckstore

// seen is a set of message-id hashes that answers "surely new" or "maybe
// stored". It is an open-addressing table of 32-bit fingerprints: the low bits
// of the hash choose the slot, the high 32 bits are the fingerprint, so that at
// 50 million ids a new one is mistaken for a stored one about once in a
// thousand million. A "maybe" is always checked against the table itself:
// that makes de-duplication exact, whatever timestamp the duplicate has.
//
// Why this and not something else, at 50 million ids: a Go map takes more than
// 2 GB and 64-bit hashes twice the memory of this (5.4 to 10.7 bytes an id, 268 MB); a
// Bloom filter of the same size is wrong once in 10,000, which costs a scan of
// the hash column in every large batch; an index in DuckDB costs 5 times the
// time, stalls of seconds and twice the file.
type seen struct {
	slots []uint32 // 0 is free
	n     int
}

const (
	minSlots = 1 << 16
	// The table is at most maxLoad/8 full: linear probing stays short.
	maxLoad = 6
)

// newSeen returns a set with room for n hashes before it is full.
func newSeen(n int) *seen {
	size := minSlots
	for size/8*maxLoad <= n {
		size *= 2
	}
	return &seen{slots: make([]uint32, size)}
}

// full reports whether n more hashes do not fit. A full set cannot grow by
// itself, since a slot does not keep the whole hash: it is rebuilt from the file.
func (s *seen) full(n int) bool { return s.n+n > len(s.slots)/8*maxLoad }

// add puts the hash into the set and reports whether it may have been there.
func (s *seen) add(h uint64) bool {
	fingerprint := max(uint32(h>>32), 1)
	mask := uint64(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case 0:
			s.slots[i] = fingerprint
			s.n++
			return false
		case fingerprint:
			return true
		}
	}
}
