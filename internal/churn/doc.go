// Package churn says how probable it is that an account leaves, and how long
// accounts stay: pure functions from what was known of accounts, and what became
// of them, to probabilities, curves and the evidence behind both.
package churn
