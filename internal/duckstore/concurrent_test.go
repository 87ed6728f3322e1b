package duckstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"kept/internal/duckstore"
	"kept/internal/fault"
	"kept/internal/usage"
)

// TestReadersAndWriters runs everything at once: a reader never sees half a
// batch, a row without its words, or an error.
func TestReadersAndWriters(t *testing.T) {
	const batches, size = 40, 150
	s := open(t, t.TempDir())
	ctx := t.Context()
	var wg sync.WaitGroup
	stop := make(chan struct{})
	reader := func(name string, read func() (int, error)) {
		wg.Go(func() {
			for {
				n, err := read()
				if err != nil || n%size != 0 {
					t.Errorf("%s: %d events, %v; want whole batches of %d", name, n, err, size)
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	reader("ScanColumns", func() (n int, err error) {
		err = s.ScanColumns(ctx, nil, func(c *usage.ColumnChunk) error {
			for i := range c.Len() {
				if c.Dict.Accounts[c.Account[i]] == "" || c.Dict.Names[c.Name[i]] == "" || c.Dict.Actors[c.Actor[i]] == "" {
					return errors.New("a row without its words")
				}
			}
			n += c.Len()
			return nil
		})
		return n, err
	})
	reader("List", func() (int, error) {
		page, err := s.List(ctx, usage.ListQuery{Limit: 10})
		return int(page.Total), err
	})
	reader("Aggregate", func() (n int, err error) {
		cells, err := s.Aggregate(ctx, usage.AggregateQuery{Instants: []time.Time{start.AddDate(1, 0, 0)}, Aggregates: []usage.Aggregate{{Kind: usage.Count}}})
		for _, c := range cells {
			n += int(c.Value)
		}
		return n, err
	})
	for b := range batches {
		events := some(fmt.Sprintf("b%d", b), size)
		for i := range events {
			events[i].Actor = fmt.Sprintf("app:%d-%d", b, i) // new words in every batch
			events[i].Name = fmt.Sprintf("name %d", b)
		}
		if _, err := s.Append(ctx, events); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
}

// TestAppendCancelled cancels appends at odd moments: each is stored whole or
// not at all, and says which; the store goes on working.
func TestAppendCancelled(t *testing.T) {
	s := open(t, t.TempDir())
	want := int64(0)
	for i := range 60 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Microsecond)
		res, err := s.Append(ctx, some(fmt.Sprintf("b%d", i), 2000))
		cancel()
		if err == nil {
			want += int64(res.Stored)
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Append: %v, want the deadline's error", err)
		}
		n, _, _, err := s.Bounds(t.Context())
		if err != nil || n != want {
			t.Fatalf("%d events after append %d, %v; want %d", n, i, err, want)
		}
	}
	for i := range 60 { // what was not stored can be stored now, the rest is known
		must[usage.AppendResult](t)(s.Append(t.Context(), some(fmt.Sprintf("b%d", i), 2000)))
	}
	if n, _, _, err := s.Bounds(t.Context()); err != nil || n != 60*2000 {
		t.Errorf("%d events in the end, %v; want %d", n, err, 60*2000)
	}
}

func TestCloseWhileBusy(t *testing.T) {
	s := must[*duckstore.Store](t)(duckstore.Open(t.Context(), t.TempDir(), duckstore.Options{}))
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := 0; ; i++ {
				if _, err := s.Append(context.Background(), some(fmt.Sprintf("%d-%d", w, i), 50)); err != nil {
					if !fault.Is(err, fault.Unavailable) {
						t.Errorf("Append while closing: %v, want Unavailable", err)
					}
					return
				}
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	wg.Wait()
}

// TestEraseDuringScan erases while a scan is open: the scan goes on with its
// snapshot, the erasure is done and written all the same.
func TestEraseDuringScan(t *testing.T) {
	s := open(t, t.TempDir())
	must[usage.AppendResult](t)(s.Append(t.Context(), some("m", 10_000)))
	scanned := 0
	err := s.ScanColumns(t.Context(), nil, func(c *usage.ColumnChunk) error {
		if scanned == 0 {
			erased := make(chan error)
			go func() {
				n, err := s.Erase(t.Context(), acme)
				if n != 5000 && err == nil {
					err = fmt.Errorf("erased %d events, want 5,000", n)
				}
				erased <- err
			}()
			select {
			case err := <-erased:
				if err != nil {
					t.Errorf("Erase during a scan: %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Errorf("Erase waits for the scan")
			}
		}
		scanned += c.Len()
		return nil
	})
	if err != nil || scanned != 10_000 {
		t.Errorf("the scan: %d events, %v; want the 10,000 of its snapshot", scanned, err)
	}
	if n, _, _, err := s.Bounds(t.Context()); err != nil || n != 5000 {
		t.Errorf("%d events afterwards, %v; want 5,000", n, err)
	}
}
