package metric

import (
	"math"
	"slices"
	"sync"
)

// The ways to place a value among its peers.
const (
	// AsPercentile is the share of the other peers that have less, in percent; of
	// those with the same value half count.
	AsPercentile As = "percentile"
	// AsZ is the distance from the mean in standard deviations (of a sample).
	AsZ As = "z"
	// AsRank is 1 for the best; equal values share the best of their ranks.
	AsRank As = "rank"
)

// Within is who the peers of an account are.
type Within string

// The peers.
const (
	WithinAll     Within = "all"
	WithinSegment Within = "segment"
)

func (c *compiler) peer(i int) {
	m := &c.set.metrics[i]
	c.choose(i, "as", string(m.As), m.As == AsPercentile || m.As == AsZ || m.As == AsRank, list([]As{AsPercentile, AsZ, AsRank}))
	if m.Within == "" {
		m.Within = WithinAll
	}
	c.choose(i, "within", string(m.Within), m.Within == WithinAll || m.Within == WithinSegment, list([]Within{WithinAll, WithinSegment}))
	if m.of = c.named(i, "of", m.Of, "the metric that is compared"); m.of >= 0 {
		m.inputs = append(m.inputs, m.of)
	}
	if m.Per == PerRelationship {
		c.errs.Add(at(i, "per"), "accounts are compared with accounts: remove per")
	}
}

// population is the values of the peers at one instant, ascending.
type population struct {
	sorted   []float64
	mean, sd float64
}

func newPopulation(values []float64) *population {
	p := &population{sorted: values}
	slices.Sort(p.sorted)
	var sum exact
	for _, v := range p.sorted {
		sum = sum.plus(v)
	}
	n := float64(len(values))
	p.mean = sum.number() / n
	var squares exact
	for _, v := range p.sorted {
		squares = squares.plus((v - p.mean) * (v - p.mean))
	}
	p.sd = math.Sqrt(squares.number() / (n - 1))
	return p
}

// place says where a value stands among its peers, itself included; why says why
// that cannot be said.
func (p *population) place(v float64, as As, higherIsBetter bool) (out float64, why string) {
	below, _ := slices.BinarySearch(p.sorted, v)
	upTo, _ := slices.BinarySearch(p.sorted, math.Nextafter(v, math.Inf(1)))
	switch as {
	case AsRank:
		if higherIsBetter {
			return float64(1 + len(p.sorted) - upTo), ""
		}
		return float64(1 + below), ""
	case AsZ:
		if !(p.sd > 0) {
			return 0, "its peers do not differ, or there are none"
		}
		return (v - p.mean) / p.sd, ""
	default:
	}
	if len(p.sorted) < 2 {
		return 0, "there are no peers with a value"
	}
	return 100 * (float64(below) + float64(upTo-below-1)/2) / float64(len(p.sorted)-1), ""
}

// peers are the populations of one metric by instant and group.
type peers struct {
	at     []map[string]*population
	groups []string // by account and instant; nil when all are peers
}

// populate gathers the peers of the metrics of a stage.
func (p *program) populate(data *Data, v *Values, q *Query, stage int) {
	for _, m := range p.order {
		def := &p.set.metrics[m]
		if def.Kind != Peer || def.stage != stage {
			continue
		}
		n := len(p.instants)
		of := &peers{at: make([]map[string]*population, n)}
		if def.Within == WithinSegment {
			of.groups = p.group(v, q)
		}
		var group sync.WaitGroup
		for i := range n {
			group.Go(func() {
				values := map[string][]float64{}
				for a := range data.Accounts {
					if x := v.Row(a, i)[p.col[def.of]]; !math.IsNaN(x) {
						g := of.groupOf(a, i)
						values[g] = append(values[g], x)
					}
				}
				of.at[i] = map[string]*population{}
				for g, list := range values {
					of.at[i][g] = newPopulation(list)
				}
			})
		}
		group.Wait()
		p.peers[m] = of
	}
}

// group asks for the group of every account at every instant, once.
func (p *program) group(v *Values, q *Query) []string {
	if p.groups == nil {
		n := len(p.instants)
		p.groups = make([]string, len(v.Accounts)*n)
		for a := range v.Accounts {
			for i := range n {
				p.groups[a*n+i] = q.Group(v, a, i)
			}
		}
	}
	return p.groups
}

func (p *peers) groupOf(account, instant int) string {
	if p.groups == nil {
		return ""
	}
	return p.groups[account*len(p.at)+instant]
}

// compare places the values of an account among its peers.
func (w *worker) placed(a, m int) func(i int) (float64, float64, bool) {
	def := &w.set.metrics[m]
	of := &w.set.metrics[def.of]
	all := w.peers[m]
	return func(i int) (float64, float64, bool) {
		cell, age := w.at(a, -1, i, def.of)
		pop := all.at[i][all.groupOf(a, i)]
		if math.IsNaN(*cell) || pop == nil {
			return 0, -1, false
		}
		old := -1.0
		if age != nil {
			old = *age
		}
		v, why := pop.place(*cell, def.As, of.better())
		return v, old, why == ""
	}
}
