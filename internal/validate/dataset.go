package validate

import (
	"fmt"
	"math"
	"time"

	"kept/internal/id"
)

// Band is a band of the scorecard, worst first.
type Band struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Color string `json:"color,omitempty"`
}

// NoBand stands for an account without a score, GoneBand for one that has left.
const (
	NoBand   int8 = -1
	GoneBand int8 = -2
)

// Account is one account of a Dataset.
type Account struct {
	ID   id.Account
	Name string
	Life Life
}

// Row is one account at one cut-off: what was known then, and what became of it.
type Row struct {
	Account int32 // index into Dataset.Accounts
	CutOff  int32 // index into Plan.CutOffs
	Score   float64
	Band    int8
	Segment string
	ARR     float64 // major units at the cut-off, as known then
	Left    bool    // within the horizon
	Days    float64 // from the cut-off to leaving; NaN if it did not leave
	// At the end of the horizon.
	ARRAfter  float64
	BandAfter int8
}

// Dataset is accounts × cut-offs with what was known, and what happened then. It
// is what every back-test here, of whatever forecaster, works on.
type Dataset struct {
	Spec         Spec
	Plan         Plan
	Title        string // of the scorecard
	ModelVersion int64
	Generation   int64
	AsOf         time.Time
	// DataStart and DataEnd bound what the data can tell: outcomes after DataEnd
	// are unknown to everyone.
	DataStart, DataEnd time.Time
	Currency           string
	// Outcome in words, and why it was chosen.
	OutcomeWords, OutcomeWhy string
	Bands                    []Band
	Accounts                 []Account
	// Rows are ordered by cut-off, then account; each account at most once per cut-off.
	Rows []Row
	// X is row-major: Features[f] of Rows[r] is X[r*len(Features)+f]; NaN is missing.
	Features []Feature
	X        []float64
	// Parts are the measures of the scorecard, and P the scores they gave, from 0 to
	// 100, row-major like X; NaN where a measure did not count. Empty for recorded
	// history, which a score cannot be learned on.
	Parts []Part
	P     []float64
	// Now are the accounts at risk at the end of the data, with their parts in NowP.
	Now  []NowRow
	NowP []float64
	// Weekly[w][a] and WeeklyBand[w][a] are score and band at Plan.Weeks[w]; NaN
	// and NoBand where the account was not at risk, not under this scorecard, or
	// without a score. AtRisk tells the first two from the last.
	Weekly     [][]float64
	WeeklyBand [][]int8
	AtRisk     [][]bool
	// LateKnown counts rows left out because the account had left before the
	// cut-off, which became known only afterwards.
	LateKnown int
	// Versions are the model versions behind recorded scores.
	Versions []int64
	// Changed is when the model version came into force; zero when unknown.
	Changed time.Time
	Proof   Proof
}

// Feature is one input of the scorecard.
type Feature struct {
	Key   string // metric name
	Title string
}

// Part is one measure of the scorecard with its share of the whole, in [0,1].
type Part struct {
	Group, Measure, Title string
	Share                 float64
}

// NowRow is an account as it stands at the end of the data.
type NowRow struct {
	Account int32 // index into Dataset.Accounts
	Score   float64
	Band    int8
	Segment string
	ARR     float64 // major units
}

// MostCells bounds accounts × weeks of one data set: some 2 GB with the rows, their
// inputs and the resamples.
const MostCells = 40_000_000

// TooMuch returns why the data set would not fit into memory, before it is filled;
// empty when it does.
func (d *Dataset) TooMuch() string {
	cells := len(d.Accounts) * len(d.Plan.Weeks)
	if cells <= MostCells {
		return ""
	}
	return fmt.Sprintf("%s over %s are more than are judged at once (%s account-weeks). Judge a shorter past: give a later first day.", count(len(d.Accounts), "account"), count(len(d.Plan.Weeks), "week"), group(MostCells))
}

// At returns a feature of a row.
func (d *Dataset) At(row, feature int) float64 { return d.X[row*len(d.Features)+feature] }

// Comparison counts how many of the values compared are equal to the last bit.
type Comparison struct {
	Compared, Different int
	Example             string // in words, of the first difference
	Note                string // what was compared, or why nothing was
}

// Compare takes in one pair; NaN equals NaN.
func (c *Comparison) Compare(account string, at time.Time, expected, got float64) {
	c.Compared++
	if math.Float64bits(expected) == math.Float64bits(got) || math.IsNaN(expected) && math.IsNaN(got) {
		return
	}
	if c.Different == 0 {
		c.Example = account + " on " + day(at) + ": " + score(expected) + " became " + score(got)
	}
	c.Different++
}

// Proof is what the builder of the data set found when it tried to fool itself.
type Proof struct {
	// Planted compares scores with those of data into which values were planted
	// that became known only after the cut-off.
	Planted Comparison
	// Rebuilt compares scores of the past with those rebuilt today.
	Rebuilt Comparison
}

func score(f float64) string {
	if math.IsNaN(f) {
		return "no score"
	}
	return formatFloat(math.Round(f*100) / 100)
}
