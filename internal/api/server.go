// Package api is Kept's HTTP interface: the operations of /api/v1 with their
// OpenAPI document, the probes, and the web app's files. Refusals, paging,
// authorization and logging are each in one place.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/connector"
	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/identity"
	"kept/internal/model"
	"kept/internal/usage"
)

const basePath = "/api/v1"

// Options are what a Server works with.
type Options struct {
	Log     *slog.Logger
	Clock   clock.Clock
	Version string
	Company string

	Access  *access.Service
	Engine  Engine
	Records customer.Store
	Events  usage.Store
	History evaluate.History // nil when nothing is recorded
	Product Product
	Imports *Importer
	// Connections read other systems.
	Connections *connector.Manager
	Identity    identity.Store
	// Webhooks tell other systems.
	Webhooks Webhooks
	// Web holds the built web app; nil or an empty one shows how to build it.
	Web fs.FS
	// Checks are what /readyz runs; Gauges are what /metrics reads.
	Checks []Check
	Gauges []Gauge
	// Secure marks cookies as Secure: set it when people come over TLS.
	Secure bool
}

// Server serves the API. Make it with New.
type Server struct {
	opt      Options
	log      *slog.Logger
	clock    clock.Clock
	mux      *http.ServeMux
	huma     huma.API
	metrics  *meters
	draining atomic.Bool
	hasUsers atomic.Bool

	names      *nameCache
	looks      *lru[int64, *modelLook]
	models     *lru[int64, *model.Compiled]
	orders     *lru[orderKey, []int32]
	chosen     *lru[chosenKey, *chosen]
	lowered    *lru[orderKey, []string]
	measured   *lru[orderKey, map[string][]float64]
	compares   *lru[compareKey, *comparison]
	activity   *lru[orderKey, activityCounts]
	portfolios *lru[orderKey, Portfolio]
	fresher    *lru[int64, Freshness]
	assessed   *lru[assessedKey, []assessed]
	used       usedOrders
}

// New builds the server and all of its routes.
func New(opt Options) *Server {
	installProblems()
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opt: opt, log: opt.Log, clock: opt.Clock, mux: http.NewServeMux()}
	if s.clock == nil {
		s.clock = clock.System()
	}
	s.metrics = newMeters(opt.Gauges)
	s.names = &nameCache{clock: s.clock, users: func(ctx context.Context) ([]access.User, error) { return opt.Access.Store.Users(ctx) }}
	s.looks = newLRU[int64, *modelLook](maxLooks)
	s.models = newLRU[int64, *model.Compiled](maxModels)
	s.orders = newLRU[orderKey, []int32](maxOrders)
	s.chosen = newLRU[chosenKey, *chosen](maxChosen)
	s.fresher = newLRU[int64, Freshness](1)
	s.portfolios = newLRU[orderKey, Portfolio](maxPortfolios)
	s.assessed = newLRU[assessedKey, []assessed](maxAssessed)
	s.activity = newLRU[orderKey, activityCounts](maxLowered)
	s.measured = newLRU[orderKey, map[string][]float64](maxMeasures)
	s.compares = newLRU[compareKey, *comparison](maxCompares)
	s.lowered = newLRU[orderKey, []string](maxLowered)
	if opt.Imports != nil && opt.Imports.Count == nil {
		opt.Imports.Count = func(outcome string, rows int64) { s.metrics.imported.WithLabelValues(outcome).Add(float64(rows)) }
	}
	s.huma = humago.New(s.mux, document(opt.Version))
	s.huma.UseMiddleware(s.authorize)
	s.routes()
	return s
}

// document is the head of the OpenAPI document.
func document(version string) huma.Config {
	huma.DefaultArrayNullable = false
	cfg := huma.DefaultConfig("Kept", version)
	cfg.Info.Description = "Customer Success platform. Every number is as of an instant and under a model version."
	cfg.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks, cfg.Transformers = nil, nil // no $schema links in bodies
	cfg.RejectUnknownQueryParameters = true
	cfg.Components = &huma.Components{
		Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
		SecuritySchemes: map[string]*huma.SecurityScheme{
			"bearer":  {Type: "http", Scheme: "bearer", Description: "An API token: Authorization: Bearer kept_…"},
			"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "Set by POST /session; requests that change something also need X-Kept-CSRF: 1."},
		},
	}
	cfg.Security = []map[string][]string{{"bearer": {}}, {"session": {}}}
	return cfg
}

// OpenAPI returns the document, indented.
func (s *Server) OpenAPI() ([]byte, error) {
	return indentJSON(s.huma.OpenAPI())
}

// routes registers everything: to know what Kept answers, read this.
func (s *Server) routes() {
	s.probeRoutes()
	s.staticRoutes()
	s.sessionRoutes()
	s.userRoutes()
	s.tokenRoutes()
	s.auditRoutes()
	s.accountRoutes()
	s.accountHealthRoutes()
	s.accountMetricRoutes()
	s.recordRoutes()
	s.overrideRoutes()
	s.portfolioRoutes()
	s.compareRoutes()
	s.hierarchyRoutes()
	s.measureRoutes()
	s.revenueRoutes()
	s.modelRoutes()
	s.scorecardRoutes()
	s.validationRoutes()
	s.churnRoutes()
	s.survivalRoutes()
	s.learnedRoutes()
	s.driverRoutes()
	s.draftRoutes()
	s.maturityRoutes()
	s.explanationRoutes()
	s.sourceRoutes()
	s.importRoutes()
	s.connectionRoutes()
	s.webhookRoutes()
	s.identityRoutes()
	s.eventRoutes()
	s.viewRoutes()
	s.searchRoutes()
	s.numberRoutes()
}
