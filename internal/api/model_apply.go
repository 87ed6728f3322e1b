package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"time"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/model"
	"kept/internal/sqlstore"
)

// modelFile is what a text that comes as one is called in its errors.
const modelFile = "model.yaml"

func (s *Server) modelText(ctx context.Context, _ *none) (ModelText, error) {
	m, err := s.opt.Product.LatestModel(ctx)
	if err != nil {
		return ModelText{}, err
	}
	return s.text(ctx, &m), nil
}

func (s *Server) text(ctx context.Context, m *sqlstore.ModelVersion) ModelText {
	return ModelText{ModelVersion: s.versionRow(ctx, m), YAML: m.YAML}
}

func (s *Server) versionRow(ctx context.Context, m *sqlstore.ModelVersion) ModelVersion {
	return ModelVersion{Version: m.Version, CreatedAt: m.CreatedAt, Author: cmp.Or(s.names.of(ctx, m.Author), "Kept"), Note: m.Note}
}

func (s *Server) modelVersions(ctx context.Context, _ *none) (List[ModelVersion], error) {
	found, err := s.opt.Product.Models(ctx)
	if err != nil {
		return List[ModelVersion]{}, err
	}
	rows := make([]ModelVersion, len(found))
	for i := range found {
		rows[i] = s.versionRow(ctx, &found[i])
	}
	return all(rows), nil
}

func (s *Server) modelVersion(ctx context.Context, in *versionPath) (ModelText, error) {
	m, err := s.opt.Product.Model(ctx, in.Version)
	if err != nil {
		return ModelText{}, err
	}
	return s.text(ctx, &m), nil
}

// parse reads a model's text; what is wrong with it comes as places.
func parseModel(yaml string) (*model.Compiled, []TextError, error) {
	m, err := model.Parse([]model.File{{Path: modelFile, Data: []byte(yaml)}})
	if err != nil {
		return nil, textErrors(err), keepInternal(err)
	}
	c, err := m.Compile()
	return c, textErrors(err), keepInternal(err)
}

// keepInternal drops the errors that are about the text.
func keepInternal(err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return nil
}

// placeForm is "file:line:column" as the model package writes it.
var placeForm = regexp.MustCompile(`^(.*?):(\d+):(\d+)$`)

func textErrors(err error) []TextError {
	out := []TextError{}
	var list fault.List
	var one *fault.Error
	switch {
	case err == nil:
		return out
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = fault.List{one}
	}
	for _, e := range list {
		te := TextError{Message: e.Msg}
		if m := placeForm.FindStringSubmatch(e.Field); m != nil {
			te.File = m[1]
			te.Line, _ = strconv.Atoi(m[2])   // the form says that they are numbers
			te.Column, _ = strconv.Atoi(m[3]) // as above
		} else if e.Field != "" {
			te.Message = e.Field + ": " + e.Msg
		}
		out = append(out, te)
	}
	return out
}

func (s *Server) checkModel(_ context.Context, in *modelCheckInput) (ModelCheck, error) {
	_, errs, err := parseModel(in.Body.YAML)
	return ModelCheck{Errors: errs}, err
}

// base reads the model that a change is compared with.
func (s *Server) base(ctx context.Context, version int64) (*model.Model, error) {
	stored, err := s.opt.Product.LatestModel(ctx)
	if version != 0 && (err == nil || fault.Is(err, fault.NotFound)) {
		stored, err = s.opt.Product.Model(ctx, version)
	}
	if fault.Is(err, fault.NotFound) && version == 0 {
		return &model.Model{}, nil
	}
	if err != nil {
		return nil, err
	}
	c, _, err := model.ParseStored(model.File{Path: modelFile, Data: []byte(stored.YAML)})
	if err != nil {
		return nil, err
	}
	return c.Model, nil
}

func (s *Server) planModel(ctx context.Context, in *modelPlanInput) (ModelPlan, error) {
	plan := ModelPlan{Changes: []ModelChange{}}
	candidate, errs, err := parseModel(in.Body.YAML)
	plan.Errors = errs
	if err != nil || len(errs) > 0 {
		return plan, err
	}
	old, err := s.base(ctx, in.Body.BaseVersion)
	if err != nil {
		return plan, err
	}
	for _, c := range model.Diff(old, candidate.Model) {
		plan.Changes = append(plan.Changes, ModelChange{Kind: string(c.Kind), Object: string(c.Object), Name: c.Name, Details: orEmpty(c.Details)})
	}
	var impact *evaluate.Impact
	if in.Body.Weeks > 0 {
		impact, err = s.opt.Engine.Impact(ctx, candidate, time.Time{}, in.Body.Weeks)
	} else {
		impact, err = s.opt.Engine.Preview(ctx, candidate, time.Time{})
	}
	if err != nil {
		return plan, err
	}
	plan.Impact = ImpactOf(impact)
	return plan, nil
}

// maxMoved is how many moved accounts are named.
const maxMoved = 50

// ImpactOf puts an impact into the words of the API.
func ImpactOf(i *evaluate.Impact) *Impact {
	out := &Impact{
		AsOf: i.AsOf, Accounts: i.Accounts, Rescored: i.Rescored, MovedTotal: len(i.Moved), ARRMoved: i.ARRMoved, BandMoves: []BandMove{}, Moved: []MovedAccount{},
		BandsBefore: bandSums(i.BandsBefore), BandsAfter: bandSums(i.BandsAfter), History: []ImpactPoint{},
	}
	for _, m := range i.Moves {
		out.BandMoves = append(out.BandMoves, BandMove{From: cmp.Or(m.From, noneKey), To: cmp.Or(m.To, noneKey), Accounts: m.Accounts, ARR: m.ARR})
	}
	for k := range i.Moved[:min(maxMoved, len(i.Moved))] {
		m := &i.Moved[k]
		out.Moved = append(out.Moved, MovedAccount{
			Account: MovedRef{ID: m.Account, Name: m.Name, Segment: m.Segment, ARR: amount(m.ARR)},
			From:    cmp.Or(m.From, noneKey), To: cmp.Or(m.To, noneKey), ScoreBefore: finite(m.ScoreBefore), ScoreAfter: finite(m.ScoreAfter),
		})
	}
	for _, h := range i.History {
		p := ImpactPoint{AsOf: h.AsOf, Before: named(h.Before), After: named(h.After)}
		if h.Recorded != nil {
			p.Recorded = named(h.Recorded)
		}
		out.History = append(out.History, p)
	}
	return out
}

func bandSums(totals []evaluate.BandTotal) []BandSum {
	out := []BandSum{}
	for _, t := range totals {
		out = append(out, BandSum{Key: cmp.Or(t.Band, noneKey), Accounts: t.Accounts, ARR: t.ARR})
	}
	return out
}

// named gives the accounts without a band their key.
func named(counts map[string]int) map[string]int {
	out := make(map[string]int, len(counts))
	for k, n := range counts {
		out[cmp.Or(k, noneKey)] = n
	}
	return out
}

func (s *Server) applyModel(ctx context.Context, in *modelApplyInput) (ModelVersion, error) {
	candidate, errs, err := parseModel(in.Body.YAML)
	if err != nil {
		return ModelVersion{}, err
	}
	if len(errs) > 0 {
		p := newProblem(statuses[fault.Invalid], string(fault.Invalid), "the model has errors: nothing was saved")
		for _, e := range errs {
			p.Errors = append(p.Errors, ProblemDetail{Location: e.File + ":" + strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Column), Message: e.Message})
		}
		return ModelVersion{}, p
	}
	return s.saveModel(ctx, candidate, in.Body.YAML, in.Body.BaseVersion, in.Body.Note)
}

// saveModel makes a version and puts it in force. Attributes that the model
// declares become known to the record store.
func (s *Server) saveModel(ctx context.Context, c *model.Compiled, yaml string, base int64, note string) (ModelVersion, error) {
	sum := sha256.Sum256([]byte(yaml))
	m := sqlstore.ModelVersion{Version: base, CreatedAt: s.clock.Now(), Author: callerOf(ctx).UserID, Note: note, YAML: yaml, Checksum: hex.EncodeToString(sum[:])}
	version, err := s.opt.Product.SaveModel(ctx, m)
	if err != nil {
		return ModelVersion{}, err
	}
	m.Version = version
	s.opt.Engine.SetModel(version, c)
	if err := s.audit(ctx, "apply", "model", strconv.FormatInt(version, 10), note); err != nil {
		return ModelVersion{}, err
	}
	return s.versionRow(ctx, &m), nil
}

// withScorecard returns the newest model with one scorecard replaced or added.
func (s *Server) withScorecard(ctx context.Context, key string, body *putScorecardInput) (*model.Compiled, error) {
	card := body.Body.Scorecard
	if card.Key != key {
		return nil, fault.At("scorecard.key", "is %.60q and the address says %.60q: they have to be the same", card.Key, key)
	}
	m, err := s.base(ctx, body.Body.BaseVersion)
	if err != nil {
		return nil, err
	}
	next := *m
	next.Scorecards = slices.Clone(m.Scorecards)
	at := len(next.Scorecards)
	for i := range next.Scorecards {
		if next.Scorecards[i].Key == key {
			at = i
		}
	}
	if at == len(next.Scorecards) {
		next.Scorecards = append(next.Scorecards, card)
	} else {
		next.Scorecards[at] = card
	}
	// Written and read again: what is stored is the text, and errors in it have a
	// path that the editor understands.
	fresh := model.Model{Attributes: next.Attributes, Metrics: next.Metrics, Segments: next.Segments, Scorecards: next.Scorecards}
	return fresh.Compile()
}
