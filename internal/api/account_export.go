package api

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
)

// exportBatch is how many rows are decorated and written at once.
const exportBatch = 500

// exportAccounts streams the accounts that a table shows, all pages of it.
func (s *Server) exportAccounts(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	for name := range q {
		if !slices.Contains(accountParams(), name) {
			return fault.At("query."+name, "is not a parameter of this address")
		}
	}
	sel := AccountSelection{
		AsOfParam: AsOfParam{AsOf: q.Get("as_of"), Known: q.Get("known"), Model: q.Get("model")}, Sort: q.Get("sort"), Filter: q.Get("filter"), Q: q.Get("q"), Band: q.Get("band"),
		Segment: q.Get("segment"), Owner: q.Get("owner"), Metrics: q.Get("metrics"), Attributes: q.Get("attributes"),
	}
	if len(r.URL.RawQuery) > maxQuery {
		return fault.New(fault.TooLarge, "the query is longer than %d bytes: shorten the filter", maxQuery)
	}
	ctx := r.Context()
	v, _, _, c, err := s.selectPage(ctx, &sel, Paged{}, "export", "name")
	if err != nil {
		return err
	}
	metrics, err := split("metrics", sel.Metrics, maxColumns)
	if err != nil {
		return err
	}
	attributes, err := split("attributes", sel.Attributes, maxColumns)
	if err != nil {
		return err
	}
	// The first batch is made before the status is sent, so that a wrong metric
	// name is still a refusal.
	rows, err := v.exportRows(c.rows[:min(exportBatch, len(c.rows))], &sel)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="accounts-`+v.AsOf.Format(time.DateOnly)+`.csv"`)
	out := csv.NewWriter(w)
	head := []string{"id", "name", "domain", "owner", "segment", "stage", "score", "band", "coverage", "delta_30", "delta_90", "arr", "currency", "renewal_at", "since"}
	if err := out.Write(append(append(head, metrics...), attributes...)); err != nil {
		return nil //nolint:nilerr // the caller has gone
	}
	for from := 0; from < len(c.rows); from += exportBatch {
		if from > 0 {
			at := c.rows[from:min(from+exportBatch, len(c.rows))]
			if rows, err = v.exportRows(at, &sel); err != nil {
				panic(http.ErrAbortHandler) //nolint:forbidigo // half a file must not look whole: the connection is cut
			}
		}
		for i := range rows {
			if err := out.Write(csvRow(&rows[i], metrics, attributes)); err != nil {
				return nil //nolint:nilerr // the caller has gone
			}
		}
	}
	out.Flush()
	return nil
}

// maxQuery bounds the query of a raw route, which huma does not check.
const maxQuery = 16 << 10

func (v *view) exportRows(at []int32, sel *AccountSelection) ([]AccountRow, error) {
	rows := v.rows(at)
	return rows, v.decorate(at, rows, sel)
}

func csvRow(r *AccountRow, metrics, attributes []string) []string {
	out := []string{string(r.ID), safeCell(r.Name), safeCell(r.Domain), "", "", r.Stage, number(r.Score), "", number(&r.Coverage), number(r.Delta30), number(r.Delta90), "", "", "", r.Since.Format(time.RFC3339)}
	if r.Owner != nil {
		out[3] = safeCell(r.Owner.Name)
	}
	if r.Segment != nil {
		out[4] = r.Segment.Key
	}
	if r.Band != nil {
		out[7] = r.Band.Key
	}
	if r.ARR != nil {
		out[11], out[12] = strconv.FormatFloat(r.ARR.Major(), 'f', -1, 64), string(r.ARR.Currency)
	}
	if r.RenewalAt != nil {
		out[13] = r.RenewalAt.Format(time.RFC3339)
	}
	for _, m := range metrics {
		out = append(out, number(r.Metrics[m]))
	}
	for _, a := range attributes {
		switch val := r.Attributes[a].(type) {
		case string:
			out = append(out, safeCell(val))
		case float64:
			out = append(out, number(&val))
		case bool:
			out = append(out, strconv.FormatBool(val))
		default:
			out = append(out, "")
		}
	}
	return out
}

// number writes the shortest text that reads back as the same number; "" is missing.
func number(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}

// safeCell keeps a spreadsheet from taking a text of a customer for a formula
// (OWASP, CSV injection).
func safeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
