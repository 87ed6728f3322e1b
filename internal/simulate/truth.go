package simulate

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// Truth is what nobody sees in life: the state and the probabilities behind the
// record. Statistics that claim to find an effect are tested against it.
type Truth struct {
	Seed  uint64    `json:"seed"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// AnnualChurn is the expected number of churns per account-year.
	AnnualChurn float64 `json:"annual_churn"`
	// Intercept and Slope are those of the churn decision, per unit of latent
	// health: p = logistic(intercept + segment − slope·health).
	Intercept float64            `json:"intercept"`
	Slope     float64            `json:"slope"`
	Segment   map[string]float64 `json:"segment"`
	Programs  []ProgramTruth     `json:"programs"`
	Accounts  []AccountTruth     `json:"accounts"`
}

// ProgramTruth is a programme with its true effect.
type ProgramTruth struct {
	Key        string  `json:"key"`
	Randomised bool    `json:"randomised"`
	Effect     float64 `json:"effect"` // on latent health, in each week of it
	Weeks      int     `json:"weeks"`
}

// AccountTruth is the truth about one account.
type AccountTruth struct {
	ID       id.Account `json:"id"`
	External string     `json:"external"`
	Segment  string     `json:"segment"`
	// Week0 is the first week of the paths, counted from Start in steps of seven
	// days; the path covers the whole history, also after the account has left.
	Week0  int       `json:"week0"`
	Health []float64 `json:"health"`
	// WithoutPrograms is latent health as it would be without any programme.
	WithoutPrograms []float64       `json:"without_programs"`
	Shocks          []ShockTruth    `json:"shocks,omitempty"`
	Decisions       []DecisionTruth `json:"decisions,omitempty"`
	// Churned holds every instant at which the account left; it may have come back.
	Churned     []time.Time       `json:"churned,omitempty"`
	Reactivated time.Time         `json:"reactivated,omitzero"`
	Assignments []AssignmentTruth `json:"assignments,omitempty"`
}

// ShockTruth is something that befell an account.
type ShockTruth struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
	Size float64   `json:"size"`
}

// DecisionTruth is an end of a term up to the account's first churn.
type DecisionTruth struct {
	At     time.Time `json:"at"`
	Health float64   `json:"health"` // mean of weeks −14 to −7, which decides
	Hazard float64   `json:"hazard"` // probability of leaving
	// HazardWithout is that probability without any programme.
	HazardWithout float64 `json:"hazard_without"`
	Left          bool    `json:"left"`
}

// AssignmentTruth is an account's part in a programme; the effect is on in the
// weeks [From, To), counted from Start.
type AssignmentTruth struct {
	Program string    `json:"program"`
	Arm     string    `json:"arm"`
	At      time.Time `json:"at"`
	From    int       `json:"from"`
	To      int       `json:"to"`
}

// Truth returns the truth.
func (c *Company) Truth() Truth {
	t := Truth{
		Seed: c.cfg.Seed, Start: c.start, End: c.cfg.End, AnnualChurn: c.cfg.AnnualChurn, Intercept: c.intercept, Slope: churnSlope,
		Segment: map[string]float64{},
		Programs: []ProgramTruth{
			{academyKey, true, academyEffect, academyWeeks},
			{sponsorKey, false, sponsorEffect, sponsorWeeks},
		},
		Accounts: make([]AccountTruth, len(c.sims)),
	}
	for k, name := range segmentNames {
		t.Segment[name] = churnSegment[k]
	}
	for i := range c.sims {
		t.Accounts[i] = c.accountTruth(i)
	}
	return t
}

func (c *Company) accountTruth(i int) AccountTruth {
	s, a := &c.sims[i], &c.accounts[i]
	t := AccountTruth{ID: a.ID, External: a.External, Segment: a.Segment, Week0: s.week0, Health: thousandths(s.health), WithoutPrograms: thousandths(s.base)}
	for _, sh := range s.shocks {
		t.Shocks = append(t.Shocks, ShockTruth{string(sh.kind), c.date(sh.day), sh.size})
	}
	first := s.spans[0]
	for _, d := range s.decisions {
		if d.day > first.end || d.day == first.end && first.early {
			break
		}
		t.Decisions = append(t.Decisions, DecisionTruth{c.date(d.day), d.health, d.hazard, d.base, d.day == first.end})
	}
	for _, sp := range s.spans {
		if sp.end < c.days {
			t.Churned = append(t.Churned, c.date(sp.end))
		}
	}
	if len(s.spans) > 1 {
		t.Reactivated = c.date(s.spans[1].start)
	}
	for _, p := range []struct {
		key string
		assignment
	}{{academyKey, s.academy}, {sponsorKey, s.sponsor}} {
		if p.arm == armNone {
			continue
		}
		if _, on := s.active(p.day); on {
			t.Assignments = append(t.Assignments, AssignmentTruth{p.key, string(p.arm), c.date(p.day), p.from, p.to})
		}
	}
	return t
}

func thousandths(p []int16) []float64 {
	out := make([]float64, len(p))
	for k, v := range p {
		out[k] = float64(v) / 1000
	}
	return out
}

// WriteJSON writes the truth as one JSON document.
func (t Truth) WriteJSON(w io.Writer) error {
	return fault.Wrap(json.NewEncoder(w).Encode(t), "write the truth")
}

// WriteCSV writes one row for each account and week: account, week_start,
// health, health_without_programs, active.
func (t Truth) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"account", "week_start", "health", "health_without_programs", "active"}) // Flush reports
	for _, a := range t.Accounts {
		for k, h := range a.Health {
			at := t.Start.AddDate(0, 0, 7*(a.Week0+k))
			_ = out.Write([]string{a.External, at.Format(time.DateOnly), float(h), float(a.WithoutPrograms[k]), strconv.FormatBool(a.activeAt(at))})
		}
	}
	out.Flush()
	return fault.Wrap(out.Error(), "write the truth")
}

// activeAt reports whether the account was a customer at an instant after its start.
func (a AccountTruth) activeAt(at time.Time) bool {
	on := true
	for _, left := range a.Churned {
		on = on && at.Before(left)
	}
	back := !a.Reactivated.IsZero() && !at.Before(a.Reactivated) && (len(a.Churned) < 2 || at.Before(a.Churned[1]))
	return on || back
}

func float(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
