package model

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kept/internal/condition"
	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/metric"
	"kept/internal/segment"
)

// Compiled is a model that was checked and can be evaluated. It is immutable and
// safe for concurrent use.
type Compiled struct {
	Model      *Model
	Metrics    *metric.Set
	Segments   *segment.Set
	Scorecards *health.Set
	// Names lists what the conditions of segments, scorecards and exceptions ask
	// for, ascending, so that an evaluation fetches no more.
	Names []string
}

// Compile checks the whole model. All errors are returned at once, as a
// fault.List. Those of a model that was parsed carry "file:line:column"; those
// of another the path, such as "scorecards[0].groups[1].weight".
func (m *Model) Compile() (*Compiled, error) {
	c, units, errs := m.compile()
	if errs = append(units, errs...); len(errs) > 0 {
		return nil, m.locate(errs)
	}
	return c, nil
}

// compile returns the mistakes about units, which change no value, apart from
// those that leave nothing to compute.
func (m *Model) compile() (_ *Compiled, units, errs fault.List) {
	c := &Compiled{Model: m}
	m.attributes(&errs)
	var err error
	c.Metrics, units, err = metric.CompileStored(m.Metrics)
	errs.Join("metrics", err)
	b := newBinder(m)
	c.Segments, err = segment.Compile(m.Segments, func(field, expr string) (segment.Condition, error) {
		return b.compile(field, expr, b.vars())
	})
	errs.Join("segments", err)
	if c.Metrics != nil {
		m.group(c.Metrics, b.names(), &errs)
	}
	c.Scorecards, err = health.Compile(m.Scorecards, health.Options{
		HasMetric:             func(name string) bool { return slices.Contains(b.metrics, name) },
		HasRelationshipMetric: m.perRelationship,
		When: func(field, expr string) (health.Condition, error) {
			return b.compile(field, expr, b.vars(condition.Var{Name: "segment", Type: condition.Text}))
		},
		Exception: func(field, expr string, measures, groups []string) (health.Condition, error) {
			return b.compile(field, expr, b.vars(
				condition.Var{Name: "segment", Type: condition.Text},
				condition.Var{Name: "measure", Type: condition.Numbers, Keys: measures},
				condition.Var{Name: "group", Type: condition.Numbers, Keys: groups},
				condition.Var{Name: "band", Type: condition.Texts, Keys: measures}))
		},
	})
	errs.Join("scorecards", err)
	if len(m.Scorecards) > 0 && err == nil && !b.takesAll(m.Scorecards) {
		errs.Add("scorecards", "no scorecard applies to every account: remove the when of the last one, so that none is left without")
	}
	c.Names = b.names()
	return c, units, errs
}

// group tells the metrics which of them decide about segments.
func (m *Model) group(metrics *metric.Set, names []string, errs *fault.List) {
	err := metrics.GroupBy(names)
	var circle *fault.Error
	if !errors.As(err, &circle) {
		return
	}
	for i := range m.Metrics {
		if m.Metrics[i].Name == circle.Field {
			errs.Add(fmt.Sprintf("metrics[%d].name", i), "%s", circle.Msg)
		}
	}
}

func (b *binder) takesAll(cards []health.Scorecard) bool {
	accounts := false
	for i := range cards {
		if cards[i].Per == health.PerRelationship {
			continue
		}
		if accounts = true; cards[i].When == "" {
			return true
		}
	}
	return !accounts
}

// perRelationship reports whether a metric has a value per relationship.
func (m *Model) perRelationship(name string) bool {
	return slices.ContainsFunc(m.Metrics, func(d metric.Definition) bool {
		return d.Name == name && d.Per == metric.PerRelationship
	})
}

func (m *Model) attributes(errs *fault.List) {
	types := []customer.ValueType{customer.Text, customer.Number, customer.Bool, customer.Date}
	seen := map[string]bool{}
	for i, a := range m.Attributes {
		at := fmt.Sprintf("attributes[%d]", i)
		switch {
		case !health.ValidKey(a.Key):
			errs.Add(at+".key", "%q is not a key: use lower case letters, digits and _, starting with a letter, at most 64", a.Key)
		case a.Key == customer.FactOwner || a.Key == customer.FactStage:
			errs.Add(at+".key", "%q is kept by Kept itself: choose another key", a.Key)
		case seen[a.Key]:
			errs.Add(at+".key", "the attribute %q is listed twice", a.Key)
		}
		seen[a.Key] = true
		if !slices.Contains(types, a.Type) {
			errs.Add(at+".type", "%q is unknown: use one of text, number, bool, date", a.Type)
		}
	}
}

// locate turns paths into places of the files, and indices into keys, so that a
// message speaks of "scorecards[default]" and not of "scorecards[0]".
func (m *Model) locate(errs fault.List) fault.List {
	out := make(fault.List, len(errs))
	for i, e := range errs {
		located := *e
		path, line, column := splitPlace(e.Field)
		if p := m.Where(path); p.File != "" {
			located.Field = p.inside(line, column).String()
			located.Msg = m.speak(path) + ": " + e.Msg
		}
		out[i] = &located
	}
	slices.SortStableFunc(out, func(a, b *fault.Error) int { return comparePlaces(a.Field, b.Field) })
	return out
}

// splitPlace takes "scorecards[0].when:1:7" apart; line is 0 without a place.
func splitPlace(field string) (path string, line, column int) {
	parts := strings.Split(field, ":")
	if n := len(parts); n >= 3 {
		l, lerr := strconv.Atoi(parts[n-2])
		c, cerr := strconv.Atoi(parts[n-1])
		if lerr == nil && cerr == nil {
			return strings.Join(parts[:n-2], ":"), l, c
		}
	}
	return field, 0, 0
}

func comparePlaces(a, b string) int {
	fa, la, ca := splitPlace(a)
	fb, lb, cb := splitPlace(b)
	if c := strings.Compare(fa, fb); c != 0 {
		return c
	}
	if la != lb {
		return la - lb
	}
	return ca - cb
}
