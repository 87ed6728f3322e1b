// Package linear fits straight lines and their honest errors: least squares with
// heteroscedasticity-, cluster- and autocorrelation-robust covariances, fixed
// effects for panels, the wild cluster bootstrap for few clusters, and the search
// for the lag at which one series leads another.
//
// A design is flat and row-major, n rows of p columns, without an intercept
// column; the intercept is added and stands first in every coefficient vector.
package linear
