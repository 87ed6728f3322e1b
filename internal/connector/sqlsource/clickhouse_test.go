package sqlsource

import (
	"strings"
	"testing"

	"kept/internal/connector"
	"kept/internal/connectortest"
	"kept/internal/fault"
)

func TestClickHouse(t *testing.T) {
	address := connectortest.ClickHouse(t)
	d := &database{kind: "clickhouse", address: address, db: dial(t, "clickhouse", address)}
	d.exec(t, "CREATE TABLE company (id UInt64, name String, since Date, employees UInt32, paying UInt8, mrr Decimal(12,2), updated_at DateTime) ENGINE = Memory")
	d.exec(t, "INSERT INTO company SELECT number, concat('Company ', toString(number)), '2024-05-06', number, 1, 12.5, toDateTime('2026-01-01 00:00:10') + intDiv(number, 30) FROM numbers(1200)")
	k := connectortest.New(t, kindsByName("clickhouse")...)
	c := k.Connect("clickhouse", map[string]string{"address": address, "query": query, "cursor_column": "updated_at", "cursor_start": "1970-01-02 00:00:00", "key": "id"}, mapping)
	_, report := k.Read(c.ID, connector.Succeeded)
	if report.Objects["accounts"].Created != 1200 {
		t.Fatalf("accounts: %+v", report.Objects["accounts"])
	}
	run, _ := k.Read(c.ID, connector.Succeeded)
	if run.RowsRead != 30 {
		t.Errorf("the second run read %d rows", run.RowsRead)
	}
	for name, text := range map[string]string{"an unknown table": "SELECT * FROM nowhere", "writing": "WITH 1 AS x SELECT x; INSERT INTO company (id) VALUES (1)"} {
		one, err := k.Create(t.Context(), connector.Draft{Name: name, Kind: "clickhouse", Config: map[string]string{"address": address, "query": text}, Mapping: mapping})
		if fault.Is(err, fault.Invalid) {
			continue
		}
		if run, _ := k.Read(one.ID, connector.Failed); !strings.Contains(run.Message, "refused the query") {
			t.Errorf("%s: %q", name, run.Message)
		}
	}
}
