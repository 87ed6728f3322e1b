package causal

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"kept/internal/fault"
)

// sim is a programme handed out by the first column; lift 2 on y, a yes/no outcome
// when binary.
func sim(n int, tilt float64, binary bool, seed uint64) Data {
	r := rand.New(rand.NewPCG(seed, 1))
	d := Data{P: 3, Names: []string{"size", "usage", "age"}}
	for range n {
		a, b, c := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		t := 0.0
		if r.Float64() < 1/(1+math.Exp(-tilt*a)) {
			t = 1
		}
		y := 2*t + a + b + r.NormFloat64()
		if binary {
			p := 1 / (1 + math.Exp(-(0.8*t + 0.5*a - 0.5)))
			y = 0
			if r.Float64() < p {
				y = 1
			}
		}
		d.Y, d.Treat, d.X = append(d.Y, y), append(d.Treat, t), append(d.X, a, b, c)
	}
	return d
}

func TestBadInput(t *testing.T) {
	ok := sim(60, 0.5, false, 1)
	with := func(f func(d *Data)) Data {
		d := sim(60, 0.5, false, 1)
		f(&d)
		return d
	}
	three := Data{Y: ok.Y[:3], Treat: ok.Treat[:3], X: ok.X[:9], P: 3}
	for name, d := range map[string]Data{
		"empty":       {},
		"three rows":  three,
		"NaN outcome": with(func(d *Data) { d.Y[4] = math.NaN() }),
		"Inf column":  with(func(d *Data) { d.X[4] = math.Inf(1) }),
		"all missing": with(func(d *Data) {
			for i := range d.Y {
				d.X[3*i+1] = math.NaN()
			}
		}),
		"one arm":         with(func(d *Data) { clear(d.Treat) }),
		"odd treatment":   with(func(d *Data) { d.Treat[0] = 0.5 }),
		"wrong lengths":   with(func(d *Data) { d.Treat = d.Treat[1:] }),
		"constant column": with(func(d *Data) { setColumn(d, 1, 7) }),
		"doubled column": with(func(d *Data) {
			for i := range d.Y {
				d.X[3*i+1] = 2 * d.X[3*i]
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := FitNuisances(d); !fault.Is(err, fault.Invalid) {
				t.Errorf("FitNuisances: %v, want an error of the kind invalid", err)
			}
			s, err := Observe(d, StudyOptions{})
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("Observe: %v, want an error of the kind invalid", err)
			}
			if err == nil && s.ATT != nil && math.IsNaN(s.ATT.Estimate+s.ATT.SE+s.ATT.Lo) {
				t.Errorf("Observe shows %+v", *s.ATT)
			}
			if _, err := DiD2x2(d.Y, d.Y, d.Treat, 0.95); name == "NaN outcome" && !fault.Is(err, fault.Invalid) {
				t.Errorf("DiD2x2: %v", err)
			}
		})
	}
}

func setColumn(d *Data, j int, v float64) {
	for i := range d.Y {
		d.X[i*d.P+j] = v
	}
}

func TestGatesRefuse(t *testing.T) {
	day := func(s string) time.Time { v, _ := time.Parse(time.DateOnly, s); return v }
	sound := sim(600, 0.4, false, 3)
	rare := sim(600, 0.4, true, 4)
	kept := 0
	for i, y := range rare.Y { // leave four events with the programme
		if rare.Treat[i] == 1 && y == 1 {
			if kept++; kept > 4 {
				rare.Y[i] = 0
			}
		}
	}
	separated := sim(200, 0.4, false, 5)
	for i := range separated.Y {
		separated.X[3*i] = 3*separated.Treat[i] + math.Abs(separated.X[3*i])/10
	}
	apart := sim(2000, 3.5, false, 6)
	for _, c := range []struct {
		gate Gate
		d    Data
		o    StudyOptions
	}{
		{Separation, separated, StudyOptions{}},
		{Events, rare, StudyOptions{}},
		{Overlap, apart, StudyOptions{}},
		{ESS, sim(50, 1.2, false, 7), StudyOptions{}},
		{Balance, sim(120, 1.6, false, 8), StudyOptions{}},
		{PostTreatment, sound, StudyOptions{Assigned: day("2026-01-10"), Columns: []Dated{{"size", day("2026-01-09")}, {"usage", day("2026-01-11")}}}},
		{ScoreAssigned, sound, StudyOptions{ScoreAssigned: true}},
		{ScoreAssigned, sound, StudyOptions{Score: byTreatment(sound)}},
	} {
		t.Run(string(c.gate), func(t *testing.T) {
			s, err := Observe(c.d, c.o)
			if err != nil {
				t.Fatal(err)
			}
			if s.ATT != nil {
				t.Errorf("an effect is shown: %+v", *s.ATT)
			}
			found := false
			for _, r := range s.Refused {
				found = found || r.Gate == c.gate
				if r.Reason == "" {
					t.Errorf("%s gives no reason", r.Gate)
				}
			}
			if !found {
				t.Errorf("refused by %+v, want %s among them", s.Refused, c.gate)
			}
		})
	}
	s, err := Observe(sound, StudyOptions{Control: sound.X[:600]})
	if err != nil || s.ATT == nil || len(s.Refused) > 0 {
		t.Fatalf("a sound design is refused: %+v, %v", s, err)
	}
	if s.ATT.Lo > 2 || s.ATT.Hi < 2 || s.EValue == nil || s.NegativeControl == nil {
		t.Errorf("ATT %+v, want the truth 2 inside, an E-value and a negative control", *s.ATT)
	}
}

func byTreatment(d Data) []float64 {
	out := make([]float64, len(d.Treat))
	for i, a := range d.Treat {
		out[i] = 80 - 50*a + float64(i%7)
	}
	return out
}

// rollout is a panel in which two groups start in periods 4 and 6; drift moves the
// groups apart beforehand.
func rollout(n int, drift float64, seed uint64) PanelData {
	r := rand.New(rand.NewPCG(seed, 2))
	var p PanelData
	for i := range n {
		g := []int{0, 4, 6}[i%3]
		level := r.NormFloat64()
		for t := 1; t <= 8; t++ {
			y := level + 0.3*float64(t) + 0.5*r.NormFloat64()
			if g > 0 {
				y += drift * float64(t)
				if t >= g {
					y++
				}
			}
			p.ID, p.Time, p.FirstTreated, p.Y = append(p.ID, i), append(p.Time, t), append(p.FirstTreated, g), append(p.Y, y)
		}
	}
	return p
}

func TestStaggered(t *testing.T) {
	r, err := Staggered(rollout(300, 0, 1), StaggeredOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Gate(); c.Refused || r.Overall.Lo > 1 || r.Overall.Hi < 1 {
		t.Errorf("overall %+v, gate %+v, want 1 inside and no refusal", r.Overall, c)
	}
	for name, e := range map[string]Effect{"dynamic": r.Dynamic, "group": r.GroupOverall, "time": r.TimeOverall} {
		if math.Abs(e.Estimate-1) > 4*e.SE || !(e.SE > 0) {
			t.Errorf("%s %+v, want about 1", name, e)
		}
	}
	if m, err := r.Band(499, 1, 0.95); err != nil || m < 1.96 || m > 4 {
		t.Errorf("band %v %v, want a multiplier above 1.96", m, err)
	}
	u, err := Staggered(rollout(300, 0, 1), StaggeredOptions{UniversalBase: true, NotYetTreated: true})
	if err != nil || math.Abs(u.Overall.Estimate-1) > 4*u.Overall.SE {
		t.Errorf("universal base, not yet treated: %+v %v", u, err)
	}
	d, err := Staggered(rollout(300, 0.3, 1), StaggeredOptions{})
	if err != nil || !d.Gate().Refused {
		t.Errorf("groups that drift apart pass the pre-trend gate: %+v %v", d.Gate(), err)
	}
	all := rollout(30, 0, 2)
	for i := range all.FirstTreated {
		all.FirstTreated[i] = 4
	}
	twice := rollout(30, 0, 2)
	twice.Time[1] = twice.Time[0]
	for name, p := range map[string]PanelData{"nobody untreated": all, "two rows": twice, "empty": {}} {
		if _, err := Staggered(p, StaggeredOptions{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want an error of the kind invalid", name, err)
		}
	}
}

func TestSmallPieces(t *testing.T) {
	if e, err := NewEValue(2, 1.5, 2.6); err != nil || math.Abs(e.Point-3.41421356) > 1e-8 || math.Abs(e.Limit-2.3660254) > 1e-7 {
		t.Errorf("E-value %+v %v", e, err)
	}
	if e, _ := NewEValue(1.4, 0.9, 2); e.Limit != 1 {
		t.Errorf("an interval over 1 has E-value %v, want 1", e.Limit)
	}
	p, err := Sceptical(0.06, 0.03, 0.03, 0.01, 0.95)
	if err != nil || math.Abs(p.Mean-0.03) > 1e-12 || p.Above < 0.8 || p.Above > 0.84 {
		t.Errorf("sceptical posterior %+v %v", p, err)
	}
	if _, err := AnalyseHoldout([]float64{1, 2, 3, 4}, []float64{5, 5, 5, 5}, []float64{0, 1, 0, 1}, 0.95); !fault.Is(err, fault.Invalid) {
		t.Errorf("a constant pre-value: %v", err)
	}
	h, err := AnalyseHoldout([]float64{1, 1, 1, 1}, nil, []float64{0, 1, 0, 1}, 0.95)
	if err != nil || h.Plain.Estimate != 0 || h.Plain.SE != 0 {
		t.Errorf("outcomes that do not vary: %+v %v", h, err)
	}
	if !GatePretrend(math.NaN()).Refused || !GateESS(nil, 100).Refused || !GateOverlap(nil, .05, .95).Refused {
		t.Error("gates without data do not refuse")
	}
}

func BenchmarkMatch(b *testing.B) {
	d := sim(10_000, 1, false, 9)
	e, err := FitPropensity(d)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m, err := Match(e, d.Treat, MatchOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Compare(d, e, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}
