package metric

// union counts things (actors, or days) once per window although several events
// of the window name them. It needs one pass over the events in the order of time
// and no memory but the bucket in which each thing was seen last: a thing seen in
// bucket b counts at the instants whose windows hold b, less those whose windows
// hold the bucket of its previous event, which has counted it there already. The
// first and the last of these instants are marked in steps, whose running sum is
// the number of things at each instant. The last one is that of the bucket, so
// that it is enough to count news by bucket and mark them all in settle.
type union struct {
	features []int // of the plan
	// enter and leave are, by bucket and feature, where in steps the bucket enters
	// and leaves the feature's windows; enter is never after leave. leave has one
	// bucket more, the first: that of things not seen yet.
	enter, leave []uint32
	steps        []int32 // by feature: the instants, and one more
	news         []int32 // by bucket: things marked there
	// idle says of a bucket that no window holds it: nothing in it counts.
	idle []bool
	// newest says that there is one instant, at which all windows end together:
	// then the newest row of a thing alone says which of them hold it, and rows
	// are read from the newest back.
	newest bool
	// seen is, by actor, era + the bucket of its last event + 1; anything up to
	// the current era is unseen. Days come in order and need only the last.
	seen      []uint32
	era       uint32
	actors    int
	day       uint32
	dayBucket uint32
}

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
	stride := uint32(len(p.instants)) + 1 //nolint:gosec // at most MaxInstants
	u.steps = make([]int32, int(stride)*len(u.features))
	u.news = make([]int32, len(p.edges))
	for k := range u.features {
		u.leave = append(u.leave, uint32(k)*stride) //nolint:gosec // at most instants × metrics
	}
	u.newest = len(p.instants) == 1
	for _, f := range u.features {
		u.newest = u.newest && p.features[f].hiEdge[0] == p.features[u.features[0]].hiEdge[0]
	}
	u.idle = make([]bool, len(p.edges))
	for b := range p.edges {
		u.idle[b] = true
		for k, f := range u.features {
			enter, leave := p.features[f].enter[b], p.features[f].leave[b]
			u.idle[b] = u.idle[b] && enter >= leave
			first := uint32(k) * stride                                //nolint:gosec // as above
			u.enter = append(u.enter, first+uint32(min(enter, leave))) //nolint:gosec // as above
			u.leave = append(u.leave, first+uint32(leave))             //nolint:gosec // as above
		}
	}
	return u
}

// ready makes room for the actors and returns their marks.
func (u *union) ready() []uint32 {
	if u.seen == nil {
		u.seen = make([]uint32, u.actors)
	}
	return u.seen
}

// date marks a day (counted from 1) as seen in bucket b.
func (u *union) date(day, b uint32) {
	switch {
	case day != u.day:
		u.mark(b, 0)
	case b != u.dayBucket:
		u.mark(b, u.dayBucket+1)
	}
	u.day, u.dayBucket = day, b
}

// mark notes something seen in bucket b and, before that, in the one before the
// given one; 0 for never.
func (u *union) mark(b, prev uint32) {
	n := uint32(len(u.features)) //nolint:gosec // at most MaxMetrics
	u.news[b]++
	enter := u.enter[b*n : b*n+n]
	leave := u.leave[prev*n : prev*n+n]
	leave = leave[:len(enter)]
	for k, e := range enter {
		u.steps[max(e, leave[k])]++
	}
}

// markNew notes n things seen in bucket b and never before.
func (u *union) markNew(b uint32, n int32) {
	if n == 0 {
		return
	}
	u.news[b] += n
	for _, e := range u.enter[int(b)*len(u.features) : (int(b)+1)*len(u.features)] {
		u.steps[e] += n
	}
}

// settle takes everything that was marked out again where its windows end.
func (u *union) settle() {
	n := len(u.features)
	for b, news := range u.news {
		if news == 0 {
			continue
		}
		for _, end := range u.leave[(b+1)*n : (b+2)*n] {
			u.steps[end] -= news
		}
	}
}

// clear forgets the account, but for seen, which the next era makes void.
func (u *union) clear() {
	clear(u.steps)
	clear(u.news)
	u.day, u.dayBucket = 0, 0
}
