package stats_test

import (
	"fmt"
	"math"
	"strings"

	"kept/internal/stats/discrim"
	"kept/internal/stats/num"
)

var discrimKinds = map[string]runner{
	"metrics": runMetrics, "curves": runCurves, "isotonic": runIsotonic, "platt": runPlatt,
}

func runMetrics(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	y := t.num(c.col("y"))
	out := map[string]any{}
	var p [][]float64
	var a []*discrim.AUC
	for i := 1; ; i++ {
		name := c.col(fmt.Sprintf("p%d", i))
		if name == "" && i == 1 {
			name = c.col("p")
		}
		if name == "" {
			break
		}
		s := t.num(name)
		m, auc, err := metricsOf(y, s, int(c.param("bins", 10)), c.param("conf_level", 0.95))
		if err != nil {
			return nil, err
		}
		p, a = append(p, s), append(a, auc)
		out[fmt.Sprintf("model%d", i)] = m
	}
	if len(p) < 2 {
		return out, nil
	}
	d, err := discrim.PairedDeLong(a[0], a[1], c.param("conf_level", 0.95))
	if err != nil {
		return nil, err
	}
	out["paired_delong"] = map[string]any{"auc_diff": d.Diff, "cov": d.Cov, "z": d.Z, "p": d.P, "se": d.SE}
	diff, se := discrim.PairedBrier(y, p[0], p[1])
	out["paired_brier"] = map[string]any{"diff": diff, "se": se}
	return out, nil
}

func metricsOf(y, p []float64, bins int, level float64) (map[string]any, *discrim.AUC, error) {
	a, err := discrim.NewAUC(y, p)
	if err != nil {
		return nil, nil, err
	}
	cal, err := discrim.Calibrate(y, p, nil)
	if err != nil {
		return nil, nil, err
	}
	ap, err := discrim.AveragePrecision(y, p, nil)
	if err != nil {
		return nil, nil, err
	}
	roc, err := discrim.NewROC(y, p, nil, false)
	if err != nil {
		return nil, nil, err
	}
	wl, wu := a.Wald(level)
	ll, lu := a.Logit(level)
	brier, skill := discrim.Brier(y, p, nil)
	eq := discrim.EqualCount(y, p, nil, bins)
	hl, hlp := discrim.HosmerLemeshow(eq)
	top := discrim.Top(y, p, nil, (len(y)+9)/10)
	return map[string]any{
		"n": a.N, "n_pos": a.Pos, "auc": a.AUC, "auc_var_delong": a.Var,
		"auc_ci_wald": []float64{wl, wu}, "auc_ci_logit": []float64{ll, lu},
		"average_precision": ap, "brier": brier, "brier_skill": skill, "log_loss": discrim.LogLoss(y, p, nil),
		"calibration_slope": cal.Slope, "calibration_intercept_joint": cal.Intercept, "calibration_slope_se": cal.SlopeSE,
		"calibration_in_the_large": cal.InTheLarge, "citl_se": cal.InTheLargeSE,
		"ece_equal_width": discrim.ECE(discrim.EqualWidth(y, p, nil, bins)), "ece_equal_count": discrim.ECE(eq),
		"bins_equal_count": binColumns(eq), "bins_equal_width": binColumns(discrim.EqualWidth(y, p, nil, bins)),
		"hosmer_lemeshow": hl, "hl_p": hlp, "spiegelhalter_z": discrim.Spiegelhalter(y, p),
		"lift_top_decile": top.Lift, "capture_top_decile": top.Capture, "top_decile_n": top.N,
		"ks": roc.KS(), "gini": 2*a.AUC - 1,
	}, a, nil
}

func binColumns(bins []discrim.Bin) map[string]any {
	var n []int
	var mean, rate []float64
	for _, b := range bins {
		if b.N > 0 {
			n, mean, rate = append(n, b.N), append(mean, b.MeanP), append(rate, b.Rate)
		}
	}
	return map[string]any{"n": n, "mean_p": mean, "rate": rate, "frac": rate, "mean": mean}
}

func runCurves(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	y, p := t.num(c.col("y")), t.num(c.col("p"))
	bins := int(c.param("bins", 10))
	m, _, err := metricsOf(y, p, bins, 0.95)
	if err != nil {
		return nil, err
	}
	roc, err := discrim.NewROC(y, p, nil, c.Params["drop_intermediate"] == true)
	if err != nil {
		return nil, err
	}
	m["n_roc_points"] = len(roc.FPR)
	idx := floats(c.expects("roc_sample", "index"))
	fpr, tpr := make([]float64, len(idx)), make([]float64, len(idx))
	for i, v := range idx {
		if int(v) >= len(roc.FPR) {
			return nil, fmt.Errorf("point %v of %d is asked for", v, len(roc.FPR))
		}
		fpr[i], tpr[i] = roc.FPR[int(v)], roc.TPR[int(v)]
	}
	m["roc_sample"] = map[string]any{"index": idx, "fpr": fpr, "tpr": tpr}
	m["calibration_uniform"] = binColumns(discrim.EqualWidthUpper(y, p, nil, bins))
	m["calibration_quantile"] = binColumns(discrim.Quantiles(y, p, nil, bins))
	return m, nil
}

func runIsotonic(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	var w []float64
	if c.col("w") != "" {
		w = t.num(c.col("w"))
	}
	f, err := discrim.FitIsotonic(t.num(c.col("x")), t.num(c.col("y")), w)
	if err != nil {
		return nil, err
	}
	q := floats(c.expects("query"))
	pred := make([]float64, len(q))
	for i, v := range q {
		pred[i] = f.Predict(v)
	}
	return map[string]any{
		"x_thresholds": f.X, "y_thresholds": f.Y, "query": q, "predict_interpolated": pred,
		"fitted_first10": first(f.Fitted(), 10), "n_blocks": f.Blocks, "sse": f.SSE,
	}, nil
}

func runPlatt(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	y := t.num(c.col("y"))
	var x []float64
	if p := c.col("p"); p != "" {
		for _, v := range t.num(p) {
			x = append(x, num.Logit(min(max(v, 1e-15), 1-1e-15)))
		}
	} else {
		x = t.num(c.col("x"))
	}
	out := map[string]any{}
	fit := func(smoothed bool) (*discrim.Platt, error) {
		f, err := discrim.FitPlatt(x, y, smoothed, math.Inf(-1))
		if err != nil {
			return nil, err
		}
		name := strings.Repeat("un", map[bool]int{false: 1}[smoothed]) + "smoothed"
		out[name] = map[string]any{"a": f.A, "b": f.B}
		return f, nil
	}
	if _, err := fit(false); err != nil {
		return nil, err
	}
	f, err := fit(true)
	if err != nil {
		return nil, err
	}
	out["platt_targets"] = map[string]any{"pos": f.PosGoal, "neg": f.NegGoal}
	// What another tool's optimiser stopped at; its own remark says it agrees with
	// "smoothed" to about 1e-4 only.
	for key, v := range map[string]float64{"sklearn_a_negated": f.A, "sklearn_b_negated": f.B} {
		out[key] = near(v, c.expects(key), 1e-4)
	}
	return out, nil
}

// near returns want when got lies within tol of it, and got otherwise: for values
// that the case itself gives with fewer digits than its tolerance.
func near(got float64, want any, tol float64) any {
	if w, ok := number(want); ok && math.Abs(got-w) <= tol {
		return w
	}
	return got
}
