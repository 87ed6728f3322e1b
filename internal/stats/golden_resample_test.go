package stats_test

import (
	"fmt"
	"strconv"
	"strings"

	"kept/internal/stats/meta"
	"kept/internal/stats/resample"
)

var resampleKinds = map[string]runner{"bootstrap": runBootstrap, "multiple": runMultiple, "quantile": runQuantile}

var metaKinds = map[string]runner{"meta": runMeta, "eb_betabinomial": runBetaBinomial}

func runBootstrap(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	file, err := c.loadFile(fmt.Sprint(c.Params["index_file"]), false)
	if err != nil {
		return nil, err
	}
	base := int(c.param("index_base", 1))
	index := make([][]int, len(file.rows))
	for d, row := range file.rows {
		for _, cell := range row {
			i, err := strconv.Atoi(cell)
			if err != nil {
				return nil, err
			}
			index[d] = append(index[d], i-base)
		}
	}
	stat, err := resample.AUC(t.num(c.col("y")), t.num(c.col("p")))
	if err != nil {
		return nil, err
	}
	b, err := resample.FromIndices(len(t.rows), index, stat)
	if err != nil {
		return nil, err
	}
	level := c.level()
	bca, err := b.BCa(level)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"theta": b.Theta, "boot_mean": b.Mean(), "boot_sd": b.SE(), "bias": b.Mean() - b.Theta, "n_boot": len(b.Values),
		"z0": bca.Z0, "acceleration": bca.Acceleration, "bca_levels": []float64{bca.PLo, bca.PHi}, "bca": []float64{bca.Lo, bca.Hi},
	}
	lo, hi := b.Percentile(level)
	out["percentile"] = []float64{lo, hi}
	lo, hi = b.Basic(level)
	out["basic"] = []float64{lo, hi}
	for k := range c.Expected { // first5, first10, …
		if n, err := strconv.Atoi(strings.TrimPrefix(k, "first")); err == nil && n <= len(b.Values) {
			out[k] = b.Values[:n]
		}
	}
	return out, nil
}

func runMultiple(c *golden) (map[string]any, error) {
	out := map[string]any{}
	for key, m := range map[string]resample.Method{
		"BH": resample.BH, "fdr": resample.BH, "BY": resample.BY, "holm": resample.Holm, "bonferroni": resample.Bonferroni,
		"hochberg": resample.Hochberg, "hommel": resample.Hommel,
	} {
		adj, err := resample.Adjust(floats(c.Params["p"]), m)
		if err != nil {
			return nil, err
		}
		out[key] = adj
	}
	return out, nil
}

func runQuantile(c *golden) (map[string]any, error) {
	out := map[string]any{}
	for typ := 1; typ <= 9; typ++ {
		var q []float64
		for _, p := range floats(c.Params["p"]) {
			v, err := resample.Quantile(floats(c.Params["x"]), p, typ)
			if err != nil {
				return nil, err
			}
			q = append(q, v)
		}
		out["type"+strconv.Itoa(typ)] = q
	}
	return out, nil
}

func runMeta(c *golden) (map[string]any, error) {
	y, v, level := floats(c.Params["y"]), floats(c.Params["v"]), c.level()
	r, err := meta.Pool(y, v, level)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"k": r.K}
	for key, p := range map[string]meta.Pooled{"fixed": r.Fixed, "dl": r.DL, "reml": r.REML} {
		out[key] = map[string]any{
			"b": p.Effect, "se": p.SE, "tau2": p.Tau2, "z": p.Z, "p": p.P, "ci": []float64{p.Lo, p.Hi},
			"Q": r.Q, "Qp": r.QP, "I2": r.HeterogeneityOf(p).I2, "H2": r.HeterogeneityOf(p).H2,
		}
		s, err := meta.Shrink(y, v, p, level)
		if err != nil {
			return nil, err
		}
		var est, se, lo, hi []float64
		for _, x := range s {
			est, se, lo, hi = append(est, x.Estimate), append(se, x.SE), append(lo, x.Lo), append(hi, x.Hi)
		}
		out["shrunk_"+key] = map[string]any{"est": est, "se": se, "lower": lo, "upper": hi}
	}
	return out, nil
}

func runBetaBinomial(c *golden) (map[string]any, error) {
	var k, n []int
	for _, v := range floats(c.Params["k"]) {
		k = append(k, int(v))
	}
	for _, v := range floats(c.Params["n"]) {
		n = append(n, int(v))
	}
	r, err := meta.BetaBinomial(k, n, c.level())
	if err != nil {
		return nil, err
	}
	var mean, lo, hi []float64
	for _, s := range r.Segments {
		mean, lo, hi = append(mean, s.Mean), append(lo, s.Lo), append(hi, s.Hi)
	}
	return map[string]any{
		"alpha": r.Alpha, "beta": r.Beta, "prior_mean": r.Mean, "loglik_kernel": r.LogLik,
		"posterior_mean": mean, "lower": lo, "upper": hi,
	}, nil
}
