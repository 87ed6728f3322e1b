package stats_test

var discrimKinds = map[string]runner{}
