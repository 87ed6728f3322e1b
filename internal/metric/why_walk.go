package metric

import (
	"slices"
	"time"
)

// happening is one event as an explanation sees it.
type happening struct {
	at       int64
	name     string
	key      uint32
	actor    uint32
	value    float64
	hasValue bool
}

// walked condenses the events of one window for the kinds that the sweep does not
// know, from a plain list of them.
func (x *explainer) walked(def *compiled, product string, by span) *Window {
	from, to := def.frame.shifted(x.q.Instant.Unix(), by)
	w := &Window{To: time.Unix(to, 0).UTC(), Events: def.Events, Where: def.Where}
	if from != noBeginning {
		w.From = time.Unix(from, 0).UTC()
	}
	r := streamOf(def, x.data, x.account, &x.run, x.labels)
	var seen []happening
	for i, t := range r.Time {
		l := r.labels[r.Code(i)]
		switch {
		case int64(t) < from || int64(t) >= to,
			x.q.KnownOnly && r.Known != nil && int64(r.Known[i]) > knownBy(x.q.Instant.Unix(), to),
			product != "" && l.Product != product,
			len(def.Events) > 0 && !slices.Contains(def.Events, l.Name) && !slices.Contains(def.ClosedBy, l.Name):
			continue
		}
		h := happening{at: int64(t), name: l.Name}
		h.value, h.hasValue = r.Number(i)
		if r.key != nil {
			h.key = r.key[i]
		}
		if r.Actor != nil {
			h.actor = r.Actor[i]
		}
		if (def.Kind == Latest || def.Kind == First) && !h.hasValue {
			continue
		}
		seen = append(seen, h)
	}
	if w.Count = len(seen); w.Count == 0 {
		return w
	}
	w.First, w.Last = time.Unix(seen[0].at, 0).UTC(), time.Unix(seen[len(seen)-1].at, 0).UTC()
	if v, ok := condense(def, seen, x.q.Instant.Unix(), to); ok {
		w.Value = &v
	}
	return w
}

// condense is the plain meaning of every kind over a window of events.
func condense(def *compiled, seen []happening, t, to int64) (float64, bool) {
	names, actors, units := map[string]bool{}, map[uint32]bool{}, map[int64]bool{}
	var values []float64
	var sum exact
	for _, h := range seen {
		names[h.name] = true
		units[def.unitOf(h.at)] = true
		if h.actor != 0 {
			actors[h.actor] = true
		}
		if h.hasValue {
			values = append(values, h.value)
			sum = sum.plus(h.value)
		}
	}
	last := seen[len(seen)-1]
	switch def.Kind {
	case Count:
		return float64(len(seen)), true
	case DistinctActors:
		return float64(len(actors)), len(actors) > 0
	case ActiveDays:
		return float64(len(units)), true
	case DistinctEvents:
		return float64(len(names)), true
	case Recency:
		if def.frame.throughDay {
			return float64(civilDay(t, def.frame.zone) - civilDay(last.at, def.frame.zone)), true
		}
		return days(t - last.at), true
	case CurrentStreak, LongestStreak:
		return float64(streakOf(def, units, def.unitOf(to-1))), true
	case Open:
		return float64(stillOpen(def, seen)), true
	default:
	}
	if len(values) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	switch def.Kind {
	case Sum:
		return sum.number(), true
	case Mean:
		return sum.number() / float64(len(values)), true
	case First:
		return values[0], true
	case Latest:
		return values[len(values)-1], true
	default:
		return quantile(sorted, def.rank()), true
	}
}

// streakOf looks, for every unit, how far a streak reaches back from it.
func streakOf(def *compiled, units map[int64]bool, now int64) int {
	back := func(unit int64) int {
		n := 0
		for units[unit-int64(n)] {
			n++
		}
		return n
	}
	if def.Kind == CurrentStreak {
		return max(back(now), back(now-1))
	}
	longest := 0
	for unit := range units {
		longest = max(longest, back(unit))
	}
	return longest
}

// stillOpen counts what was opened and not closed since: without a key, by number.
func stillOpen(def *compiled, seen []happening) int {
	if def.Match == "" {
		n := 0
		for _, h := range seen {
			if slices.Contains(def.Events, h.name) {
				n++
			} else {
				n--
			}
		}
		return max(n, 0)
	}
	opened, closed := map[uint32]int64{}, map[uint32]int64{}
	for _, h := range seen {
		if slices.Contains(def.Events, h.name) {
			opened[h.key] = max(opened[h.key], h.at)
		} else {
			closed[h.key] = max(closed[h.key], h.at)
		}
	}
	n := 0
	for key, at := range opened {
		if end, ok := closed[key]; !ok || end < at {
			n++
		}
	}
	return n
}
