// Package meta pools estimates of several segments, tests whether they differ,
// and pulls small segments towards the whole before anybody ranks them.
package meta
