package metric

import (
	"fmt"
	"strconv"
	"time"
)

// span is a length of time in calendar months and days; one of the two is 0 in
// what a model writes. A day has 24 hours, and with civil it ends when the clock
// on the wall says so.
type span struct {
	months, days int
	civil        bool
}

func (s span) plus(o span) span {
	return span{s.months + o.months, s.days + o.days, s.civil || o.civil}
}

func (s span) zero() bool { return s.months == 0 && s.days == 0 }

// before returns the instant that lies the span before another one: months keep
// the day of the month, reduced to the last day of a shorter one, and are counted
// in the zone.
func (s span) before(t int64, zone *time.Location) int64 {
	if s.months > 0 {
		at := time.Unix(t, 0).In(zone)
		first := time.Date(at.Year(), at.Month()-time.Month(s.months), 1, at.Hour(), at.Minute(), at.Second(), 0, zone)
		last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, zone).Day()
		t = time.Date(first.Year(), first.Month(), min(at.Day(), last), at.Hour(), at.Minute(), at.Second(), 0, zone).Unix()
	}
	if s.civil && s.days > 0 {
		return time.Unix(t, 0).In(zone).AddDate(0, 0, -s.days).Unix()
	}
	return t - int64(s.days)*secondsPerDay
}

// units are what a span may be written in.
var units = map[byte]span{'d': {days: 1}, 'w': {days: 7}, 'm': {months: 1}, 'q': {months: 3}, 'y': {months: 12}}

// maxMonths is MaxDays in months.
const maxMonths = 120

// parseSpan reads a length such as "28d", "12w", "3m", "2q" or "1y", from least
// days (or a month) to MaxDays. The message of a failure says what would be right,
// without naming the place.
func parseSpan(s string, least int) (out span, msg string) {
	if s == "" {
		return span{}, ""
	}
	unit, ok := units[s[len(s)-1]]
	number := s[:len(s)-1]
	n, err := strconv.Atoi(number)
	if !ok || err != nil || strconv.Itoa(n) != number {
		return span{}, fmt.Sprintf("%q is not a length of time: write 28d for days, 12w for weeks, 3m for months, 2q for quarters or 1y for years", s)
	}
	if n < 0 || n > MaxDays || n*unit.days > MaxDays || n*unit.months > maxMonths || n < least {
		return span{}, fmt.Sprintf("%q is out of range: use %dd to %dd, or up to %d months", s, least, MaxDays, maxMonths)
	}
	return span{months: unit.months * n, days: unit.days * n}, ""
}

// Period is a unit of the calendar.
type period int

const (
	noPeriod period = iota
	dayPeriod
	weekPeriod
	monthPeriod
	quarterPeriod
	yearPeriod
)

// calendars are the windows that follow the calendar.
var calendars = map[string]struct {
	unit period
	back int
}{
	"this_day": {dayPeriod, 0}, "previous_day": {dayPeriod, 1},
	"this_week": {weekPeriod, 0}, "previous_week": {weekPeriod, 1},
	"this_month": {monthPeriod, 0}, "previous_month": {monthPeriod, 1},
	"this_quarter": {quarterPeriod, 0}, "previous_quarter": {quarterPeriod, 1},
	"this_year": {yearPeriod, 0}, "previous_year": {yearPeriod, 1},
}

// start returns the first second of the period that holds an instant; back is
// the number of periods before it. Weeks begin on Monday.
func (p period) start(t int64, back int, zone *time.Location) int64 {
	at := time.Unix(t, 0).In(zone)
	y, m, d := at.Date()
	switch p {
	case weekPeriod:
		d -= (int(at.Weekday())+6)%7 + 7*back
	case monthPeriod:
		m, d = m-time.Month(back), 1
	case quarterPeriod:
		m, d = (m-1)/3*3+1-time.Month(3*back), 1
	case yearPeriod:
		y, m, d = y-back, 1, 1
	default:
		d -= back
	}
	return time.Date(y, m, d, 0, 0, 0, 0, zone).Unix()
}

// length is what a change of a calendar window goes back by.
func (p period) length() span {
	switch p {
	case weekPeriod:
		return span{days: 7, civil: true}
	case monthPeriod:
		return span{months: 1}
	case quarterPeriod:
		return span{months: 3}
	case yearPeriod:
		return span{months: 12}
	default:
		return span{days: 1, civil: true}
	}
}

// frame says where a metric looks: the window that belongs to each instant.
type frame struct {
	length span // zero: since the beginning
	offset span // the whole window lies so much before the instant
	// unit is set for a window of the calendar; back is how many periods it lies
	// before the one at hand.
	unit period
	back int
	// notStart and end say which ends belong to the window. throughDay stretches it
	// to the end of the instant's day.
	notStart, end, throughDay bool
	zone                      *time.Location
}

// at returns the window of an instant as seconds [lo, hi); lo is noBeginning
// when there is no beginning.
func (f *frame) at(t int64) (lo, hi int64) { return f.shifted(t, span{}) }

// shifted is at, of the window that lies so much earlier.
func (f *frame) shifted(t int64, by span) (lo, hi int64) {
	end := f.offset.plus(by)
	hi = end.before(t, f.zone)
	lo = noBeginning
	switch {
	case f.unit != noPeriod:
		lo = f.unit.start(hi, f.back, f.zone)
		if f.back > 0 {
			hi = f.unit.start(hi, f.back-1, f.zone)
		}
	case !f.length.zero():
		lo = end.plus(f.length).before(t, f.zone)
	}
	if f.throughDay {
		hi = dayPeriod.start(hi, -1, f.zone)
	}
	if f.notStart && lo != noBeginning {
		lo++
	}
	if f.end {
		hi++
	}
	return lo, hi
}

// step is how far back a change looks.
func (f *frame) step() span {
	if f.unit != noPeriod {
		return f.unit.length()
	}
	return f.length
}

// plain reports whether the sweep knows such windows: whole days, the start
// included and the end not.
func (f *frame) plain() bool {
	return f.length.months == 0 && f.offset.months == 0 && f.unit == noPeriod && !f.notStart && !f.end && !f.throughDay
}

// knownBy is the last second whose knowledge counts: the instant, or the end of
// a window that reaches beyond it.
func knownBy(t, hi int64) int64 { return max(t, hi-1) }

// civilDay numbers the days of the calendar in a zone.
func civilDay(t int64, zone *time.Location) int64 {
	if zone == time.UTC {
		return floorDiv(t, secondsPerDay)
	}
	y, m, d := time.Unix(t, 0).In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
