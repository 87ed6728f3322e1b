package churn

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/stats/num"
	"kept/internal/stats/survival"
	"kept/internal/validate"
)

// By says how lives are grouped.
type By string

// The groupings.
const (
	BySegment     By = "segment"
	ByCohort      By = "cohort"
	ByProductLine By = "product_line"
)

// ParseBy reads a grouping; empty is by segment.
func ParseBy(s string) (By, error) {
	switch by := By(s); by {
	case "":
		return BySegment, nil
	case BySegment, ByCohort, ByProductLine:
		return by, nil
	}
	return "", fault.At("by", "%.40q is not a grouping: use segment, cohort (quarter of the start) or product_line", s)
}

// Causes are the ways in which a life under a grouping can end, by Cause − 1.
func (b By) Causes() []CauseCount {
	if b == ByProductLine {
		return []CauseCount{
			{Key: "dropped", Title: "Given up, the customer stays"},
			{Key: "left", Title: "The customer left"},
			{Key: "ceased", Title: "The customer is no more (acquired, merged, wound up)"},
		}
	}
	return []CauseCount{{Key: "left", Title: "Left"}, {Key: "ceased", Title: "The customer is no more (acquired, merged, wound up)"}}
}

// Survival is how long customers stay, by group.
type Survival struct {
	By           By        `json:"by" enum:"segment,cohort,product_line"`
	AsOf         time.Time `json:"as_of"`
	ModelVersion int64     `json:"model_version"`
	DataStart    time.Time `json:"data_start,omitzero"`
	// DataEnd is the last day on which a departure would be known.
	DataEnd time.Time `json:"data_end,omitzero"`
	Status  Status    `json:"status"`
	Refusal string    `json:"refusal,omitempty"`
	// Headline and Sentences say what the curves show, and what they cannot.
	Headline  string   `json:"headline"`
	Sentences []string `json:"sentences"`
	// All is everybody; Groups are those of the grouping, in their order.
	All    Curve   `json:"all"`
	Groups []Curve `json:"groups"`
	Test   Test    `json:"test"`
	// RestrictedTo is how many months the means are taken over; 0 without means.
	RestrictedTo float64 `json:"restricted_to_months"`
}

// Test is whether the groups differ.
type Test struct {
	Method  string   `json:"method"`
	ChiSq   *float64 `json:"chi_squared"`
	DF      int      `json:"df"`
	P       *float64 `json:"p"`
	Groups  int      `json:"groups"`
	Refusal string   `json:"refusal,omitempty"`
}

// GroupTitle names a group; the order of a list is that of the groups; a group that is not there is named by its key.
type GroupTitle struct{ Key, Title string }

// fewestDepartures is how many it takes to compare groups.
const fewestDepartures = 5

// maxMonths bounds a curve: ten years.
const maxMonths = 120

// Estimate makes the curves of the stretches. titles give the groups their order.
func Estimate(by By, asOf time.Time, w Window, of []Stretch, titles []GroupTitle) (*Survival, error) {
	s := &Survival{By: by, AsOf: asOf, DataStart: w.Start, DataEnd: w.End, Status: StatusOK, Sentences: []string{}, Groups: []Curve{}}
	s.Test.Method = "log-rank"
	for i, o := range of {
		if math.IsNaN(o.Entry) || math.IsNaN(o.Exit) || math.IsInf(o.Exit, 0) || o.Entry < 0 || o.Exit <= o.Entry {
			return nil, num.Invalid("stretches", "life %d is watched from day %v to day %v: the first has to come before the second", i, o.Entry, o.Exit)
		}
		if o.Cause < 0 || int(o.Cause) > len(by.Causes()) {
			return nil, num.Invalid("stretches", "life %d ended by the cause %d, of %d", i, o.Cause, len(by.Causes()))
		}
	}
	all, err := s.group(GroupTitle{Title: "All"}, of)
	if err != nil {
		return nil, err
	}
	s.All = all
	if all.Refusal != "" {
		s.Status, s.Refusal = StatusRefused, all.Refusal
		s.Headline = "The data cannot say yet how long customers stay."
		s.Test.Refusal = all.Refusal
		return s, nil
	}
	for _, t := range groupsOf(of, titles) {
		one, err := s.group(t, pick(of, t.Key))
		if err != nil {
			return nil, err
		}
		s.Groups = append(s.Groups, one)
	}
	if err := s.means(of); err != nil {
		return nil, err
	}
	s.compare(of)
	s.speak()
	return s, nil
}

func pick(of []Stretch, key string) []Stretch {
	var out []Stretch
	for _, o := range of {
		if o.Group == key {
			out = append(out, o)
		}
	}
	return out
}

// groupsOf orders the groups that occur: those with a title first, as given.
func groupsOf(of []Stretch, titles []GroupTitle) []GroupTitle {
	seen := map[string]bool{}
	for _, o := range of {
		seen[o.Group] = true
	}
	var out []GroupTitle
	for _, t := range titles {
		if seen[t.Key] {
			out = append(out, t)
			delete(seen, t.Key)
		}
	}
	var rest []string
	for key := range seen {
		rest = append(rest, key)
	}
	slices.Sort(rest)
	for _, key := range rest {
		t := GroupTitle{key, strings.ReplaceAll(key, "-Q", " Q")}
		if key == "" {
			t.Title = "None"
		}
		out = append(out, t)
	}
	return out
}

// group estimates one group up to the last whole month at which one is watched.
func (s *Survival) group(t GroupTitle, of []Stretch) (Curve, error) {
	none := validate.Estimate{Level: Level, N: len(of), Why: "There is no curve."}
	c := Curve{Key: t.Key, Title: t.Title, N: len(of), Causes: s.By.Causes(), Points: []CurvePoint{}, Median: none, Mean: none, Difference: none}
	last := 0.0
	for _, o := range of {
		last = max(last, o.Exit)
		if o.Cause != Stays {
			c.Departures++
			c.Causes[o.Cause-1].N++
		}
	}
	cut, ok := sampleOf(of)
	c.Late = cut.late
	if !ok {
		c.Refusal = fmt.Sprintf("%s: at no time were %d watched together, so there is no curve.", s.By.lives(len(of)), MinAtRisk)
		return c, nil
	}
	c.FromMonth = cut.from / month
	var grid []float64
	for m := 0; m <= maxMonths; m++ {
		if t := float64(m) * month; t <= last || m == 0 {
			grid = append(grid, t)
		}
	}
	if err := c.curve(&cut, grid, s.By.Causes()); err != nil {
		return c, err
	}
	// Before it begins, a curve says nothing.
	begin := int(math.Ceil(c.FromMonth - 1e-9))
	c.Points = c.Points[min(begin, len(c.Points)-1):]
	return c, nil
}

// lives counts what is followed.
func (b By) lives(n int) string {
	switch {
	case b != ByProductLine:
		return count(n, "account")
	case n == 1:
		return "1 product at a customer"
	}
	return number(n) + " products at customers"
}

// spans are the months over which means are taken: the longest over which two
// groups can be compared.
var spans = []int{24, 12, 6, 3}

// means compares the mean months stayed, over a span at whose end groups that are
// watched from the start still have MinAtRisk.
func (s *Survival) means(of []Stretch) error {
	s.noMeans("No two groups were watched from their start for three months by 10 or more.")
	var with []int
	tau := 0.0
	for _, span := range spans {
		with = with[:0]
		for i := range s.Groups {
			if g := &s.Groups[i]; g.Refusal == "" && g.FromMonth == 0 && g.at(span) != nil {
				with = append(with, i)
			}
		}
		if len(with) >= 2 {
			tau = float64(span)
			break
		}
	}
	if tau == 0 {
		return nil
	}
	s.RestrictedTo = tau
	s.noMeans(fmt.Sprintf("The group was not watched for its first %.0f months by 10 or more.", tau))
	ref := with[0]
	for _, i := range with {
		if s.Groups[i].N > s.Groups[ref].N {
			ref = i
		}
	}
	for _, i := range with {
		g := &s.Groups[i]
		cut, _ := sampleOf(pick(of, g.Key))
		km, err := survival.KaplanMeier(cut.data)
		if err != nil {
			return err
		}
		if g.rmst, err = km.RMST(tau * month); err != nil {
			return err
		}
		g.Mean = s.months(g, g.rmst.Value, g.rmst.SE)
	}
	s.Groups[ref].Reference = true
	for _, i := range with {
		g := &s.Groups[i]
		if i == ref {
			g.Difference.Why = "This is the group that the others are compared with."
			continue
		}
		diff, se, _ := survival.RMSTDifference(g.rmst, s.Groups[ref].rmst)
		g.Difference = s.months(g, diff, se)
	}
	return nil
}

func (s *Survival) noMeans(why string) {
	for i := range s.Groups {
		e := validate.Estimate{Level: Level, N: s.Groups[i].N, Events: s.Groups[i].Departures, Why: why}
		s.Groups[i].Mean, s.Groups[i].Difference = e, e
	}
}

func (s *Survival) months(g *Curve, value, se float64) validate.Estimate {
	e := validate.Estimate{Level: Level, N: g.N, Events: g.Departures, Method: fmt.Sprintf("restricted mean of the first %.0f months", s.RestrictedTo), Evidence: validate.Counted}
	if !(se > 0) {
		e.Why = "Nobody left in that time."
		return e
	}
	e.Value, e.Low, e.High = pointer(value/month), pointer((value-z95*se)/month), pointer((value+z95*se)/month)
	return e
}

// compare tests whether the groups with a curve differ.
func (s *Survival) compare(of []Stretch) {
	at := map[string]int{}
	for i := range s.Groups {
		if s.Groups[i].Refusal == "" {
			at[s.Groups[i].Key] = len(at)
		}
	}
	s.Test.Groups = len(at)
	if len(at) < 2 {
		s.Test.Refusal = "There are not two groups with a curve to compare."
		return
	}
	var d survival.Data
	var group []int
	events := 0
	for _, o := range of {
		g, ok := at[o.Group]
		if !ok {
			continue
		}
		d.Time, d.Event, d.Entry = append(d.Time, o.Exit), append(d.Event, o.Cause != Stays), append(d.Entry, o.Entry)
		group = append(group, g)
		if o.Cause != Stays {
			events++
		}
	}
	if events < fewestDepartures {
		s.Test.Refusal = fmt.Sprintf("%s: %d are needed to compare groups.", count(events, "departure"), fewestDepartures)
		return
	}
	l, err := survival.LogRankTest(d, group, len(at), nil, 0)
	if err != nil {
		s.Test.Refusal = "The groups cannot be compared: " + message(err) + "."
		return
	}
	s.Test.ChiSq, s.Test.DF, s.Test.P = pointer(l.ChiSq), l.DF, pointer(l.P)
}

func (s *Survival) speak() {
	say := func(format string, args ...any) { s.Sentences = append(s.Sentences, fmt.Sprintf(format, args...)) }
	a := &s.All
	year := a.at(12)
	switch {
	case a.FromMonth > 0 || year == nil:
		s.Headline = fmt.Sprintf("%s of %s left in the time that the data tell about.", number(a.Departures), s.By.lives(a.N))
	default:
		s.Headline = fmt.Sprintf("%s stay a year (95 %%: %s to %s).", percent(year.Stay), percent(year.Low), percent(year.High))
	}
	switch t := s.Test; {
	case t.Refusal != "":
		say("%s", t.Refusal)
	case *t.P < .001:
		say("The groups differ by more than chance (log-rank, p < 0.001).")
	case *t.P < .05:
		say("The groups differ by more than chance (log-rank, p = %.3f).", *t.P)
	default:
		say("Chance alone makes differences like these (log-rank, p = %s): no evidence that the groups differ.", two(*t.P))
	}
	if a.Late > 0 {
		say("%s began before the data do and enter late: they count from the day on which they can be seen (%s).", s.By.lives(a.Late), s.DataStart.Format(time.DateOnly))
	}
	if n := a.Causes[len(a.Causes)-1].N; n > 0 {
		say("%d of %d ended because the customer is no more, by the reasons on record; the shares by cause add up (Aalen–Johansen).", n, a.Departures)
	}
}

func (c *Curve) at(m int) *CurvePoint {
	for i := range c.Points {
		if c.Points[i].Month == m && !c.Points[i].Thin {
			return &c.Points[i]
		}
	}
	return nil
}
