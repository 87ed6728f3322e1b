package stats_test

import (
	"fmt"
	"math"

	"kept/internal/stats/linear"
)

var linearKinds = map[string]runner{"ols": runOLS, "newey_west": runNeweyWest, "panel_fe": runPanel, "lagcorr": runLag}

func (c *golden) ols() (*table, *linear.Fit, error) {
	t, err := c.load()
	if err != nil {
		return nil, nil, err
	}
	x := c.cols("x")
	f, err := linear.OLS(t.design(x), t.num(c.col("y")), len(t.rows), len(x), linear.Options{Names: x})
	return t, f, err
}

func runOLS(c *golden) (map[string]any, error) {
	t, f, err := c.ols()
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"n": f.N, "coef": f.Coef, "se": f.SE(f.Cov), "cov": square(f.Cov, f.K()), "sigma": f.Sigma, "r2": f.R2, "adj_r2": f.AdjR2, "df": f.DF,
		"rss": f.RSS, "durbin_watson": f.DurbinWatson(),
	}
	tab, err := f.Table(f.Cov, f.DF, c.level())
	if err != nil {
		return nil, err
	}
	var tv, pv []float64
	for _, r := range tab {
		tv, pv = append(tv, r.T), append(pv, r.P)
	}
	out["t"], out["p"] = tv, pv
	for h := linear.HC0; h <= linear.HC3; h++ {
		cov, err := f.HC(h)
		if err != nil {
			return nil, err
		}
		out[fmt.Sprintf("se_hc%d", h)] = f.SE(cov)
	}
	if c.col("cluster") != "" {
		_, code := t.levels(c.col("cluster"))
		cr0, g, err := f.Cluster(code, false)
		if err != nil {
			return nil, err
		}
		cr1, _, err := f.Cluster(code, true)
		if err != nil {
			return nil, err
		}
		out["se_cr0"], out["se_cr1_stata"], out["se_cr1"], out["n_clusters"] = f.SE(cr0), f.SE(cr1), f.SE(cr1), g
	}
	return out, nil
}

func runNeweyWest(c *golden) (map[string]any, error) {
	_, f, err := c.ols()
	if err != nil {
		return nil, err
	}
	flag := func(k string) bool {
		if b, ok := c.Params[k].(bool); ok {
			return b
		}
		return c.param(k, 0) != 0
	}
	cov, err := f.NeweyWest(linear.HAC{Lag: int(c.param("lag", 0)), Prewhite: flag("prewhite"), Adjust: flag("adjust")})
	if err != nil {
		return nil, err
	}
	hc0, err := f.HC(linear.HC0)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"n": f.N, "coef": f.Coef, "se": f.SE(f.Cov), "se_nw": f.SE(cov), "cov_nw": square(cov, f.K()), "se_hc0": f.SE(hc0),
		"durbin_watson": f.DurbinWatson(), "r2": f.R2, "sigma": f.Sigma,
	}, nil
}

func runPanel(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	x := c.cols("x")
	_, id := t.levels(c.col("id"))
	out := map[string]any{"n": len(t.rows)}
	for key, two := range map[string]bool{"oneway": false, "twoway": true} {
		var period []int
		if two {
			if c.col("time") == "" {
				continue
			}
			_, period = t.levels(c.col("time"))
		}
		r, err := linear.FixedEffects(t.design(x), t.num(c.col("y")), len(t.rows), len(x), id, period, x)
		if err != nil {
			return nil, err
		}
		out[key] = map[string]any{
			"n": r.N, "coef": r.Coef, "se": r.SEClassical, "se_cluster_cr0": r.SEClusterCR0, "se_cluster_cr1": r.SECluster,
			"r2_within": r.WithinR2, "r2": r.WithinR2, "sigma": r.Sigma, "df": r.DF, "n_clusters": r.Accounts,
		}
	}
	return out, nil
}

func runLag(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	d := int(c.param("difference", 0))
	x, y := linear.Diff(t.num(c.col("x")), d), linear.Diff(t.num(c.col("y")), d)
	var lags []int
	for _, v := range floats(c.expects("ccf", "lag")) {
		lags = append(lags, int(v))
	}
	acf := func(s []float64, key string) []float64 {
		return linear.ACF(s, max(len(floats(c.expects(key)))-1, 1))
	}
	out := map[string]any{
		"n": len(x), "ccf": map[string]any{"lag": lags, "r": linear.CCF(x, y, lags)},
		"acf_dx": acf(x, "acf_dx"), "acf_dy": acf(y, "acf_dy"), "acf1_dx": linear.ACF(x, 1)[1], "acf1_dy": linear.ACF(y, 1)[1],
	}
	want, _ := c.expects("pairwise").([]any)
	top := int(c.param("max_lag", 8))
	var rows []any
	tried := make([]int, 0, len(want))
	for _, w := range want {
		m, _ := w.(map[string]any)
		tried = append(tried, integer(m, "lag"))
		top = max(integer(m, "lag"), len(want)-1)
	}
	for _, lag := range tried {
		r, err := linear.Correlate(x[:len(x)-lag], y[lag:], c.level())
		if err != nil {
			return nil, err
		}
		rows = append(rows, map[string]any{
			"lag": lag, "n": r.N, "pearson": r.Pearson, "fisher_lower": r.Lo, "fisher_upper": r.Hi, "p": r.P, "spearman": r.Spearman, "kendall_tau_b": r.TauB,
		})
	}
	out["pairwise"] = rows
	res, err := linear.LagCorrelation([]linear.Series{{X: t.num(c.col("x")), Y: t.num(c.col("y"))}}, linear.LagOptions{MaxLag: top, Difference: d, Level: c.level()})
	if err != nil {
		return nil, err
	}
	out["best_lag"] = res.Best
	for _, row := range rows { // the search and the single lags are one estimator
		m := row.(map[string]any)
		if l := m["lag"].(int); l < len(res.Lags) && math.Abs(res.Lags[l].R-m["pearson"].(float64)) > 1e-12 {
			return nil, fmt.Errorf("lag %d: the search says %v, the pairs %v", l, res.Lags[l].R, m["pearson"])
		}
	}
	return out, nil
}
