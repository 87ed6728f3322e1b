package metric

import (
	"slices"

	"kept/internal/condition"
)

// intrinsic is the unit that a kind gives by itself, "" for none.
func (m *compiled) intrinsic() string {
	switch m.Kind {
	case Recency, ActiveDays:
		return "days"
	case CurrentStreak, LongestStreak:
		if m.By == ByDay {
			return "days"
		}
		return "weeks"
	case Subscription:
		switch m.Field {
		case ARR:
			return "currency"
		case Seats:
			return "seats"
		case DaysToRenewal, Tenure:
			return "days"
		case Subscriptions:
		}
	default:
	}
	return ""
}

// units checks what metrics count, in the order in which they are computed.
func (c *compiler) units() {
	units := make([]condition.Unit, len(c.set.metrics))
	of := func(name string) condition.Unit { return units[c.set.index[name]] }
	for _, i := range c.set.order {
		m := &c.set.metrics[i]
		declared, computed := condition.UnitOf(m.Unit), condition.UnitOf(m.intrinsic())
		key := "unit"
		switch m.Kind {
		case Formula:
			var err error
			if computed, err = c.set.env.Units(at(i, "expr"), m.Expr, of); err != nil {
				c.join(at(i, "expr"), err)
			}
		case Quotient:
			computed = units[m.of].Over(units[m.over])
		case Rollup:
			if m.Take != TakeCount {
				computed = units[m.of]
			}
		case Change:
			if computed = units[m.of]; m.As == Ratio {
				computed = condition.UnitOf("ratio")
			}
		default:
		}
		c.agree(i, key, declared, computed)
		if units[i] = declared; m.Unit == "" {
			units[i] = computed
		}
		if m.tenure >= 0 {
			if base, ok := units[m.tenure].Base(); ok && base != "days" {
				c.errs.Add(at(i, "tenure"), "%q counts %s, and a tenure is in days", m.Tenure, units[m.tenure])
			}
		}
	}
}

// agree reports a declared unit that cannot be the one that comes out.
func (c *compiler) agree(i int, key string, declared, computed condition.Unit) {
	want, known := computed.Base()
	got, simple := declared.Base()
	if !known || !simple || want == got {
		return
	}
	// Seats and people may be called many things; money, time and shares may not.
	firm := []string{"currency", "days", "weeks", "ratio"}
	if slices.Contains(firm, want) && (want != "ratio" || slices.Contains(firm, got)) || slices.Contains(firm, got) {
		c.errs.Add(at(i, key), "says %s, and the metric counts %s", got, computed)
	}
}
