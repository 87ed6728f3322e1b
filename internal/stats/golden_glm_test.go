package stats_test

var glmKinds = map[string]runner{}
