// Package num holds the small numerical pieces that every estimator shares:
// dense symmetric solves, quantiles of the usual distributions, sums that do not
// depend on the number of threads, and seeded random numbers.
package num
