package ingest

import "slices"

func (p *mapParser) check(n *node, m *Mapping) Check {
	c := Check{place: n.place, Severity: Warning, Reports: Differs}
	if !p.isMap(n, "a check") {
		return c
	}
	p.only(n, "rule", "says", "what_to_do", "severity", "left", "right", "reports", "sequence")
	c.Rule, c.Says, c.WhatToDo = p.must(n, "rule"), p.must(n, "says"), p.must(n, "what_to_do")
	if s := p.word(n, "severity"); s != "" {
		c.Severity = Severity(s)
		if !slices.Contains([]Severity{Error, Warning, Info}, c.Severity) {
			p.errs.Add(n.get("severity").place, "%q is not a severity: use error, warning or info", s)
		}
	}
	if s := p.word(n, "reports"); s != "" {
		c.Reports = Compare(s)
		if !slices.Contains([]Compare{Differs, Same, Less, Greater}, c.Reports) {
			p.errs.Add(n.get("reports").place, "%q cannot be reported: use differs, same, less or greater (left against right)", s)
		}
	}
	left, right, sequence := n.get("left"), n.get("right"), n.get("sequence")
	switch {
	case sequence != nil && left == nil && right == nil:
		c.Sequence = p.sequence(sequence, m)
	case sequence == nil && left != nil && right != nil:
		c.Left, c.Right = p.take(left, m), p.take(right, m)
	default:
		p.errs.Add(n.place, "a check has left and right, or sequence")
	}
	return c
}

func (p *mapParser) checkedFile(n *node, m *Mapping) string {
	name := p.must(n, "file")
	if name != "" && !slices.ContainsFunc(m.Files, func(f File) bool { return f.Key == name }) {
		p.errs.Add(n.get("file").place, "no file above is named %q: use the \"name\" of one of the files", name)
	}
	return name
}

func (p *mapParser) take(n *node, m *Mapping) *Take {
	t := &Take{place: n.place}
	if !p.isMap(n, "a side of a check") {
		return t
	}
	p.only(n, "file", "by", "column", "take", "order", "when", "as")
	t.File, t.By = p.checkedFile(n, m), p.must(n, "by")
	t.Column, t.Order = p.word(n, "column"), p.word(n, "order")
	t.Take = TakeKind(p.word(n, "take"))
	if t.Take == "" {
		t.Take = Value
	}
	if !slices.Contains([]TakeKind{Value, Newest, Sum, Count, Exists}, t.Take) {
		p.errs.Add(n.get("take").place, "%q is not a way to take a value: use value, newest, sum, count or exists", t.Take)
	}
	if t.Column == "" && t.Take != Count && t.Take != Exists {
		p.errs.Add(n.place, "%s needs a column", t.Take)
	}
	if t.Order == "" && t.Take == Newest {
		p.errs.Add(n.place, "newest needs order: the column that says which row is newest")
	}
	if s := p.word(n, "as"); s != "" {
		t.Bool = s == "bool"
		if s != "bool" {
			p.errs.Add(n.get("as").place, "as can only be bool")
		}
	}
	if t.Take == Exists {
		t.Bool = true
	}
	if v := n.get("when"); v != nil {
		t.When = p.conditions(v)
	}
	return t
}

func (p *mapParser) sequence(n *node, m *Mapping) *Sequence {
	s := &Sequence{place: n.place}
	if !p.isMap(n, "a sequence") {
		return s
	}
	p.only(n, "file", "by", "order", "column", "rank", "flag", "claims", "missed")
	s.File, s.By, s.Order = p.checkedFile(n, m), p.must(n, "by"), p.must(n, "order")
	s.Column, s.Flag, s.Claims = p.must(n, "column"), p.must(n, "flag"), p.must(n, "claims")
	if s.Claims != "" && s.Claims != "higher" && s.Claims != "lower" {
		p.errs.Add(n.get("claims").place, "claims is higher or lower")
	}
	s.Missed = p.word(n, "missed") == "true"
	if v := n.get("rank"); v != nil && p.isMap(v, "rank") {
		s.Rank = p.pairs(v)
	}
	return s
}
