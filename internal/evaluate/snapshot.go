package evaluate

import (
	"math"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/model"
	"kept/internal/money"
)

// Row is one account in a Snapshot. Missing numbers are NaN, missing texts empty.
type Row struct {
	Account   *customer.Account
	Owner     id.User
	Stage     customer.Stage
	Status    Status
	Segment   string // key
	Scorecard string // key
	Score     float64
	Computed  float64 // before exceptions and override
	Band      string
	Coverage  float64
	Delta30   float64
	Delta90   float64
	// Overridden and Stale mark the band chip; Active means that a subscription
	// is in force.
	Overridden, Stale, Active bool
	ARR                       money.Amount
	Seats                     int64
	// RenewalAt is the nearest end of a subscription in force; zero when none ends.
	RenewalAt time.Time
}

// Status is what the subscriptions make of an account, whatever its stage says.
type Status string

// The statuses. Inactive is an account that has no subscription in force and
// was not marked as churned.
const (
	StatusActive   Status = "active"
	StatusTrial    Status = "trial"
	StatusChurned  Status = "churned"
	StatusInactive Status = "inactive"
)

// HasScore reports whether the row has a score.
func (r *Row) HasScore() bool { return !math.IsNaN(r.Score) }

// Snapshot is the evaluation of every account that exists as of an instant. It
// is immutable; Rows are in the order in which Kept learned of the accounts.
type Snapshot struct {
	AsOf         time.Time
	ModelVersion int64
	// Generation counts the changes of data the engine has taken in; two
	// snapshots of equal AsOf, ModelVersion and Generation are equal.
	Generation int64
	Rows       []Row
	// Metrics names the metric columns, in the model's order.
	Metrics []string

	index     map[id.Account]int32
	column    map[string]int
	values    [][]float64 // [metric][row]
	positions []int32     // in the book, by row
	weekly    *weeklyScores
	book      *book
	model     *model.Compiled
}

// Find returns the position of an account in Rows.
func (s *Snapshot) Find(account id.Account) (int, bool) {
	i, ok := s.index[account]
	return int(i), ok
}

// Metric returns the column of a metric's values over Rows (NaN where missing);
// nil when there is no such metric. The caller must not change it.
func (s *Snapshot) Metric(name string) []float64 {
	i, ok := s.column[name]
	if !ok {
		return nil
	}
	return s.values[i]
}
