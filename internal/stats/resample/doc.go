// Package resample draws accounts again: the bootstrap (percentile, basic, BCa,
// by cluster), permutation tests, corrections for many tests at once, and sample
// quantiles. The same seed gives the same bytes at any number of threads.
package resample
