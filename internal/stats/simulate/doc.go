// Package simulate turns probabilities into distributions of money and work: exact
// distributions of retained ARR and of renewals where they exist, a Monte Carlo
// of renewals with a shock that all accounts of a quarter share, and the queueing
// formulas behind staffing.
package simulate
