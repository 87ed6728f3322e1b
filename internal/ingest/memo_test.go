package ingest

import (
	"math/rand/v2"
	"os"
	"testing"
)

// mix spreads small numbers over all bits, as the hashes that a memo gets are.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return (x ^ x>>31) | 2
}

func TestMemo(t *testing.T) {
	dir := t.TempDir()
	m := newMemo(dir)
	defer m.close()
	random := rand.New(rand.NewPCG(1, 2))
	want := map[uint64]uint64{}
	const n = 6_000_000 // beyond what is held in memory
	for range n {
		key := mix(random.Uint64N(n / 2))
		if key%1000 == 0 {
			want[key]++
		}
		value, known := m.at(key)
		if known && *value == 0 || !known && *value != 0 {
			t.Fatalf("key %d: known %v with value %d", key, known, *value)
		}
		*value++
	}
	onDisk := 0
	for i := range m.parts {
		if m.parts[i].free != nil {
			onDisk++
		}
	}
	if onDisk == 0 || m.bytes > heldBytes {
		t.Errorf("%d parts on disk, %d bytes in memory", onDisk, m.bytes)
	}
	for key, times := range want {
		value, known := m.at(key)
		if !known || *value != times {
			t.Fatalf("key %d: %d times, want %d", key, *value, times)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("files with names: %v %v", left, err)
	}
}
