package evaluate

import (
	"math"
	"slices"
	"time"

	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/money"
)

// maxDepth is how deep child accounts are followed; data that turn in a circle
// end there too.
const maxDepth = 8

// kin is what scoring needs where a scorecard takes in child accounts: the
// children of each account and the place of every account in the values.
type kin struct {
	children map[id.Account][]*dossier
	at       map[*dossier]int
}

// children returns the child accounts of every parent; it is made once a book.
func (b *book) children() map[id.Account][]*dossier {
	b.family.Do(func() {
		b.kids = map[id.Account][]*dossier{}
		for _, d := range b.dossiers {
			if p := d.account.ParentID; p != "" {
				b.kids[p] = append(b.kids[p], d)
			}
		}
	})
	return b.kids
}

// withKin returns the accounts followed by the descendants that their scores
// need; kin is nil when the model looks at no children.
func (p *pass) withKin(accounts []*dossier) ([]*dossier, *kin) {
	rolls := false
	for _, card := range p.model.Scorecards.Cards() {
		children, _ := card.Rolls()
		rolls = rolls || children
	}
	if !rolls {
		return accounts, nil
	}
	k := &kin{children: p.book.children(), at: make(map[*dossier]int, len(accounts))}
	all := slices.Clip(accounts)
	for i, d := range accounts {
		k.at[d] = i
	}
	for i := 0; i < len(all); i++ {
		for _, child := range k.children[all[i].account.ID] {
			if _, in := k.at[child]; !in {
				k.at[child] = len(all)
				all = append(all, child)
			}
		}
	}
	return all, k
}

// withAncestors adds the accounts above those that changed, whose scores may
// take theirs in. Of an account that moved, before has the former parent.
func withAncestors(touched []int32, books ...*book) []int32 {
	seen := make(map[int32]bool, len(touched))
	for _, at := range touched {
		seen[at] = true
	}
	for _, at := range touched {
		for _, b := range books {
			below := at
			for depth := 0; depth < maxDepth && int(below) < len(b.dossiers); depth++ {
				up, ok := b.index[b.dossiers[below].account.ParentID]
				if !ok || int(up) >= len(b.dossiers) {
					break
				}
				if !seen[up] {
					seen[up] = true
					touched = append(touched, up)
				}
				below = up
			}
		}
	}
	return touched
}

// below returns a scorer for the accounts under the one at hand.
func (s *scorer) below() *scorer {
	if s.nested == nil {
		s.nested = s.p.scorer(s.values, s.kin)
		s.nested.depth = s.depth + 1
	}
	return s.nested
}

// parts are the children and relationships of the account at hand, as far as the
// scorecard takes them in.
func (s *scorer) parts(card *health.Card, subject *health.Subject) {
	children, lines := card.Rolls()
	if lines {
		for _, r := range s.relationships(true) {
			subject.Relationships = append(subject.Relationships, r.part)
		}
	}
	if !children || s.kin == nil || s.depth >= maxDepth {
		return
	}
	for _, d := range s.kin.children[s.dossier.account.ID] {
		if at, ok := s.kin.at[d]; ok && d.exists(s.asOf) {
			n := s.below()
			score, band := n.number(d, at, s.instant, s.asOf)
			// A child that left says nothing about those that are with us.
			if n.standing.status == StatusChurned {
				continue
			}
			part := health.Child{Key: string(d.account.ID), Title: d.account.Name, Band: band, ARR: n.standing.arr.Major()}
			if !math.IsNaN(score) {
				part.Score = &score
			}
			subject.Children = append(subject.Children, part)
		}
	}
}

// RelationshipHealth is the health of an account's life with one product.
type RelationshipHealth struct {
	Product string // key
	Title   string
	// Card is nil when no scorecard per relationship applies.
	Card   *health.Card
	Result health.Result
	part   health.Child
}

// relationships scores the account's lives with products, in the order of their
// keys. In brief it computes what a roll-up needs.
func (s *scorer) relationships(brief bool) []RelationshipHealth {
	if len(s.p.model.Scorecards.Lines()) == 0 {
		return nil
	}
	var out []RelationshipHealth
	for _, product := range s.values.Products(s.at) {
		card, why := s.p.model.Scorecards.ChooseLine(s.lookup, product)
		r := RelationshipHealth{Product: product, Title: s.p.book.titles[product], Card: card}
		if card == nil {
			if !brief {
				r.Result = health.Result{Why: why, Reason: why}
				out = append(out, r)
			}
			continue
		}
		subject := s.line(card, product)
		subject.Why = why
		r.Result = card.Score(subject)
		r.part = health.Child{Key: product, Title: r.Title, Score: r.Result.Score, Band: r.Result.Band, ARR: s.dossier.arrOf(s.p.book, product, s.asOf)}
		out = append(out, r)
	}
	return out
}

// line is the relationship as its scorecard wants it: metrics per relationship,
// and the account's where there is none of the name.
func (s *scorer) line(card *health.Card, product string) health.Subject {
	in := card.Inputs(func(name string) health.Input {
		if v, ok := s.values.Relationship(name, s.at, product, s.instant); ok {
			return health.Input{Value: v, Has: true, AgeDays: s.values.RelationshipAgeDays(name, s.at, product, s.instant)}
		}
		if v, ok := s.values.Account(name, s.at, s.instant); ok {
			return health.Input{Value: v, Has: true, AgeDays: s.values.AgeDays(name, s.at, s.instant)}
		}
		return health.Input{AgeDays: -1}
	})
	var overrides []health.Override
	for _, o := range s.dossier.overrides {
		if o.Scorecard == card.Key() {
			overrides = append(overrides, o.Override)
		}
	}
	return health.Subject{AsOf: s.asOf, AgeDays: s.dossier.ageWith(s.p.book, product, s.asOf), Inputs: in, Env: s.lookup, Overrides: overrides}
}

// arrOf adds the ARR of the subscriptions to a product in force, trials left out.
func (d *dossier) arrOf(b *book, product string, asOf time.Time) float64 {
	var sum money.Amount
	for i := range d.subscriptions {
		if b.productKeys[d.subscriptions[i].ProductID] != product {
			continue
		}
		if r, ok := d.subscriptions[i].At(asOf); ok && r.InForce(asOf) && !r.Trial {
			add(&sum, r.ARR)
		}
	}
	if sum.Currency == "" {
		return 0
	}
	return sum.Major()
}

// ageWith returns for how many days the account has had a product.
func (d *dossier) ageWith(b *book, product string, asOf time.Time) float64 {
	since := d.account.Since
	for _, r := range d.relationships {
		if b.productKeys[r.ProductID] == product && r.Since.After(since) {
			since = r.Since
		}
	}
	return asOf.Sub(since).Hours() / 24
}
