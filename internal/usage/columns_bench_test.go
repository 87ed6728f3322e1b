package usage

import (
	"context"
	"math"
	"os"
	"strconv"
	"syscall"
	"testing"

	"kept/internal/id"
)

// scattered makes up events in the order of time, each of any account, as an
// event store has them on disk.
type scattered struct {
	*MemoryStore
	events, accounts int
	dict             *Dictionary
}

func (s *scattered) ScanColumns(context.Context, []id.Account, func(*ColumnChunk) error) error {
	return nil
}

func (s *scattered) ScanUnordered(_ context.Context, _ []id.Account, passes int, fn func(int, *ColumnChunk) error) error {
	const size = 2048
	column := func() []uint32 { return make([]uint32, size) }
	c := &ColumnChunk{Account: column(), Time: make([]int64, size), Known: make([]int64, size), Name: column(), Actor: column(), Product: column(), Value: make([]float64, size), Micro: column(), Dict: s.dict}
	for pass := range passes {
		state := uint64(1)
		for from := 0; from+size <= s.events; from += size {
			for i := range size {
				state = state*6364136223846793005 + 1442695040888963407 // a linear congruential generator is random enough
				u := state >> 16
				c.Account[i] = 1 + uint32((u&0xffffff)*uint64(s.accounts)>>24)
				c.Time[i] = 1_700_000_000 + int64(from+i)*60_000_000/int64(s.events)
				c.Known[i] = c.Time[i] + int64(u>>24&63)
				c.Name[i], c.Product[i] = 1+uint32(u>>30&7), uint32(u>>33&1)
				c.Actor[i] = 1 + (c.Account[i]*8+uint32(u>>34&7))%uint32(len(s.dict.Actors)-1)
				c.Value[i] = math.NaN()
				if u>>37&3 == 0 {
					c.Value[i] = float64(u >> 39 & 63)
				}
			}
			if err := fn(pass, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// BenchmarkLoadUnordered fills the projection with KEPT_BENCH_EVENTS events
// (default 1,000,000) of 16,000 accounts that an engine hands out at no cost.
func BenchmarkLoadUnordered(b *testing.B) {
	events := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("KEPT_BENCH_EVENTS")); err == nil {
		events = n
	}
	s := &scattered{MemoryStore: NewMemoryStore(), events: events, accounts: 16_000, dict: &Dictionary{Accounts: []id.Account{""}, Names: []string{""}, Actors: []string{""}, Products: []string{"", "core"}}}
	for a := range s.accounts + 1 {
		s.dict.Accounts = append(s.dict.Accounts, id.Account("acc_"+strconv.Itoa(a)))
	}
	for n := range 8 {
		s.dict.Names = append(s.dict.Names, "event_"+strconv.Itoa(n))
	}
	for n := range 128_000 {
		s.dict.Actors = append(s.dict.Actors, "u:"+strconv.Itoa(n))
	}
	before := processor(b)
	for b.Loop() {
		if _, err := LoadColumns(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((processor(b)-before)*1e9/float64(b.N)/float64(events), "cpu-ns/event")
}

// processor returns the seconds of processor time that the process has taken.
func processor(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
