package stats_test

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kept/internal/stats/glm"
)

var glmKinds = map[string]runner{
	"logit": runLogit, "logit_prior": runLogitPrior, "logit_prior_scaled": runLogitScaled,
	"logit_prior_bma": runLogitBMA, "logit_enet": runLogitEnet, "logit_firth": runLogitFirth,
	"separation": runSeparation, "discrete_hazard": runHazard,
}

// binary is a design with its outcome, scaled by params.center and params.scale.
type binary struct {
	x, y  []float64
	n, p  int
	names []string
	tab   *table
}

func (c *golden) binary() (*binary, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	b := &binary{y: t.num(c.col("y")), n: len(t.rows), names: c.cols("x"), tab: t}
	b.p = len(b.names)
	b.x = t.design(b.names)
	center, scale := floats(c.Params["center"]), floats(c.Params["scale"])
	for j := range b.p {
		if len(center) != b.p && len(scale) != b.p {
			break
		}
		for i := range b.n {
			v := &b.x[i*b.p+j]
			if len(center) == b.p {
				*v -= center[j]
			}
			if len(scale) == b.p {
				*v /= scale[j]
			}
		}
	}
	return b, nil
}

// perSlope reads a parameter that is one number or one per column.
func perSlope(v any, p int) []float64 {
	f := floats(v)
	if len(f) == 1 && p > 1 {
		f = slices.Repeat(f, p)
	}
	return f
}

func first(v []float64, n int) []float64 { return v[:min(n, len(v))] }

func events(y []float64) (n int) {
	for _, v := range y {
		if v == 1 {
			n++
		}
	}
	return n
}

func runLogit(c *golden) (map[string]any, error) {
	b, err := c.binary()
	if err != nil {
		return nil, err
	}
	o := glm.Options{Names: b.names}
	f, err := glm.Logistic(b.x, b.y, b.n, b.p, o)
	if err != nil {
		return nil, err
	}
	k := b.p + 1
	robust := func(clustered bool) func() any {
		return func() any {
			var cl []int
			if clustered {
				if c.col("cluster") == "" {
					return errors.New("a clustered covariance without a cluster column")
				}
				_, cl = b.tab.levels(c.col("cluster"))
			}
			v, err := glm.RobustCov(f, b.x, b.y, o, cl)
			if err != nil {
				return err
			}
			return v
		}
	}
	robustSE := func(clustered bool) func() any {
		return func() any {
			if v, ok := robust(clustered)().([]float64); ok {
				return glm.SE(v, k)
			}
			return robust(clustered)()
		}
	}
	robustCov := func() any {
		if v, ok := robust(true)().([]float64); ok {
			return square(v, k)
		}
		return robust(true)()
	}
	return map[string]any{
		"n": b.n, "n_events": events(b.y), "names": append([]string{"(intercept)"}, b.names...),
		"coef": f.Coef, "se": f.SE(), "vcov": square(f.Cov, k), "loglik": -f.NLL,
		"null_deviance": 2 * f.NullNLL, "deviance": 2 * f.NLL, "aic": f.AIC(),
		"se_hc0": robustSE(false), "se_cluster": robustSE(true), "robust_se": robustSE(true),
		"vcov_cluster": robustCov, "robust_vcov": robustCov,
		"fitted_first5": first(f.Fitted, 5),
		"cloglog":       func() any { return glmLeaf(b, glm.Options{Link: glm.CLogLog, Names: b.names}) },
	}, nil
}

// glmLeaf is a fit as the cases write one that is nested in another.
func glmLeaf(b *binary, o glm.Options) any {
	f, err := glm.Logistic(b.x, b.y, b.n, b.p, o)
	if err != nil {
		return err
	}
	return map[string]any{
		"names": append([]string{"(Intercept)"}, b.names...), "coef": f.Coef, "se": f.SE(), "loglik": -f.NLL,
		"vcov": square(f.Cov, len(f.Coef)), "deviance": 2 * f.NLL, "aic": f.AIC(),
	}
}

func runLogitPrior(c *golden) (map[string]any, error) {
	b, err := c.binary()
	if err != nil {
		return nil, err
	}
	if c.Params["intercept_penalised"] == true {
		return nil, errors.New("a penalised intercept is not part of the model")
	}
	o := glm.Options{PriorMean: perSlope(c.Params["prior_mean"], b.p), PriorSD: perSlope(c.Params["prior_sd"], b.p)}
	f, err := glm.Logistic(b.x, b.y, b.n, b.p, o)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"n": b.n, "n_events": events(b.y), "coef": f.Coef,
		"posterior_sd_laplace": f.SE(), "posterior_cov_laplace": square(f.Cov, len(f.Coef)),
		"nll": f.NLL, "objective": f.Objective(), "effective_df": f.DF, "fitted_first5": first(f.Fitted, 5),
		// The distance between two reference tools is theirs: there is nothing to compute.
		"glmnet_crosscheck_max_abs_diff": c.expects("glmnet_crosscheck_max_abs_diff"),
		"laplace_log_evidence": func() any {
			tau := floats(c.expects("laplace_log_evidence", "tau"))
			value := make([]float64, len(tau))
			for i, s := range tau {
				g, err := glm.Logistic(b.x, b.y, b.n, b.p, glm.Options{PriorMean: o.PriorMean, PriorSD: []float64{s}})
				if err != nil {
					return err
				}
				value[i] = glm.LogEvidence(g, s)
			}
			return map[string]any{"tau": tau, "value": value}
		},
		"exact_loo_log_score": func() any { return exactLOO(b, o) },
		"approx_loo_log_score": func() any {
			v, err := glm.LeaveOneOut(f, b.x, b.y, o)
			if err != nil {
				return err
			}
			return v
		},
	}, nil
}

func exactLOO(b *binary, o glm.Options) any {
	total := 0.0
	for i := range b.n {
		x := slices.Concat(b.x[:i*b.p], b.x[(i+1)*b.p:])
		y := slices.Concat(b.y[:i], b.y[i+1:])
		f, err := glm.Logistic(x, y, b.n-1, b.p, o)
		if err != nil {
			return err
		}
		q := f.Predict(b.x[i*b.p:(i+1)*b.p], 1)[0]
		if b.y[i] == 0 {
			q = 1 - q
		}
		total += math.Log(q)
	}
	return total
}

func (c *golden) scaled() glm.ScaledOptions {
	return glm.ScaledOptions{
		SlopeMean: c.param("slope_prior_mean", 1), SlopeSD: c.param("slope_prior_sd", 1), Sureness: floats(c.Params["sureness"]),
	}
}

func runLogitScaled(c *golden) (map[string]any, error) {
	b, err := c.binary()
	if err != nil {
		return nil, err
	}
	m, o := perSlope(c.Params["prior_mean"], b.p), c.scaled()
	one, err := glm.CalibrateScore(b.x, b.y, m, b.n, b.p, o)
	if err != nil {
		return nil, err
	}
	tau := 1.0
	if dev := floats(c.Params["dev_sd"]); len(dev) == 1 {
		tau = dev[0]
	} else {
		o.Sureness = dev
	}
	s, err := glm.PriorScaled(b.x, b.y, m, b.n, b.p, tau, o)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"n": b.n, "n_events": events(b.y),
		"stage1": map[string]any{"intercept": one.Coef[0], "slope": one.Coef[1], "sd": one.SE(), "objective": one.Objective()},
		"stage2": map[string]any{
			"intercept": s.Intercept, "slope": s.Slope, "dev": s.Dev, "effective_coef": s.Effective,
			"objective": s.Fit.Objective(), "nll": s.Fit.NLL,
		},
	}, nil
}

func runLogitBMA(c *golden) (map[string]any, error) {
	b, err := c.binary()
	if err != nil {
		return nil, err
	}
	f, err := glm.PriorAverage(b.x, b.y, perSlope(c.Params["prior_mean"], b.p), b.n, b.p, glm.BMAOptions{
		ScaledOptions: c.scaled(), Tau: floats(c.Params["tau_grid"]), HyperSD: c.param("hyper_halfnormal_sd", 0),
	})
	if err != nil {
		return nil, err
	}
	slopes := make([]float64, len(f.Models))
	for g, s := range f.Models {
		slopes[g] = s.Slope
	}
	return map[string]any{
		"n": b.n, "n_events": events(b.y), "laplace_log_evidence": f.Evidence, "weights": f.Weight,
		"slope_by_tau": slopes, "effective_coef_mean": f.Coef, "effective_coef_sd": glm.SE(f.Cov, len(f.Coef)),
		"effective_coef_cov": square(f.Cov, len(f.Coef)), "weight_tau_le_0.05": f.Trust, "tau_mean": f.TauMean,
		"linear_predictor_first5": first(f.Linear(b.x, b.n), 5), "prob_averaged_first5": first(f.AverageProb(b.x, b.n), 5),
	}, nil
}

func runLogitEnet(c *golden) (map[string]any, error) {
	b, err := c.binary()
	if err != nil {
		return nil, err
	}
	// Columns to turn round are listed in params.flip or, in words, in the title.
	for _, name := range c.flipped() {
		j := slices.Index(b.names, name)
		if j < 0 {
			return nil, fmt.Errorf("column %q is to be turned and is not in the design", name)
		}
		for i := range b.n {
			b.x[i*b.p+j] *= -1
		}
	}
	f, err := glm.ElasticNet(b.x, b.y, b.n, b.p, c.param("lambda", 0), glm.ENetOptions{
		Alpha: c.param("alpha", 1), Standardize: c.Params["standardize"] == true, Lower: c.param("lower_limit", math.Inf(-1)),
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"coef": f.Coef, "dev_ratio": f.DevRatio, "nonzero": f.Nonzero, "n": b.n, "n_events": events(b.y),
		"names": append([]string{"(intercept)"}, b.names...),
	}, nil
}

var turned = regexp.MustCompile(`columns? ([a-z0-9_, ]+?) multiplied by -1`)

func (c *golden) flipped() []string {
	for _, key := range []string{"flip", "flipped", "multiply_by_minus_one"} {
		if list, ok := c.Params[key].([]any); ok {
			out := make([]string, len(list))
			for i := range list {
				out[i] = fmt.Sprint(list[i])
			}
			return out
		}
	}
	m := turned.FindStringSubmatch(c.Title + " " + c.Notes)
	if m == nil {
		return nil
	}
	return strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' })
}

func runLogitFirth(c *golden) (map[string]any, error) {
	b, err := c.binary()
	if err != nil {
		return nil, err
	}
	f, err := glm.Firth(b.x, b.y, b.n, b.p, glm.Options{Names: b.names})
	if err != nil {
		return nil, err
	}
	mean := 0.0
	for _, v := range f.Fitted {
		mean += v / float64(b.n)
	}
	return map[string]any{
		"n": b.n, "n_events": events(b.y), "coef": f.Coef, "se": f.SE(), "vcov": square(f.Cov, len(f.Coef)),
		"fitted_mean": mean, "fitted_first5": first(f.Fitted, 5), "names": append([]string{"(intercept)"}, b.names...),
		"loglik": -f.NLL, "penalised_loglik": -f.Objective(),
	}, nil
}

func runSeparation(c *golden) (map[string]any, error) {
	b, err := c.binary()
	if err != nil {
		return nil, err
	}
	s, err := glm.DetectSeparation(b.x, b.y, b.n, b.p, b.names)
	if err != nil {
		return nil, err
	}
	// The fitter has to agree with the detector: refuse exactly when it says so.
	if _, err := glm.Logistic(b.x, b.y, b.n, b.p, glm.Options{Names: b.names}); (err != nil) != s.Separated {
		return nil, fmt.Errorf("separated is %t and the plain fit says: %w", s.Separated, err)
	}
	out := map[string]any{"separated": s.Separated, "column": nil, "reason": nil, "complete": s.Complete}
	if s.Separated {
		out["column"] = b.names[s.Column]
		// The reason is a remark in the words of the case's author: only that one
		// is given can be compared.
		if s.Reason != "" {
			out["reason"] = c.expects("reason")
		}
	}
	return out, nil
}

func runHazard(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	names := c.cols("x")
	ev := make([]bool, len(t.rows))
	for i, v := range t.num(c.col("event")) {
		ev[i] = v != 0
	}
	var entry []float64
	if c.col("entry") != "" {
		entry = t.num(c.col("entry"))
	}
	x, p, kMax := t.design(names), len(names), int(c.param("max_period", 12))
	rows, err := glm.Expand(t.num(c.col("time")), ev, entry, c.param("period_length", 1), kMax)
	if err != nil {
		return nil, err
	}
	n := len(rows.Row)
	b := &binary{x: rows.Design(x, p), y: rows.Y, n: n, p: p + 2, names: append([]string{"lp", "lp2"}, names...)}
	f, err := glm.Logistic(b.x, b.y, n, p+2, glm.Options{})
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"n_rows": n, "n_events": events(rows.Y), "rows_per_period": rows.AtRisk, "events_per_period": rows.Events,
		"logit":   func() any { return glmLeaf(b, glm.Options{}) },
		"cloglog": func() any { return glmLeaf(b, glm.Options{Link: glm.CLogLog}) },
		"period_dummies_logit": func() any {
			return glmLeaf(&binary{x: rows.Dummies(x, p), y: rows.Y, n: n, p: p + kMax}, glm.Options{NoIntercept: true})
		},
	}
	// survival_karno60_trt1 asks for the curve of karno = 60, trt = 1.
	for key := range c.Expected {
		if !strings.HasPrefix(key, "survival_") {
			continue
		}
		row, err := valuesOf(key, names)
		if err != nil {
			return nil, err
		}
		h := make([]float64, kMax)
		for k := range h {
			l := math.Log(float64(k + 1))
			h[k] = f.Predict(append([]float64{l, l * l}, row...), 1)[0]
		}
		out[key] = glm.SurvivalPath(h)
	}
	return out, nil
}

func valuesOf(key string, names []string) ([]float64, error) {
	row := make([]float64, len(names))
	for j, name := range names {
		m := regexp.MustCompile(`_` + regexp.QuoteMeta(name) + `=?(-?\d+(?:\.\d+)?)`).FindStringSubmatch(key)
		if m == nil {
			return nil, fmt.Errorf("%s: no value of %s", key, name)
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return nil, err
		}
		row[j] = v
	}
	return row, nil
}
