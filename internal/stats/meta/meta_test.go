package meta

import (
	"math"
	"testing"

	"kept/internal/fault"
)

func TestBadInput(t *testing.T) {
	for name, f := range map[string]func() error{
		"empty":         func() error { _, err := Pool(nil, nil, 0.95); return err },
		"lengths":       func() error { _, err := Pool([]float64{1}, nil, 0.95); return err },
		"NaN":           func() error { _, err := Pool([]float64{1, math.NaN()}, []float64{1, 1}, 0.95); return err },
		"zero variance": func() error { _, err := Pool([]float64{1, 2}, []float64{1, 0}, 0.95); return err },
		"level":         func() error { _, err := Pool([]float64{1, 2}, []float64{1, 1}, 1.5); return err },
		"contrast":      func() error { _, err := Contrast([]float64{1}, []float64{1, 2}, []float64{1, 1}, 0.95); return err },
		"no events":     func() error { _, err := BetaBinomial([]int{0, 0}, []int{9, 9}, 0.95); return err },
		"all events":    func() error { _, err := BetaBinomial([]int{9, 9}, []int{9, 9}, 0.95); return err },
		"one segment":   func() error { _, err := BetaBinomial([]int{3}, []int{9}, 0.95); return err },
		"k above n":     func() error { _, err := BetaBinomial([]int{3, 10}, []int{9, 9}, 0.95); return err },
	} {
		if err := f(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want an error of the kind invalid", name, err)
		}
	}
	one, err := Pool([]float64{2}, []float64{4}, 0.95)
	if err != nil || one.DL.Effect != 2 || one.DL.SE != 2 || one.QP != 1 || one.REML.Tau2 != 0 {
		t.Errorf("one segment: %+v %v", one, err)
	}
}

func TestNoSpreadIsPooled(t *testing.T) {
	r, err := BetaBinomial([]int{10, 20, 30}, []int{100, 200, 300}, 0.95)
	if err != nil || !math.IsInf(r.Alpha, 1) || math.Abs(r.Mean-0.1) > 1e-6 {
		t.Fatalf("%+v %v, want the pooled rate .1", r, err)
	}
	for _, s := range r.Segments {
		if math.Abs(s.Mean-0.1) > 1e-6 || s.Lo > 0.1 || s.Hi < 0.1 || math.IsNaN(s.Lo+s.Hi) {
			t.Errorf("segment %+v", s)
		}
	}
}

func TestREML(t *testing.T) {
	// Equal variances: REML is the moment estimate, s² − v.
	y, v := []float64{1, 4, 2, 7, 6}, []float64{.5, .5, .5, .5, .5}
	r, err := Pool(y, v, 0.95)
	if err != nil || math.Abs(r.REML.Tau2-6) > 1e-9 || math.Abs(r.DL.Tau2-6) > 1e-9 {
		t.Errorf("τ² REML %v, DL %v %v, want 6", r.REML.Tau2, r.DL.Tau2, err)
	}
}
