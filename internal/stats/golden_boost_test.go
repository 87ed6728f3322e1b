package stats_test

import (
	"kept/internal/stats/boost"
	"kept/internal/stats/glm"
)

var boostKinds = map[string]runner{"challenger": runChallenger}

// runChallenger fits on the rows that are not for testing, with the parameters that
// stand beside each answer of boosted trees.
func runChallenger(c *golden) (map[string]any, error) {
	t, err := c.load()
	if err != nil {
		return nil, err
	}
	names := c.cols("x")
	p := len(names)
	x, y, held := t.design(names), t.num(c.col("y")), t.num(c.col("is_test"))
	var trainX, testX, trainY, testY []float64
	for i, h := range held {
		if h != 0 {
			testX, testY = append(testX, x[i*p:(i+1)*p]...), append(testY, y[i])
		} else {
			trainX, trainY = append(trainX, x[i*p:(i+1)*p]...), append(trainY, y[i])
		}
	}
	judge := func(q []float64) (map[string]any, error) {
		m, _, err := metricsOf(testY, q, 10, 0.95)
		return m, err
	}
	out := map[string]any{}
	for key, v := range c.Expected {
		want, _ := v.(map[string]any)
		in, ok := want["params"].(map[string]any)
		if !ok {
			continue
		}
		m, err := boost.Fit(trainX, trainY, len(trainY), p, boost.Options{
			Depth: integer(in, "max_depth"), Trees: integer(in, "max_iter"), Rate: realOr(in, "learning_rate", 0.1),
			MinLeaf: integer(in, "min_samples_leaf"), Ridge: realOr(in, "l2_regularization", 0),
		})
		if err != nil {
			return nil, err
		}
		r, err := judge(m.Predict(testX, len(testY)))
		if err != nil {
			return nil, err
		}
		r["params"] = in
		out[key] = r
	}
	f, err := glm.Logistic(trainX, trainY, len(trainY), p, glm.Options{})
	if err != nil {
		return nil, err
	}
	out["logistic"], err = judge(f.Predict(testX, len(testY)))
	return out, err
}
