// Package boost is a small gradient-boosted tree model: the challenger that says what
// a black box would add to the additive score. It is reported beside the score and
// never replaces it.
package boost
