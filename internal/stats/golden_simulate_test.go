package stats_test

import (
	"errors"
	"math"
	"regexp"

	"kept/internal/stats/simulate"
)

var simulateKinds = map[string]runner{"arr_exact": runExact, "capacity": runCapacity}

var belowKey = regexp.MustCompile(`^prob_(grr|arr|retained)_below_(\d*\.?\d+)$`)

// quantiles answers expected.q (or another such object): value at each p.
func (c *golden) quantiles(d *simulate.Discrete, scale float64) map[string]any {
	p := floats(c.expects("q", "p"))
	if p == nil {
		p = []float64{.025, .05, .1, .25, .5, .75, .9, .95, .975}
	}
	var v []float64
	for _, one := range p {
		v = append(v, d.Quantile(one)*scale)
	}
	return map[string]any{"p": p, "value": v}
}

func (c *golden) cdf(d *simulate.Discrete, scale float64) map[string]any {
	k := floats(c.expects("cdf", "k"))
	key := "k"
	if k == nil {
		k, key = floats(c.expects("cdf", "x")), "x"
	}
	var v []float64
	for _, one := range k {
		v = append(v, d.CDF(one/scale))
	}
	return map[string]any{key: k, "value": v}
}

func runExact(c *golden) (map[string]any, error) {
	switch {
	case c.Params["arr"] != nil:
		return c.retained()
	case c.Params["a"] != nil:
		n := int(c.param("n", 0))
		a, b := c.param("a", 0), c.param("b", 0)
		d, err := simulate.BetaBinomial(n, a, b)
		if err != nil {
			return nil, err
		}
		plain, err := simulate.Binomial(n, a/(a+b))
		if err != nil {
			return nil, err
		}
		q := c.quantiles(d, 1)
		q["binomial_value"] = c.quantiles(plain, 1)["value"]
		return map[string]any{"mean": d.Mean(), "var": d.Var(), "sd": math.Sqrt(d.Var()), "q": q, "pmf": d.P, "cdf": c.cdf(d, 1), "binomial_var": plain.Var()}, nil
	case c.Params["rho"] != nil:
		n, p := int(c.param("K", c.param("n", 0))), c.param("p", 0)
		d, err := simulate.NewOneFactor(n, p, c.param("rho", 0))
		if err != nil {
			return nil, err
		}
		v := d.VarExact(n, p)
		return map[string]any{
			"mean": float64(n) * p, "joint_default_prob": d.Joint, "var": v, "sd": math.Sqrt(v), "var_independent": float64(n) * p * (1 - p),
			"cdf": c.cdf(d.Discrete, 1), "q": c.quantiles(d.Discrete, 1),
		}, nil
	}
	return nil, errors.New("params name neither arr, nor a and b, nor rho")
}

// retained scales the amounts to whole numbers: the distribution lives on a grid.
func (c *golden) retained() (map[string]any, error) {
	arr := floats(c.Params["arr"])
	scale := 1.0
	for ; scale < 1e6; scale *= 10 {
		whole := true
		for _, a := range arr {
			whole = whole && math.Abs(a*scale-math.Round(a*scale)) < 1e-9
		}
		if whole {
			break
		}
	}
	amounts, total := make([]int64, len(arr)), 0.0
	for i, a := range arr {
		amounts[i] = int64(math.Round(a * scale))
		total += a
	}
	d, err := simulate.RetainedARR(amounts, floats(c.Params["churn_prob"]))
	if err != nil {
		return nil, err
	}
	mean := d.Mean() / scale
	out := map[string]any{
		"total_arr": total, "mean": mean, "var": d.Var() / scale / scale, "sd": math.Sqrt(d.Var()) / scale,
		"q": c.quantiles(d, 1/scale), "cdf": c.cdf(d, 1/scale), "grr_mean": mean / total, "grr_sd": math.Sqrt(d.Var()) / scale / total,
	}
	for k := range c.Expected {
		if m := belowKey.FindStringSubmatch(k); m != nil {
			x, _ := number(m[2])
			if m[1] == "grr" {
				x *= total
			}
			out[k] = d.Below(x * scale)
		}
	}
	return out, nil
}

func runCapacity(c *golden) (map[string]any, error) {
	out := map[string]any{}
	list, _ := c.Params["erlang_c"].([]any)
	if list == nil {
		list, _ = c.expects("erlang_c").([]any)
	}
	var rows []any
	for _, v := range list {
		in, _ := v.(map[string]any)
		q, err := simulate.NewQueue(realOr(in, "offered", 0), integer(in, "servers"))
		if err != nil {
			return nil, err
		}
		rows = append(rows, map[string]any{
			"offered": q.Offered, "servers": q.Servers, "erlang_b": q.ErlangB, "prob_wait": q.ErlangC, "erlang_c": q.ErlangC, "utilisation": q.Busy, "mean_wait": q.MeanWait,
		})
	}
	out["erlang_c"] = rows
	pick := func(key string) map[string]any {
		if m, ok := c.Params[key].(map[string]any); ok {
			return m
		}
		m, _ := c.expects(key).(map[string]any)
		return m
	}
	if in := pick("compound_poisson"); in != nil {
		l, h, cv := realOr(in, "lambda", 0), realOr(in, "mean_hours", 0), realOr(in, "cv2", 0)
		m, v, err := simulate.CompoundPoisson(l, h, cv)
		if err != nil {
			return nil, err
		}
		out["compound_poisson"] = map[string]any{"lambda": l, "mean_hours": h, "cv2": cv, "mean": m, "var": v, "sd": math.Sqrt(v)}
	}
	if in := pick("negbin"); in != nil {
		mu, size := realOr(in, "mu", 0), realOr(in, "size", 1)
		p := floats(in["p"]) // the levels, unless they are the usual four
		if p == nil {
			p = []float64{.5, .8, .9, .95}
		}
		var q, pq []int
		for _, one := range p {
			a, err := simulate.NegBinQuantile(one, mu, size)
			if err != nil {
				return nil, err
			}
			b, err := simulate.PoissonQuantile(one, mu)
			if err != nil {
				return nil, err
			}
			q, pq = append(q, a), append(pq, b)
		}
		out["negbin"] = map[string]any{"mu": mu, "size": size, "p": p, "q": q, "poisson_q": pq, "var": mu + mu*mu/size}
	}
	return out, nil
}
