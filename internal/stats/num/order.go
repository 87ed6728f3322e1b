package num

import (
	"cmp"
	"math"
	"slices"
)

// Ranked is a value with the row it stands in.
type Ranked struct {
	Value float64
	Row   int32
}

// radixFrom is the length from which a radix sort is faster than comparing.
const radixFrom = 4096

// Sorted returns the values ascending, ties by row: a radix sort of the bit
// patterns of long slices, a comparison sort of short ones. Values have to be
// finite; there are fewer than 2³¹.
func Sorted(x []float64) []Ranked {
	a := make([]Ranked, len(x))
	for i, v := range x {
		a[i] = Ranked{v + 0, int32(i)} // −0 + 0 is 0
	}
	if len(a) < radixFrom {
		slices.SortStableFunc(a, func(x, y Ranked) int { return cmp.Compare(x.Value, y.Value) })
		return a
	}
	return radix(a)
}

// Order returns the permutation that sorts x ascending, ties by index.
func Order(x []float64) []int {
	out := make([]int, len(x))
	for i, r := range Sorted(x) {
		out[i] = int(r.Row)
	}
	return out
}

// key maps a float to an integer of the same order.
func key(v float64) uint64 {
	b := math.Float64bits(v)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func radix(a []Ranked) []Ranked {
	const bits, passes = 11, 6
	var count [passes][1 << bits]int32
	for i := range a {
		k := key(a[i].Value)
		for p := range passes {
			count[p][k>>(p*bits)&(1<<bits-1)]++
		}
	}
	b := make([]Ranked, len(a))
	for p := range passes {
		c := &count[p]
		at, one := int32(0), false
		for d := range c {
			one = one || int(c[d]) == len(a)
			c[d], at = at, at+c[d]
		}
		if one {
			continue // every key has the same digit
		}
		for _, v := range a {
			d := key(v.Value) >> (p * bits) & (1<<bits - 1)
			b[c[d]] = v
			c[d]++
		}
		a, b = b, a
	}
	return a
}
