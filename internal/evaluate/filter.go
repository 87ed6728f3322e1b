package evaluate

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"kept/internal/condition"
	"kept/internal/customer"
)

// Filter returns the positions of the rows for which a CEL condition holds, in
// row order; an empty one holds for all. Conditions may use what
// condition.AccountVars declares (name, domain, owner, stage, status,
// segment, scorecard, band, score, arr, coverage, attr.KEY) and every account metric. A
// condition that cannot be said, because a value is missing, does not hold.
// Errors are about the field "filter", with line and column.
func (s *Snapshot) Filter(expr string) ([]int32, error) {
	if expr == "" {
		all := make([]int32, len(s.Rows))
		for i := range all {
			all[i] = int32(i) //nolint:gosec // accounts are far fewer than 2^31
		}
		return all, nil
	}
	env, err := condition.NewEnv(append(condition.AccountVars(), condition.Metrics(s.Metrics)...)...)
	if err != nil {
		return nil, err
	}
	c, err := env.Condition("filter", expr)
	if err != nil {
		return nil, err
	}
	parts := make([][]int32, max(1, min(runtime.GOMAXPROCS(0), len(s.Rows)/1024)))
	var group sync.WaitGroup
	for p := range parts {
		group.Go(func() {
			f := newFilterRow(s, env, c.Names())
			for i := p * len(s.Rows) / len(parts); i < (p+1)*len(s.Rows)/len(parts); i++ {
				f.fill(i)
				if c.Match(f.row) {
					parts[p] = append(parts[p], int32(i)) //nolint:gosec // as above
				}
			}
		})
	}
	group.Wait()
	return slices.Concat(parts...), nil
}

// filterRow fills a condition's row with what the condition reads and no more.
type filterRow struct {
	s     *Snapshot
	row   *condition.Row
	fills []func(i int)
}

func newFilterRow(s *Snapshot, env *condition.Env, names []string) *filterRow {
	f := &filterRow{s: s, row: env.NewRow()}
	for _, name := range names {
		if fill := f.filler(env, name); fill != nil {
			f.fills = append(f.fills, fill)
		}
	}
	return f
}

func (f *filterRow) fill(i int) {
	for _, fill := range f.fills {
		fill(i)
	}
}

func (f *filterRow) filler(env *condition.Env, name string) func(int) {
	rows := f.s.Rows
	if slot, ok := env.Slot(name); ok {
		numbers := f.row.Numbers()
		// A metric called as an account's number is (arr) is the metric.
		if column := f.s.Metric(name); column != nil {
			return func(i int) { numbers[slot] = column[i] }
		}
		switch name {
		case "score":
			return func(i int) { numbers[slot] = rows[i].Score }
		case "coverage":
			return func(i int) { numbers[slot] = rows[i].Coverage }
		case "arr":
			return func(i int) {
				numbers[slot] = math.NaN()
				if rows[i].Active {
					numbers[slot] = rows[i].ARR.Major()
				}
			}
		}
		return nil
	}
	if slot, ok := env.TextSlot(name); ok {
		if text := textOf(name); text != nil {
			return func(i int) { f.row.SetText(slot, text(&rows[i])) }
		}
		return nil
	}
	if key, ok := cutAttr(name); ok {
		return func(i int) { f.attribute(name, key, i) }
	}
	return nil
}

func textOf(name string) func(*Row) string {
	switch name {
	case "name":
		return func(r *Row) string { return r.Account.Name }
	case "domain":
		return func(r *Row) string { return r.Account.Domain }
	case "owner":
		return func(r *Row) string { return string(r.Owner) }
	case "stage":
		return func(r *Row) string { return string(r.Stage) }
	case "status":
		return func(r *Row) string { return string(r.Status) }
	case "segment":
		return func(r *Row) string { return r.Segment }
	case "scorecard":
		return func(r *Row) string { return r.Scorecard }
	case "band":
		return func(r *Row) string { return r.Band }
	}
	return nil
}

func (f *filterRow) attribute(name, key string, i int) {
	v := f.s.Attribute(i, key)
	switch v.Type {
	case customer.Number:
		f.row.SetNumberAttr(name, v.Num)
	case customer.Bool:
		f.row.SetTruthAttr(name, v.Num != 0)
	case customer.Text, customer.Date:
		f.row.SetTextAttr(name, v.Text)
	default:
		f.row.SetTextAttr(name, "")
	}
}

// Attribute returns the value of a row's attribute (or any fact key of the
// account itself) as of the snapshot; the zero Value when there is none.
func (s *Snapshot) Attribute(row int, key string) customer.Value {
	f, ok := s.book.dossiers[s.positions[row]].fact(key, s.AsOf)
	if !ok {
		return customer.Value{}
	}
	return f.Value
}
