package health

// Rollup is how a parent's health follows from its children's (frameworks.md §2.3).
type Rollup string

// The rules. Ours is the first.
const (
	ARRWeightedMean Rollup = "arr_weighted_mean" // Σ ARR·S / Σ ARR; the plain mean when ARR is all zero
	Minimum         Rollup = "minimum"           // the worst child
	MeanOfChildren  Rollup = "mean_of_children"  // the parent only where no child has a score
	MeanWithParent  Rollup = "mean_with_parent"  // parent and children alike
	// WorstAboveShare is the worst band that holds more than a share, ShareInBands
	// the first level whose bands hold a share; both need a Rolling.
	WorstAboveShare Rollup = "worst_above_share"
	ShareInBands    Rollup = "share_in_bands"
)

// Child is what a roll-up knows of one part: a child account or a relationship.
type Child struct {
	Key, Title string
	Score      *float64
	Band       string
	ARR        float64 // any one unit; negative counts as 0
}

// RollUp returns the score of a parent from its own score and its children's,
// unrounded, and nil when none of those that the rule looks at has one.
func RollUp(rule Rollup, parent *float64, children []Child) (*float64, error) {
	var sum, weight, weighted float64
	var worst *float64
	n := 0
	for _, c := range children {
		if c.Score == nil {
			continue
		}
		n++
		sum += *c.Score
		w := max(c.ARR, 0)
		weight += w
		weighted += w * *c.Score
		if worst == nil || *c.Score < *worst {
			worst = new(*c.Score)
		}
	}
	switch rule {
	case ARRWeightedMean:
		if weight > 0 {
			return new(weighted / weight), nil
		}
		return mean(sum, n), nil
	case Minimum:
		return worst, nil
	case MeanOfChildren:
		if n == 0 {
			return parent, nil
		}
		return mean(sum, n), nil
	case MeanWithParent:
		if parent != nil {
			sum, n = sum+*parent, n+1
		}
		return mean(sum, n), nil
	default:
		return nil, unknownRule(rule)
	}
}

func mean(sum float64, n int) *float64 {
	if n == 0 {
		return nil
	}
	return new(sum / float64(n))
}

// Trend is the change of the score between two instants, now and N days
// before; nil when either has none. Both come from history at their instants:
// "the previous write" is not an instant.
func Trend(now, then *float64) *float64 {
	if now == nil || then == nil {
		return nil
	}
	return new((*now*pico - *then*pico) / pico)
}

// Holding is one account in a distribution.
type Holding struct {
	Band string // "" when it has no score
	ARR  int64  // minor units of one currency
}

// BandShare is one band of a distribution. The shares of all bands add up to 1
// where there is anything to share.
type BandShare struct {
	Band       string  `json:"band"` // "" for accounts without a score
	Accounts   int     `json:"accounts"`
	ARRMinor   int64   `json:"arr_minor"`
	OfAccounts float64 `json:"of_accounts"`
	OfARR      float64 `json:"of_arr"`
}

// Distribute counts accounts and ARR by band: the given bands in their order,
// then any other band met, and last the accounts without one. A band that holds
// nothing is still there.
func Distribute(bands []string, holdings []Holding) []BandShare {
	out := make([]BandShare, 0, len(bands)+1)
	index := map[string]int{}
	row := func(band string) *BandShare {
		i, ok := index[band]
		if !ok {
			i = len(out)
			index[band] = i
			out = append(out, BandShare{Band: band})
		}
		return &out[i]
	}
	for _, b := range bands {
		row(b)
	}
	var none BandShare
	accounts, arr := 0, int64(0)
	for _, h := range holdings {
		r := &none
		if h.Band != "" {
			r = row(h.Band)
		}
		r.Accounts++
		r.ARRMinor += h.ARR
		accounts++
		arr += h.ARR
	}
	out = append(out, none)
	for i := range out {
		out[i].OfAccounts = share(float64(out[i].Accounts), float64(accounts))
		out[i].OfARR = share(float64(out[i].ARRMinor), float64(arr))
	}
	return out
}
