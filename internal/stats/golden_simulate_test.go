package stats_test

import (
	"fmt"

	"kept/internal/stats/simulate"
)

var simulateKinds = map[string]runner{"arr_exact": runExact, "capacity": runCapacity}

func runExact(c *golden) (map[string]any, error) {
	p := floats(c.expects("q", "p"))
	quantiles := func(d *simulate.Distribution) []float64 {
		var out []float64
		for _, q := range p {
			out = append(out, d.Quantile(q))
		}
		return out
	}
	switch {
	case c.Params["arr"] != nil:
		var arr []int
		total := 0
		for _, v := range floats(c.Params["arr"]) {
			arr = append(arr, int(v))
			total += int(v)
		}
		d, err := simulate.RetainedARR(arr, floats(c.Params["churn_prob"]))
		if err != nil {
			return nil, err
		}
		m := map[string]any{
			"total_arr": total, "mean": d.Mean(), "sd": d.SD(), "var": d.Variance(), "grr_mean": d.Mean() / float64(total),
			"q": map[string]any{"p": p, "value": quantiles(d)},
		}
		for k := range c.Expected {
			var limit float64
			if n, _ := fmt.Sscanf(k, "prob_grr_below_%g", &limit); n == 1 {
				m[k] = d.Below(limit * float64(total))
			}
		}
		return m, nil
	case c.Params["rho"] != nil:
		d, err := simulate.NewOneFactor(int(c.param("K", 0)), c.param("p", 0), c.param("rho", 0))
		if err != nil {
			return nil, err
		}
		k := floats(c.expects("cdf", "k"))
		var cdf []float64
		for _, v := range k {
			cdf = append(cdf, d.CDF(v))
		}
		return map[string]any{
			"mean": d.Mean(), "joint_default_prob": d.Joint, "var": d.Variance(), "var_independent": d.VarianceIndependent,
			"cdf": map[string]any{"k": k, "value": cdf}, "q": map[string]any{"p": p, "value": quantiles(d.Distribution)},
		}, nil
	}
	n, a, b := int(c.param("n", 0)), c.param("a", 0), c.param("b", 0)
	d, err := simulate.BetaBinomial(n, a, b)
	if err != nil {
		return nil, err
	}
	plain, err := simulate.Binomial(n, a/(a+b))
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"mean": d.Mean(), "var": d.Variance(), "q": map[string]any{"p": p, "value": quantiles(d), "binomial_value": quantiles(plain)},
	}, nil
}

// runCapacity reads its inputs where this kind keeps them: beside the answers.
func runCapacity(c *golden) (map[string]any, error) {
	out := map[string]any{}
	if list, ok := c.expects("erlang_c").([]any); ok {
		var rows []any
		for _, v := range list {
			in, ok := v.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("erlang_c holds %T, want objects", v)
			}
			load, servers := realOr(in, "offered", 0), integer(in, "servers")
			b, err := simulate.ErlangB(load, servers)
			if err != nil {
				return nil, err
			}
			w, err := simulate.ErlangC(load, servers)
			if err != nil {
				return nil, err
			}
			rows = append(rows, map[string]any{"offered": load, "servers": servers, "erlang_b": b, "prob_wait": w})
		}
		out["erlang_c"] = rows
	}
	if in, ok := c.expects("compound_poisson").(map[string]any); ok {
		l, h, cv2 := realOr(in, "lambda", 0), realOr(in, "mean_hours", 0), realOr(in, "cv2", 0)
		m, v, err := simulate.CompoundPoisson(l, h, cv2)
		if err != nil {
			return nil, err
		}
		out["compound_poisson"] = map[string]any{"lambda": l, "mean_hours": h, "cv2": cv2, "mean": m, "var": v}
	}
	if in, ok := c.expects("negbin").(map[string]any); ok {
		mu, size := realOr(in, "mu", 0), realOr(in, "size", 1)
		var nb, po []int
		// The quantiles of this kind: the median, 80 %, 90 % and 95 %.
		for _, p := range capacityQuantiles(in) {
			q, err := simulate.NegativeBinomialQuantile(p, mu, size)
			if err != nil {
				return nil, err
			}
			r, err := simulate.PoissonQuantile(p, mu)
			if err != nil {
				return nil, err
			}
			nb, po = append(nb, q), append(po, r)
		}
		out["negbin"] = map[string]any{"mu": mu, "size": size, "q": nb, "poisson_q": po, "p": in["p"]}
	}
	return out, nil
}

func capacityQuantiles(in map[string]any) []float64 {
	if p := floats(in["p"]); len(p) > 0 {
		return p
	}
	return []float64{.5, .8, .9, .95}
}
