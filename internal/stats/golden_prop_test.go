package stats_test

import (
	"fmt"
	"regexp"
	"strings"

	"kept/internal/stats/prop"
)

var propKinds = map[string]runner{
	"prop": runProp, "prop_diff": runPropDiff, "power": runPower,
	"nps": runNPS, "nps_diff": runNPSDiff, "nps_stratified": runNPSStratified,
}

// level reads the confidence level under any of its names.
func (c *golden) level() float64 {
	return c.param("conf", c.param("conf_level", c.param("level", 0.95)))
}

// rows runs f over the input rows: those of params, or else of expected, where
// the tables of this schema keep their inputs. Inputs are echoed.
func (c *golden) rows(f func(in map[string]any) (map[string]any, error)) (map[string]any, error) {
	list, ok := c.Params["rows"].([]any)
	if !ok {
		list, ok = c.expects("rows").([]any)
	}
	if !ok {
		return map[string]any{}, nil
	}
	out := make([]any, len(list))
	for i, v := range list {
		in, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("row %d is %T, want an object", i, v)
		}
		m, err := f(in)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		out[i] = m
	}
	return map[string]any{"rows": out}, nil
}

func integer(m map[string]any, key string) int {
	f, _ := number(m[key])
	return int(f)
}

func realOr(m map[string]any, key string, def float64) float64 {
	if f, ok := number(m[key]); ok {
		return f
	}
	return def
}

func limits(i prop.Interval) []float64 { return []float64{i.Lo, i.Hi} }

func runProp(c *golden) (map[string]any, error) {
	return c.rows(func(in map[string]any) (map[string]any, error) {
		x, n, level := integer(in, "x"), integer(in, "n"), realOr(in, "conf", c.level())
		out := map[string]any{"x": x, "n": n, "conf": level, "p": float64(x) / float64(n)}
		for name, f := range map[string]func(x, n int, level float64) (prop.Interval, error){
			"wilson": prop.Wilson, "clopper_pearson": prop.ClopperPearson, "jeffreys": prop.Jeffreys,
			"agresti_coull": prop.AgrestiCoull, "wald": prop.Wald,
		} {
			i, err := f(x, n, level)
			if err != nil {
				return nil, err
			}
			out[name] = limits(i)
		}
		return out, nil
	})
}

// diffTree is the comparison of two shares as the cases write it.
func diffTree(x1, n1, x2, n2 int, level float64) (map[string]any, error) {
	d, err := prop.Compare(x1, n1, x2, n2, level)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"x1": x1, "n1": n1, "x2": x2, "n2": n2, "p1": d.P1, "p2": d.P2, "diff": d.Diff, "wald": limits(d.Wald), "newcombe": limits(d.Newcombe),
		"z_pooled": d.Z, "p_pooled": d.P, "p": d.P, "fisher_p": d.FisherP, "risk_ratio": d.RiskRatio, "rr_ci_log": limits(d.RatioCI), "odds_ratio": d.OddsRatio,
	}, nil
}

func runPropDiff(c *golden) (map[string]any, error) {
	return c.rows(func(in map[string]any) (map[string]any, error) {
		return diffTree(integer(in, "x1"), integer(in, "n1"), integer(in, "x2"), integer(in, "n2"), realOr(in, "conf", c.level()))
	})
}

// powerKey spells its inputs out: power_n100_90_95 is the power of 100 an arm
// between shares of .90 and .95, power_t_n50_d.5 that of a t test at d = .5.
var (
	powerKey  = regexp.MustCompile(`^power_n(\d+)_(\d*\.?\d+)_(\d*\.?\d+)$`)
	powerTKey = regexp.MustCompile(`^power_t_n(\d+)_d(\d*\.?\d+)$`)
)

func share(s string) float64 {
	if !strings.Contains(s, ".") {
		s = "." + s
	}
	f, _ := number(s)
	return f
}

func runPower(c *golden) (map[string]any, error) {
	alpha := c.param("alpha", c.param("sig_level", 0.05))
	out, err := c.rows(func(in map[string]any) (map[string]any, error) {
		p1, p2, a := realOr(in, "p1", 0), realOr(in, "p2", 0), realOr(in, "alpha", alpha)
		m := map[string]any{"p1": p1, "p2": p2, "alpha": a}
		if n, ok := number(in["n"]); ok {
			v, err := prop.Power(p1, p2, n, n, a)
			m["n"], m["power"] = n, v
			return m, err
		}
		pow := realOr(in, "power", 0.8)
		n, err := prop.SampleSize(p1, p2, pow, a)
		m["power"], m["n_per_arm"] = pow, n
		return m, err
	})
	if err != nil {
		return nil, err
	}
	for k := range c.Expected {
		if m := powerKey.FindStringSubmatch(k); m != nil {
			n, _ := number(m[1])
			if out[k], err = prop.Power(share(m[2]), share(m[3]), n, n, alpha); err != nil {
				return nil, err
			}
		}
		if m := powerTKey.FindStringSubmatch(k); m != nil {
			n, _ := number(m[1])
			d, _ := number(m[2])
			if out[k], err = prop.PowerT(n, d, 1, alpha); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func runNPS(c *golden) (map[string]any, error) {
	return c.rows(func(in map[string]any) (map[string]any, error) {
		a := prop.Answers{Promoters: integer(in, "promoters"), Passives: integer(in, "passives"), Detractors: integer(in, "detractors")}
		r, err := prop.NewNPS(a, realOr(in, "conf", c.level()))
		if err != nil {
			return nil, err
		}
		return map[string]any{
			"promoters": a.Promoters, "passives": a.Passives, "detractors": a.Detractors, "n": a.N(), "nps": r.Score, "var": r.Var,
			"wald": limits(r.Wald), "t_interval": limits(r.T), "adjusted_wald_plus3": limits(r.Interval), "score_tango": limits(r.Tango),
		}, nil
	})
}

func answers(v any) prop.Answers {
	f := floats(v)
	if len(f) != 3 {
		return prop.Answers{}
	}
	return prop.Answers{Promoters: int(f[0]), Passives: int(f[1]), Detractors: int(f[2])}
}

func runNPSDiff(c *golden) (map[string]any, error) {
	return c.rows(func(in map[string]any) (map[string]any, error) {
		w1, w2 := answers(in["wave1"]), answers(in["wave2"])
		level := realOr(in, "conf", c.level())
		d, err := prop.ChangeUnpaired(w1, w2, level)
		out := map[string]any{"wave1": floats(in["wave1"]), "wave2": floats(in["wave2"])}
		if table, ok := in["table"].([]any); ok { // the same people, before × after
			var t prop.Transitions
			for i := range table {
				for j, v := range floats(table[i]) {
					t[i][j] = int(v)
				}
			}
			out["table"] = table
			d, err = prop.ChangePaired(t, level)
		}
		if err != nil {
			return nil, err
		}
		out["diff"], out["se"], out["z"], out["p"], out["ci"] = d.Diff, d.SE, d.Z, d.P, limits(d.Interval)
		return out, nil
	})
}

func runNPSStratified(c *golden) (map[string]any, error) {
	list, _ := c.Params["strata"].([]any)
	pop := floats(c.Params["population"])
	strata := make([]prop.Stratum, len(list))
	for i, v := range list {
		m, _ := v.(map[string]any)
		strata[i] = prop.Stratum{Weight: realOr(m, "weight", 0), Answers: answers(m["counts"])}
		if i < len(pop) {
			strata[i].Population = int(pop[i])
		}
	}
	r, err := prop.NewStratified(strata, c.level())
	if err != nil {
		return nil, err
	}
	return map[string]any{"nps": r.Score, "se": r.SE, "se_fpc": r.SEFinite, "ci_fpc": limits(r.Interval)}, nil
}
