package validate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"kept/internal/stats/prop"
)

// seed makes every report of one data set the same, to the last bit.
const seed = 20_260_101

// Run judges a forecaster on a data set.
func Run(d *Dataset, f Forecaster) *Report {
	r := &Report{
		Scorecard: d.Spec.Scorecard, Title: d.Title, AsOf: d.AsOf, ModelVersion: d.ModelVersion, Versions: d.Versions,
		Status: StatusOK, Sentences: []string{}, Canaries: []Canary{}, Ahead: []Ahead{}, ROC: []ROCPoint{}, Calibration: []Bin{}, Lift: []Lift{},
		Bands: []BandResult{}, Measures: []Measure{}, Folds: []FoldResult{}, Segments: []Segment{},
		Migration: Migration{To: []string{}, Rows: []MigrationRow{}}, Lead: Lead{Histogram: []LeadCount{}},
		Timing: Timing{Points: []TimePoint{}}, Recalibrated: Recalibrated{Curve: []Corner{}},
	}
	if r.Title == "" {
		r.Title = r.Scorecard
	}
	none := Estimate{Level: Level, Why: "The data cannot say."}
	r.Timing.Harrell, r.Timing.Uno = none, none
	r.Lead.Median, r.ARR.LeftRate, r.ARR.LostRate, r.Metrics = none, none, none, emptyMetrics(none.Why)
	r.setup(d)
	if why := d.refuse(); why != "" {
		r.refuse(why)
		return r
	}
	b := Walk(d, f, nil)
	p := b.pool()
	r.Ladder = ladder(p.events)
	r.Setup.Scored, r.Setup.Departures = len(p.rows), p.events
	// What only counts is shown in any case; nothing in it is estimated from scores.
	r.Ahead = d.ahead()
	if len(p.rows) == 0 {
		r.refuse(fmt.Sprintf("None of the %s has a score: too few measures have a value. See the coverage of the scorecard's measures.", atCutOffs(len(d.Rows))))
		return r
	}
	r.Canaries = canaries(d, f, p)
	for _, c := range r.Canaries {
		if c.State == Fired {
			r.stop(c)
			return r
		}
	}
	r.bands(d)
	r.Lead = d.lead()
	r.Migration = d.migration()
	if p.events == 0 {
		r.refuse("No account with a score left within the horizon of a cut-off. That is good news, and it leaves nothing to judge the score by.")
		return r
	}
	if p.events == len(p.rows) {
		r.refuse("Every account with a score left within the horizon. Without accounts that stayed there is nothing to compare with.")
		return r
	}
	r.figures(d, b, p)
	r.timing(d, p)
	r.recalibrate(p)
	r.Measures = d.measures(r.Ladder.State)
	r.folds(d, b)
	r.segments(d, p)
	r.speak(d, p)
	return r
}

func (r *Report) setup(d *Dataset) {
	s := &r.Setup
	s.History, s.Outcome, s.OutcomeWords, s.OutcomeWhy = d.Spec.History, d.Spec.Outcome, d.OutcomeWords, d.OutcomeWhy
	s.HorizonDays, s.EmbargoDays, s.GraceDays = int(d.Spec.Horizon/Day), int(d.Spec.Horizon/Day), int(d.Spec.Lapse()/Day)
	s.DataStart, s.DataEnd, s.StepDays, s.Weeks = d.DataStart, d.DataEnd, int(d.Plan.Step/Day), len(d.Plan.Weeks)
	s.CutOffs, s.Notes = slices.Clone(d.Plan.CutOffs), slices.Clone(d.Plan.Notes)
	if s.CutOffs == nil {
		s.CutOffs = []time.Time{}
	}
	if s.Notes == nil {
		s.Notes = []string{}
	}
	s.Rows, s.LateKnown, s.Bootstrap = len(d.Rows), d.LateKnown, Resamples
	seen := map[int32]bool{}
	for i := range d.Rows {
		seen[d.Rows[i].Account] = true
	}
	s.Accounts = len(seen)
	for i := range d.Accounts {
		if d.Accounts[i].Life.Contradicted {
			s.Contradicted++
		}
	}
	if s.LateKnown > 0 {
		s.Notes = append(s.Notes, count(s.LateKnown, "account")+" had left before a cut-off, which became known only later: left out there.")
	}
	if s.Contradicted > 0 {
		s.Notes = append(s.Notes, count(s.Contradicted, "account")+" marked as churned still pay for a subscription: money is believed, they count as staying.")
	}
	if d.Spec.History == Recomputed && !d.Changed.IsZero() && len(d.Plan.CutOffs) > 0 {
		before := 0
		for _, t := range d.Plan.CutOffs {
			if t.Before(d.Changed) {
				before++
			}
		}
		if before > 0 {
			s.Notes = append(s.Notes, fmt.Sprintf("The model version in force was saved on %s, after %d of the %s: whoever chose the weights may have known what happened then. Judged as recorded, or on what happens next, it cannot flatter itself.",
				day(d.Changed), before, count(len(d.Plan.CutOffs), "cut-off")))
		}
	}
	if d.AsOf.Sub(d.DataEnd) > 30*Day {
		s.Notes = append(s.Notes, fmt.Sprintf("Nothing is on record after %s, so what happened later is unknown.", day(d.DataEnd)))
	}
}

// refuse returns why the data cannot answer at all.
func (d *Dataset) refuse() string {
	switch {
	case len(d.Accounts) == 0:
		return "There is no paying account on record: import accounts with their subscriptions first."
	case d.Plan.Why != "":
		return d.Plan.Why
	case len(d.Rows) == 0:
		return fmt.Sprintf("No account was under the scorecard %q and paying at any of the %s.", d.Spec.Scorecard, count(len(d.Plan.CutOffs), "cut-off"))
	}
	return ""
}

func (r *Report) refuse(why string) {
	r.Status, r.Verdict, r.Refusal = StatusRefused, VerdictNone, why
	r.Headline = "The data cannot say yet whether this score works."
	if r.Ladder.State == "" {
		r.Ladder = ladder(0)
	}
	r.Sentences = []string{}
	r.Metrics = emptyMetrics("The data cannot say.")
}

func (r *Report) stop(c Canary) {
	r.Status, r.Verdict = StatusStopped, VerdictNone
	r.Headline = "Stopped: the check \"" + c.Title + "\" failed, so no figure here may be believed."
	r.Refusal = c.Words
	r.Metrics = emptyMetrics("A leak check failed.")
	r.Ahead = []Ahead{}
}

func emptyMetrics(why string) Metrics {
	e := Estimate{Level: Level, Why: why}
	return Metrics{BaseRate: e, AUC: e, AUCByARR: e, PRAUC: e, Brier: e, BrierSkill: e, LogLoss: e, LogLossBase: e, CalibrationLarge: e, Expected: e, Slope: e, ECE: e}
}

// badge is the evidence of a forecast's figure on a rung.
func (r Rung) badge() Evidence {
	if r.at(Basic) {
		return OutOfTime
	}
	return Described
}

func pointer(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// share is a count with Wilson's interval.
func share(k, n int, evidence Evidence) Estimate {
	e := Estimate{Level: Level, N: n, Events: k, Method: "Wilson", Evidence: evidence}
	if n == 0 {
		e.Why = "There is none."
		return e
	}
	rate := float64(k) / float64(n)
	i := prop.WilsonShare(rate, float64(n), Level)
	e.Value, e.Low, e.High = pointer(rate), &i.Lo, &i.Hi
	return e
}

// figures fills what is pooled over the folds.
func (r *Report) figures(d *Dataset, b *Backtest, p *pool) {
	rung := r.Ladder.State
	capacity, words := d.capacity()
	decile := p.selectTop(func(rows int) float64 { return math.Ceil(float64(rows) / 10) })
	able := p.selectTop(func(int) float64 { return capacity })
	bins, nBins := p.equalBins(eceBins)
	w := newWeighted(d, p, decile, able, bins, nBins)
	var boot [figures]resampled
	if rung.at(Descriptive) {
		boot = w.resample(seed)
	} else {
		one := make([]float64, w.accounts)
		for i := range one {
			one[i] = 1
		}
		for f, v := range w.compute(one, make([][3]float64, w.bins)) {
			boot[f] = resampled{v, math.NaN(), math.NaN()}
		}
	}
	n := len(p.rows)
	from := func(f int, least Rung, n, events int) Estimate {
		e := Estimate{Level: Level, N: n, Events: events, Method: "BCa bootstrap over accounts", Evidence: rung.badge()}
		switch {
		case !rung.at(least):
			e.Why = fmt.Sprintf("Needs %d departures; there are %s.", leastOf(least), group(p.events))
		case math.IsNaN(boot[f].value) || math.IsInf(boot[f].value, 0):
			e.Why = "It cannot be computed from these data."
		case math.IsNaN(boot[f].low):
			e.Why = "Its interval cannot be computed from these data."
		default:
			e.Value, e.Low, e.High = pointer(boot[f].value), pointer(boot[f].low), pointer(boot[f].high)
		}
		return e
	}
	m := &r.Metrics
	m.BaseRate = share(p.events, n, Counted)
	ranked := rankOf(p.risk, p.y, p.cluster)
	m.AUC = aucEstimate(ranked, rung, p.events)
	m.AUCByARR = from(figAUCByARR, Descriptive, n, p.events)
	m.PRAUC = from(figPRAUC, Descriptive, n, p.events)
	nc, ec := len(p.calibrated), p.calibratedEvents
	prob := func(f int, least Rung) Estimate {
		e := from(f, least, nc, ec)
		switch {
		case nc == 0:
			e.Value, e.Low, e.High = nil, nil, nil
			e.Why = fmt.Sprintf("No fold had %d departures to calibrate on before its cut-off.", minTraining)
		case !Climb(ec).at(least):
			e.Value, e.Low, e.High = nil, nil, nil
			e.Why = fmt.Sprintf("Needs %d departures in calibrated folds; there are %d.", leastOf(least), ec)
		}
		return e
	}
	m.Brier, m.BrierSkill = prob(figBrier, Basic), prob(figSkill, Basic)
	m.LogLoss, m.LogLossBase = prob(figLogLoss, Basic), prob(figLogLossBase, Basic)
	m.Expected = prob(figExpected, Basic)
	m.ECE = prob(figECE, Full)
	m.ECE.Method = "recentred bootstrap over accounts"
	r.calibration(p, bins, nBins, prob)
	r.Lift = []Lift{
		p.lift("top_decile", "The tenth of the accounts most at risk", decile, from(figLiftDecile, Descriptive, n, p.events), from(figCaptureDecile, Descriptive, n, p.events), from(figCaptureDecileARR, Descriptive, n, p.events), len(b.Folds)),
		p.lift("capacity", words, able, from(figLiftCapacity, Descriptive, n, p.events), from(figCaptureCapacity, Descriptive, n, p.events), from(figCaptureCapacityARR, Descriptive, n, p.events), len(b.Folds)),
	}
	r.arr(d, p, from)
	if rung.at(Descriptive) {
		r.ROC = p.roc()
	}
	switch {
	case !rung.at(Basic):
		r.Verdict = VerdictTooFew
	case *m.AUC.Low > .5:
		r.Verdict = VerdictPredicts
	case *m.AUC.High < .5:
		r.Verdict = VerdictBackwards
	default:
		r.Verdict = VerdictNotShown
	}
}

func leastOf(r Rung) int {
	return map[Rung]int{CountsOnly: 0, Descriptive: descriptiveFrom, Basic: basicFrom, Full: fullFrom, Segments: segmentsFrom}[r]
}

func aucEstimate(k ranked, rung Rung, events int) Estimate {
	e := Estimate{Level: Level, N: k.events + k.others, Events: events, Method: "DeLong by account, logit scale", Evidence: rung.badge()}
	switch {
	case !rung.at(Descriptive):
		e.Why = fmt.Sprintf("Needs %d departures; there are %d.", descriptiveFrom, events)
	case math.IsNaN(k.auc):
		e.Why = "All accounts share one outcome."
	default:
		low, high := k.interval()
		e.Value, e.Low, e.High = pointer(k.auc), &low, &high
	}
	return e
}

// calibration fills what compares probabilities with outcomes.
func (r *Report) calibration(p *pool, bins []int, nBins int, prob func(int, Rung) Estimate) {
	m := &r.Metrics
	m.CalibrationLarge, m.Slope = prob(figBrier, Basic), prob(figBrier, Full)
	var ps []float64
	var ys []bool
	var cs []int32
	for _, i := range p.calibrated {
		ps, ys, cs = append(ps, p.p[i]), append(ys, p.y[i]), append(cs, p.cluster[i])
	}
	fill := func(e *Estimate, s coefficient) {
		e.Method = "logistic recalibration, sandwich by account"
		if e.Value == nil {
			return
		}
		e.Value, e.Low, e.High = nil, nil, nil
		if !s.ok {
			e.Why = "It cannot be computed: the probabilities do not vary, or separate the outcomes."
			return
		}
		e.Value, e.Low, e.High = pointer(s.value), pointer(s.value-z95*s.se), pointer(s.value+z95*s.se)
	}
	var large, slope coefficient
	if m.CalibrationLarge.Value != nil {
		large, slope = recalibration(ps, ys, cs)
	}
	fill(&m.CalibrationLarge, large)
	fill(&m.Slope, slope)
	if m.CalibrationLarge.Value == nil {
		return
	}
	type tally struct {
		n, k int
		p    float64
		v    float64
	}
	of := make([]tally, nBins)
	for k, i := range p.calibrated {
		t := &of[bins[k]]
		t.n++
		t.p += p.p[i]
		t.v += p.p[i] * (1 - p.p[i])
		if p.y[i] {
			t.k++
		}
	}
	null := 0.0
	for _, t := range of {
		r.Calibration = append(r.Calibration, Bin{Predicted: t.p / float64(t.n), Observed: share(t.k, t.n, r.Ladder.State.badge())})
		null += math.Sqrt(2 / math.Pi * t.v)
	}
	if m.ECE.Value != nil {
		m.ECENull = pointer(null / float64(len(p.calibrated)))
	}
}

// capacity returns how many accounts the team can look after in a horizon.
func (d *Dataset) capacity() (accounts float64, words string) {
	if d.Spec.Capacity > 0 {
		return float64(d.Spec.Capacity), fmt.Sprintf("The %s most at risk (the team's capacity, as stated)", count(d.Spec.Capacity, "account"))
	}
	red := 0
	for i := range d.Rows {
		if d.Rows[i].Band == 0 {
			red++
		}
	}
	n := max(1, math.Round(float64(red)/float64(len(d.Plan.CutOffs))))
	return n, fmt.Sprintf("The %s most at risk (as many as were %s at a cut-off on average, for want of a stated capacity)", count(int(n), "account"), d.red())
}

// red names the worst band.
func (d *Dataset) red() string {
	if len(d.Bands) == 0 {
		return "in the worst band"
	}
	if b := d.Bands[0]; b.Key == "red" || b.Color == "red" {
		return "red"
	}
	return "in the band " + d.Bands[0].Title
}

func (p *pool) lift(where, title string, chosen []float64, lift, capture, byARR Estimate, foldCount int) Lift {
	l := Lift{Where: where, Title: title, Lift: lift, Capture: capture, CaptureByARR: byARR}
	looked, left := 0.0, 0.0
	for i, c := range chosen {
		looked += c
		if p.y[i] {
			l.Found += c
			left++
		}
	}
	l.LookedAt = int(math.Round(looked))
	l.PerCutOff = looked / float64(foldCount)
	l.ByChance = looked / float64(len(p.rows)) * left
	return l
}

func (r *Report) arr(d *Dataset, p *pool, from func(int, Rung, int, int) Estimate) {
	a := &r.ARR
	a.Currency = d.Currency
	for i, row := range p.rows {
		a.AtRisk += p.arr[i]
		switch after := max(d.Rows[row].ARRAfter, 0); {
		case p.y[i]:
			a.Left += p.arr[i]
		case after < p.arr[i]:
			a.Contracted += p.arr[i] - after
		}
	}
	a.LeftRate = from(figLeftARR, Descriptive, len(p.rows), p.events)
	a.LostRate = from(figLostARR, Descriptive, len(p.rows), p.events)
	a.LeftRate.Evidence, a.LostRate.Evidence = Counted, Counted
}

// roc returns the curve, thinned to what a picture can show.
func (p *pool) roc() []ROCPoint {
	order := riskiest(p.risk)
	pos, neg := 0, 0
	for _, y := range p.y {
		if y {
			pos++
		} else {
			neg++
		}
	}
	out := []ROCPoint{{}}
	tp, fp := 0, 0
	for k, i := range order {
		if p.y[i] {
			tp++
		} else {
			fp++
		}
		if k < len(order)-1 && p.risk[i] == p.risk[order[k+1]] {
			continue
		}
		next := ROCPoint{float64(fp) / float64(neg), float64(tp) / float64(pos)}
		last := out[len(out)-1]
		if next.FalseAlarms-last.FalseAlarms >= .005 || next.Found-last.Found >= .005 || k == len(order)-1 {
			out = append(out, next)
		}
	}
	return out
}

func (r *Report) folds(d *Dataset, b *Backtest) {
	for k := range b.Folds {
		f := &b.Folds[k]
		out := FoldResult{CutOff: d.Plan.CutOffs[f.CutOff], TrainRows: len(f.Train)}
		for _, row := range f.Train {
			if d.Rows[row].Left {
				out.TrainLeft++
			}
		}
		one := Backtest{Data: d, Folds: []Fold{*f}}
		p := one.pool()
		out.Rows, out.Left = len(p.rows), p.events
		out.Observed = share(p.events, len(p.rows), Counted)
		sum := 0.0
		for _, i := range p.calibrated {
			sum += p.p[i]
		}
		if len(p.calibrated) > 0 {
			out.Predicted = pointer(sum / float64(len(p.calibrated)))
		}
		out.AUC = aucEstimate(rankOf(p.risk, p.y, p.cluster), Climb(p.events), p.events)
		for i, c := range p.selectTop(func(rows int) float64 { return math.Ceil(float64(rows) / 10) }) {
			if p.y[i] {
				out.FoundDecile += c
			}
		}
		r.Folds = append(r.Folds, out)
	}
}

// segments judges each segment that has enough departures, once there are
// enough in all.
func (r *Report) segments(d *Dataset, p *pool) {
	if !r.Ladder.State.at(Segments) {
		return
	}
	by := map[string][]int{}
	for i, row := range p.rows {
		by[d.Rows[row].Segment] = append(by[d.Rows[row].Segment], i)
	}
	keys := make([]string, 0, len(by))
	for k := range by {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, key := range keys {
		which := by[key]
		events := d.departures(p.rows, which)
		if events < segmentFrom || key == "" {
			continue
		}
		risk, y, c := make([]float64, len(which)), make([]bool, len(which)), make([]int32, len(which))
		for k, i := range which {
			risk[k], y[k], c[k] = p.risk[i], p.y[i], p.cluster[i]
		}
		r.Segments = append(r.Segments, Segment{
			Key: key, Rows: len(which), Left: events,
			Rate: share(events, len(which), Counted), AUC: aucEstimate(rankOf(risk, y, c), Climb(events), events),
		})
	}
}
