package ingest

import (
	"fmt"
	"slices"
	"strconv"

	"kept/internal/tabular"
)

// checker runs the mapping's own checks: it sees every row once, keeps one value
// per key and side, and compares at the end.
type checker struct {
	m     *Mapping
	sides map[*Take]map[string]*taken
	rows  map[*Sequence]map[string][]step
}

type taken struct {
	text  string
	order string
	sum   float64
	n     int64
	place string
}

type step struct {
	order, value, place string
	flag                bool
}

func newChecker(m *Mapping) *checker {
	c := &checker{m: m, sides: map[*Take]map[string]*taken{}, rows: map[*Sequence]map[string][]step{}}
	for i := range m.Checks {
		one := &m.Checks[i]
		if one.Sequence != nil {
			c.rows[one.Sequence] = map[string][]step{}
			continue
		}
		c.sides[one.Left] = map[string]*taken{}
		c.sides[one.Right] = map[string]*taken{}
	}
	return c
}

// see takes what the checks need from a row of the file.
func (c *checker) see(f *File, row *tabular.Row, place string) {
	for i := range c.m.Checks {
		one := &c.m.Checks[i]
		if s := one.Sequence; s != nil {
			if s.File == f.Key {
				c.step(s, f, row, place)
			}
			continue
		}
		for _, t := range []*Take{one.Left, one.Right} {
			if t.File == f.Key {
				c.take(t, f, row, place)
			}
		}
	}
}

func (c *checker) take(t *Take, f *File, row *tabular.Row, place string) {
	if !holds(t.When, row, &f.Cells) {
		return
	}
	key, _ := row.Get(t.By)
	key = f.Cells.clean(key)
	if key == "" {
		return
	}
	text, _ := row.Get(t.Column)
	text = f.Cells.clean(text)
	order, _ := row.Get(t.Order)
	side := c.sides[t]
	v := side[key]
	if v == nil {
		v = &taken{text: text, order: order, place: place}
		side[key] = v
	} else if t.Take == Newest && compare(order, v.order) > 0 {
		v.text, v.order, v.place = text, order, place
	}
	if t.Take == Sum {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			v.sum += f
		}
	}
	v.n++
}

func (c *checker) step(s *Sequence, f *File, row *tabular.Row, place string) {
	get := func(column string) string {
		text, _ := row.Get(column)
		return f.Cells.clean(text)
	}
	flag, _ := truth(get(s.Flag))
	key := get(s.By)
	c.rows[s][key] = append(c.rows[s][key], step{order: get(s.Order), value: get(s.Column), flag: flag, place: place})
}

// say returns the side's value for a key, and false when it has none.
func (c *checker) say(t *Take, key string) (string, bool) {
	v := c.sides[t][key]
	switch {
	case t.Take == Exists:
		return strconv.FormatBool(v != nil), true
	case t.Take == Count && v == nil, t.Take == Sum && v == nil:
		return "0", true
	case v == nil:
		return "", false
	case t.Take == Count:
		return strconv.FormatInt(v.n, 10), true
	case t.Take == Sum:
		return strconv.FormatFloat(v.sum, 'f', -1, 64), true
	case t.Bool:
		b, ok := truth(v.text)
		return strconv.FormatBool(b), ok
	}
	return v.text, true
}

// report adds the findings to the quality report. A check whose file was not
// read says nothing.
func (c *checker) report(q *quality, read map[string]bool) {
	for i := range c.m.Checks {
		one := &c.m.Checks[i]
		r := rule{one.Rule, one.Severity, one.Says, one.WhatToDo}
		if s := one.Sequence; s != nil {
			c.reportSequence(q, r, s)
			continue
		}
		if !read[one.Left.File] || !read[one.Right.File] {
			continue
		}
		keys := map[string]bool{}
		for key := range c.sides[one.Left] {
			keys[key] = true
		}
		for key := range c.sides[one.Right] {
			keys[key] = true
		}
		for _, key := range sortedKeys(keys) {
			left, ok := c.say(one.Left, key)
			right, both := c.say(one.Right, key)
			if ok && both && one.Reports.found(left, right) {
				q.add(r, "", "%s: %s = %s, %s = %s", key, one.Left.name(), left, one.Right.name(), right)
			}
		}
	}
}

func (k Compare) found(left, right string) bool {
	order := compare(left, right)
	switch k {
	case Differs:
		return order != 0 && !alike(left, right)
	case Same:
		return order == 0 || alike(left, right)
	case Less:
		return order < 0
	case Greater:
		return order > 0
	}
	return false
}

func (t *Take) name() string {
	switch t.Take {
	case Exists:
		return "any row of " + t.File
	case Count:
		return "rows of " + t.File
	case Sum:
		return "sum of " + t.File + "." + t.Column
	case Newest:
		return "newest " + t.File + "." + t.Column
	case Value:
	}
	return t.File + "." + t.Column
}

func (c *checker) reportSequence(q *quality, r rule, s *Sequence) {
	for _, key := range sortedKeys(c.rows[s]) {
		steps := c.rows[s][key]
		slices.SortStableFunc(steps, func(a, b step) int { return compare(a.order, b.order) })
		for i := range steps {
			claim, prior := s.claim(steps, i)
			if steps[i].flag != claim && (steps[i].flag || s.Missed) {
				q.add(r, steps[i].place, "%s of %s = %t, and %s follows %s", s.Flag, key, steps[i].flag, steps[i].value, prior)
			}
		}
	}
}

// claim returns whether the step is higher (or lower) than the one before it.
// Rows of one day have no order: the last earlier day counts, and of several on
// it the one that speaks most for the claim.
func (s *Sequence) claim(steps []step, i int) (claim bool, prior string) {
	before := i - 1
	for before >= 0 && steps[before].order == steps[i].order {
		before--
	}
	if before < 0 {
		return false, "nothing"
	}
	now := s.rank(steps[i].value)
	for j := before; j >= 0 && steps[j].order == steps[before].order; j-- {
		was := s.rank(steps[j].value)
		prior = steps[j].value
		if s.Claims == "higher" && now > was || s.Claims == "lower" && now < was {
			return true, prior
		}
	}
	return false, prior
}

func (s *Sequence) rank(value string) float64 {
	if to, ok := s.Rank[value]; ok {
		value = to
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	return f
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func placeIn(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }
