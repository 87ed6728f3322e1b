package validate

import (
	"math"

	"kept/internal/stats/prop"
)

// bands counts what became of each band, worst first, and of no score last.
func (r *Report) bands(d *Dataset) {
	out := make([]BandResult, len(d.Bands)+1)
	arr2 := make([]float64, len(out)) // Σ ARR², for the effective number of accounts
	for i, b := range d.Bands {
		out[i].Band = b
	}
	out[len(d.Bands)].Band = Band{Title: "No score"}
	for i := range d.Rows {
		row := &d.Rows[i]
		k := len(d.Bands)
		if row.Band >= 0 && !math.IsNaN(row.Score) {
			k = int(row.Band)
		}
		b := &out[k]
		b.Rows++
		a := max(row.ARR, 0)
		b.ARR += a
		arr2[k] += a * a
		if row.Left {
			b.Left++
			b.ARRGone += a
		}
	}
	for i := range out {
		b := &out[i]
		b.Rate = share(b.Left, b.Rows, Counted)
		// Wilson on the effective number of accounts, (Σw)²/Σw² (Kish): one account
		// may hold half of the money.
		e := Estimate{Level: Level, N: b.Rows, Events: b.Left, Method: "Wilson on the effective number of accounts", Evidence: Counted}
		if b.ARR > 0 {
			p, n := b.ARRGone/b.ARR, b.ARR*b.ARR/arr2[i]
			i := prop.WilsonShare(p, n, Level)
			e.Value, e.Low, e.High = pointer(p), &i.Lo, &i.Hi
		} else {
			e.Why = "There is no ARR."
		}
		b.ARRRate = e
	}
	if out[len(out)-1].Rows == 0 {
		out = out[:len(out)-1]
	}
	r.Bands = out
}

// migration counts, over all cut-offs, in which band each account was at the end
// of the horizon.
func (d *Dataset) migration() Migration {
	n := len(d.Bands)
	m := Migration{}
	for _, b := range d.Bands {
		m.To = append(m.To, b.Title)
	}
	m.To = append(m.To, "No score", "Left")
	counts := make([][]int, n+1)
	for i := range counts {
		counts[i] = make([]int, n+2)
	}
	for i := range d.Rows {
		row := &d.Rows[i]
		from, to := n, n
		if row.Band >= 0 {
			from = int(row.Band)
		}
		switch {
		case row.BandAfter == GoneBand:
			to = n + 1
		case row.BandAfter >= 0:
			to = int(row.BandAfter)
		}
		counts[from][to]++
	}
	for i, c := range counts {
		row := MigrationRow{From: m.To[i], Count: c}
		for _, k := range c {
			row.N += k
		}
		if i == n && row.N == 0 {
			continue
		}
		row.Stayed = share(c[i], row.N, Counted)
		m.Rows = append(m.Rows, row)
	}
	return m
}
