package sqlstore

import (
	"context"
	"database/sql"

	"kept/internal/customer"
	"kept/internal/fault"
)

var externalTable = table{name: "external_ref", columns: []string{"source", "kind", "external", "object_id"}}

// Resolve implements customer.Reader.
func (r reader) Resolve(ctx context.Context, source, kind string, externals []string) (map[string]string, error) {
	out := make(map[string]string, len(externals))
	for len(externals) > 0 {
		n := min(len(externals), chunkIDs)
		q := from("SELECT external, object_id FROM external_ref").add(" WHERE source = ? AND kind = ?", source, kind)
		type pair struct{ external, object string }
		found, err := collect(ctx, r, in(q, r.d, "AND", "external", externals[:n]), "resolve the external ids",
			func(rows *sql.Rows, p *pair) error { return rows.Scan(&p.external, &p.object) })
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			out[p.external] = p.object
		}
		externals = externals[n:]
	}
	return out, nil
}

// ExternalRefs implements customer.Reader, ordered by object, source and
// external id. A nil list of objects means every object of the kind.
func (r reader) ExternalRefs(ctx context.Context, kind string, objectIDs []string) ([]customer.ExternalRef, error) {
	q := from("SELECT source, kind, external, object_id FROM external_ref").add(" WHERE kind = ?", kind)
	if objectIDs != nil {
		in(q, r.d, "AND", "object_id", objectIDs)
	}
	return collect(ctx, r, q.add(" ORDER BY object_id, source, external"), "read the external ids",
		func(rows *sql.Rows, e *customer.ExternalRef) error {
			return rows.Scan(&e.Source, &e.Kind, &e.External, &e.ObjectID)
		})
}

// ExternalSource is an outside system and how many objects it names.
type ExternalSource struct {
	Source  string
	Objects int64
}

// ExternalSources lists the systems that gave objects their external ids, by name.
func (r reader) ExternalSources(ctx context.Context) ([]ExternalSource, error) {
	return collect(ctx, r, from("SELECT source, count(*) FROM external_ref GROUP BY source ORDER BY source"), "count the external ids",
		func(rows *sql.Rows, s *ExternalSource) error { return rows.Scan(&s.Source, &s.Objects) })
}

// PutExternalRefs implements customer.Writer.
func (tx *Tx) PutExternalRefs(ctx context.Context, refs []customer.ExternalRef) error {
	type space struct{ source, kind string }
	asked := map[space][]string{}
	for i, e := range refs {
		for column, v := range map[string]string{"source": e.Source, "kind": e.Kind, "external": e.External, "object_id": e.ObjectID} {
			if err := required(rowField("external_refs", i, column), v, "a reference is source, kind, external id and object"); err != nil {
				return err
			}
		}
		if err := checkTextAt([]any{e.Source, e.Kind, e.External, e.ObjectID}, externalTable.columns, "external_refs", i); err != nil {
			return err
		}
		s := space{e.Source, e.Kind}
		asked[s] = append(asked[s], e.External)
	}
	stored := map[space]map[string]string{}
	for s, externals := range asked {
		found, err := tx.Resolve(ctx, s.source, s.kind, externals)
		if err != nil {
			return err
		}
		stored[s] = found
	}
	var values [][]any
	for i, e := range refs {
		known := stored[space{e.Source, e.Kind}]
		switch known[e.External] {
		case e.ObjectID:
		case "":
			known[e.External] = e.ObjectID
			values = append(values, []any{e.Source, e.Kind, e.External, e.ObjectID})
		default:
			return &fault.Error{
				Kind: fault.Conflict, Field: rowField("external_refs", i, "external"),
				Msg: "the " + e.Kind + " " + e.External + " of " + e.Source + " leads to " + known[e.External] + " already, not to " + e.ObjectID,
			}
		}
	}
	return tx.insert(ctx, externalTable, values)
}
