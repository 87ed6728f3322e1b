package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/identity"
)

// MergeSide is one of the two accounts of a merge.
type MergeSide struct {
	ID      id.Account `json:"id"`
	Name    string     `json:"name"`
	Domain  string     `json:"domain,omitempty"`
	Sources []string   `json:"sources" doc:"The systems that know it."`
	Exists  bool       `json:"exists" doc:"False once it is part of the other one."`
}

// MergeRow is a proposed or decided merge, or a split.
type MergeRow struct {
	ID        id.Merge          `json:"id"`
	Kind      string            `json:"kind" enum:"merge,split"`
	State     string            `json:"state" enum:"proposed,done,rejected,undone"`
	Score     float64           `json:"score" doc:"How sure the rules make, in (0, 1); 0 when a person found the pair. It ranks and decides nothing."`
	Reasons   []identity.Reason `json:"reasons"`
	Keep      MergeSide         `json:"keep"`
	Drop      MergeSide         `json:"drop"`
	Source    string            `json:"source,omitempty" doc:"Of a split: the system whose part it is."`
	Note      string            `json:"note,omitempty"`
	By        string            `json:"by,omitempty" doc:"Who decided; absent when the system itself made one of the two."`
	Records   int               `json:"records" doc:"How many records moved."`
	CreatedAt time.Time         `json:"created_at"`
	DecidedAt time.Time         `json:"decided_at,omitzero"`
	UndoneAt  time.Time         `json:"undone_at,omitzero"`
}

// MergeField is one field of both accounts.
type MergeField struct {
	Field    string `json:"field"`
	Keep     string `json:"keep"`
	KeepFrom string `json:"keep_from,omitempty"`
	Drop     string `json:"drop"`
	DropFrom string `json:"drop_from,omitempty"`
	After    string `json:"after" doc:"What holds after the merge."`
	Why      string `json:"why"`
	Differs  bool   `json:"differs"`
}

// RecordCount counts records of both accounts.
type RecordCount struct {
	Kind string `json:"kind"`
	Keep int    `json:"keep"`
	Drop int    `json:"drop"`
}

// MergeDetail is a merge with both accounts side by side.
type MergeDetail struct {
	MergeRow
	Fields []MergeField  `json:"fields" doc:"Empty once it is done."`
	Counts []RecordCount `json:"counts"`
}

// Proposed says how many pairs wait for a person.
type Proposed struct {
	Waiting int `json:"waiting"`
}

// SourceOrder is the order in which systems are believed about a field.
type SourceOrder struct {
	Field   string   `json:"field" maxLength:"200" doc:"name, domain, the key of an attribute, or empty for fields without an order of their own."`
	Sources []string `json:"sources" maxItems:"100" doc:"Best first; kept is what people enter here."`
}

// SourceOrders are the orders of all fields.
type SourceOrders struct {
	Items   []SourceOrder `json:"items" maxItems:"500"`
	Changed int           `json:"changed,omitempty" doc:"How many values hold now that did not."`
}

// FieldClaim is what one system says.
type FieldClaim struct {
	Source  string    `json:"source"`
	Value   string    `json:"value"`
	KnownAt time.Time `json:"known_at" doc:"Since when it says so."`
	Wins    bool      `json:"wins"`
}

// FieldRow is one field of an account with who is believed, and why.
type FieldRow struct {
	Field  string       `json:"field"`
	Value  string       `json:"value" doc:"What holds."`
	Source string       `json:"source,omitempty" doc:"Who is believed."`
	Why    string       `json:"why"`
	Differ bool         `json:"differ" doc:"Whether systems say different things."`
	Claims []FieldClaim `json:"claims"`
}

func ordersOf(p identity.Priorities) SourceOrders {
	out := SourceOrders{Items: []SourceOrder{}}
	for _, field := range slices.Sorted(maps.Keys(p)) {
		out.Items = append(out.Items, SourceOrder{Field: field, Sources: p[field]})
	}
	return out
}

func (s *Server) mergeRows(ctx context.Context, list []identity.Merge) ([]MergeRow, error) {
	var ids []id.Account
	for i := range list {
		ids = append(ids, list[i].Keep, list[i].Drop)
	}
	accounts, sources, err := s.sides(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]MergeRow, len(list))
	for i := range list {
		m := &list[i]
		out[i] = MergeRow{
			ID: m.ID, Kind: string(m.Kind), State: string(m.State), Score: m.Score, Reasons: orEmpty(m.Reasons), Source: m.Source, Note: m.Note,
			By: s.names.of(ctx, m.UserID), CreatedAt: m.CreatedAt, DecidedAt: m.DecidedAt, UndoneAt: m.UndoneAt,
		}
		side := func(ref id.Account, gone customer.Account) MergeSide {
			a, ok := accounts[ref]
			if !ok {
				a = gone
			}
			return MergeSide{ID: ref, Name: cmp.Or(a.Name, string(ref)), Domain: a.Domain, Sources: orEmpty(sources[ref]), Exists: ok}
		}
		var was identity.Moved
		if m.Moved != nil {
			was = *m.Moved
			out[i].Records = was.Records()
		}
		out[i].Keep, out[i].Drop = side(m.Keep, was.Before), side(m.Drop, was.Dropped)
	}
	return out, nil
}

// sides reads accounts and the systems that know them.
func (s *Server) sides(ctx context.Context, ids []id.Account) (map[id.Account]customer.Account, map[id.Account][]string, error) {
	accounts, sources := map[id.Account]customer.Account{}, map[id.Account][]string{}
	if len(ids) == 0 {
		return accounts, sources, nil
	}
	rows, err := s.opt.Records.Accounts(ctx, customer.Filter{Accounts: ids, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return nil, nil, err
	}
	text := make([]string, len(ids))
	for i := range ids {
		text[i] = string(ids[i])
	}
	refs, err := s.opt.Records.ExternalRefs(ctx, "account", text)
	for _, a := range rows {
		accounts[a.ID] = a
	}
	for _, r := range refs {
		if one := id.Account(r.ObjectID); !slices.Contains(sources[one], r.Source) {
			sources[one] = append(sources[one], r.Source)
		}
	}
	return accounts, sources, err
}

func (s *Server) mergeDetail(ctx context.Context, m *identity.Merge) (MergeDetail, error) {
	rows, err := s.mergeRows(ctx, []identity.Merge{*m})
	if err != nil {
		return MergeDetail{}, err
	}
	out := MergeDetail{MergeRow: rows[0], Fields: []MergeField{}, Counts: []RecordCount{}}
	if out.Counts, err = s.recordCounts(ctx, m.Keep, m.Drop); err != nil || m.State == identity.Done || !out.Keep.Exists || !out.Drop.Exists {
		return out, err
	}
	out.Fields, err = s.mergeFields(ctx, m.Keep, m.Drop)
	return out, err
}

func (s *Server) recordCounts(ctx context.Context, keep, drop id.Account) ([]RecordCount, error) {
	f := customer.Filter{Accounts: []id.Account{keep, drop}, Page: customer.Page{Limit: customer.Everything}}
	contacts, err := s.opt.Records.Contacts(ctx, f)
	if err != nil {
		return nil, err
	}
	subs, err := s.opt.Records.Subscriptions(ctx, f)
	if err != nil {
		return nil, err
	}
	tickets, err := s.opt.Records.Tickets(ctx, f)
	if err != nil {
		return nil, err
	}
	activities, err := s.opt.Records.Activities(ctx, f)
	if err != nil {
		return nil, err
	}
	out := []RecordCount{{Kind: "contacts"}, {Kind: "subscriptions"}, {Kind: "tickets"}, {Kind: "activities"}}
	add := func(i int, a id.Account) {
		if a == keep {
			out[i].Keep++
		} else {
			out[i].Drop++
		}
	}
	for i := range contacts {
		add(0, contacts[i].AccountID)
	}
	for i := range subs {
		add(1, subs[i].AccountID)
	}
	for i := range tickets {
		add(2, tickets[i].AccountID)
	}
	for i := range activities {
		add(3, activities[i].AccountID)
	}
	return out, nil
}

// whatIsSaid reads what systems say of accounts, what is on record of them, and whom
// to believe.
func (s *Server) whatIsSaid(ctx context.Context, accounts ...id.Account) (claims []identity.Claim, facts []customer.Fact, order identity.Priorities, err error) {
	if claims, err = s.opt.Identity.Claims(ctx, accounts); err != nil {
		return nil, nil, nil, err
	}
	if facts, err = s.opt.Records.Facts(ctx, customer.Filter{Accounts: accounts, Page: customer.Page{Limit: customer.Everything}}); err != nil {
		return nil, nil, nil, err
	}
	order, err = s.opt.Identity.Priorities(ctx)
	return claims, facts, order, err
}

// mergeFields sets both accounts side by side, with what the merge makes of each field.
func (s *Server) mergeFields(ctx context.Context, keep, drop id.Account) ([]MergeField, error) {
	both := []id.Account{keep, drop}
	claims, facts, order, err := s.whatIsSaid(ctx, both...)
	if err != nil {
		return nil, err
	}
	accounts, sources, err := s.sides(ctx, both)
	if err != nil {
		return nil, err
	}
	var rows [2]map[string]FieldRow
	for i, ref := range both {
		a := accounts[ref]
		rows[i] = map[string]FieldRow{}
		mine := slices.DeleteFunc(slices.Clone(claims), func(c identity.Claim) bool { return c.Account != ref })
		own := slices.DeleteFunc(slices.Clone(facts), func(f customer.Fact) bool { return f.AccountID != ref })
		for _, r := range s.fieldRows(ctx, &a, mine, own, order) {
			if r.Source == "" && len(sources[ref]) > 0 {
				r.Source = sources[ref][0]
			}
			rows[i][r.Field] = r
		}
	}
	var out []MergeField
	for _, field := range fieldOrder(rows[0], rows[1]) {
		k, d := rows[0][field], rows[1][field]
		f := MergeField{Field: field, Keep: k.Value, KeepFrom: k.Source, Drop: d.Value, DropFrom: d.Source, After: k.Value, Differs: k.Value != d.Value}
		at := func(from string) int {
			if i := slices.Index(order.Of(field), from); i >= 0 {
				return i
			}
			return len(order.Of(field))
		}
		switch {
		case !f.Differs:
			f.Why = "both say the same"
		case d.Value == "":
			f.Why = "the other account says nothing"
		case k.Value == "":
			f.After, f.Why = d.Value, "it fills what is empty"
		case at(d.Source) < at(k.Source):
			f.After, f.Why = d.Value, d.Source+" stands before "+cmp.Or(k.Source, "the other")+" in the order of systems"
		case at(k.Source) < at(d.Source):
			f.Why = k.Source + " stands before " + cmp.Or(d.Source, "the other") + " in the order of systems"
		default:
			f.Why = "it belongs to the account that stays, and no order of systems says otherwise"
		}
		out = append(out, f)
	}
	return out, nil
}

// fieldOrder lists the account's own fields first, then attributes by key.
func fieldOrder(some ...map[string]FieldRow) []string {
	var out []string
	for _, rows := range some {
		for field := range rows {
			if !slices.Contains(out, field) {
				out = append(out, field)
			}
		}
	}
	rank := map[string]int{identity.FieldName: -2, identity.FieldDomain: -1}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(a, b)) })
	return out
}

// fieldRows says of each field of an account what holds, who is believed, and why.
func (s *Server) fieldRows(ctx context.Context, a *customer.Account, claims []identity.Claim, facts []customer.Fact, order identity.Priorities) []FieldRow {
	by := map[string][]identity.Claim{}
	for _, c := range claims {
		by[c.Field] = append(by[c.Field], c)
	}
	held := map[string]customer.Fact{}
	history := map[string][]customer.Fact{}
	for _, f := range facts {
		if f.ProductID == "" {
			history[f.Key] = append(history[f.Key], f)
		}
	}
	now := s.clock.Now()
	for key, list := range history {
		if f, ok := customer.Holds(list, now); ok {
			held[key] = f
		}
	}
	rows := map[string]FieldRow{}
	one := func(field, value, source string) {
		r := FieldRow{Field: field, Value: value, Source: source, Claims: []FieldClaim{}, Why: "nothing else is known of it"}
		w, ok := order.Believe(field, by[field])
		if ok {
			r.Why = w.Why
			r.Source = cmp.Or(w.Source, r.Source)
		}
		for _, c := range by[field] {
			shown := s.shownValue(ctx, field, c.Value)
			r.Differ = r.Differ || ok && c.Value != w.Value && !c.Value.IsZero()
			r.Claims = append(r.Claims, FieldClaim{Source: c.Source, Value: shown, KnownAt: c.KnownAt, Wins: ok && c.Source == w.Source})
		}
		rows[field] = r
	}
	one(identity.FieldName, a.Name, "")
	one(identity.FieldDomain, a.Domain, "")
	for key, f := range held {
		one(key, s.shownValue(ctx, key, f.Value), f.Source)
	}
	out := make([]FieldRow, 0, len(rows))
	for _, field := range fieldOrder(rows) {
		out = append(out, rows[field])
	}
	return out
}

// shownValue writes a value for people: owners by name.
func (s *Server) shownValue(ctx context.Context, field string, v customer.Value) string {
	if field == customer.FactOwner {
		return cmp.Or(s.names.of(ctx, id.User(v.Text)), v.Text)
	}
	return v.String()
}
