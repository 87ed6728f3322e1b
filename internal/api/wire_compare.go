package api

import (
	"time"

	"kept/internal/id"
	"kept/internal/money"
)

// CompareCount is a number of accounts and their ARR.
type CompareCount struct {
	Accounts int          `json:"accounts"`
	ARR      money.Amount `json:"arr"`
}

// CompareSide is the portfolio at one of the two instants.
type CompareSide struct {
	AsOf time.Time `json:"as_of"`
	// Origin says whether scores are those recorded at the time, or computed now
	// from what was known then.
	Origin     string       `json:"origin" enum:"recorded,recomputed"`
	RecordedOf time.Time    `json:"recorded_of,omitzero" doc:"The instant of the recorded scores."`
	Accounts   int          `json:"accounts"`
	Scored     int          `json:"scored"`
	ARR        money.Amount `json:"arr"`
	ScoreMean  *float64     `json:"score_mean"`
	ByARR      *float64     `json:"score_mean_arr_weighted"`
}

// CompareState is where an account stands: in a band, without a score, not a
// customer yet, or gone.
type CompareState struct {
	BandChip
	Kind   string       `json:"kind" enum:"band,none,new,gone"`
	Before CompareCount `json:"before"`
	After  CompareCount `json:"after"`
}

// CompareCell is how many accounts went from one state to another.
type CompareCell struct {
	From      string       `json:"from"`
	To        string       `json:"to"`
	Direction string       `json:"direction" enum:"better,worse,same,other"`
	Accounts  int          `json:"accounts"`
	ARRBefore money.Amount `json:"arr_before"`
	ARRAfter  money.Amount `json:"arr_after"`
}

// PortfolioComparison is a portfolio at two instants and what moved between them.
// The cells add up to the states, and those to the sides.
type PortfolioComparison struct {
	Stamp
	CompareTo time.Time      `json:"compare_to"`
	Before    CompareSide    `json:"before"`
	After     CompareSide    `json:"after"`
	States    []CompareState `json:"states" doc:"Bands from the worst to the best, then none, new, gone."`
	Cells     []CompareCell  `json:"cells" doc:"Only those with accounts."`
	Better    CompareCount   `json:"better" doc:"Accounts in a better band than before, with their ARR after."`
	Worse     CompareCount   `json:"worse" doc:"Accounts in a worse band than before, with their ARR after."`
	Came      CompareCount   `json:"came" doc:"Customers that were none before."`
	Left      CompareCount   `json:"left" doc:"Customers that are none any more, with their ARR before."`
	Sentence  string         `json:"sentence"`
	Down      []Move         `json:"down" doc:"Who fell the most, and why."`
	Up        []Move         `json:"up" doc:"Who rose the most, and why."`
}

// MoveEnd is an account at one end of a move.
type MoveEnd struct {
	State string        `json:"state"`
	Score *float64      `json:"score"`
	Band  *BandChip     `json:"band,omitempty"`
	ARR   *money.Amount `json:"arr,omitempty"`
}

// MoveCause is a part of a change of score.
type MoveCause struct {
	Key    string  `json:"key"`
	Title  string  `json:"title"`
	Points float64 `json:"points"`
}

// Move is one account at both instants and what moved it.
type Move struct {
	ID       id.Account  `json:"id"`
	Name     string      `json:"name"`
	Owner    *Ref        `json:"owner,omitempty"`
	Segment  *KeyTitle   `json:"segment,omitempty"`
	Before   MoveEnd     `json:"before"`
	After    MoveEnd     `json:"after"`
	Delta    *float64    `json:"delta"`
	Causes   []MoveCause `json:"causes" doc:"The largest first; all of them add up to delta."`
	Sentence string      `json:"sentence"`
}

// MovePage is a page of accounts that moved.
type MovePage struct {
	NumberList[Move]
	CompareTo time.Time    `json:"compare_to"`
	Count     CompareCount `json:"count" doc:"All of them, with their ARR after; of those that left, before."`
}

// ScoreBin is a bar of a histogram: scores from From up to To, the last bin with
// its end.
type ScoreBin struct {
	From     float64      `json:"from"`
	To       float64      `json:"to"`
	Accounts int          `json:"accounts"`
	ARR      money.Amount `json:"arr"`
	Before   int          `json:"before"`
}

// ScoreSpread sums up scores.
type ScoreSpread struct {
	Scored   int      `json:"scored"`
	Unscored int      `json:"unscored"`
	Mean     *float64 `json:"mean"`
	P10      *float64 `json:"p10"`
	P25      *float64 `json:"p25"`
	Median   *float64 `json:"median"`
	P75      *float64 `json:"p75"`
	P90      *float64 `json:"p90"`
}

// DistributionGroup is the distribution of one scorecard or segment.
type DistributionGroup struct {
	Key    string       `json:"key"`
	Title  string       `json:"title"`
	ARR    money.Amount `json:"arr"`
	Spread ScoreSpread  `json:"spread"`
	Before *ScoreSpread `json:"before,omitempty" doc:"At compare_to, of accounts that were customers then."`
	Bins   []ScoreBin   `json:"bins"`
	Bands  []BandEdge   `json:"bands" doc:"Where bands begin; empty when several scorecards judge the group."`
}

// ScoreDistribution is how the scores of customers spread.
type ScoreDistribution struct {
	Stamp
	CompareTo *time.Time          `json:"compare_to"`
	Width     float64             `json:"width" doc:"Points per bin."`
	Groups    []DistributionGroup `json:"groups" doc:"The largest first."`
}
