package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// meters are what /metrics shows. They hold no names of people or accounts.
type meters struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	evaluation prometheus.Histogram
	imported   *prometheus.CounterVec
}

func newMeters(gauges []Gauge) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kept_http_request_duration_seconds", Help: "Duration of requests by route and status class.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "status"}),
		evaluation: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kept_evaluation_duration_seconds", Help: "Duration of evaluation passes over all accounts.",
			Buckets: prometheus.ExponentialBuckets(.001, 2.5, 14),
		}),
		imported: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kept_import_rows_total", Help: "Rows that imports read, by what became of them.",
		}, []string{"outcome"}),
	}
	m.registry.MustRegister(m.requests, m.evaluation, m.imported, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, g := range gauges {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: g.Name, Help: g.Help}, g.Value))
	}
	return m
}

// Gauge is a figure that is read when /metrics is asked.
type Gauge struct {
	Name, Help string
	Value      func() float64
}

func (m *meters) request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

func (m *meters) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// ObserveEvaluation records the duration of an evaluation pass.
func (s *Server) ObserveEvaluation(took time.Duration) { s.metrics.evaluation.Observe(took.Seconds()) }
