package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/id"
	"kept/internal/sqlstore"
	"kept/internal/usage"
)

// lateAfter is how old the newest event may be before the data count as late.
const lateAfter = 48 * time.Hour

func (s *Server) freshness(ctx context.Context, _ *none) (Freshness, error) {
	return s.freshnessNow(ctx)
}

// freshnessNow says how new the data are; it stands on every page, and so it
// asks the event store once in a while only.
func (s *Server) freshnessNow(ctx context.Context) (Freshness, error) {
	stats := s.opt.Engine.Stats()
	out, err := s.fresher.get(stats.Generation, func() (Freshness, error) {
		n, _, last, err := s.opt.Events.Bounds(ctx)
		if err != nil {
			return Freshness{}, err
		}
		f := Freshness{Events: n}
		if n > 0 {
			f.NewestEventAt = &last
		}
		return f, nil
	})
	if err != nil {
		return out, err
	}
	out.Accounts, out.ModelVersion = stats.Accounts, stats.ModelVersion
	if !stats.RefreshedAt.IsZero() {
		at := stats.RefreshedAt
		out.LastEvaluationAt = &at
	}
	out.Late = out.NewestEventAt != nil && s.clock.Now().Sub(*out.NewestEventAt) > lateAfter
	return out, nil
}

// sources lists where data came from: the imports, and what people entered.
func (s *Server) sources(ctx context.Context, _ *none) (List[SourceRow], error) {
	fresh, err := s.freshnessNow(ctx)
	if err != nil {
		return List[SourceRow]{}, err
	}
	rows := []SourceRow{}
	add := func(row SourceRow) {
		if i := slices.IndexFunc(rows, func(r SourceRow) bool { return r.Name == row.Name }); i < 0 {
			rows = append(rows, row)
		}
	}
	runs, err := s.opt.Imports.Store.ImportRuns(ctx, "", 100)
	if err != nil {
		return List[SourceRow]{}, err
	}
	for i := range runs {
		r := &runs[i]
		if r.DryRun {
			continue
		}
		row := SourceRow{Name: r.MappingName, Kind: "import", Objects: r.RowsRead - r.RowsRejected, Status: "ok"}
		if at := cmp.Or(r.FinishedAt, r.CreatedAt); !at.IsZero() {
			row.LastImport = &at
		}
		if r.State == sqlstore.RunFailed {
			row.Status = "failed"
		}
		add(row)
	}
	keys, err := s.opt.Access.Store.Credentials(ctx, "write_key")
	if err != nil {
		return List[SourceRow]{}, err
	}
	for _, k := range keys {
		if k.RevokedAt.IsZero() {
			add(SourceRow{Name: k.Source, Kind: "write_key", Status: "empty"})
		}
	}
	systems, err := s.opt.Product.ExternalSources(ctx)
	if err != nil {
		return List[SourceRow]{}, err
	}
	for _, system := range systems {
		add(SourceRow{Name: system.Source, Kind: "records", Objects: system.Objects, Status: "ok"})
	}
	stream := SourceRow{Name: "events", Kind: "event store", Objects: fresh.Events, NewestEventAt: fresh.NewestEventAt, Status: "ok"}
	switch {
	case fresh.Events == 0:
		stream.Status = "empty"
	case fresh.Late:
		stream.Status = "late"
	}
	add(stream)
	return all(rows), nil
}

func (s *Server) events(ctx context.Context, in *eventsInput) (EventPage, error) {
	q := usage.ListQuery{Actor: in.Actor, Name: in.Name, Product: in.Product, Limit: limitOf(in.Paged), Cursor: in.Cursor}
	var err error
	if in.Account != "" {
		if q.Account, err = id.Parse[id.Account]("account", in.Account); err != nil {
			return EventPage{}, err
		}
	}
	if q.From, err = parseInstant("from", in.From); err != nil {
		return EventPage{}, err
	}
	if q.To, err = parseInstant("to", in.To); err != nil {
		return EventPage{}, err
	}
	asOf, err := in.instant()
	if err != nil {
		return EventPage{}, err
	}
	if !asOf.IsZero() && (q.To.IsZero() || q.To.After(asOf)) {
		q.To = asOf
	}
	if in.Known != string(evaluate.AsCorrected) {
		q.KnownBy = asOf
	}
	if in.Attributed != "" {
		yes := in.Attributed == "true"
		q.Attributed = &yes
	}
	found, err := s.opt.Events.List(ctx, q)
	if err != nil {
		return EventPage{}, err
	}
	return EventPage{Items: orEmpty(found.Events), NextCursor: found.Next, Total: found.Total}, nil
}

func (s *Server) eventNames(ctx context.Context, _ *none) (List[EventName], error) {
	found, err := s.opt.Events.Names(ctx)
	if err != nil {
		return List[EventName]{}, err
	}
	rows := make([]EventName, len(found))
	for i, n := range found {
		rows[i] = EventName{Name: n.Name, Count: n.Count, First: n.First, Last: n.Last}
	}
	return all(rows), nil
}

// appPages are the places that the palette can go to.
var appPages = []SearchHit{
	{Kind: "page", ID: "home", Title: "Home", Subtitle: "my portfolio", Link: "/"},
	{Kind: "page", ID: "accounts", Title: "Accounts", Subtitle: "table", Link: "/accounts"},
	{Kind: "page", ID: "grid", Title: "Health grid", Subtitle: "accounts × measures", Link: "/accounts/grid"},
	{Kind: "page", ID: "health", Title: "Scorecards", Subtitle: "edit and preview", Link: "/health"},
	{Kind: "page", ID: "metrics", Title: "Metrics", Subtitle: "catalogue", Link: "/health/metrics"},
	{Kind: "page", ID: "sources", Title: "Sources", Subtitle: "where data come from", Link: "/data"},
	{Kind: "page", ID: "imports", Title: "Imports", Subtitle: "files and their reports", Link: "/data/imports"},
	{Kind: "page", ID: "model", Title: "Model", Subtitle: "as text, with its versions", Link: "/data/model"},
	{Kind: "page", ID: "settings", Title: "Settings", Subtitle: "users, tokens, audit", Link: "/data/settings"},
}

const maxHits = 20

func (s *Server) search(ctx context.Context, in *searchInput) (List[SearchHit], error) {
	q := strings.ToLower(strings.TrimSpace(in.Q))
	hits := []SearchHit{}
	if q == "" {
		return all(hits), nil
	}
	v, err := s.viewAt(ctx, AsOfParam{})
	if err != nil {
		return List[SearchHit]{}, err
	}
	c, err := s.choose(ctx, v, &AccountSelection{Q: in.Q}, "name")
	if err != nil {
		return List[SearchHit]{}, err
	}
	for _, i := range rankHits(v, c.rows, q) {
		r := &v.Rows[i]
		sub := cmp.Or(r.Account.Domain, string(r.Stage))
		hits = append(hits, SearchHit{Kind: "account", ID: string(r.Account.ID), Title: r.Account.Name, Subtitle: sub, Link: "/accounts/" + string(r.Account.ID)})
	}
	match := func(words ...string) bool { return strings.Contains(strings.ToLower(strings.Join(words, " ")), q) }
	for i := range v.model.Model.Metrics {
		if d := &v.model.Model.Metrics[i]; match(d.Name, d.Title) && len(hits) < maxHits {
			hits = append(hits, SearchHit{Kind: "metric", ID: d.Name, Title: titleOr(d.Title, d.Name), Subtitle: inWords(d), Link: "/health/metrics/" + d.Name})
		}
	}
	for _, card := range v.model.Model.Scorecards {
		if match(card.Key, card.Title) && len(hits) < maxHits {
			hits = append(hits, SearchHit{Kind: "scorecard", ID: card.Key, Title: titleOr(card.Title, card.Key), Subtitle: "scorecard", Link: "/health/" + card.Key})
		}
	}
	for _, p := range appPages {
		if match(p.Title, p.Subtitle) && len(hits) < maxHits {
			hits = append(hits, p)
		}
	}
	contacts, err := s.searchContacts(ctx, c.rows, v, q)
	return all(append(hits, contacts...)), err
}

// rankHits puts names that begin with the query first.
func rankHits(v *view, rows []int32, q string) []int32 {
	var first, rest []int32
	for _, i := range rows {
		if strings.HasPrefix(strings.ToLower(v.Rows[i].Account.Name), q) {
			if first = append(first, i); len(first) >= maxHits/2 {
				break
			}
		} else if len(rest) < maxHits/2 {
			rest = append(rest, i)
		}
	}
	return append(first, rest[:min(len(rest), maxHits/2-len(first))]...)
}

// searchContacts finds people at the accounts that match: the store has no index
// of names over everybody.
func (s *Server) searchContacts(ctx context.Context, rows []int32, v *view, q string) ([]SearchHit, error) {
	var ids []id.Account
	for _, i := range rows[:min(len(rows), maxHits)] {
		ids = append(ids, v.Rows[i].Account.ID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := s.opt.Records.Contacts(ctx, customer.Filter{Accounts: ids, Page: customer.Page{Limit: 1000}})
	if err != nil {
		return nil, err
	}
	var hits []SearchHit
	for _, c := range found {
		if strings.Contains(strings.ToLower(c.Name+" "+c.Email), q) && len(hits) < maxHits/4 {
			hits = append(hits, SearchHit{Kind: "contact", ID: string(c.ID), Title: c.Name, Subtitle: c.Title, Link: "/accounts/" + string(c.AccountID) + "/people"})
		}
	}
	return hits, nil
}
