package duckstore_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/duckstore"
	"kept/internal/fault"
)

// parquet writes the rows of a query to a file.
func parquet(t *testing.T, query string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in put.parquet")
	if err := duckstore.WriteParquet(t.Context(), query, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func readAll(t *testing.T, path string) (rows [][]any, err error) {
	t.Helper()
	p, err := duckstore.ReadTable(t.Context(), path, duckstore.ReadOptions{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	for {
		row, err := p.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
		if p.Read() != int64(len(rows)) {
			t.Errorf("Read = %d after %d rows", p.Read(), len(rows))
		}
	}
}

func TestParquetTypes(t *testing.T) {
	path := parquet(t, `SELECT true AS b, -1::TINYINT AS i8, 4000000000::UINTEGER AS u32, 9223372036854775807 AS i64,
		18446744073709551615::UBIGINT AS u64, 0.1::FLOAT AS f32, 0.1::DOUBLE AS f64, 12.340::DECIMAL(9,3) AS "de""c",
		'Ünï, "x"' AS s, DATE '2024-02-29' AS d, TIMESTAMP '2024-02-29 12:00:00.123456' AS ts,
		TIMESTAMPTZ '2024-02-29 12:00:00+02' AS tz, TIME '01:02:03' AS ti, [1, 2] AS l, {'a': 1, 'b': 'x'} AS st, MAP {'k': 1.5::DOUBLE} AS m,
		'\xAA'::BLOB AS bl, 'a1a2a3a4-0000-0000-0000-000000000001'::UUID AS id, NULL::INTEGER AS n, 'a'::ENUM('a', 'b') AS e
		UNION ALL SELECT `+strings.TrimSuffix(strings.Repeat("NULL, ", 20), ", "))
	rows, err := readAll(t, path)
	if err != nil {
		t.Fatal(err)
	}
	utc := func(h, us int) time.Time { return time.Date(2024, 2, 29, h, 0, 0, us*1000, time.UTC) }
	want := [][]any{
		{
			true, int64(-1), int64(4000000000), int64(9223372036854775807), "18446744073709551615", 0.1, 0.1, "12.340",
			`Ünï, "x"`, utc(0, 0), utc(12, 123456), utc(10, 0), "01:02:03", "[1,2]", `{"a":1,"b":"x"}`, `{"k":1.5}`, `\xAA`,
			"a1a2a3a4-0000-0000-0000-000000000001", nil, "a",
		},
		make([]any, 20),
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestParquetOrderAndSize(t *testing.T) {
	rows, err := readAll(t, parquet(t, "SELECT i, 'row ' || i AS s FROM range(300000) r(i) ORDER BY i"))
	if err != nil || len(rows) != 300000 {
		t.Fatalf("%d rows, %v; want 300,000", len(rows), err)
	}
	for i, row := range rows {
		if row[0] != int64(i) {
			t.Fatalf("row %d holds %v: the order of the file is lost", i, row[0])
		}
	}
}

func TestParquetMalformed(t *testing.T) {
	whole, err := os.ReadFile(parquet(t, "SELECT i, 'some text ' || hash(i) AS s FROM range(200000) r(i)"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	scrambled := bytes.Clone(whole)
	for i := 4; i < len(scrambled)/2; i++ {
		scrambled[i] ^= 0x5a
	}
	for name, content := range map[string][]byte{
		"empty": {}, "text.parquet": []byte("a,b\n1,2\n"), "cut": whole[:len(whole)/2], "cut by one": whole[:len(whole)-1],
		"magic only": []byte("PAR1PAR1"), "scrambled": scrambled, "tail only": whole[len(whole)/2:],
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readAll(t, path)
		wantFile(t, name, path, err)
	}
	for _, path := range []string{filepath.Join(dir, "missing"), dir, filepath.Join(dir, "*"), ""} {
		_, err := readAll(t, path)
		wantFile(t, path, path, err)
	}
	star := filepath.Join(dir, "st*r")
	if err := os.WriteFile(star, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = readAll(t, star)
	wantFile(t, "a file that is a pattern", star, err)
}

func wantFile(t *testing.T, what, path string, err error) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != path {
		t.Errorf("%s: %v; want an Invalid fault about %q", what, err, path)
	}
}
