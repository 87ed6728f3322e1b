package api

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/sqlstore"
)

// NumberSource is what an export of numbers reads.
type NumberSource struct {
	Engine  *evaluate.Engine
	Records customer.Reader
	// Lens says how each instant is looked at; nil: as known then, under the model
	// in force.
	Lens func(ctx context.Context, asOf time.Time) (evaluate.Lens, error)
}

// at returns the engine for an instant.
func (n NumberSource) at(ctx context.Context, asOf time.Time) (*evaluate.Engine, error) {
	if n.Lens == nil {
		return n.Engine, nil
	}
	l, err := n.Lens(ctx, asOf)
	return n.Engine.Through(l), err
}

// Lenses reads the choices of a past instant for a NumberSource.
func Lenses(models ModelReader, known, which string) func(ctx context.Context, asOf time.Time) (evaluate.Lens, error) {
	kept := map[int64]*model.Compiled{}
	return func(ctx context.Context, asOf time.Time) (evaluate.Lens, error) {
		return LensOf(ctx, models, known, which, asOf, func(m *sqlstore.ModelVersion) (*model.Compiled, error) {
			if c, ok := kept[m.Version]; ok {
				return c, nil
			}
			c, err := compileVersion(m)
			kept[m.Version] = c
			return c, err
		})
	}
}

// The headers of the exports are a published contract.
var (
	metricsHeader = []string{"account", "as_of", "metric", "value"}
	scoresHeader  = []string{"account", "as_of", "scorecard", "score", "band", "coverage"}
)

// maxExportInstants bounds the instants of one export.
const maxExportInstants = 1000

// WriteMetrics writes one CSV row per account, instant and metric that has a
// value; nil metrics means all that have a value per account. Instants are
// ascending. With a lens, one instant comes after the other.
func (n NumberSource) WriteMetrics(ctx context.Context, w io.Writer, metrics []string, instants []time.Time) error {
	out := csv.NewWriter(w)
	if n.Lens == nil {
		if err := n.checkMetrics(n.Engine, metrics); err != nil {
			return err
		}
	}
	if err := out.Write(metricsHeader); err != nil {
		return fault.Wrap(err, "write the metrics")
	}
	if n.Lens == nil {
		if err := n.writeMetrics(ctx, out, n.Engine, metrics, instants); err != nil {
			return err
		}
	} else {
		for i, at := range instants {
			engine, err := n.at(ctx, at)
			if err == nil {
				err = n.checkMetrics(engine, metrics)
			}
			if err == nil {
				err = n.writeMetrics(ctx, out, engine, metrics, instants[i:i+1])
			}
			if err != nil {
				return err
			}
		}
	}
	out.Flush()
	return fault.Wrap(out.Error(), "write the metrics")
}

func (n NumberSource) checkMetrics(engine *evaluate.Engine, metrics []string) error {
	_, m := engine.Model()
	if m == nil {
		return fault.New(fault.Unavailable, "there is no model yet")
	}
	for _, name := range metrics {
		if i := slices.IndexFunc(m.Model.Metrics, func(d metric.Definition) bool { return d.Name == name }); i < 0 {
			return fault.At("metric", "there is no metric %.60q in the model", name)
		} else if m.Model.Metrics[i].Per == "relationship" {
			return fault.At("metric", "%s has a value per product line and none per account", name)
		}
	}
	return nil
}

func (n NumberSource) writeMetrics(ctx context.Context, out *csv.Writer, engine *evaluate.Engine, metrics []string, instants []time.Time) error {
	return engine.Matrix(ctx, metrics, instants, func(b evaluate.MatrixBatch) error {
		names, err := n.externals(ctx, b.Accounts)
		if err != nil {
			return err
		}
		wanted := func(name string) bool { return len(metrics) == 0 || slices.Contains(metrics, name) }
		for a, account := range b.Accounts {
			for t, at := range instants {
				if !b.Exists(a, t) {
					continue
				}
				row := b.Values.Row(a, t)
				for i, name := range b.Values.Metrics {
					if f := finite(row[i]); f != nil && wanted(name) {
						if err := out.Write([]string{names[account], at.Format(time.RFC3339), name, number(f)}); err != nil {
							return fault.Wrap(err, "write the metrics")
						}
					}
				}
			}
		}
		return nil
	})
}

// WriteScores writes one CSV row per account that exists at each instant; a
// missing score is empty.
func (n NumberSource) WriteScores(ctx context.Context, w io.Writer, instants []time.Time) error {
	out := csv.NewWriter(w)
	if err := out.Write(scoresHeader); err != nil {
		return fault.Wrap(err, "write the scores")
	}
	for _, at := range instants {
		engine, err := n.at(ctx, at)
		if err != nil {
			return err
		}
		snap, err := engine.At(ctx, at)
		if err != nil {
			return err
		}
		for from := 0; from < len(snap.Rows); from += exportBatch {
			part := snap.Rows[from:min(from+exportBatch, len(snap.Rows))]
			ids := make([]id.Account, len(part))
			for i := range part {
				ids[i] = part[i].Account.ID
			}
			names, err := n.externals(ctx, ids)
			if err != nil {
				return err
			}
			for i := range part {
				r := &part[i]
				row := []string{names[r.Account.ID], at.Format(time.RFC3339), r.Scorecard, number(finite(r.Score)), r.Band, number(finite(r.Coverage))}
				if err := out.Write(row); err != nil {
					return fault.Wrap(err, "write the scores")
				}
			}
		}
	}
	out.Flush()
	return fault.Wrap(out.Error(), "write the scores")
}

// externals returns the external id of accounts: the first by source name, then
// by itself; an account without any keeps its own id.
func (n NumberSource) externals(ctx context.Context, accounts []id.Account) (map[id.Account]string, error) {
	ids := make([]string, len(accounts))
	names := make(map[id.Account]string, len(accounts))
	for i, a := range accounts {
		ids[i], names[a] = string(a), string(a)
	}
	refs, err := n.Records.ExternalRefs(ctx, "account", ids)
	if err != nil {
		return nil, err
	}
	first := map[id.Account]customer.ExternalRef{}
	for _, r := range refs {
		account := id.Account(r.ObjectID)
		best, ok := first[account]
		if !ok || r.Source < best.Source || r.Source == best.Source && r.External < best.External {
			first[account], names[account] = r, r.External
		}
	}
	return names, nil
}

// ParseInstants reads a comma list of instants and sorts it; empty means now.
func ParseInstants(field, list string, now time.Time) ([]time.Time, error) {
	parts, err := split(field, list, maxExportInstants)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return []time.Time{now.UTC().Truncate(time.Second)}, nil
	}
	var out []time.Time
	for _, p := range parts {
		t, err := parseInstant(field, p)
		if err != nil {
			return nil, err
		}
		if t.IsZero() {
			return nil, fault.At(field, "has an empty instant: use 2026-01-31,2026-02-28")
		}
		out = append(out, t)
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal), nil
}

func (s *Server) numberRoutes() {
	raw(s, endpoint{id: "export-metrics", method: http.MethodGet, path: "/exports/metrics.csv", tag: "model", need: canRead, summary: "Metric values of every account at instants"}, describeCSV("as_of", "known", "model", "metric"), s.exportMetrics)
	raw(s, endpoint{id: "export-scores", method: http.MethodGet, path: "/exports/scores.csv", tag: "model", need: canRead, summary: "Scores of every account at instants"}, describeCSV("as_of", "known", "model"), s.exportScores)
}

func (s *Server) numbers(q url.Values) NumberSource {
	n := NumberSource{Engine: s.opt.Engine.Through(evaluate.Lens{}), Records: s.opt.Records}
	if known, which := q.Get("known"), q.Get("model"); known != "" || which != "" {
		n.Lens = Lenses(s.opt.Product, known, which)
	}
	return n
}

func (s *Server) exportMetrics(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	instants, err := ParseInstants("as_of", q.Get("as_of"), s.opt.Engine.Now())
	if err != nil {
		return err
	}
	metrics, err := split("metric", q.Get("metric"), 500)
	if err != nil {
		return err
	}
	n := s.numbers(q)
	return stream(w, "metrics.csv", func(out io.Writer) error { return n.WriteMetrics(r.Context(), out, metrics, instants) })
}

func (s *Server) exportScores(w http.ResponseWriter, r *http.Request) error {
	instants, err := ParseInstants("as_of", r.URL.Query().Get("as_of"), s.opt.Engine.Now())
	if err != nil {
		return err
	}
	n := s.numbers(r.URL.Query())
	return stream(w, "scores.csv", func(out io.Writer) error { return n.WriteScores(r.Context(), out, instants) })
}

// stream answers with a file that is made while it is sent. An error before the
// first byte is a refusal; one after it cuts the connection, because half a file
// must not look whole.
func stream(w http.ResponseWriter, name string, write func(io.Writer) error) error {
	lazy := &lazyFile{w: w, name: name}
	err := write(lazy)
	if err == nil || !lazy.begun {
		return err
	}
	panic(http.ErrAbortHandler) //nolint:forbidigo // the server's way to cut a connection
}

type lazyFile struct {
	w     http.ResponseWriter
	name  string
	begun bool
}

// Write sends the headers before the first byte.
func (l *lazyFile) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		l.w.Header().Set("Content-Disposition", `attachment; filename="`+l.name+`"`)
	}
	return l.w.Write(b) //nolint:wrapcheck // a Writer hands on the connection's error
}
