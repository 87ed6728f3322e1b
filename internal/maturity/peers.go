package maturity

import (
	"math"
	"slices"
	"strconv"

	"kept/internal/fault"
)

// ExchangeFormat is the format of a file of peers.
const ExchangeFormat = "kept-maturity-peers/1"

// minPeers is the least number of peers that a comparison is made with.
const minPeers = 5

// Peer is what one company tells others: no name, a contributor that means nothing
// outside of the exchange, and figures.
type Peer struct {
	Contributor string `json:"contributor"`
	Size        string `json:"size"`
	ACV         string `json:"acv"`
	Stage       string `json:"stage,omitempty"`
	// Day is when it was rated.
	Day        string             `json:"day"`
	Overall    float64            `json:"overall"`
	Dimensions map[string]float64 `json:"dimensions"`
}

// Exchange is a file of peers.
type Exchange struct {
	Format        string `json:"format"`
	Questionnaire string `json:"questionnaire"`
	Peers         []Peer `json:"peers"`
}

// band is a range of money from the bound of the one before it.
type band struct {
	key   string
	below float64
}

// sizes are the ARR bands of the one public programme (CSPI), in millions; acvs are
// our own, in thousands a year. Both are in the currency that the company reports in.
var (
	sizes = []band{{"<10m", 10e6}, {"10-50m", 50e6}, {"50-100m", 100e6}, {"100-500m", 500e6}, {"500m-1bn", 1e9}, {">1bn", math.Inf(1)}}
	acvs  = []band{{"<5k", 5e3}, {"5-25k", 25e3}, {"25-100k", 100e3}, {">100k", math.Inf(1)}}
)

// Stages are the stages that a company may say it is in.
var Stages = []string{"starting", "growing", "established"}

// CellOf returns the bands of a company with so much ARR, in whole units of its
// currency, from so many paying accounts; empty when it has none.
func CellOf(arr float64, accounts int) (size, acv string) {
	if arr <= 0 || accounts <= 0 {
		return "", ""
	}
	return bandOf(sizes, arr), bandOf(acvs, arr/float64(accounts))
}

func bandOf(bands []band, v float64) string {
	return bands[slices.IndexFunc(bands, func(b band) bool { return v < b.below })].key
}

func known(bands []band, key string) bool {
	return slices.ContainsFunc(bands, func(b band) bool { return b.key == key })
}

// Check returns what is wrong with a file of peers, at the place in it.
func (x *Exchange) Check() error {
	var list fault.List
	if x.Format != ExchangeFormat {
		list.Add("format", "%q is not known: this Kept reads %q", x.Format, ExchangeFormat)
	}
	if x.Questionnaire != Questionnaire {
		list.Add("questionnaire", "%q is another one than %q: answers to other questions cannot be compared", x.Questionnaire, Questionnaire)
	}
	if len(x.Peers) == 0 {
		list.Add("peers", "is empty: there is nobody to compare with")
	}
	seen := map[string]bool{}
	for i := range x.Peers {
		p, at := &x.Peers[i], "peers["+strconv.Itoa(i)+"]."
		switch {
		case p.Contributor == "" || len(p.Contributor) > 64:
			list.Add(at+"contributor", "has to have 1 to 64 characters")
		case seen[p.Contributor]:
			list.Add(at+"contributor", "%q is there twice", p.Contributor)
		}
		seen[p.Contributor] = true
		if !known(sizes, p.Size) {
			list.Add(at+"size", "%q is no band of ARR", p.Size)
		}
		if !known(acvs, p.ACV) {
			list.Add(at+"acv", "%q is no band of contract value", p.ACV)
		}
		if p.Stage != "" && !slices.Contains(Stages, p.Stage) {
			list.Add(at+"stage", "%q is not known: use one of %q, or leave it out", p.Stage, Stages)
		}
		checkScore(&list, at+"overall", p.Overall)
		for key, v := range p.Dimensions {
			if !slices.ContainsFunc(Dimensions(), func(d Dimension) bool { return d.Key == key }) {
				list.Add(at+"dimensions."+key, "there is no such dimension")
			}
			checkScore(&list, at+"dimensions."+key, v)
		}
	}
	return list.Err()
}

func checkScore(list *fault.List, field string, v float64) {
	if !(v >= 0 && v <= 100) {
		list.Add(field, "is not between 0 and 100")
	}
}

// Standing is one's place among peers in one figure.
type Standing struct {
	Key   string  `json:"key"`
	Title string  `json:"title"`
	Own   float64 `json:"own"`
	// Percentile is (below + half of those equal) / n x 100, and Median that of the
	// peers; nil when there are too few.
	Percentile *float64 `json:"percentile"`
	Median     *float64 `json:"median"`
	N          int      `json:"n"`
}

// Comparison is one's place among the peers of one's cell.
type Comparison struct {
	Size  string `json:"size"`
	ACV   string `json:"acv"`
	Stage string `json:"stage,omitempty"`
	// Peers is how many there are beside oneself, Cell how many are compared with.
	Peers int `json:"peers"`
	Cell  int `json:"cell"`
	// Words say who they are, or why there is no comparison.
	Words     string     `json:"words"`
	Standings []Standing `json:"standings"`
}

// Compare places one's own figures among peers of the same size band, contract
// value band and, when one says it, stage. With fewer than five it widens to the
// size band and says so; with fewer than five in that it refuses. Nobody is
// invented, and oneself is left out.
func Compare(own *Peer, peers []Peer) Comparison {
	out := Comparison{Size: own.Size, ACV: own.ACV, Stage: own.Stage, Standings: []Standing{}}
	others := slices.DeleteFunc(slices.Clone(peers), func(p Peer) bool { return p.Contributor == own.Contributor })
	out.Peers = len(others)
	switch {
	case len(others) == 0:
		out.Words = "There are no peers: exchange anonymous files with companies like yours."
		return out
	case own.Size == "":
		out.Words = "Kept knows no ARR on this day, so there is no size to compare at."
		return out
	}
	stage := func(p Peer) bool { return own.Stage == "" || p.Stage == own.Stage }
	cell := filter(others, func(p Peer) bool { return p.Size == own.Size && p.ACV == own.ACV && stage(p) })
	out.Words = "Companies of your size (" + own.Size + " ARR) and contract value (" + own.ACV + " a year)"
	if own.Stage != "" {
		out.Words += ", " + own.Stage
	}
	if len(cell) < minPeers {
		cell = filter(others, func(p Peer) bool { return p.Size == own.Size })
		out.Words = "Fewer than five are of your size, contract value and stage: compared with all of your size (" + own.Size + " ARR)"
	}
	if len(cell) < minPeers {
		out.Words = "Fewer than five companies are of your size (" + own.Size + " ARR): nothing is compared."
		return out
	}
	out.Cell = len(cell)
	out.Words += ", " + strconv.Itoa(len(cell)) + " of them."
	values := make([]float64, len(cell))
	for i := range cell {
		values[i] = cell[i].Overall
	}
	out.Standings = append(out.Standings, place("overall", "Overall", own.Overall, values))
	for _, d := range Dimensions() {
		mine, ok := own.Dimensions[d.Key]
		if !ok {
			continue
		}
		values := []float64{}
		for i := range cell {
			if v, ok := cell[i].Dimensions[d.Key]; ok {
				values = append(values, v)
			}
		}
		out.Standings = append(out.Standings, place(d.Key, d.Title, mine, values))
	}
	return out
}

func filter(peers []Peer, keep func(Peer) bool) []Peer {
	return slices.DeleteFunc(slices.Clone(peers), func(p Peer) bool { return !keep(p) })
}

func place(key, title string, own float64, values []float64) Standing {
	s := Standing{Key: key, Title: title, Own: own, N: len(values)}
	if len(values) < minPeers {
		return s
	}
	slices.Sort(values)
	var below, equal float64
	for _, v := range values {
		switch {
		case math.Abs(v-own) < 1e-9:
			equal++
		case v < own:
			below++
		}
	}
	n := float64(len(values))
	percentile := (below + equal/2) / n * 100
	median := (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	s.Percentile, s.Median = &percentile, &median
	return s
}
