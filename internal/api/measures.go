package api

import (
	"context"
	"net/http"
	"time"

	"kept/internal/fault"
	"kept/internal/money"
	"kept/internal/revenue"
)

type measuresInput struct {
	From     string `query:"from" required:"true" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD (00:00 UTC of that day)." example:"2026-01-01"`
	To       string `query:"to" required:"true" maxLength:"40" doc:"As from; later than it." example:"2026-04-01"`
	Currency string `query:"currency" maxLength:"3" doc:"Only subscriptions in this currency; needed when there are several."`
	Trials   bool   `query:"trials" doc:"Count trials as paying."`
}

func (s *Server) measureRoutes() {
	get(s, endpoint{id: "get-measures", method: http.MethodGet, path: "/measures", tag: "portfolio", need: canRead, summary: "Retention of revenue and accounts between two instants"}, s.measures)
}

func (s *Server) measures(_ context.Context, in *measuresInput) (revenue.Measures, error) {
	from, to, p, err := ParseMeasures(in.From, in.To, in.Currency, "")
	if err != nil {
		return revenue.Measures{}, err
	}
	p.Trials = in.Trials
	return s.opt.Engine.Retention(from, to, p)
}

// ParseMeasures reads the ends and the currency of retention measures; prefix
// stands before the names of parameters in errors, such as "--".
func ParseMeasures(from, to, currency, prefix string) (a, b time.Time, p revenue.Policy, err error) {
	if a, err = parseInstant(prefix+"from", from); err != nil {
		return a, b, p, err
	}
	if b, err = parseInstant(prefix+"to", to); err != nil {
		return a, b, p, err
	}
	switch {
	case a.IsZero():
		return a, b, p, fault.At(prefix+"from", "is missing: use a day such as 2026-01-01")
	case b.IsZero():
		return a, b, p, fault.At(prefix+"to", "is missing: use a day such as 2026-04-01")
	case !b.After(a):
		return a, b, p, fault.At(prefix+"to", "does not come after %sfrom", prefix)
	}
	if currency != "" {
		p.Currency, err = money.ParseCurrency(prefix+"currency", currency)
	}
	return a, b, p, err
}
