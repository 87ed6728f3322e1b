// Package survival estimates how long accounts stay: Kaplan–Meier, log-rank,
// Cox, competing risks, and scores of a prediction under censoring.
//
// A subject is at risk at t when entry < t ≤ exit. At equal times events come
// before censorings. Times are in any unit, the caller's.
package survival
