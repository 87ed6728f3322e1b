package validate

import (
	"math"
	"reflect"
	"testing"
)

// lint walks a report: no number without its interval, n, evidence and method, an
// interval that holds its value, and nothing that is not a number.
func lint(t *testing.T, r *Report) (estimates int) {
	t.Helper()
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(path, v.Elem())
			}
		case reflect.Slice:
			if v.IsNil() {
				if path != ".Versions" {
					t.Errorf("%s is null in JSON", path)
				}
			}
			for i := range v.Len() {
				walk(path+"[]", v.Index(i))
			}
		case reflect.Float64:
			if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
				t.Errorf("%s is %v", path, f)
			}
		case reflect.Struct:
			if e, ok := reflect.TypeAssert[Estimate](v); ok {
				estimates++
				lintEstimate(t, path, e)
			}
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					walk(path+"."+v.Type().Field(i).Name, v.Field(i))
				}
			}
		default:
		}
	}
	walk("", reflect.ValueOf(r).Elem())
	return estimates
}

func lintEstimate(t *testing.T, path string, e Estimate) {
	t.Helper()
	if e.Level != Level {
		t.Errorf("%s has level %v", path, e.Level)
	}
	if e.Value == nil {
		if e.Why == "" {
			t.Errorf("%s has no value and does not say why", path)
		}
		if e.Low != nil || e.High != nil {
			t.Errorf("%s has an interval without a value", path)
		}
		return
	}
	switch {
	case e.Low == nil || e.High == nil:
		t.Errorf("%s = %v has no interval", path, *e.Value)
	case *e.Low > *e.Value+1e-9 || *e.High < *e.Value-1e-9:
		t.Errorf("%s = %v lies outside of its interval %v to %v", path, *e.Value, *e.Low, *e.High)
	case e.N == 0 || e.Evidence == "" || e.Method == "":
		t.Errorf("%s = %v lacks n (%d), evidence (%q) or method (%q)", path, *e.Value, e.N, e.Evidence, e.Method)
	}
}
