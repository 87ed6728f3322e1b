package stats_test

var survivalKinds = map[string]runner{}
