//go:build race

package sqlstoretest

// bulkRows is small because the race detector slows the SQLite driver down by
// a factor of fifteen.
const bulkRows = 5_000
