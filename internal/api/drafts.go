package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/model"
	"kept/internal/sqlstore"
)

// DraftRow describes a draft of the model.
type DraftRow struct {
	ID          id.Draft  `json:"id"`
	Name        string    `json:"name"`
	Author      string    `json:"author"`
	Note        string    `json:"note"`
	BaseVersion int64     `json:"base_version" doc:"The version of the model that it was begun from."`
	Behind      bool      `json:"behind" doc:"The model has a newer version than that: applying is refused until it is begun anew."`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// DraftText is a draft with its text.
type DraftText struct {
	DraftRow
	YAML string `json:"yaml"`
}

// DraftPath names a draft.
type DraftPath struct {
	ID string `path:"id" maxLength:"40"`
}

// DraftFields are what a draft is saved with.
type DraftFields struct {
	Name        string `json:"name" minLength:"1" maxLength:"100"`
	Note        string `json:"note,omitempty" maxLength:"1000"`
	YAML        string `json:"yaml,omitempty" maxLength:"2000000" doc:"The text; it may still have errors."`
	BaseVersion int64  `json:"base_version" doc:"The version it was begun from."`
	// Scorecard stands for the text of the base version with this scorecard in it.
	Scorecard *health.Scorecard `json:"scorecard,omitempty" doc:"Instead of the text: the base version with this scorecard replaced or added."`
}

type newDraftInput struct {
	Body DraftFields
}

type putDraftInput struct {
	DraftPath
	Body struct {
		DraftFields
		UpdatedAt time.Time `json:"updated_at" doc:"updated_at of the draft that was edited: another save in between is a conflict."`
	}
}

type applyDraftInput struct {
	DraftPath
	Body struct {
		Note string `json:"note,omitempty" maxLength:"1000" doc:"Kept with the version; absent takes the draft's."`
	}
}

func (s *Server) draftRoutes() {
	const tag = "model"
	get(s, endpoint{id: "list-drafts", method: http.MethodGet, path: "/model/drafts", tag: tag, need: canRead, summary: "Drafts of the model, the last saved first"}, s.drafts)
	get(s, endpoint{id: "create-draft", method: http.MethodPost, path: "/model/drafts", tag: tag, need: canModel, maxBody: maxModel, status: http.StatusCreated, summary: "Keep a text of the model that is not in force"}, s.newDraft)
	get(s, endpoint{id: "get-draft", method: http.MethodGet, path: "/model/drafts/{id}", tag: tag, need: canRead, summary: "One draft, as text"}, s.draft)
	get(s, endpoint{id: "save-draft", method: http.MethodPut, path: "/model/drafts/{id}", tag: tag, need: canModel, maxBody: maxModel, summary: "Save a draft again"}, s.putDraft)
	get(s, endpoint{id: "plan-draft", method: http.MethodGet, path: "/model/drafts/{id}/plan", tag: tag, need: canRead, summary: "What a draft would change, and what that would do to the scores"}, s.planDraft)
	get(s, endpoint{id: "apply-draft", method: http.MethodPost, path: "/model/drafts/{id}/apply", tag: tag, need: canModel, status: http.StatusCreated, summary: "Put a draft in force as a new version; the draft is gone then"}, s.applyDraft)
	act(s, endpoint{id: "delete-draft", method: http.MethodDelete, path: "/model/drafts/{id}", tag: tag, need: canModel, summary: "Delete a draft"}, s.deleteDraft)
}

func (s *Server) drafts(ctx context.Context, _ *none) (List[DraftRow], error) {
	found, err := s.opt.Product.Drafts(ctx)
	if err != nil {
		return List[DraftRow]{}, err
	}
	rows := make([]DraftRow, len(found))
	for i := range found {
		rows[i] = s.draftRow(ctx, &found[i])
	}
	return all(rows), nil
}

func (s *Server) draftRow(ctx context.Context, d *sqlstore.ModelDraft) DraftRow {
	version, _ := s.opt.Engine.Model()
	author := s.names.of(ctx, d.Author)
	if author == "" {
		author = "Kept"
	}
	return DraftRow{
		ID: d.ID, Name: d.Name, Author: author, Note: d.Note, BaseVersion: d.BaseVersion, Behind: d.BaseVersion != version,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
	}
}

func (s *Server) stored(ctx context.Context, in *DraftPath) (sqlstore.ModelDraft, error) {
	ref, err := id.Parse[id.Draft]("id", in.ID)
	if err != nil {
		return sqlstore.ModelDraft{}, err
	}
	return s.opt.Product.Draft(ctx, ref)
}

func (s *Server) draft(ctx context.Context, in *DraftPath) (DraftText, error) {
	d, err := s.stored(ctx, in)
	if err != nil {
		return DraftText{}, err
	}
	return DraftText{DraftRow: s.draftRow(ctx, &d), YAML: d.YAML}, nil
}

func (s *Server) newDraft(ctx context.Context, in *newDraftInput) (DraftText, error) {
	ref, err := id.New[id.Draft](s.clock.Now(), rand.Reader)
	if err != nil {
		return DraftText{}, err
	}
	return s.saveDraft(ctx, ref, &in.Body, time.Time{}, "create")
}

func (s *Server) putDraft(ctx context.Context, in *putDraftInput) (DraftText, error) {
	old, err := s.stored(ctx, &in.DraftPath)
	if err != nil {
		return DraftText{}, err
	}
	return s.saveDraft(ctx, old.ID, &in.Body.DraftFields, in.Body.UpdatedAt, "save")
}

func (s *Server) saveDraft(ctx context.Context, ref id.Draft, f *DraftFields, saw time.Time, action string) (DraftText, error) {
	if _, err := s.opt.Product.Model(ctx, f.BaseVersion); err != nil {
		if fault.Is(err, fault.NotFound) {
			return DraftText{}, fault.At("base_version", "there is no version %d of the model", f.BaseVersion)
		}
		return DraftText{}, err
	}
	if (f.YAML == "") == (f.Scorecard == nil) {
		return DraftText{}, fault.At("yaml", "give the text, or a scorecard that the base version gets")
	}
	if f.Scorecard != nil {
		put := putScorecardInput{Key: f.Scorecard.Key}
		put.Body.Scorecard, put.Body.BaseVersion = *f.Scorecard, f.BaseVersion
		candidate, err := s.withScorecard(ctx, f.Scorecard.Key, &put)
		if err != nil {
			return DraftText{}, err
		}
		f.YAML = string(model.Marshal(candidate.Model))
	}
	d, err := s.opt.Product.PutDraft(ctx, sqlstore.ModelDraft{
		ID: ref, Name: f.Name, BaseVersion: f.BaseVersion, Author: callerOf(ctx).UserID, Note: f.Note, YAML: f.YAML,
	}, saw)
	if err != nil {
		return DraftText{}, err
	}
	return DraftText{DraftRow: s.draftRow(ctx, &d), YAML: d.YAML}, s.audit(ctx, action, "model_draft", string(ref), d.Name)
}

func (s *Server) planDraft(ctx context.Context, in *DraftPath) (ModelPlan, error) {
	d, err := s.stored(ctx, in)
	if err != nil {
		return ModelPlan{}, err
	}
	var plan modelPlanInput
	plan.Body.YAML = d.YAML
	return s.planModel(ctx, &plan)
}

func (s *Server) applyDraft(ctx context.Context, in *applyDraftInput) (ModelVersion, error) {
	d, err := s.stored(ctx, &in.DraftPath)
	if err != nil {
		return ModelVersion{}, err
	}
	var apply modelApplyInput
	apply.Body.YAML, apply.Body.BaseVersion, apply.Body.Note = d.YAML, d.BaseVersion, d.Note
	if in.Body.Note != "" {
		apply.Body.Note = in.Body.Note
	}
	if apply.Body.Note == "" {
		apply.Body.Note = d.Name
	}
	version, err := s.applyModel(ctx, &apply)
	if err != nil {
		return ModelVersion{}, err
	}
	// It is in force: what stays behind would only be applied twice.
	if err := s.opt.Product.DeleteDraft(ctx, d.ID); err != nil && !fault.Is(err, fault.NotFound) {
		return ModelVersion{}, err
	}
	return version, nil
}

func (s *Server) deleteDraft(ctx context.Context, in *DraftPath) error {
	d, err := s.stored(ctx, in)
	if err != nil {
		return err
	}
	if err := s.opt.Product.DeleteDraft(ctx, d.ID); err != nil {
		return err
	}
	return s.audit(ctx, "delete", "model_draft", string(d.ID), d.Name)
}
