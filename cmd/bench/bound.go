package main

import (
	"sync"
	"time"

	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/usage"
)

// tailBytes reads, once and with two goroutines, the times and actors of the last
// days of every account, and returns how many rows and bytes these were: no
// evaluation of actors over that window can take less than this took.
func tailBytes(data metric.Data, days int) (rows, bytes int64, took time.Duration, err error) {
	ids := make([]id.Account, len(data.Accounts))
	for i := range data.Accounts {
		ids[i] = data.Accounts[i].ID
	}
	runs := data.Columns.Runs(ids)
	from := uint32(end.AddDate(0, 0, -days).Unix()) //nolint:gosec // after 1970
	for i := range runs {
		r := &runs[i]
		k := r.Len()
		for k > 0 && r.Time[k-1] >= from {
			k--
		}
		rows += int64(r.Len() - k)
		runs[i] = usage.Run{Time: r.Time[k:], Actor: tail(r.Actor, k)}
		bytes += int64(4 * (len(runs[i].Time) + len(runs[i].Actor)))
	}
	var sums [2]uint32
	took, err = median(9, func() error {
		var group sync.WaitGroup
		for half := range 2 {
			group.Go(func() {
				sum := uint32(0)
				for i := half * len(runs) / 2; i < (half+1)*len(runs)/2; i++ {
					sum += add(runs[i].Time) + add(runs[i].Actor)
				}
				sums[half] = sum
			})
		}
		group.Wait()
		return nil
	})
	return rows, bytes, took, err
}

func tail(column []uint32, from int) []uint32 {
	if column == nil {
		return nil
	}
	return column[from:]
}

func add(column []uint32) (sum uint32) {
	for len(column) >= 8 {
		c := column[:8]
		sum += c[0] + c[1] + c[2] + c[3] + c[4] + c[5] + c[6] + c[7]
		column = column[8:]
	}
	for _, v := range column {
		sum += v
	}
	return sum
}

// stream reads a large array with two goroutines: the bandwidth of the memory.
func stream() (bytesPerSecond float64, err error) {
	big := make([]uint32, 256<<20/4)
	for i := range big {
		big[i] = uint32(i) //nolint:gosec // any number does
	}
	var sums [2]uint32
	took, err := median(7, func() error {
		var group sync.WaitGroup
		for half := range 2 {
			group.Go(func() { sums[half] = add(big[half*len(big)/2 : (half+1)*len(big)/2]) })
		}
		group.Wait()
		return nil
	})
	return float64(4*len(big)) / took.Seconds(), err
}
