//go:build !race

package sqlstoretest

// bulkRows is enough to need many statements, and few enough for a test.
const bulkRows = 50_000
