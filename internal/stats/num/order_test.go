package num

import (
	"cmp"
	"math"
	"slices"
	"testing"
)

// TestSorted holds both ways of sorting to a plain stable sort, with ties, signs,
// both zeros and the ends of the range.
func TestSorted(t *testing.T) {
	r := Rand(11)
	for _, n := range []int{0, 1, 7, radixFrom - 1, radixFrom, 3 * radixFrom} {
		x := make([]float64, n)
		for i := range x {
			switch r.IntN(4) {
			case 0:
				x[i] = float64(r.IntN(5) - 2)
			case 1:
				x[i] = math.Copysign(0, float64(r.IntN(2)*2-1))
			case 2:
				x[i] = math.Copysign(math.MaxFloat64, r.NormFloat64())
			default:
				x[i] = r.NormFloat64() * math.Exp(r.NormFloat64()*100)
			}
		}
		want := make([]int, n)
		for i := range want {
			want[i] = i
		}
		slices.SortStableFunc(want, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
		if got := Order(x); !slices.Equal(got, want) {
			t.Errorf("%d values are in another order than a stable sort gives", n)
		}
	}
}
