package ingest

import (
	"context"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/identity"
)

// settler is a transaction that knows which system is believed about what. A store
// without it believes whoever speaks.
type settler interface {
	Settle(ctx context.Context, claims []identity.Claim) ([]bool, error)
}

// settleAccounts leaves out of the rows, and of their facts, what another system is
// believed about. Accounts that are new are contested by nobody.
func (r *runner) settleAccounts(ctx context.Context, tx customer.Tx, some []item[accountRow], rows []customer.Account, existing map[id.Account]customer.Account) error {
	s, ok := tx.(settler)
	if !ok || len(existing) == 0 {
		return nil
	}
	var claims []identity.Claim
	var losing []func()
	for i := range rows {
		row, was := &rows[i], existing[rows[i].ID]
		if was.ID == "" {
			continue
		}
		claim := func(field string, v customer.Value, from time.Time, lost func()) {
			claims = append(claims, identity.Claim{Account: row.ID, Field: field, Source: r.m.Source, Value: v, ValidFrom: from})
			losing = append(losing, lost)
		}
		claim(identity.FieldName, customer.TextValue(row.Name), time.Time{}, func() { row.Name = was.Name })
		if some[i].obj.mapped.domain && row.Domain != "" {
			claim(identity.FieldDomain, customer.TextValue(row.Domain), time.Time{}, func() { row.Domain = was.Domain })
		}
		for j := range some[i].obj.facts {
			f := &some[i].obj.facts[j]
			if f.ProductID == "" {
				claim(f.Key, f.Value, f.ValidFrom, func() { f.ValidFrom = time.Time{} }) // counted as unchanged: see putAccounts
			}
		}
	}
	believed, err := s.Settle(ctx, claims)
	if err != nil {
		return err
	}
	for i := range believed {
		if !believed[i] {
			losing[i]()
		}
	}
	return nil
}

// addSettled stores the facts about which their system is believed; the others are
// unchanged.
func (r *runner) addSettled(ctx context.Context, tx customer.Tx, facts []customer.Fact) ([]customer.Outcome, error) {
	s, ok := tx.(settler)
	if !ok {
		return tx.AddFacts(ctx, facts)
	}
	var claims []identity.Claim
	for i := range facts {
		if f := &facts[i]; f.ProductID == "" {
			claims = append(claims, identity.Claim{Account: f.AccountID, Field: f.Key, Source: r.m.Source, Value: f.Value, ValidFrom: f.ValidFrom})
		}
	}
	believed, err := s.Settle(ctx, claims)
	if err != nil {
		return nil, err
	}
	out := make([]customer.Outcome, len(facts))
	var kept []customer.Fact
	var at []int
	n := 0
	for i := range facts {
		yes := true
		if facts[i].ProductID == "" {
			yes = believed[n]
			n++
		}
		if out[i] = customer.Unchanged; yes {
			kept, at = append(kept, facts[i]), append(at, i)
		}
	}
	outcomes, err := tx.AddFacts(ctx, kept)
	if err != nil {
		return nil, err
	}
	for i, o := range outcomes {
		out[at[i]] = o
	}
	return out, nil
}
