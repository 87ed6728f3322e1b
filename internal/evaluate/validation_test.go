package evaluate_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"kept/internal/validate"
)

// BenchmarkValidate is a whole walk-forward validation, from the record and the
// event projection to the report, of KEPT_BENCH_ACCOUNTS accounts (default 500)
// over 104 weeks.
func BenchmarkValidate(b *testing.B) {
	accounts := 500
	if n, err := strconv.Atoi(os.Getenv("KEPT_BENCH_ACCOUNTS")); err == nil {
		accounts = n
	}
	h := buildMonths(b, accounts, 28)
	b.ReportAllocs()
	var r *validate.Report
	var built time.Duration
	n := 0
	for b.Loop() {
		start := time.Now()
		d, err := h.engine.Dataset(b.Context(), validate.Spec{Scorecard: "default"})
		if err != nil {
			b.Fatal(err)
		}
		built += time.Since(start)
		n++
		r = validate.Run(d, validate.HandScore{})
	}
	b.ReportMetric(built.Seconds()/float64(n), "s/dataset")
	b.ReportMetric(float64(r.Setup.Weeks), "weeks")
	b.ReportMetric(float64(r.Setup.Rows), "rows")
	b.ReportMetric(float64(r.Setup.Departures), "departures")
}
