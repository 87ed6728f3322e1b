package metric

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// window checks the frame of an event metric.
func (c *compiler) window(i int) {
	m := &c.set.metrics[i]
	f := &m.frame
	f.zone = time.UTC
	if m.TimeZone != "" {
		zone, err := time.LoadLocation(m.TimeZone)
		if err != nil || m.TimeZone == "Local" {
			c.errs.Add(at(i, "time_zone"), "%q is not a time zone: use a name such as UTC or Europe/Berlin", m.TimeZone)
		} else {
			f.zone = zone
		}
	}
	var msg string
	if calendar, ok := calendars[m.Window]; ok {
		f.unit, f.back = calendar.unit, calendar.back
	} else if f.length, msg = parseSpan(m.Window, 1); msg != "" {
		if strings.Contains(m.Window, "_") {
			msg += ", or one of " + strings.Join(calendarNames(), ", ")
		}
		c.errs.Add(at(i, "window"), "%s", msg)
	}
	if f.offset, msg = parseSpan(m.Offset, 0); msg != "" {
		c.errs.Add(at(i, "offset"), "%s", msg)
	}
	f.offset.civil = f.unit != noPeriod
	m.days, m.offset = f.length.days, f.offset.days
	switch m.Includes {
	case "", IncludesStart:
	case IncludesEnd:
		f.notStart, f.end = true, true
	case IncludesBoth:
		f.end = true
	case IncludesNeither:
		f.notStart = true
	default:
		c.errs.Add(at(i, "includes"), "%q is unknown: use one of %s", m.Includes, list([]Includes{IncludesStart, IncludesEnd, IncludesBoth, IncludesNeither}))
	}
	for j, name := range m.Events {
		if name == "" {
			c.errs.Add(fmt.Sprintf("metrics[%d].events[%d]", i, j), "is empty: name an event, or leave events out to take all")
		}
	}
	if m.Kind == Recency {
		if m.As != "" {
			c.choose(i, "as", string(m.As), m.As == Days || m.As == CalendarDays, list([]As{Days, CalendarDays}))
		}
		f.throughDay = m.As == CalendarDays
	}
	c.particular(i)
	c.where(i)
	if m.Scale != "" {
		m.scale = c.days(i, "scale", m.Scale, 1)
		if f.length.days == 0 && m.Window != "" || m.Window == "" {
			c.errs.Add(at(i, "scale"), "needs a window in days or weeks, such as 84d, to be scaled from")
		}
	}
}

// particular checks the keys of single kinds.
func (c *compiler) particular(i int) {
	m := &c.set.metrics[i]
	switch m.Kind {
	case Percentile:
		switch {
		case m.P == nil:
			c.errs.Add(at(i, "p"), "is missing: say which percentile, from 0 to 100")
		case !(*m.P >= 0 && *m.P <= 100):
			c.errs.Add(at(i, "p"), "%v is no percentile: use 0 to 100", *m.P)
		}
	case CurrentStreak, LongestStreak:
		c.choose(i, "by", string(m.By), m.By == ByDay || m.By == ByWeek, list([]By{ByDay, ByWeek}))
	case Open:
		if len(m.Events) == 0 {
			c.errs.Add(at(i, "events"), "is missing: name the events that open something")
		}
		if len(m.ClosedBy) == 0 {
			c.errs.Add(at(i, "closed_by"), "is missing: name the events that close it again")
		}
		for j, name := range m.ClosedBy {
			switch {
			case name == "":
				c.errs.Add(fmt.Sprintf("metrics[%d].closed_by[%d]", i, j), "is empty: name an event")
			case slices.Contains(m.Events, name):
				c.errs.Add(fmt.Sprintf("metrics[%d].closed_by[%d]", i, j), "%q opens already: an event either opens or closes", name)
			}
		}
	default:
	}
}

func calendarNames() []string {
	var names []string
	for name := range calendars {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// days reads a number of days; 0 when the key is not there.
func (c *compiler) days(i int, key, text string, least int) int {
	if text == "" {
		return 0
	}
	n, msg := ParseDays(text, least)
	if msg != "" {
		c.errs.Add(at(i, key), "%s", msg)
	}
	return n
}

func (c *compiler) zeroOrMissing(i int, key string, got Empty) {
	if got != "" && got != Zero && got != Missing {
		c.errs.Add(at(i, key), "%q is neither zero nor missing", got)
	}
}

// named finds a metric that another one reads.
func (c *compiler) named(i int, key, name, what string) int {
	if name == "" {
		c.errs.Add(at(i, key), "is missing: name %s", what)
		return -1
	}
	n, ok := c.set.index[name]
	if !ok {
		c.errs.Add(at(i, key), "there is no metric %q: define it, or name another", name)
		return -1
	}
	return n
}

func (c *compiler) quotient(i int) {
	m := &c.set.metrics[i]
	if m.As == "" {
		m.As = Ratio
	}
	c.choose(i, "as", string(m.As), m.As == Ratio || m.As == Percent, list([]As{Ratio, Percent}))
	c.zeroOrMissing(i, "when_zero", m.WhenZero)
	c.zeroOrMissing(i, "when_missing", m.WhenMissing)
	m.of, m.over = c.named(i, "of", m.Of, "the metric above the line"), c.named(i, "over", m.Over, "the metric under the line")
	for _, in := range []int{m.of, m.over} {
		if in >= 0 {
			m.inputs = append(m.inputs, in)
		}
	}
}

// guards checks what may limit and round any kind.
func (c *compiler) guards(i int) {
	m := &c.set.metrics[i]
	if m.Tenure != "" {
		if m.tenure = c.named(i, "tenure", m.Tenure, "a metric in days"); m.tenure >= 0 {
			m.inputs = append(m.inputs, m.tenure)
		}
		if m.Scale == "" && m.MinTenure == "" {
			c.errs.Add(at(i, "tenure"), "is used by scale and min_tenure only: add one of them, or remove it")
		}
	}
	m.minTenure = c.days(i, "min_tenure", m.MinTenure, 1)
	m.history = c.days(i, "history", m.History, 1)
	if m.Only != "" && m.Only != OnlyActive {
		c.errs.Add(at(i, "only"), "%q is unknown: use active", m.Only)
	}
	if m.Precision != "" && m.Precision != Single {
		c.errs.Add(at(i, "precision"), "%q is unknown: use single, or leave it out for double", m.Precision)
	}
}

// guarded reports whether a value is changed after it was computed.
func (m *compiled) guarded() bool {
	return m.scale > 0 || m.minTenure > 0 || m.history > 0 || m.Only != "" || m.Precision != ""
}
