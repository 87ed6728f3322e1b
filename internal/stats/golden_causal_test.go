package stats_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"kept/internal/stats/causal"
	"kept/internal/stats/num"
)

var causalKinds = map[string]runner{
	"aipw": runAIPW, "match": runMatch, "did2x2": runDiD, "did_staggered": runStaggered, "holdout": runHoldout,
}

func (c *golden) study() (*table, causal.Data, error) {
	t, err := c.load()
	if err != nil {
		return nil, causal.Data{}, err
	}
	x := c.cols("x")
	d := causal.Data{Treat: t.num(c.col("treat")), X: t.design(x), P: len(x), Names: x}
	if c.col("y") != "" {
		d.Y = t.num(c.col("y"))
	}
	return t, d, nil
}

func runAIPW(c *golden) (map[string]any, error) {
	t, d, err := c.study()
	if err != nil {
		return nil, err
	}
	nu, err := causal.FitNuisances(d)
	if err != nil {
		return nil, err
	}
	level := c.level()
	trim := causal.Trim{Lo: c.param("trim_lower", 0.05), Hi: c.param("trim_upper", 0.95)}
	if f := floats(c.Params["trim"]); len(f) == 2 {
		trim = causal.Trim{Lo: f[0], Hi: f[1]}
	} else if len(f) == 1 {
		trim = causal.Trim{Lo: f[0], Hi: 1 - f[0]}
	}
	r, err := causal.AIPW(d, nu, trim, level)
	if err != nil {
		return nil, err
	}
	naive, err := causal.DifferenceInMeans(d.Y, d.Treat, level)
	if err != nil {
		return nil, err
	}
	var ps []float64
	for _, p := range []float64{0, .01, .05, .25, .5, .75, .95, .99, 1} {
		ps = append(ps, num.Quantile(nu.E, p))
	}
	ci := func(e causal.Effect) []float64 { return []float64{e.Lo, e.Hi} }
	return map[string]any{
		"n": len(t.rows), "n_treated": r.NTreated, "naive_diff": naive.Estimate, "naive_se_welch": naive.SE,
		"ps_summary": ps, "ps_first5": nu.E[:min(5, len(nu.E))], "m1_mean": r.M1Mean, "m0_mean": r.M0Mean,
		"regression_ate": r.RegressionATE, "regression_att": r.RegressionATT, "ipw_ate_hajek": r.IPWATE, "ipw_att_hajek": r.IPWATT,
		"aipw_ate": r.ATE.Estimate, "aipw_ate_se": r.ATE.SE, "aipw_ate_ci": ci(r.ATE),
		"aipw_att": r.ATT.Estimate, "aipw_att_se": r.ATT.SE, "aipw_att_ci": ci(r.ATT),
		"aipw_att_hajek": r.ATTHajek.Estimate, "aipw_att_hajek_se": r.ATTHajek.SE, "aipw_att_hajek_ci": ci(r.ATTHajek),
		"ess_control_att": r.ESSControlATT, "ess_treated_ate": r.ESSTreatedATE, "ess_control_ate": r.ESSControlATE,
		"smd_raw": r.SMDRaw, "smd_att_weighted": r.SMDATT,
		"trimmed_ate": map[string]any{"kept": r.TrimmedKept, "aipw_same_nuisances": r.Trimmed.Estimate, "se": r.Trimmed.SE},
	}, nil
}

func runMatch(c *golden) (map[string]any, error) {
	_, d, err := c.study()
	if err != nil {
		return nil, err
	}
	if d.Y == nil {
		d.Y = make([]float64, len(d.Treat))
	}
	nu, err := causal.FitPropensity(d)
	if err != nil {
		return nil, err
	}
	o := causal.MatchOptions{}
	if s, ok := c.Params["order"].(string); ok {
		o.Order = causal.MatchOrder(s)
	}
	o.Replacement, _ = c.Params["replace"].(bool)
	if v, ok := number(c.Params["caliper"]); ok {
		o.Caliper = v
		if b, ok := c.Params["std_caliper"].(bool); !ok || b { // MatchIt measures it in standard deviations
			o.Caliper *= math.Sqrt(num.Variance(nu))
		}
	}
	// The versions whose whole-number distances prefer the control below, and for
	// the same reason never find a pair outside the caliper.
	if strings.Contains(c.Tool, "MatchIt 4.5.1") {
		o.BelowFirst, o.Caliper = true, 0
	}
	if k := c.param("ratio", 1); k != 1 {
		return nil, fmt.Errorf("only 1:1 matching is known, not 1:%v", k)
	}
	m, err := causal.Match(nu, d.Treat, o)
	if err != nil {
		return nil, err
	}
	e, err := m.Compare(d, nu, c.level())
	if err != nil {
		return nil, err
	}
	one := func(v []int) []int { // 1-based, as the cases are
		out := slices.Clone(v)
		for i := range out {
			out[i]++
		}
		return out
	}
	return map[string]any{
		"n_pairs": len(m.Treated), "treated_row": one(m.Treated), "control_row": one(m.Control), "unmatched_row": one(m.Unmatched),
		"ps_first5": nu[:min(5, len(nu))], "smd_names": append([]string{"distance"}, d.Names...),
		"smd_before": append([]float64{e.DistanceBefore}, e.SMDBefore...), "smd_after": append([]float64{e.After}, e.SMDAfter...),
		"att_diff_means": e.Estimate, "att_paired_se": e.SE,
	}, nil
}

func runDiD(c *golden) (map[string]any, error) {
	t, d, err := c.study()
	if err != nil {
		return nil, err
	}
	y0, y1, level := t.num(c.col("y0")), t.num(c.col("y1")), c.level()
	r, err := causal.DiD2x2(y0, y1, d.Treat, level)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"n": r.N, "did": r.Estimate, "se_classical_pooled": r.SEPooled, "se_cluster_id_cr0": r.SECR0, "se_cluster_id_cr1": r.SE, "means": r.Means[:],
	}
	if d.P > 0 {
		e, _, err := causal.DRDiD(y0, y1, d.Treat, d.X, d.P, d.Names, level)
		if err != nil {
			return nil, err
		}
		out["drdid_att"], out["drdid_se"], out["drdid_ci"] = e.Estimate, e.SE, []float64{e.Lo, e.Hi}
	}
	return out, nil
}

func runStaggered(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	_, id := t.levels(c.col("id"))
	p := causal.PanelData{ID: id, Y: t.num(c.col("y"))}
	for _, v := range t.num(c.col("time")) {
		p.Time = append(p.Time, int(v))
	}
	for _, v := range t.num(c.col("first_treat")) {
		if math.IsInf(v, 0) {
			v = 0
		}
		p.FirstTreated = append(p.FirstTreated, int(v))
	}
	if x := c.cols("x"); len(x) > 0 {
		p.X, p.P, p.Names = t.design(x), len(x), x
	}
	o := causal.StaggeredOptions{Level: c.level()}
	text := func(k string) string { s, _ := c.Params[k].(string); return s }
	switch s := strings.ReplaceAll(strings.ToLower(text("control")), "_", " "); {
	case strings.HasPrefix(s, "not"):
		o.NotYetTreated = true
	case s != "" && !strings.HasPrefix(s, "never"):
		return nil, fmt.Errorf("control group %q is not known", s)
	}
	switch s := text("base"); s {
	case "universal":
		o.UniversalBase = true
	case "", "varying":
	default:
		return nil, fmt.Errorf("base period %q is not known", s)
	}
	r, err := causal.Staggered(p, o)
	if err != nil {
		return nil, err
	}
	cell := func(e causal.Effect, more ...any) map[string]any {
		m := map[string]any{"att": e.Estimate, "se": e.SE, "ci": []float64{e.Lo, e.Hi}, "lower": e.Lo, "upper": e.Hi, "p": e.P}
		for i := 0; i < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return m
	}
	var cells, events, groups, calendar []any
	for _, a := range r.ATT {
		cells = append(cells, cell(a.Effect, "group", a.Group, "t", a.Time, "time", a.Time))
	}
	for _, a := range r.ByEvent {
		events = append(events, cell(a.Effect, "e", a.At))
	}
	for _, a := range r.ByGroup {
		groups = append(groups, cell(a.Effect, "group", a.At))
	}
	for _, a := range r.ByTime {
		calendar = append(calendar, cell(a.Effect, "t", a.At, "time", a.At))
	}
	return map[string]any{
		"n": r.N, "n_treated": r.N - r.NNever, "n_never": r.NNever, "att_gt": cells, "simple": cell(r.Overall), "event_study": events, "dynamic": cell(r.Dynamic),
		"group": groups, "by_group": groups, "group_overall": cell(r.GroupOverall), "calendar": calendar, "by_time": calendar, "calendar_overall": cell(r.TimeOverall),
		"pretrend": map[string]any{"W": r.PreWald, "df": r.PreDF, "p": r.PreP},
	}, nil
}

func runHoldout(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	y, treat, level := t.num(c.col("y")), t.num(c.col("treat")), c.level()
	var pre []float64
	if c.col("pre") != "" {
		pre = t.num(c.col("pre"))
	}
	h, err := causal.AnalyseHoldout(y, pre, treat, level)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"n": len(y), "dm": map[string]any{"diff": h.Plain.Estimate, "se": h.Plain.SE, "ci": []float64{h.Plain.Lo, h.Plain.Hi}},
		"welch_df": h.Plain.DF, "welch_p": h.Plain.P,
	}
	if h.CUPED != nil {
		out["cuped_theta"], out["variance_reduction"] = h.Theta, h.VarianceReduction
		out["cuped"] = map[string]any{"diff": h.CUPED.Estimate, "se": h.CUPED.SE}
		out["lin"] = map[string]any{"coef": h.Lin.Estimate, "se_hc2": h.Lin.SE, "se_hc3": h.Lin.SEHC3}
	}
	if c.col("retained") != "" {
		if out["retained"], err = renewal(t.num(c.col("retained")), treat, level); err != nil {
			return nil, err
		}
	}
	if c.col("segment") == "" {
		return out, nil
	}
	return out, c.segments(t, y, treat, level, out)
}

func renewal(y, treat []float64, level float64) (map[string]any, error) {
	d, err := causal.Renewal(y, treat, level)
	if err != nil {
		return nil, err
	}
	return diffTree(d.X1, d.N1, d.X2, d.N2, level)
}

func (c *golden) segments(t *table, y, treat []float64, level float64, out map[string]any) error {
	labels, code := t.levels(c.col("segment"))
	var lifts []causal.Effect
	var rows []any
	for g, label := range labels {
		pick := func(v []float64) (w []float64) {
			for i, x := range v {
				if code[i] == g {
					w = append(w, x)
				}
			}
			return w
		}
		m, err := causal.DifferenceInMeans(pick(y), pick(treat), level)
		if err != nil {
			return err
		}
		lifts = append(lifts, m.Effect)
		row := map[string]any{"segment": label, "n": m.N, "diff": m.Estimate, "se": m.SE}
		if c.col("retained") != "" {
			if row["retained"], err = renewal(pick(t.num(c.col("retained"))), pick(treat), level); err != nil {
				return err
			}
		}
		rows = append(rows, row)
	}
	s, err := causal.CompareSegments(lifts, level)
	if err != nil {
		return errors.Join(errors.New("segments"), err)
	}
	out["by_segment"], out["cochran_q"], out["q_p"] = rows, s.Q, s.QP
	out["middle_vs_ends"] = map[string]any{"contrast": s.Contrast.Effect, "se": s.Contrast.SE, "p": s.Contrast.P}
	return nil
}
