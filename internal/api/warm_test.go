package api

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestSortRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, manyRows - 1, manyRows, manyRows + 1, 3*manyRows + 7} {
		for _, kinds := range []int{1, 5, 1 << 30} {
			column := make([]int, n)
			rows := make([]int32, n)
			for i := range rows {
				column[i], rows[i] = rng.IntN(kinds), int32(i)
			}
			compare := func(a, b int32) int { return cmp.Or(cmp.Compare(column[a], column[b]), cmp.Compare(a, b)) }
			want := slices.SortedFunc(slices.Values(rows), compare)
			if sortRows(rows, compare); !slices.Equal(rows, want) {
				t.Errorf("%d rows of %d kinds are out of order", n, kinds)
			}
		}
	}
}

func TestUsedOrders(t *testing.T) {
	var u usedOrders
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	u.use("-metric:logins", now)
	if got := u.recent(now.Add(usedFor)); !slices.Contains(got, "-metric:logins") || !slices.Contains(got, "-score") {
		t.Errorf("orders in use: %v", got)
	}
	if got := u.recent(now.Add(usedFor + time.Second)); slices.Contains(got, "-metric:logins") {
		t.Errorf("an order that nobody uses any more is kept: %v", got)
	}
	for i := range 500 {
		u.use(string(rune('a'+i%26))+string(rune('a'+i/26)), now)
	}
	if len(u.last) > 2*maxOrders+1 || len(u.recent(now)) > maxOrders/2 {
		t.Errorf("%d orders are remembered, %d kept", len(u.last), len(u.recent(now)))
	}
}
