package api

import (
	"context"
	"time"

	"kept/internal/drivers"
	"kept/internal/evaluate"
	"kept/internal/id"
	"kept/internal/maturity"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/revenue"
	"kept/internal/sqlstore"
	"kept/internal/validate"
)

// Engine is what the API asks of evaluate.Engine.
type Engine interface {
	Now() time.Time
	Model() (int64, *model.Compiled)
	SetModel(version int64, m *model.Compiled)
	Refresh(ctx context.Context) (bool, error)
	At(ctx context.Context, asOf time.Time) (*evaluate.Snapshot, error)
	Stats() evaluate.Stats
	Through(l evaluate.Lens) *evaluate.Engine
	Health(ctx context.Context, account id.Account, asOf time.Time) (evaluate.AccountHealth, error)
	Compare(ctx context.Context, account id.Account, before, asOf time.Time) (evaluate.Comparison, error)
	Scores(ctx context.Context, account id.Account, instants []time.Time) ([]evaluate.Point, error)
	MetricSeries(ctx context.Context, account id.Account, metrics []string, instants []time.Time) (*metric.Values, error)
	MetricSamples(ctx context.Context, candidate *model.Compiled, name string, instants []time.Time) ([]evaluate.MetricSample, error)
	TrySeries(ctx context.Context, candidate *model.Compiled, account id.Account, name string, instants []time.Time) (*metric.Values, error)
	Why(ctx context.Context, account id.Account, name, product string, asOf time.Time) (*metric.Why, error)
	Validate(ctx context.Context, spec validate.Spec, changed time.Time) (*validate.Report, error)
	Learn(ctx context.Context, spec validate.Spec) (*evaluate.Learned, error)
	Drivers(ctx context.Context, q evaluate.DriverQuery) (*drivers.Report, error)
	Retention(from, to time.Time, p revenue.Policy) (revenue.Measures, error)
	Bridge(ctx context.Context, q evaluate.RevenueQuery) (*evaluate.RevenueTable, error)
	Movements(ctx context.Context, q evaluate.RevenueQuery) ([]evaluate.RevenueMove, error)
	Preview(ctx context.Context, candidate *model.Compiled, asOf time.Time) (*evaluate.Impact, error)
	Impact(ctx context.Context, candidate *model.Compiled, asOf time.Time, weeks int) (*evaluate.Impact, error)
}

// Product is what Kept itself keeps beside the customer record.
type Product interface {
	ExternalSources(ctx context.Context) ([]sqlstore.ExternalSource, error)

	Audit(ctx context.Context, a sqlstore.AuditEntry) error
	AuditLog(ctx context.Context, f sqlstore.AuditFilter) ([]sqlstore.AuditEntry, error)

	SaveModel(ctx context.Context, m sqlstore.ModelVersion) (int64, error)
	LatestModel(ctx context.Context) (sqlstore.ModelVersion, error)
	Model(ctx context.Context, version int64) (sqlstore.ModelVersion, error)
	Models(ctx context.Context) ([]sqlstore.ModelVersion, error)

	PutDraft(ctx context.Context, d sqlstore.ModelDraft, saw time.Time) (sqlstore.ModelDraft, error)
	Draft(ctx context.Context, ref id.Draft) (sqlstore.ModelDraft, error)
	Drafts(ctx context.Context) ([]sqlstore.ModelDraft, error)
	DeleteDraft(ctx context.Context, ref id.Draft) error

	AddMaturityRating(ctx context.Context, r sqlstore.MaturityRating) (sqlstore.MaturityRating, error)
	MaturityRatings(ctx context.Context, until time.Time) ([]sqlstore.MaturityRating, error)
	PutMaturityPeers(ctx context.Context, x *maturity.Exchange) error
	MaturityPeers(ctx context.Context) ([]maturity.Peer, error)
	DeleteMaturityPeers(ctx context.Context) error

	Setting(ctx context.Context, key string) (string, bool, error)
	PutSetting(ctx context.Context, key, value string) error

	PutOverride(ctx context.Context, o sqlstore.OverrideRow) error
	Overrides(ctx context.Context, accounts []id.Account) ([]sqlstore.OverrideRow, error)
	EndOverride(ctx context.Context, ref id.Override, at time.Time) error

	PutSavedView(ctx context.Context, v sqlstore.SavedView) error
	SavedView(ctx context.Context, ref id.View) (sqlstore.SavedView, error)
	SavedViews(ctx context.Context, user id.User, page string) ([]sqlstore.SavedView, error)
	DeleteSavedView(ctx context.Context, ref id.View) error
}
