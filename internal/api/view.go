package api

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/model"
	"kept/internal/money"
)

// view is one snapshot with all that it takes to show it: names of users, bands
// and segments. It lives as long as a request.
type view struct {
	*evaluate.Snapshot
	engine *evaluate.Engine // looked at through the lens of the request
	known  evaluate.Known
	model  *model.Compiled
	look   *modelLook
	names  map[id.User]string
}

// maxLooks is how many versions' looks are kept.
const maxLooks = 8

// modelLook is how a model's parts are shown; it is kept per model version.
type modelLook struct {
	chips    map[string]map[string]BandChip // scorecard → band
	bands    []BandChip                     // of all scorecards, worst first, each key once
	segments map[string]string              // key → title
	segOrder map[string]int
	cards    map[string]health.Scorecard
}

// viewAt returns the view as of the instant of a request.
func (s *Server) viewAt(ctx context.Context, p AsOfParam) (*view, error) {
	asOf, err := p.instant()
	if err != nil {
		return nil, err
	}
	lens, err := s.lens(ctx, p, asOf)
	if err != nil {
		return nil, err
	}
	engine := s.opt.Engine.Through(lens)
	snap, err := engine.At(ctx, asOf)
	if err != nil {
		return nil, err
	}
	version, m := engine.Model()
	if m == nil {
		return nil, fault.New(fault.Unavailable, "there is no model yet: try again in a few seconds")
	}
	look, err := s.looks.get(version, func() (*modelLook, error) { return lookOf(m), nil })
	if err != nil {
		return nil, err
	}
	return &view{Snapshot: snap, engine: engine, known: lens.Known, model: m, look: look, names: s.names.all(ctx)}, nil
}

func lookOf(m *model.Compiled) *modelLook {
	l := &modelLook{
		chips: map[string]map[string]BandChip{}, segments: map[string]string{}, segOrder: map[string]int{},
		cards: map[string]health.Scorecard{},
	}
	seen := map[string]bool{}
	for _, card := range m.Model.Scorecards {
		l.cards[card.Key] = card
		chips := map[string]BandChip{}
		for _, b := range card.Bands {
			chips[b.Key] = chipOf(b)
			if !seen[b.Key] {
				seen[b.Key] = true
				l.bands = append(l.bands, chips[b.Key])
			}
		}
		l.chips[card.Key] = chips
	}
	for i, seg := range m.Model.Segments {
		l.segments[seg.Key] = titleOr(seg.Title, seg.Key)
		l.segOrder[seg.Key] = i
	}
	return l
}

func chipOf(b health.Band) BandChip {
	title := titleOr(b.Title, b.Key)
	letter, _ := utf8.DecodeRuneInString(title)
	return BandChip{Key: b.Key, Title: title, Color: b.Color, Letter: string(unicode.ToUpper(letter))}
}

// titleOr returns the title, or the key as a person would write it.
func titleOr(title, key string) string {
	if title != "" || key == "" {
		return title
	}
	words := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(key, ".", ": "), "_", " "))
	for i, w := range words {
		if slices.Contains([]string{"arr", "csat", "csm", "id", "nps"}, w) {
			words[i] = strings.ToUpper(w)
		}
	}
	title = strings.Join(words, " ")
	return strings.ToUpper(title[:1]) + title[1:]
}

func (v *view) stamp() Stamp {
	return Stamp{AsOf: v.AsOf, ModelVersion: v.ModelVersion, Known: v.known}
}

// chip returns how the band of a row is shown; nil without one.
func (v *view) chip(scorecard, band string) *BandChip {
	if band == "" {
		return nil
	}
	if c, ok := v.look.chips[scorecard][band]; ok {
		return &c
	}
	return &BandChip{Key: band, Title: titleOr("", band), Color: "grey", Letter: "?"}
}

// row returns an account as every list shows it.
func (v *view) row(i int) AccountRow {
	r := &v.Rows[i]
	out := AccountRow{
		ID: r.Account.ID, Name: r.Account.Name, Domain: r.Account.Domain, ParentID: r.Account.ParentID,
		Owner: v.user(r.Owner), Stage: string(r.Stage), Status: string(r.Status), Active: r.Active, Since: r.Account.Since,
		Score: finite(r.Score), ComputedScore: finite(r.Computed), Band: v.chip(r.Scorecard, r.Band),
		Coverage: orZero(r.Coverage), Scorecard: r.Scorecard, Overridden: r.Overridden, Stale: r.Stale,
		Delta30: finite(r.Delta30), Delta90: finite(r.Delta90), ARR: amount(r.ARR), Spark: v.spark(i),
	}
	if r.Segment != "" {
		out.Segment = &KeyTitle{Key: r.Segment, Title: titleOr(v.look.segments[r.Segment], r.Segment)}
	}
	if c := r.Account.ChurnedAt; !c.IsZero() && !c.After(v.AsOf) {
		out.ChurnedAt = c
	}
	if !r.RenewalAt.IsZero() {
		at := r.RenewalAt
		days := int(math.Ceil(at.Sub(v.AsOf).Hours() / 24))
		out.RenewalAt, out.DaysToRenewal = &at, &days
	}
	return out
}

func (v *view) rows(at []int32) []AccountRow {
	out := make([]AccountRow, len(at))
	for i, r := range at {
		out[i] = v.row(int(r))
	}
	return out
}

func (v *view) user(user id.User) *Ref {
	if user == "" {
		return nil
	}
	name := v.names[user]
	if name == "" {
		name = string(user)
	}
	return &Ref{ID: string(user), Name: name}
}

func (v *view) spark(row int) []*float64 {
	weekly := v.Weekly(row)
	out := make([]*float64, len(weekly))
	for i, f := range weekly {
		out[i] = finite(f)
	}
	return out
}

// sum adds the ARR of rows in the currency that most of them have; amounts of
// other currencies are left out, as in evaluate.Row.
func (v *view) sum(at []int32) money.Amount {
	total := money.Amount{Currency: v.currency(at)}
	for _, i := range at {
		if a := v.Rows[i].ARR; a.Currency == total.Currency {
			total.Minor += a.Minor
		}
	}
	return total
}

func (v *view) currency(at []int32) money.Currency {
	count := map[money.Currency]int{}
	best := money.Currency("")
	for _, i := range at {
		c := v.Rows[i].ARR.Currency
		if c == "" {
			continue
		}
		count[c]++
		if best == "" || count[c] > count[best] || count[c] == count[best] && c < best {
			best = c
		}
	}
	if best == "" {
		return "USD"
	}
	return best
}

// finite returns nil for a missing number: NaN never reaches JSON.
func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

func orZero(f float64) float64 {
	if math.IsNaN(f) {
		return 0
	}
	return f
}

// amount returns nil when nothing is paid, which is not the same as 0.
func amount(a money.Amount) *money.Amount {
	if a.Currency == "" {
		return nil
	}
	return &a
}
