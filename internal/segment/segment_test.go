package segment_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/fault"
	"kept/internal/segment"
)

// atLeast is the tests' condition: the number of that name is known and ≥ bound.
type atLeast struct {
	name  string
	bound float64
}

func (c atLeast) Holds(env segment.Lookup) (holds, known bool) {
	v, ok := env(c.name)
	f, isNumber := v.(float64)
	return ok && isNumber && f >= c.bound, ok && isNumber
}

func compile(_, expr string) (segment.Condition, error) {
	bounds := map[string]float64{"b3": 5000, "b2": 1000, "b1": 100}
	if b, ok := bounds[expr]; ok {
		return atLeast{"employees", b}, nil
	}
	return nil, fault.At("", "not an expression")
}

func bands(t *testing.T) *segment.Set {
	t.Helper()
	s, err := segment.Compile([]segment.Segment{
		{Key: "strategic", When: "b3"}, {Key: "enterprise", When: "b2"}, {Key: "growth", When: "b1"}, {Key: "digital"},
	}, compile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func employees(n float64) segment.Lookup {
	return func(name string) (any, bool) { return n, name == "employees" }
}

func nothing(string) (any, bool) { return nil, false }

func TestBothSidesOfEveryBound(t *testing.T) {
	s := bands(t)
	for n, want := range map[float64]string{0: "digital", 99: "digital", 100: "growth", 999: "growth", 1000: "enterprise", 4999: "enterprise", 5000: "strategic", 1e9: "strategic"} {
		if a := s.Assign(employees(n)); a.Key != want || a.Undecided != nil || a.Why == "" {
			t.Errorf("%v employees: %+v, want %s", n, a, want)
		}
	}
}

func TestUnknownLeverIsFlagged(t *testing.T) {
	a := bands(t).Assign(nothing)
	if a.Key != "digital" || cmp.Diff([]string{"strategic", "enterprise", "growth"}, a.Undecided) != "" || !strings.Contains(a.Why, "growth cannot be said") {
		t.Errorf("%+v", a)
	}
}

func TestMonotone(t *testing.T) {
	s := bands(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Float64Range(0, 20000).Draw(t, "employees")
		more := n + rapid.Float64Range(0, 20000).Draw(t, "more")
		if a, b := s.Assign(employees(n)), s.Assign(employees(more)); b.Index > a.Index || a.Index < 0 || a.Index > 3 {
			t.Fatalf("%v employees are in %s, %v in %s", n, a.Key, more, b.Key)
		}
	})
}

func TestNoSegments(t *testing.T) {
	s, err := segment.Compile(nil, compile)
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Assign(nothing); a.Key != "" || a.Index != -1 {
		t.Errorf("%+v", a)
	}
}

func TestCompileErrors(t *testing.T) {
	_, err := segment.Compile([]segment.Segment{
		{Key: "A", When: "b1"}, {Key: "b"}, {Key: "b", When: "nonsense"}, {Key: "c", When: "b1"},
	}, compile)
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	var fields []string
	for _, e := range list {
		fields = append(fields, e.Field)
	}
	want := []string{"segments[0].key", "segments[1].when", "segments[2].key", "segments[2].when", "segments[3].when"}
	if d := cmp.Diff(want, fields); d != "" {
		t.Errorf("%s\n%v", d, err)
	}
	if _, err = segment.Compile(make([]segment.Segment, segment.MaxSegments+1), compile); err == nil || !strings.Contains(err.Error(), "the limit is 100") {
		t.Error("no limit")
	}
}
