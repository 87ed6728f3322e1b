// Package causal estimates what a programme changed: randomised holdouts,
// staggered roll-outs, and, with many conditions, observational comparisons. Every
// estimate can be refused: the gates of this package look for the designs in which
// an estimator returns a confident, wrong number.
//
// Treatment is 1 for accounts in the programme and 0 for the others; designs are
// flat and row-major, n rows of p columns, without an intercept column.
package causal
