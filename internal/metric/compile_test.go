package metric

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"kept/internal/fault"
)

func TestCompileErrors(t *testing.T) {
	good := Definition{Name: "logins", Kind: Count, Window: "28d"}
	for _, c := range []struct {
		name  string
		defs  []Definition
		field string
		msg   string
	}{
		{"unknown kind", []Definition{{Name: "a", Kind: "mode"}}, "metrics[0].kind", "use one of count, sum"},
		{"name", []Definition{{Name: "My Metric", Kind: Count}}, "metrics[0].name", "lower snake case"},
		{"reserved name", []Definition{{Name: "in", Kind: Count}}, "metrics[0].name", "expression language"},
		{"twice", []Definition{good, good}, "metrics[1].name", "defined already as metrics[0]"},
		{"window", []Definition{{Name: "a", Kind: Count, Window: "a week"}}, "metrics[0].window", "write 28d"},
		{"window of 0", []Definition{{Name: "a", Kind: Count, Window: "0d"}}, "metrics[0].window", "use 1d to 3660d"},
		{"long window", []Definition{{Name: "a", Kind: Count, Window: "523w"}}, "metrics[0].window", "out of range"},
		{"sign", []Definition{{Name: "a", Kind: Count, Window: "+7d"}}, "metrics[0].window", "write 28d"},
		{"huge", []Definition{{Name: "a", Kind: Count, Window: "9223372036854775807w"}}, "metrics[0].window", "out of range"},
		{"offset", []Definition{{Name: "a", Kind: Count, Offset: "-1d"}}, "metrics[0].offset", "out of range"},
		{"empty event", []Definition{{Name: "a", Kind: Count, Events: []string{"x", ""}}}, "metrics[0].events[1]", "is empty"},
		{"superfluous", []Definition{{Name: "a", Kind: Count, Field: ARR}}, "metrics[0].field", "remove it"},
		{"superfluous window", []Definition{{Name: "a", Kind: Manual, Key: "mood", Window: "7d"}}, "metrics[0].window", "it takes key, product"},
		{"no field", []Definition{{Name: "a", Kind: Subscription}}, "metrics[0].field", "is missing"},
		{"field", []Definition{{Name: "a", Kind: Subscription, Field: "mrr"}}, "metrics[0].field", "use one of arr"},
		{"no key", []Definition{{Name: "a", Kind: Attribute}}, "metrics[0].key", "is missing"},
		{"empty", []Definition{{Name: "a", Kind: Count, Empty: "none"}}, "metrics[0].empty", "neither zero nor missing"},
		{"per", []Definition{{Name: "a", Kind: Count, Per: "user"}}, "metrics[0].per", "neither account nor relationship"},
		{"per and product", []Definition{{Name: "a", Kind: Count, Per: PerRelationship, Product: "x"}}, "metrics[0].product", "remove product"},
		{"no of", []Definition{{Name: "a", Kind: Change}}, "metrics[0].of", "is missing"},
		{"unknown of", []Definition{{Name: "a", Kind: Change, Of: "b"}}, "metrics[0].of", `no metric "b"`},
		{"as", []Definition{good, {Name: "a", Kind: Change, Of: "logins", As: "percent"}}, "metrics[1].as", "use one of ratio, difference"},
		{"of without window", []Definition{{Name: "a", Kind: Change, Of: "b"}, {Name: "b", Kind: Count}}, "metrics[0].of", "has no window"},
		{"of a latest", []Definition{{Name: "a", Kind: Change, Of: "b"}, {Name: "b", Kind: Latest, Window: "7d"}}, "metrics[0].of", "no window before"},
		{"of a change", []Definition{good, {Name: "a", Kind: Change, Of: "b"}, {Name: "b", Kind: Change, Of: "logins"}}, "metrics[1].of", "is a change itself"},
		{"per of change", []Definition{{Name: "b", Kind: Count, Window: "7d", Per: PerRelationship}, {Name: "a", Kind: Change, Of: "b", Per: PerAccount}}, "metrics[1].per", "its change is too"},
		{"formula", []Definition{good, {Name: "a", Kind: Formula, Expr: "1 +\n lgins"}}, "metrics[1].expr:2:2", `did you mean "logins"?`},
		{"formula of truth", []Definition{{Name: "a", Kind: Formula, Expr: "1 > 2"}}, "metrics[0].expr:1:3", "has to give a number"},
		{"no expr", []Definition{{Name: "a", Kind: Formula}}, "metrics[0].expr", "is empty"},
		{"self", []Definition{{Name: "a", Kind: Formula, Expr: "a + 1"}}, "metrics[0].expr", "a -> a"},
		{"circle", []Definition{{Name: "a", Kind: Formula, Expr: "b"}, {Name: "b", Kind: Formula, Expr: "a"}}, "metrics[0].expr", "a -> b -> a"},
		{"circle of changes", []Definition{{Name: "a", Kind: Change, Of: "b"}, {Name: "b", Kind: Change, Of: "a"}}, "metrics[0].of", "a -> b -> a"},
		{"level", []Definition{{Name: "a", Kind: Count, Per: PerRelationship}, {Name: "b", Kind: Formula, Expr: "a"}}, "metrics[1].expr", "per relationship"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile(c.defs)
			var errs fault.List
			if !errors.As(err, &errs) {
				t.Fatalf("error = %v, want a list", err)
			}
			if len(errs) != 1 || errs[0].Field != c.field || !strings.Contains(errs[0].Msg, c.msg) || errs[0].Kind != fault.Invalid {
				t.Errorf("errors:\n%v\nwant one at %s: …%s…", err, c.field, c.msg)
			}
		})
	}
}

// TestCompileAll makes sure that one mistake does not hide another.
func TestCompileAll(t *testing.T) {
	_, err := Compile([]Definition{
		{Name: "a", Kind: Count, Window: "x", Offset: "y", Empty: "z"},
		{Name: "b", Kind: Formula, Expr: "nope + nada"},
	})
	var errs fault.List
	if !errors.As(err, &errs) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range errs {
		got = append(got, e.Field)
	}
	want := []string{"metrics[0].empty", "metrics[0].window", "metrics[0].offset", "metrics[1].expr:1:1", "metrics[1].expr:1:8"}
	if !slices.Equal(got, want) {
		t.Errorf("places = %v, want %v", got, want)
	}
}

func TestSet(t *testing.T) {
	s, err := Compile([]Definition{
		{Name: "ratio", Kind: Formula, Expr: "logins / seats"},
		{Name: "logins", Kind: Count, Window: "4w"},
		{Name: "seats", Kind: Subscription, Field: Seats},
		{Name: "growth", Kind: Change, Of: "logins"},
		{Name: "by_product", Kind: Count, Per: PerRelationship},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Inputs("ratio"), []string{"logins", "seats"}; !slices.Equal(got, want) {
		t.Errorf("Inputs = %v, want %v", got, want)
	}
	if got, want := s.AccountNames(), []string{"ratio", "logins", "seats", "growth"}; !slices.Equal(got, want) {
		t.Errorf("AccountNames = %v, want %v", got, want)
	}
	if d, ok := s.Definition("growth"); !ok || d.Of != "logins" {
		t.Errorf("Definition = %+v, %t", d, ok)
	}
	if s.Len() != 5 || len(s.Names()) != 5 {
		t.Errorf("Len = %d", s.Len())
	}
}
