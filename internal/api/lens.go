package api

import (
	"context"
	"time"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/model"
	"kept/internal/sqlstore"
)

// ModelReader reads the versions of the model.
type ModelReader interface {
	Model(ctx context.Context, version int64) (sqlstore.ModelVersion, error)
	Models(ctx context.Context) ([]sqlstore.ModelVersion, error)
}

// The choices of the model of a past instant.
const (
	modelNow  = "now"
	modelThen = "then"
)

// LensOf reads the choices known and which (of the model). The model of an
// instant before the first version is the first. compile, when given, keeps what
// it compiled.
func LensOf(ctx context.Context, models ModelReader, known, which string, asOf time.Time, compile func(m *sqlstore.ModelVersion) (*model.Compiled, error)) (evaluate.Lens, error) {
	var l evaluate.Lens
	switch evaluate.Known(known) {
	case "", evaluate.AsKnown:
	case evaluate.AsCorrected:
		l.Known = evaluate.AsCorrected
	default:
		return l, fault.At("known", "%.40q is unknown: use as_of (what was known then) or now (as corrected since)", known)
	}
	switch which {
	case "", modelNow:
		return l, nil
	case modelThen:
	default:
		return l, fault.At("model", "%.40q is unknown: use now (the model in force today) or then (the one in force at the instant)", which)
	}
	if asOf.IsZero() {
		return l, nil
	}
	versions, err := models.Models(ctx)
	if err != nil || len(versions) == 0 {
		return l, err
	}
	// Newest first; the first version serves everything before it.
	chosen := versions[len(versions)-1]
	for i := range versions {
		if !versions[i].CreatedAt.After(asOf) {
			chosen = versions[i]
			break
		}
	}
	if chosen.Version == versions[0].Version {
		return l, nil
	}
	if chosen, err = models.Model(ctx, chosen.Version); err != nil {
		return l, err
	}
	if compile == nil {
		compile = compileVersion
	}
	l.Version = chosen.Version
	l.Model, err = compile(&chosen)
	return l, err
}

// compileVersion compiles a stored version. One that this release does not read
// any more is said to be so.
func compileVersion(m *sqlstore.ModelVersion) (*model.Compiled, error) {
	c, errs, err := parseModel(m.YAML)
	if err == nil && len(errs) > 0 {
		err = fault.New(fault.Invalid, "version %d of the model cannot be read any more: %s", m.Version, errs[0].Message)
	}
	return c, err
}

// maxModels is how many past versions stay compiled.
const maxModels = 8

func (s *Server) lens(ctx context.Context, p AsOfParam, asOf time.Time) (evaluate.Lens, error) {
	return LensOf(ctx, s.opt.Product, p.Known, p.Model, asOf, func(m *sqlstore.ModelVersion) (*model.Compiled, error) {
		return s.models.get(m.Version, func() (*model.Compiled, error) { return compileVersion(m) })
	})
}
