package api

import (
	"time"

	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/money"
)

// ModelVersion describes one version of the model.
type ModelVersion struct {
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	Author    string    `json:"author"`
	Note      string    `json:"note"`
}

// ModelText is a version with its text.
type ModelText struct {
	ModelVersion
	YAML string `json:"yaml"`
}

// TextError is a place in a text and what is wrong with it.
type TextError struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// ModelCheck lists what is wrong with a model text.
type ModelCheck struct {
	Errors []TextError `json:"errors"`
}

// ModelChange is one difference between two models.
type ModelChange struct {
	Kind    string   `json:"kind" enum:"added,changed,removed"`
	Object  string   `json:"object"`
	Name    string   `json:"name"`
	Details []string `json:"details"`
}

// ModelPlan is what a model text would change.
type ModelPlan struct {
	Errors  []TextError   `json:"errors"`
	Changes []ModelChange `json:"changes"`
	Impact  *Impact       `json:"impact,omitempty" doc:"Absent while there are errors."`
}

// BandMove counts the accounts that go from one band to another; none stands
// for no score.
type BandMove struct {
	From     string       `json:"from"`
	To       string       `json:"to"`
	Accounts int          `json:"accounts"`
	ARR      money.Amount `json:"arr"`
}

// MovedAccount is an account that would change band.
type MovedAccount struct {
	Account     MovedRef `json:"account"`
	From        string   `json:"from"`
	To          string   `json:"to"`
	ScoreBefore *float64 `json:"score_before"`
	ScoreAfter  *float64 `json:"score_after"`
}

// MovedRef is an account in few words.
type MovedRef struct {
	ID      id.Account    `json:"id"`
	Name    string        `json:"name"`
	Segment string        `json:"segment"`
	ARR     *money.Amount `json:"arr,omitempty"`
}

// BandSum is a band with its accounts and ARR.
type BandSum struct {
	Key      string       `json:"key"`
	Accounts int          `json:"accounts"`
	ARR      money.Amount `json:"arr"`
}

// ImpactPoint counts accounts by band at one past instant under both models.
type ImpactPoint struct {
	AsOf   time.Time      `json:"as_of"`
	Before map[string]int `json:"before"`
	After  map[string]int `json:"after"`
	// Recorded is what was recorded at the time; it never changes.
	Recorded map[string]int `json:"recorded,omitempty" doc:"As recorded at the time; absent where nothing was. Before and after are recomputed."`
}

// Impact is what a change of the model would do to the scores.
type Impact struct {
	AsOf        time.Time      `json:"as_of"`
	Accounts    int            `json:"accounts"`
	Rescored    int            `json:"rescored"`
	MovedTotal  int            `json:"moved_total" doc:"Accounts that change band."`
	ARRMoved    money.Amount   `json:"arr_moved" doc:"ARR of the accounts that change band."`
	BandMoves   []BandMove     `json:"band_moves"`
	Moved       []MovedAccount `json:"moved" doc:"At most 50, the largest ARR first."`
	BandsBefore []BandSum      `json:"bands_before"`
	BandsAfter  []BandSum      `json:"bands_after"`
	History     []ImpactPoint  `json:"history"`
}

// Distribution is the spread of a metric over the accounts that have it.
type Distribution struct {
	P5  float64 `json:"p5"`
	P25 float64 `json:"p25"`
	P50 float64 `json:"p50"`
	P75 float64 `json:"p75"`
	P95 float64 `json:"p95"`
}

// CatalogueMetric is a metric of the model with how it is used.
type CatalogueMetric struct {
	metric.Definition
	InWords      string        `json:"in_words"`
	UsedBy       []string      `json:"used_by"`
	Coverage     float64       `json:"coverage" doc:"Share of accounts with a value."`
	Distribution *Distribution `json:"distribution,omitempty"`
}

// ScorecardRow is a scorecard with the accounts it scores.
type ScorecardRow struct {
	health.Scorecard
	Accounts int            `json:"accounts"`
	Counts   map[string]int `json:"counts" doc:"Accounts by band key; none for no score."`
}

// SegmentRow is a segment with its accounts and ARR.
type SegmentRow struct {
	Key         string       `json:"key"`
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	When        string       `json:"when,omitempty"`
	Accounts    int          `json:"accounts"`
	ARR         money.Amount `json:"arr"`
}

// AccountMetric is one metric of one account.
type AccountMetric struct {
	Name       string          `json:"name"`
	Title      string          `json:"title"`
	Unit       string          `json:"unit,omitempty"`
	Kind       metric.Kind     `json:"kind"`
	Formula    string          `json:"formula"`
	Value      *float64        `json:"value"`
	Previous   *float64        `json:"previous" doc:"30 days before."`
	AgeDays    *float64        `json:"age_days"`
	Higher     *bool           `json:"higher_is_better"`
	PerProduct []ProductMetric `json:"per_product"`
}

// ProductMetric is a metric of one relationship.
type ProductMetric struct {
	Product string   `json:"product"`
	Value   *float64 `json:"value"`
}

// MetricPoint is a value at an instant.
type MetricPoint struct {
	At    time.Time `json:"at"`
	Value *float64  `json:"value"`
}

// FactRef is a fact behind a number.
type FactRef struct {
	Key       string    `json:"key"`
	Value     string    `json:"value"`
	ValidFrom time.Time `json:"valid_from,omitzero"`
	KnownAt   time.Time `json:"known_at,omitzero"`
	Source    string    `json:"source,omitempty"`
	Author    string    `json:"author,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

// MetricWhy explains a value down to its inputs.
type MetricWhy struct {
	Name       string      `json:"name"`
	Title      string      `json:"title"`
	Unit       string      `json:"unit,omitempty"`
	Kind       metric.Kind `json:"kind"`
	Value      *float64    `json:"value"`
	WindowFrom time.Time   `json:"window_from,omitzero"`
	WindowTo   time.Time   `json:"window_to,omitzero"`
	Events     []string    `json:"events"`
	NEvents    int64       `json:"n_events"`
	Facts      []FactRef   `json:"facts"`
	Formula    string      `json:"formula"`
	Note       string      `json:"note,omitempty"`
	Rows       []EventRows `json:"rows" doc:"The lists of events behind it."`
	Inputs     []MetricWhy `json:"inputs"`
}

// EventRows is a list of events behind a number.
type EventRows struct {
	Name    string `json:"name,omitempty" doc:"Absent for every name."`
	Product string `json:"product,omitempty"`
	Count   int    `json:"count" doc:"The total of the list."`
	Query   string `json:"query" doc:"The query of GET /api/v1/events that lists them."`
	// Some says that the metric reads only some of them.
	Some bool `json:"some,omitempty" doc:"The metric reads only some of these events: those with a value, or those that its condition selects."`
}

// AccountMetricDetail is one metric of one account over time, explained.
type AccountMetricDetail struct {
	Stamp
	Series []MetricPoint `json:"series"`
	Why    MetricWhy     `json:"why"`
}

// UsagePoint is a bucket of events.
type UsagePoint struct {
	At    time.Time `json:"at"`
	Count float64   `json:"count"`
	Sum   float64   `json:"sum"`
}

// UsageSeries is one event name over time.
type UsageSeries struct {
	Name    string       `json:"name"`
	Product string       `json:"product,omitempty"`
	Points  []UsagePoint `json:"points"`
}

// AccountUsage is the usage page of an account.
type AccountUsage struct {
	Stamp
	From        time.Time     `json:"from"`
	To          time.Time     `json:"to"`
	Series      []UsageSeries `json:"series"`
	Seats       []MetricPoint `json:"seats"`
	ActiveUsers []MetricPoint `json:"active_users"`
}

// ScorecardDetail is one scorecard with the instant of its counts.
type ScorecardDetail struct {
	Stamp
	ScorecardRow
}
