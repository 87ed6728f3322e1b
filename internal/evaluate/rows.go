package evaluate

import (
	"time"

	"kept/internal/id"
	"kept/internal/metric"
)

// EventRows is a set of events behind a value, as a list of events selects it:
// [From, To), known by KnownBy. Each event name is a set of its own.
type EventRows struct {
	Name    string // empty for every name
	Product string
	From    time.Time // zero for the beginning
	To      time.Time
	KnownBy time.Time // zero: whenever it became known
	// Count is how many events the list has.
	Count int
}

// Rows lists the events behind a window of a metric of one account. All is
// whether their counts add up to what the metric read: a metric that reads only
// some of the events, such as those with a value, reads fewer.
func (e *Engine) Rows(account id.Account, w *metric.Window, product string, asOf time.Time) (rows []EventRows, all bool, err error) {
	s, asOf, err := e.ready(asOf)
	if err != nil {
		return nil, false, err
	}
	names := w.Events
	if len(names) == 0 {
		names = []string{""}
	}
	at := map[string]int{}
	for _, name := range names {
		if _, twice := at[name]; twice {
			continue
		}
		row := EventRows{Name: name, Product: product, From: w.From, To: w.To}
		if !s.corrected {
			row.KnownBy = asOf
		}
		at[name] = len(rows)
		rows = append(rows, row)
	}
	run, labels := s.columns.Runs([]id.Account{account})[0], s.columns.Labels()
	from, to, total := int64(0), w.To.Unix(), 0
	if !w.From.IsZero() {
		from = w.From.Unix()
	}
	for i, t := range run.Time {
		if int64(t) < from || int64(t) >= to || !s.corrected && run.Known != nil && int64(run.Known[i]) > asOf.Unix() {
			continue
		}
		l := labels[run.Code(i)]
		if product != "" && l.Product != product {
			continue
		}
		k, ok := at[l.Name]
		if !ok {
			k, ok = at[""]
		}
		if ok {
			rows[k].Count++
			total++
		}
	}
	return rows, total == w.Count, nil
}
