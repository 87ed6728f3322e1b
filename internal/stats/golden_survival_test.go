package stats_test

import (
	"fmt"
	"math"

	"kept/internal/stats/survival"
)

var survivalKinds = map[string]runner{
	"km": runKM, "logrank": runLogRank, "cox": runCox, "aalen_johansen": runAalenJohansen, "ipcw": runIPCW,
}

// follow reads the roles time, event and entry.
func (c *golden) follow(t *table) survival.Data {
	d := survival.Data{Time: t.num(c.col("time")), Event: make([]bool, len(t.rows))}
	for i, v := range t.num(c.col("event")) {
		d.Event[i] = v != 0
	}
	if c.col("entry") != "" {
		d.Entry = t.num(c.col("entry"))
	}
	for _, role := range []string{"weight", "weights", "w"} {
		if c.col(role) != "" {
			d.Weight = t.num(c.col(role))
		}
	}
	return d
}

func runKM(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	d, level := c.follow(t), c.param("conf_level", 0.95)
	labels, code := []string{"all"}, make([]int, len(t.rows))
	if c.col("group") != "" {
		labels, code = t.levels(c.col("group"))
	}
	out := map[string]any{}
	for g, label := range labels {
		k, err := survival.KaplanMeier(d.Subset(func(i int) bool { return code[i] == g }))
		if err != nil {
			return nil, err
		}
		m, err := c.curve(k, level)
		if err != nil {
			return nil, err
		}
		out[label] = m
	}
	return out, nil
}

func (c *golden) curve(k *survival.Curve, level float64) (map[string]any, error) {
	ci, quant := map[string]any{}, map[string]any{}
	for _, s := range []survival.Scale{survival.Plain, survival.Log, survival.LogLog, survival.LogitScale, survival.ArcSin} {
		lo, hi := k.Limits(s, level)
		ci[string(s)] = map[string]any{"lower": lo, "upper": hi}
		p := []float64{.25, .5, .75}
		for _, e := range c.Expected {
			if m, ok := e.(map[string]any); ok {
				if q, ok := m["quantiles"].(map[string]any); ok {
					if one, ok := q[string(s)].(map[string]any); ok {
						p = floats(one["p"])
					}
				}
			}
		}
		var q, ql, qu []float64
		for _, v := range p {
			r := k.Quantile(v, s, level)
			q, ql, qu = append(q, r.Time), append(ql, r.Lo), append(qu, r.Hi)
		}
		quant[string(s)] = map[string]any{"p": p, "q": q, "lower": ql, "upper": qu}
	}
	m := map[string]any{
		"n": k.N, "n_events": k.Events, "time": k.Time, "n_risk": k.AtRisk, "n_event": k.Event, "n_censor": k.Censor,
		"surv": k.Surv, "se_surv": k.SE, "se_log_surv": k.SELog, "cumhaz_nelson_aalen": k.CumHaz, "se_cumhaz": k.SECumHaz,
		"ci": ci, "quantiles": quant,
	}
	if tau := c.param("rmst_tau", 0); tau > 0 {
		r, err := k.RMST(tau)
		if err != nil {
			return nil, err
		}
		m["rmst"] = map[string]any{"tau": tau, "value": r.Value, "se": r.SE}
	}
	at := floats(c.Params["at"])
	var s, se, lo, hi, n []float64
	for _, t := range at {
		p := k.At(t, level)
		s, se, lo, hi, n = append(s, p.Surv), append(se, p.SE), append(lo, p.Lo), append(hi, p.Hi), append(n, p.AtRisk)
	}
	m["at"] = map[string]any{"time": at, "surv": s, "se": se, "loglog_lower": lo, "loglog_upper": hi, "n_risk": n}
	return m, nil
}

func runLogRank(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	labels, code := t.levels(c.col("group"))
	var strata []int
	if c.col("strata") != "" {
		_, strata = t.levels(c.col("strata"))
	}
	out := map[string]any{"groups": labels}
	for name, rho := range map[string]float64{"logrank": 0, "peto_peto_rho1": 1} {
		l, err := survival.LogRankTest(c.follow(t), code, len(labels), strata, rho)
		if err != nil {
			return nil, err
		}
		out[name] = map[string]any{
			"chisq": l.ChiSq, "df": l.DF, "p": l.P, "observed": l.Observed, "expected": l.Expected,
			"var": square(l.Var, len(labels)), "n": l.N,
		}
	}
	return out, nil
}

func runCox(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	d, names := c.follow(t), c.cols("x")
	ties, _ := c.Params["ties"].(string)
	o := survival.CoxOptions{Breslow: ties == "breslow", Names: names, Ridge: c.param("ridge_theta", 0)}
	if c.col("strata") != "" {
		_, o.Strata = t.levels(c.col("strata"))
	}
	if c.col("cluster") != "" {
		_, o.Cluster = t.levels(c.col("cluster"))
	}
	p := len(names)
	f, err := survival.FitCox(d, t.design(names), p, o)
	if err != nil {
		return nil, err
	}
	m := map[string]any{
		"n": f.N, "n_events": f.Events, "coef": f.Coef, "se": f.SE(), "vcov": square(f.Cov, p),
		"loglik_null": f.Null, "loglik": f.LogLik, "lr_test": f.LR, "score_test": f.Score, "wald_test": f.Wald,
		"penalised_partial_loglik_at_opt": f.LogLik, "martingale_first5": firstOf(f.Martingale(), 5),
	}
	if f.Robust != nil {
		m["robust_se"], m["robust_vcov"] = f.RobustSE(), square(f.Robust, p)
	}
	con, err := survival.Concord(d, fused(t.design(names), f.Coef, o.Strata), o.Strata, o.Cluster, survival.Harrell)
	if err != nil {
		return nil, err
	}
	m["concordance"], m["concordance_se"], m["concordance_counts"] = con.C, con.SE, pairCounts(con)
	ph, err := f.Proportional()
	if err != nil {
		return nil, err
	}
	m["zph_km"] = map[string]any{"chisq": ph.ChiSq, "df": ph.DF, "p": ph.P, "names": append(append([]string{}, names...), "GLOBAL")}
	b := f.Baseline(0)
	m["baseline_cumhaz_at_zero"] = map[string]any{"time": b.Time, "cumhaz": b.CumHaz}
	if want, ok := c.Expected["predict"].(map[string]any); ok {
		rows, _ := want["newdata"].([]any)
		times := floats(want["times"])
		var data, surv, se [][]float64
		for _, r := range rows {
			x := floats(r)
			s, e := f.Predict(x, 0, times)
			data, surv, se = append(data, x), append(surv, s), append(se, e)
		}
		m["predict"] = map[string]any{"newdata": data, "times": times, "surv": surv, "se": se}
	}
	return m, nil
}

// fused computes xβ with the rounding of the tool that made the cases: its matrix
// product fuses multiply and add, last column first, in blocks of four rows and not
// in the last n mod 4; with strata the columns are centred before.
// Rows with equal columns can so get risks that differ in the last digit, and the
// tool does not count them as tied. (Cox.Linear gives equal rows equal risks.)
func fused(x, coef []float64, strata []int) []float64 {
	p := len(coef)
	n := len(x) / p
	mean := make([]float64, p)
	for i := range strata {
		for j := range p {
			mean[j] += x[i*p+j]
		}
	}
	out := make([]float64, n)
	for i := range out {
		s := 0.0
		for j := p - 1; j >= 0; j-- {
			v := x[i*p+j] - mean[j]/float64(n)
			if i < n-n%4 {
				s = math.FMA(coef[j], v, s)
			} else {
				s = float64(coef[j]*v) + s
			}
		}
		out[i] = s
	}
	return out
}

func firstOf(v []float64, n int) []float64 { return v[:min(n, len(v))] }

func pairCounts(c *survival.Concordance) map[string]any {
	return map[string]any{
		"concordant": c.Concordant, "discordant": c.Discordant,
		"tied.x": c.TiedRisk, "tied.y": c.TiedTime, "tied.xy": c.TiedBoth,
	}
}

func runAalenJohansen(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	labels, code := []string{"all"}, make([]int, len(t.rows))
	if c.col("group") != "" {
		labels, code = t.levels(c.col("group"))
	}
	causes, _ := t.levels(c.col("status"))
	states := []string{"(s0)"}
	for _, s := range causes {
		if s != "0" {
			states = append(states, s)
		}
	}
	status, times := t.num(c.col("status")), t.num(c.col("time"))
	var entries []float64
	if c.col("entry") != "" {
		entries = t.num(c.col("entry"))
	}
	out := map[string]any{}
	for g, label := range labels {
		var time, entry []float64
		var cause []int
		for i := range times {
			if code[i] != g {
				continue
			}
			time, cause = append(time, times[i]), append(cause, int(status[i]))
			if entries != nil {
				entry = append(entry, entries[i])
			}
		}
		a, err := survival.AalenJohansen(time, cause, len(states)-1, entry)
		if err != nil {
			return nil, err
		}
		at := floats(c.expects(label, "at"))
		var share, se [][]float64
		for _, v := range at {
			p, e := a.At(v)
			share, se = append(share, p), append(se, e)
		}
		out[label] = map[string]any{"states": states, "at": at, "pstate": share, "se": se, "n": a.N}
	}
	return out, nil
}

func runIPCW(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	d, risks := c.follow(t), c.cols("risk")
	var byTime []any
	for i, at := range floats(c.Params["times"]) {
		col := risks[min(i, len(risks)-1)]
		h, err := survival.JudgeAt(d, t.num(col), at, nil)
		if err != nil {
			return nil, err
		}
		byTime = append(byTime, map[string]any{
			"time": at, "risk_column": col, "auc": h.AUC, "auc_se": loose(h.AUCSE), "brier_null": h.BrierNull, "brier": h.Brier, "brier_se": loose(h.BrierSE),
		})
	}
	second := t.num(risks[min(1, len(risks)-1)])
	var con []any
	for _, w := range []survival.Weighting{survival.Harrell, survival.Uno} {
		r, err := survival.Concord(d, second, nil, nil, w)
		if err != nil {
			return nil, err
		}
		con = append(con, map[string]any{"weight": []string{"n", "n/G2"}[w], "c": r.C, "se": loose(r.SE), "counts": pairCounts(r)})
	}
	return map[string]any{"by_time": byTime, "concordance": con}, nil
}

// loose is a standard error of the kind ipcw, which the conventions of the cases
// compare to 1e-3 only, since the tools take or leave the estimation of G.
type loose float64

func (l loose) near(want any) error {
	w, ok := number(want)
	if d := float64(l) - w; !ok || !(d <= 1e-3 && d >= -1e-3) {
		return fmt.Errorf("got %v, want %v within 0.001", float64(l), want)
	}
	return nil
}
