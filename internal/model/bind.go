package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"kept/internal/condition"
	"kept/internal/health"
	"kept/internal/metric"
)

// binder compiles the conditions of a model and makes them ask a Lookup.
type binder struct {
	metrics []string // of accounts
	envs    map[string]*condition.Env
	used    map[string]bool
}

func newBinder(m *Model) *binder {
	b := &binder{envs: map[string]*condition.Env{}, used: map[string]bool{}}
	for _, d := range m.Metrics {
		if d.Per != metric.PerRelationship && condition.CheckName(d.Name, d.Name) == nil {
			b.metrics = append(b.metrics, d.Name)
		}
	}
	slices.Sort(b.metrics)
	b.metrics = slices.Compact(b.metrics)
	return b
}

// vars declares what is known of an account before it has a score: who it is,
// its attributes and its metrics.
func (b *binder) vars(more ...condition.Var) []condition.Var {
	out := []condition.Var{
		{Name: "name", Type: condition.Text},
		{Name: "domain", Type: condition.Text},
		{Name: "owner", Type: condition.Text},
		{Name: "stage", Type: condition.Text},
		{Name: "arr", Type: condition.Number},
		{Name: "attr", Type: condition.Attributes},
	}
	return append(append(out, more...), condition.Metrics(b.metrics)...)
}

// compile returns the condition; env is made once for each set of variables.
func (b *binder) compile(field, expr string, vars []condition.Var) (*bound, error) {
	id := fmt.Sprint(vars)
	env, ok := b.envs[id]
	if !ok {
		var err error
		if env, err = condition.NewEnv(vars...); err != nil {
			return nil, err
		}
		b.envs[id] = env
	}
	c, err := env.Condition(field, expr)
	if err != nil {
		return nil, err
	}
	for _, n := range c.Names() {
		if !strings.HasPrefix(n, "measure.") && !strings.HasPrefix(n, "band.") && !strings.HasPrefix(n, "group.") {
			b.used[n] = true
		}
	}
	out := &bound{condition: c}
	for _, n := range c.Names() {
		in := input{name: n, attr: strings.HasPrefix(n, "attr.")}
		if in.number, ok = env.Slot(n); !ok {
			in.number = -1
		}
		if in.text, ok = env.TextSlot(n); !ok {
			in.text = -1
		}
		out.inputs = append(out.inputs, in)
	}
	out.rows.New = func() any { return env.NewRow() }
	return out, nil
}

func (b *binder) names() []string { return slices.Sorted(maps.Keys(b.used)) }

// bound is a condition that asks a Lookup for the names it uses.
type bound struct {
	condition *condition.Condition
	inputs    []input
	rows      sync.Pool
}

// input is a name that a condition uses and its slots; −1 for none.
type input struct {
	name         string
	attr         bool
	number, text int
}

var _ health.Condition = (*bound)(nil)

// Holds reports whether the condition holds, and whether that can be said.
func (b *bound) Holds(env health.Lookup) (holds, known bool) {
	row, ok := b.rows.Get().(*condition.Row)
	if !ok {
		return false, false
	}
	defer b.rows.Put(row)
	row.Clear()
	for i := range b.inputs {
		if v, has := env(b.inputs[i].name); has {
			b.inputs[i].set(row, v)
		}
	}
	return b.condition.Holds(row)
}

func (in *input) set(row *condition.Row, v any) {
	switch v := v.(type) {
	case *float64:
		in.setNumber(row, *v)
	case float64:
		in.setNumber(row, v)
	case *string:
		in.setText(row, *v)
	case string:
		in.setText(row, v)
	case bool:
		if in.attr {
			row.SetTruthAttr(in.name, v)
		}
	}
}

func (in *input) setText(row *condition.Row, v string) {
	switch {
	case in.attr:
		row.SetTextAttr(in.name, v)
	case in.text >= 0:
		row.SetText(in.text, v)
	}
}

func (in *input) setNumber(row *condition.Row, v float64) {
	switch {
	case in.attr:
		row.SetNumberAttr(in.name, v)
	case in.number >= 0:
		row.Numbers()[in.number] = v
	}
}
