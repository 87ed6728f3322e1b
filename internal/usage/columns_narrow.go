package usage

import (
	"math"
	"math/bits"
	"slices"
)

// narrow replaces the values of a segment, which are in Wide, by the smallest
// column that holds them exactly.
func (seg *segment) narrow(c *coder) {
	seg.Whole = whole(seg.Wide)
	if seg.Wide == nil {
		return
	}
	if codes, table, ok := c.code(seg.Wide); ok {
		seg.Coded, seg.Table, seg.Wide = codes, table, nil
		return
	}
	for _, v := range seg.Wide {
		if v == v && float64(float32(v)) != v { // NaN, for none, differs from itself
			return
		}
	}
	seg.Value, seg.Wide = convert[float32](seg.Wide), nil
}

// whole reports what Run.Whole says of a column.
func whole(column []float64) bool {
	total := 0.0
	for _, x := range column {
		if x != x { // as above
			continue
		}
		if x != math.Trunc(x) {
			return false
		}
		total += math.Abs(x)
	}
	return total <= 1<<53
}

// coder numbers the values of one column after another, as long as there are few
// enough of them. It is an open hash table, because this is done for every event.
type coder struct {
	bits  []uint64 // of the value in a slot
	codes []uint16 // of the value in a slot; 0 for a free one
}

const (
	coderBits  = 18
	mostValues = math.MaxUint16
)

// code returns the codes of the column, and what they stand for.
func (c *coder) code(column []float64) ([]uint16, []float64, bool) {
	if len(column) < 4 {
		return nil, nil, false // the table would be larger than what it saves
	}
	shift := 64 - min(bits.Len(uint(len(column)))+1, coderBits) // at least twice as many slots as values
	slots := uint64(1) << (64 - shift)
	if uint64(len(c.codes)) < slots {
		c.bits, c.codes = make([]uint64, slots), make([]uint16, slots)
	}
	clear(c.codes[:slots])
	out, table := make([]uint16, len(column)), []float64{math.NaN()}
	for i, v := range column {
		if v != v { // NaN, for none, differs from itself
			continue
		}
		word := math.Float64bits(v)
		slot := word * 0x9E3779B97F4A7C15 >> shift // Fibonacci hashing
		for c.codes[slot] != 0 && c.bits[slot] != word {
			slot = (slot + 1) % slots
		}
		if c.codes[slot] == 0 {
			if len(table) > mostValues || len(table) > 8+len(column)/4 {
				return nil, nil, false
			}
			c.bits[slot], c.codes[slot] = word, uint16(len(table)) //nolint:gosec // bounded in the line above
			table = append(table, v)
		}
		out[i] = c.codes[slot]
	}
	return out, slices.Clip(table), true
}

// labelSet finds the labels of one account after another.
type labelSet struct{ seen []bool }

// look notes in a span which labels occur in it.
func (s *span) look(set *labelSet) {
	var has []uint32
	for i := s.from; i < s.to; i++ {
		code := s.seg.Code(int(i))
		if int(code) >= len(set.seen) {
			set.seen = append(set.seen, make([]bool, int(code)+64-len(set.seen))...)
		}
		if !set.seen[code] {
			set.seen[code] = true
			has = append(has, code)
		}
	}
	for _, code := range has {
		set.seen[code] = false
	}
	slices.Sort(has)
	s.more = &more{has: slices.Clip(has)}
}
