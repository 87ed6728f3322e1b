package api

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/health"
)

// curveInWords says how a value becomes a measure score.
func curveInWords(m *health.Measure) string {
	var parts []string
	for _, k := range m.Cases {
		parts = append(parts, num(k.Score)+" when "+k.When)
	}
	if m.Otherwise != nil {
		parts = append(parts, "otherwise "+num(*m.Otherwise))
	}
	for _, p := range m.Points {
		parts = append(parts, num(p.X)+" → "+num(p.Score))
	}
	if len(parts) > 0 {
		return strings.Join(parts, ", ") + ", linear between"
	}
	if m.Below != nil && len(m.Steps) > 0 {
		parts = append(parts, "below "+num(m.Steps[0].From)+" → "+num(*m.Below))
	}
	for _, s := range m.Steps {
		parts = append(parts, "from "+num(s.From)+" → "+num(s.Score))
	}
	return strings.Join(parts, ", ")
}

func num(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func termInWords(r customer.Revision) string {
	s := fmt.Sprintf("%s %s a year, %d seats, from %s", strconv.FormatFloat(r.ARR.Major(), 'f', -1, 64), r.ARR.Currency, r.Seats, r.Start.Format(time.DateOnly))
	if !r.End.IsZero() {
		s += " until " + r.End.Format(time.DateOnly)
	}
	if r.Trial {
		s += " (trial)"
	}
	return s
}
