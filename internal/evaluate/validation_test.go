package evaluate_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"kept/internal/validate"
)

func TestValidateSample(t *testing.T) {
	h := buildMonths(t, 400, 24)
	start := time.Now()
	r, err := h.engine.Validate(t.Context(), validate.Spec{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(start))
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	enc.Encode(r)
}
