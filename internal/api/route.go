package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// endpoint declares one operation. Every operation says what it needs; the
// authorization middleware reads it from the operation's metadata, and a test
// goes through all of them.
type endpoint struct {
	id, method, path string
	summary          string
	tag              string
	need             permission
	status           int   // 0 for 200, or 204 without a body
	maxBody          int64 // 0 for 1 MiB
}

// needKey is the metadata key of an operation's permission.
const needKey = "permission"

// body is the huma output of an operation that answers with JSON alone.
type body[T any] struct{ Body T }

// none is the input of an operation without parameters.
type none struct{}

func (e endpoint) operation() huma.Operation {
	op := huma.Operation{
		OperationID: e.id, Method: e.method, Path: basePath + e.path,
		Summary: e.summary, Tags: []string{e.tag},
		DefaultStatus: e.status, MaxBodyBytes: e.maxBody,
		BodyReadTimeout: 30 * time.Second,
		Errors:          []int{http.StatusUnprocessableEntity, http.StatusInternalServerError},
		Metadata:        map[string]any{needKey: e.need},
	}
	if e.need == anyone {
		op.Security = []map[string][]string{}
	} else {
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(e.path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	return op
}

// get registers an operation that answers with a body.
func get[I, T any](s *Server, e endpoint, fn func(context.Context, *I) (T, error)) {
	custom(s, e, func(ctx context.Context, in *I) (*body[T], error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, err
		}
		return &body[T]{Body: out}, nil
	})
}

// act registers an operation that answers with nothing.
func act[I any](s *Server, e endpoint, fn func(context.Context, *I) error) {
	if e.status == 0 {
		e.status = http.StatusNoContent
	}
	custom(s, e, func(ctx context.Context, in *I) (*struct{}, error) { return nil, fn(ctx, in) })
}

// custom registers an operation whose output sets headers as well. It is where
// every error of a handler becomes a problem.
func custom[I, O any](s *Server, e endpoint, fn func(context.Context, *I) (*O, error)) {
	huma.Register(s.huma, e.operation(), func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// raw registers an operation that reads or writes a stream itself: it is in the
// document and behind the same authorization as every other. describe adds what
// huma cannot derive.
func raw(s *Server, e endpoint, describe func(*huma.Operation), fn func(http.ResponseWriter, *http.Request) error) {
	op := e.operation()
	op.Responses = map[string]*huma.Response{}
	problemSchema := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[*Problem](), true, "Problem")
	op.Responses["default"] = &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problemSchema}}}
	describe(&op)
	s.huma.OpenAPI().AddOperation(&op)
	s.huma.Adapter().Handle(&op, s.huma.Middlewares().Handler(func(ctx huma.Context) {
		r, w := unwrap(ctx)
		if err := fn(w, r.WithContext(ctx.Context())); err != nil {
			writeProblem(w, s.problem(ctx.Context(), err))
		}
	}))
}

// schemaNames gives stable names to types whose own name is ambiguous outside
// of their package.
var schemaNames = map[string]string{
	"kept/internal/maturity.Dimension":       "MaturityDimension",
	"kept/internal/maturity.DimensionResult": "MaturityDimensionResult",
	"kept/internal/maturity.Question":        "MaturityQuestion",
	"kept/internal/maturity.Result":          "MaturityResult",
	"kept/internal/maturity.Gap":             "MaturityGap",
	"kept/internal/maturity.Step":            "MaturityStep",
	"kept/internal/maturity.Peer":            "MaturityPeer",
	"kept/internal/maturity.Exchange":        "MaturityExchange",
	"kept/internal/maturity.Comparison":      "MaturityComparison",
	"kept/internal/maturity.Standing":        "MaturityStanding",
	"kept/internal/health.Group":             "ScorecardGroup",
	"kept/internal/health.Measure":           "ScorecardMeasure",
	"kept/internal/health.Point":             "CurvePoint",
	"kept/internal/health.Step":              "CurveStep",
	"kept/internal/health.Band":              "ScorecardBand",
	"kept/internal/health.Exception":         "ScorecardException",
	"kept/internal/health.Override":          "HealthOverride",
	"kept/internal/connector.Field":          "ConnectorField",
	"kept/internal/connector.Cursor":         "StreamCursor",
	"kept/internal/identity.Reason":          "MergeReason",
	"kept/internal/outbound.KindInfo":        "WebhookKind",
	"kept/internal/customer.Value":           "FactValue",
	"kept/internal/validate.Report":          "ValidationReport",
	"kept/internal/drivers.Report":           "DriversReport",
	"kept/internal/validate.Setup":           "ValidationSetup",
	"kept/internal/validate.Ladder":          "ValidationLadder",
	"kept/internal/validate.Metrics":         "ValidationMetrics",
	"kept/internal/validate.Canary":          "ValidationCanary",
	"kept/internal/validate.Ahead":           "ValidationAhead",
	"kept/internal/validate.Bin":             "CalibrationBin",
	"kept/internal/validate.Lift":            "ValidationLift",
	"kept/internal/validate.BandResult":      "ValidationBand",
	"kept/internal/validate.Migration":       "BandMigration",
	"kept/internal/validate.MigrationRow":    "BandMigrationRow",
	"kept/internal/validate.Lead":            "ValidationLead",
	"kept/internal/validate.ARRResult":       "ValidationARR",
	"kept/internal/validate.Measure":         "ValidationMeasure",
	"kept/internal/validate.FoldResult":      "ValidationFold",
	"kept/internal/validate.Segment":         "ValidationSegment",
	"kept/internal/churn.Model":              "ChurnForecast",
	"kept/internal/churn.Learned":            "ChurnLearned",
	"kept/internal/churn.Weight":             "ChurnWeight",
	"kept/internal/churn.Backtest":           "ChurnBacktest",
	"kept/internal/churn.Assessment":         "ChurnAssessment",
	"kept/internal/churn.Month":              "ChurnMonth",
	"kept/internal/churn.Effect":             "ChurnEffect",
	"kept/internal/churn.Renewal":            "ChurnRenewal",
	"kept/internal/churn.Curve":              "SurvivalCurve",
	"kept/internal/churn.CurvePoint":         "SurvivalPoint",
	"kept/internal/churn.CauseShare":         "SurvivalCauseShare",
	"kept/internal/churn.CauseCount":         "SurvivalCauseCount",
	"kept/internal/churn.Test":               "SurvivalTest",
	"kept/internal/health.Case":              "MeasureCase",
	"kept/internal/health.Drift":             "MeasureDrift",
	"kept/internal/health.Scale":             "ScorecardScale",
	"kept/internal/health.Rolling":           "ScorecardRolling",
	"kept/internal/health.Level":             "RollingLevel",
	"kept/internal/health.Rolled":            "RolledHealth",
	"kept/internal/health.RolledPart":        "RolledPart",
	"kept/internal/health.Redistributed":     "RedistributedWeight",
	"kept/internal/health.Heir":              "WeightHeir",
}

func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := schemaNames[t.PkgPath()+"."+t.Name()]; ok {
		return name
	}
	return huma.DefaultSchemaNamer(t, hint)
}
