package revenue

// movement is what one account did between two instants.
type movement struct {
	opening  int64 // at the rates of the start
	revalued int64 // the opening at the rates of the end
	closing  int64
	rises    int64 // of prices at equal seats, when they stand apart
	again    bool  // it paid at some time before
}

// change is what moved an account that keeps paying, besides rates and prices.
func (m *movement) change() int64 { return m.closing - m.revalued - m.rises }

// book adds a movement to a bridge.
func (l *Line) book(m movement, s *sum) {
	switch {
	case m.opening == 0 && m.closing == 0:
	case m.opening == 0 && m.again:
		l.Reactivated++
		l.ReactivationMinor = s.add(l.ReactivationMinor, m.closing)
	case m.opening == 0:
		l.New++
		l.NewMinor = s.add(l.NewMinor, m.closing)
	case m.closing == 0: // What it paid at the start is lost: no rate moved it.
		l.Churned++
		l.ChurnMinor = s.add(l.ChurnMinor, m.opening)
	default:
		l.CurrencyMinor = s.add(l.CurrencyMinor, m.revalued-m.opening)
		l.EscalationMinor = s.add(l.EscalationMinor, m.rises)
		if by := m.change(); by > 0 {
			l.Expanded++
			l.ExpansionMinor = s.add(l.ExpansionMinor, by)
		} else if by < 0 {
			l.Contracted++
			l.ContractionMinor = s.add(l.ContractionMinor, -by)
		}
	}
}

// book adds an account to the retention of those that pay at the start; left says
// that it paid nothing at the end, or at some time before it under Path.
func (k *Measures) book(m movement, left bool, s *sum) {
	switch {
	case m.opening == 0 && m.closing == 0:
	case m.opening == 0 && m.again:
		k.AccountsReactivated++
		k.ReactivationMinor = s.add(k.ReactivationMinor, m.closing)
	case m.opening == 0:
		k.AccountsNew++
		k.NewMinor = s.add(k.NewMinor, m.closing)
	case left:
		k.AccountsOpening++
		k.AccountsChurned++
		k.OpeningMinor = s.add(k.OpeningMinor, m.opening)
		k.LostMinor = s.add(k.LostMinor, m.opening)
		if m.closing > 0 {
			k.ReactivationMinor = s.add(k.ReactivationMinor, m.closing)
			k.AccountsReactivated++
		}
	default:
		k.AccountsOpening++
		k.OpeningMinor = s.add(k.OpeningMinor, m.opening)
		k.RetainedMinor = s.add(k.RetainedMinor, m.closing)
		k.CurrencyMinor = s.add(k.CurrencyMinor, m.revalued-m.opening)
		k.EscalationMinor = s.add(k.EscalationMinor, m.rises)
		if by := m.change(); by > 0 {
			k.ExpansionMinor = s.add(k.ExpansionMinor, by)
		} else {
			k.ContractionMinor = s.add(k.ContractionMinor, -by)
		}
	}
}

// add adds the accounts of another part.
func (k *Measures) add(x *Measures, s *sum) {
	for _, p := range [...]struct{ to, from *int64 }{
		{&k.OpeningMinor, &x.OpeningMinor},
		{&k.RetainedMinor, &x.RetainedMinor},
		{&k.LostMinor, &x.LostMinor},
		{&k.ContractionMinor, &x.ContractionMinor},
		{&k.ExpansionMinor, &x.ExpansionMinor},
		{&k.EscalationMinor, &x.EscalationMinor},
		{&k.CurrencyMinor, &x.CurrencyMinor},
		{&k.NewMinor, &x.NewMinor},
		{&k.ReactivationMinor, &x.ReactivationMinor},
	} {
		*p.to = s.add(*p.to, *p.from)
	}
	k.AccountsOpening += x.AccountsOpening
	k.AccountsChurned += x.AccountsChurned
	k.AccountsNew += x.AccountsNew
	k.AccountsReactivated += x.AccountsReactivated
}
