package metric

// warm has the processor fetch what the next accounts need first. Their events lie
// far apart in memory, so that each account starts with waiting for it, several
// times; here nothing depends on what is read, and the waiting is done for all at
// once.
func (w *worker) warm(from, to int) {
	const (
		line  = 16 // numbers in a line of the processor's cache
		lines = 6
	)
	sum := uint32(0)
	for a := from; a < to; a++ {
		r := w.run(a)
		for at := len(r.Time) - 1; at >= 0 && at > len(r.Time)-lines*line; at -= line {
			sum += r.Time[at]
			if r.Actor != nil {
				sum += r.Actor[at]
			}
		}
		if t := w.data.Accounts[a].Terms; t != nil {
			sum += uint32(len(t.rows)) //nolint:gosec // any number does
		}
	}
	for a := from; a < to; a++ {
		if t := w.data.Accounts[a].Terms; t != nil && len(t.rows) > 0 && len(t.subs) > 0 {
			sum += uint32(t.rows[len(t.rows)-1].from) + uint32(t.subs[0].from) //nolint:gosec // as above
		}
	}
	w.warmth = sum // so that it is not optimised away
}
