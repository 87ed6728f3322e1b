// Package stats is the home of Kept's estimators; they live in the packages
// below it, one per family. It holds no code of its own, only the test that
// runs a folder of reference cases against all of them.
package stats
