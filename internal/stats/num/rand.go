package num

import (
	"math/rand/v2"
	"runtime"
	"sync"
)

// mix is the finaliser of SplitMix64: near seeds become unrelated streams.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Rand returns the random stream of (seed, part…), such as (run, account, draw).
// The same numbers give the same stream on every machine.
func Rand(seed uint64, part ...uint64) *rand.Rand {
	a, b := mix(seed), mix(seed^0xd1b54a32d192ed03)
	for _, p := range part {
		a = mix(a ^ mix(p))
		b = mix(b + mix(p^0x8cb92ba72f3d8dd7))
	}
	return rand.New(rand.NewPCG(a, b))
}

// HashString maps text (an account id) to a part of a seed (FNV-1a).
func HashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// Blocks calls f(block, lo, hi) for every block of size rows of 0..n, on all
// processors. The blocks do not depend on their number, so a caller that keeps
// one result per block and adds them in order gets the same bytes everywhere.
func Blocks(n, size int, f func(block, lo, hi int)) {
	blocks := (n + size - 1) / size
	workers := min(runtime.GOMAXPROCS(0), blocks)
	if workers <= 1 {
		for b := range blocks {
			f(b, b*size, min((b+1)*size, n))
		}
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for b := w; b < blocks; b += workers {
				f(b, b*size, min((b+1)*size, n))
			}
		})
	}
	wg.Wait()
}
