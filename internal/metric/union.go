package metric

// union counts things (actors, or days) once per window although several events
// of the window name them. It needs one pass over the events in the order of time
// and no memory but the bucket in which each thing was seen last: a thing seen in
// bucket b counts at the instants whose windows hold b, less those whose windows
// hold the bucket of its previous event, which has counted it there already. The
// first and the last of these instants are marked in steps, whose running sum is
// the number of things at each instant.
type union struct {
	features []int // of the plan
	// windows is, by bucket and feature, where in steps the bucket enters and
	// leaves the feature's windows.
	windows []ends
	steps   []int32 // by feature: the instants, and one more
	// seen is, by actor, era + the bucket of its last event + 1; anything up to
	// the current era is unseen. Days come in order and need only the last.
	seen      []uint32
	era       uint32
	actors    int
	day       uint32
	dayBucket uint32
}

type ends struct{ enter, leave uint32 }

// newUnion returns the union of the selector's features of the kind, and nil
// when there are none.
func newUnion(p *plan, s int, kind Kind, actors int) *union {
	u := &union{actors: actors}
	for _, f := range p.selectors[s].features {
		if p.features[f].kind == kind {
			u.features = append(u.features, f)
		}
	}
	if len(u.features) == 0 {
		return nil
	}
	stride := len(p.instants) + 1
	u.steps = make([]int32, stride*len(u.features))
	for b := range p.edges {
		for k, f := range u.features {
			u.windows = append(u.windows, ends{
				enter: uint32(k*stride) + uint32(p.features[f].enter[b]), //nolint:gosec // at most instants × metrics
				leave: uint32(k*stride) + uint32(p.features[f].leave[b]), //nolint:gosec // as above
			})
		}
	}
	return u
}

// actor marks an actor as seen in bucket b.
func (u *union) actor(actor, b uint32) {
	if u.seen == nil {
		u.seen = make([]uint32, u.actors)
	}
	prev, token := u.seen[actor], u.era+b+1
	if prev == token {
		return
	}
	u.seen[actor] = token
	if prev > u.era {
		u.again(b, prev-u.era-1)
	} else {
		u.fresh(b)
	}
}

// date marks a day (counted from 1) as seen in bucket b.
func (u *union) date(day, b uint32) {
	switch {
	case day != u.day:
		u.fresh(b)
	case b != u.dayBucket:
		u.again(b, u.dayBucket)
	}
	u.day, u.dayBucket = day, b
}

// fresh marks something seen for the first time.
func (u *union) fresh(b uint32) {
	n := uint32(len(u.features)) //nolint:gosec // at most MaxMetrics
	for _, w := range u.windows[b*n : b*n+n] {
		if w.enter < w.leave {
			u.steps[w.enter]++
			u.steps[w.leave]--
		}
	}
}

// again marks something seen before, in bucket prev.
func (u *union) again(b, prev uint32) {
	n := uint32(len(u.features)) //nolint:gosec // as in fresh
	earlier := u.windows[prev*n : prev*n+n]
	for k, w := range u.windows[b*n : b*n+n] {
		if enter := max(w.enter, earlier[k].leave); enter < w.leave {
			u.steps[enter]++
			u.steps[w.leave]--
		}
	}
}

// clear forgets the account, but for seen, which the next era makes void.
func (u *union) clear() {
	clear(u.steps)
	u.day, u.dayBucket = 0, 0
}
