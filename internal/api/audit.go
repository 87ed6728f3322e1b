package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"kept/internal/id"
	"kept/internal/sqlstore"
)

type auditInput struct {
	Paged
}

func (s *Server) auditRoutes() {
	get(s, endpoint{id: "list-audit", method: http.MethodGet, path: "/audit", tag: "people", need: canUsers, summary: "Who changed what, newest first"}, s.auditLog)
}

// audit keeps who did what to what. The detail is a few words without personal
// data.
func (s *Server) audit(ctx context.Context, action, kind, object, detail string) error {
	entry := sqlstore.AuditEntry{UserID: callerOf(ctx).UserID, Action: kind + "." + action, ObjectKind: kind, ObjectID: object}
	if detail != "" {
		raw, err := json.Marshal(map[string]string{"note": detail})
		if err != nil {
			return err //nolint:wrapcheck // a map of strings always marshals
		}
		entry.Detail = raw
	}
	return s.opt.Product.Audit(ctx, entry)
}

func (s *Server) auditLog(ctx context.Context, in *auditInput) (List[AuditRow], error) {
	before, err := decodeCursor(in.Cursor, "audit")
	if err != nil {
		return List[AuditRow]{}, err
	}
	seq := int64(0)
	if before != "" {
		if seq, err = strconv.ParseInt(before, 10, 64); err != nil {
			return List[AuditRow]{}, badCursor()
		}
	}
	limit := limitOf(in.Paged)
	entries, err := s.opt.Product.AuditLog(ctx, sqlstore.AuditFilter{Before: seq, Limit: limit + 1})
	if err != nil {
		return List[AuditRow]{}, err
	}
	out := List[AuditRow]{Items: []AuditRow{}}
	names := s.names.all(ctx)
	for _, e := range entries[:min(limit, len(entries))] {
		out.Items = append(out.Items, auditRow(e, names))
	}
	if len(entries) > limit {
		out.NextCursor = encodeCursor(strconv.FormatInt(entries[limit-1].Seq, 10), "audit")
	}
	// Entries count from 1 without gaps worth counting: the newest one's number
	// is how many there are.
	newest, err := s.opt.Product.AuditLog(ctx, sqlstore.AuditFilter{Limit: 1})
	if err == nil && len(newest) > 0 {
		out.Total = newest[0].Seq
	}
	return out, err
}

func auditRow(e sqlstore.AuditEntry, names map[id.User]string) AuditRow {
	actor := names[e.UserID]
	if actor == "" {
		actor = "an API token or the command line"
	}
	row := AuditRow{ID: e.Seq, At: e.At, Actor: actor, Action: e.Action, Object: e.ObjectID}
	var detail struct {
		Note string `json:"note"`
	}
	if len(e.Detail) > 0 && json.Unmarshal(e.Detail, &detail) == nil {
		row.Detail = detail.Note
	}
	return row
}
